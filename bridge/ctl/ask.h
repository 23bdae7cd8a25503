/*
 * ask.h - asks the daemon at its control socket (the questions and answers are in control.h).
 */
#ifndef BRIDGE_CTL_ASK_H
#define BRIDGE_CTL_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl;
struct value; /* a JSON value of an answer; lent by it */

/*
 * Ask POST or GET path with the parameters (name, value, name, value, … NULL), waiting as long as
 * it takes. 0 and *answer, for ask_free(); else what to exit with, when the reason is printed:
 * EX_UNAVAILABLE (69) no daemon there, EX_NOINPUT (66) it knows no such thing, EX_DATAERR (65) it
 * finds the question wrong, EX_TEMPFAIL (75) it could not, EX_PROTOCOL (76) that was no answer.
 */
int ask(struct ctl *c, bool post, const char *path, const char *const *parameters,
    struct value **answer);
/* As ask(), POSTing a body of text. */
int ask_post(struct ctl *c, const char *path, const char *body, struct value **answer);
/* Accepts NULL. */
void ask_free(struct value *answer);

/* The values in the list of that name; 0 when there is no such list. */
size_t value_count(const struct value *v, const char *list);
const struct value *value_at(const struct value *v, const char *list, size_t i);
/* A string as the daemon has it, which may hold a stranger's control characters; "" when missing.
 */
const char *value_text(const struct value *v, const char *name);
/* A number; 0 when missing. */
int64_t value_number(const struct value *v, const char *name);
bool value_has(const struct value *v, const char *name);
bool value_true(const struct value *v, const char *name);
/* Write it as a line of JSON, in ASCII, so that a terminal takes no harm. */
void value_print(const struct value *v);

#endif
