/*
 * error.h - stanza errors (RFC 6120 section 8.3) and verdicts, each made into the other.
 */
#ifndef IM_ERROR_H
#define IM_ERROR_H

struct verdict;
struct writer;
struct xml;

enum { ERROR_CODE = 64 }; /* room for the name of a condition */

/* What a stanza of type "error" means for the message that it answers: *v becomes LATER or NEVER, with
 * the server's words. code gets the condition's name. */
void error_read(const struct xml *stanza, char code[ERROR_CODE], struct verdict *v);
/* The <error> element, in a stanza of type "error", for what v says; its text goes along. */
void error_write(struct writer *w, const struct verdict *v);
/* The same by an enhanced status code and a sentence. */
void error_write_dsn(struct writer *w, const char *dsn, const char *text);

#endif
