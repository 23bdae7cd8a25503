/*
 * flatten.h - a mail's parts to one plain text: UTF-8 (RFC 3629), lines ended by LF, no controls.
 */
#ifndef BRIDGE_FLATTEN_H
#define BRIDGE_FLATTEN_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct flatten;

enum flatten_how {
	FLATTEN_PLAIN,
	FLATTEN_FLOWED, /* RFC 3676: a line that ends in a space goes on in the next */
	FLATTEN_DELSP,  /* as FLATTEN_FLOWED with DelSp=yes: that space is not of the text */
	FLATTEN_HTML,
};

/*
 * Flatten one text part into out, for flatten_end(). charset is the part's label, or NULL. Text
 * that does not fit into out is left out, cut at a character.
 */
struct flatten *flatten_begin(const char *charset, enum flatten_how how, struct buf *out);
/* The next bytes of the part, its transfer encoding undone, cut anywhere. Time is linear in their
 * number and memory bounded. Returns 0, or -1 when no more is needed: out is full. */
int flatten_feed(struct flatten *f, const char *bytes, size_t len);
/* The part is over; frees f. Returns how it was flattened: a page that is said to be plain text is
 * a page, and plain text that is said to be a page is none. */
enum flatten_how flatten_end(struct flatten *f);

/* flatten_add() of *(struct buf *)to, for those who want a function to put bytes to. */
int flatten_put(void *to, const char *bytes, size_t len);
/* Append what of s (len bytes, UTF-8) fits into out, cut at a character; `over` is set when not all
 * did. Returns 0, or -1 when not all did. */
int flatten_add(struct buf *out, const char *s, size_t len);
/* Append the text of a part behind those before it, with a blank line between and without the empty
 * lines at both its ends. An empty text changes nothing. */
void flatten_join(struct buf *out, const char *s, size_t len);
/* Append s (UTF-8; bad bytes become U+FFFD) as one line: runs of white space become one space, none
 * at the ends; controls, and marks that turn the direction of writing around, are left out. */
void flatten_line(struct buf *out, const char *s, size_t len);
/* The number of words in a text; a character of a script without spaces (CJK, kana) counts as one.
 */
size_t flatten_words(const char *s, size_t len);

#endif
