/*
 * card.h - calendars (RFC 5545, RFC 5546) and cards (RFC 6350, and versions 2.1 and 3.0) as lines
 * that a person can use.
 */
#ifndef BRIDGE_CARD_H
#define BRIDGE_CARD_H

#include <stddef.h>

struct buf;

/*
 * Append a line for each event, task and card in len bytes of UTF-8 to out: what is asked, what,
 * when (as written, with its zone), where, who; or whose card, and numbers and addresses. Nothing
 * when there is none.
 */
void card_text(const char *s, size_t len, struct buf *out);
/* The same, with the description of events behind their lines. */
void card_whole(const char *s, size_t len, struct buf *out);

#endif
