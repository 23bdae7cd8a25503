/*
 * form.h - data forms (XEP-0004): what a client shows to be filled in, and what it sends back.
 */
#ifndef IM_FORM_H
#define IM_FORM_H

#define FORM_NS "jabber:x:data"

struct writer;
struct xml;

/* <x type=…> with a title and instructions (each may be NULL), left open. */
void form_begin(struct writer *w, const char *type, const char *title, const char *instructions);
/* One field, closed. A value of several lines becomes as many values. label may be NULL. */
void form_field(struct writer *w, const char *var, const char *type, const char *label,
    const char *value);
/* What the form inside an element says of a field; NULL: nothing. Lent. */
const char *form_value(const struct xml *outer, const char *var);

#endif
