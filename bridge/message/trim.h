/*
 * trim.h - what the sender of a mail newly wrote: its text without quoted mails, without the lines
 * that introduce them, without signatures and the small print that programs and companies add.
 */
#ifndef BRIDGE_TRIM_H
#define BRIDGE_TRIM_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct msg;

enum trim_how {
	TRIM_REPLY,   /* the new words alone */
	TRIM_FORWARD, /* a forwarded mail too: its header as one line, then its text */
};

/*
 * Append the new words of a text (len bytes of UTF-8, lines ended by LF, see flatten.h) to out, as
 * far as they fit, cut at a character. When answers stand between quoted lines, the answers are the
 * new words. A text that is nothing but a quote is kept. `forwards` says that by its
 * subject it may be a forward, which its text does not always tell (see trim_forwards()). Time is linear in
 * len and memory a small multiple of it.
 */
void trim(const char *text, size_t len, enum trim_how how, bool forwards, struct buf *out);

/* May a mail with this subject (UTF-8, decoded; NULL: none) forward another? Not when it begins with a
 * mark of an answer: "Re:", "AW:", "Antw:". */
bool trim_forwards(const char *subject);

/* Leave of m's text what trim() shows of it as a forward. */
void trim_msg(struct msg *m);

#endif
