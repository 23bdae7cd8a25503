/*
 * bounce_words.h - by which words a report that is none of RFC 3464 is known, and what they mean. For
 * bounce.c only.
 */
#ifndef BRIDGE_BOUNCE_WORDS_H
#define BRIDGE_BOUNCE_WORDS_H

#include <stdbool.h>

struct bounce;

/* Does a subject or a text (lower case) speak as a report does? As one about a delay? */
bool bounce_words_report(const char *text);
bool bounce_words_delay(const char *text);
/* Does a subject (lower case) begin as an automatic answer does? */
bool bounce_words_automatic(const char *subject);
/* Find the line of a text that tells most, and what it means, for b's dsn, code and text. */
void bounce_words_reason(const char *text, struct bounce *b);
/* Find an enhanced status code of the classes 2, 4 or 5 in the text: true, and it is in dsn. */
bool bounce_words_status(const char *text, char dsn[12]);
/* Copy what of text fits into out (room bytes) as one line of UTF-8 without controls. */
void bounce_line(const char *text, char *out, unsigned long room);

#endif
