/*
 * text.h - text as SMS carries it: the GSM 7 bit default alphabet with its extension table
 * (3GPP TS 23.038 section 6.2.1), else UCS-2, and how many segments that makes (TS 23.040 9.2.3.24:
 * 160 or 70 alone, 153 or 67 in each segment of a concatenated message).
 */
#ifndef BRIDGE_TEXT_H
#define BRIDGE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct buf;

enum text_encoding {
	TEXT_GSM7,
	TEXT_UCS2, /* in fact UTF-16: a character beyond the BMP is two units */
};

struct text_size {
	enum text_encoding encoding;
	unsigned units;	   /* septets, or UTF-16 units, of the text */
	unsigned segments; /* 1 for an empty text; packed greedily, since pairs are never split */
};

/* Septets of a code point in the default alphabet: 1, 2 (by the escape), or 0: it is not there. */
unsigned text_septets(uint32_t c);
/* "GSM-7" or "UCS-2". */
const char *text_encoding_name(enum text_encoding e);
/* Measure len bytes of UTF-8. Bad bytes count as U+FFFD. */
struct text_size text_measure(const char *utf8, size_t len);
/*
 * Append to out as much of the text as fits into max_segments (>= 1); when something was cut, it
 * ends in an ellipsis ("..." in GSM-7, "…" in UCS-2), cut at a word's end when one is near (within
 * 20 characters and a quarter of a segment), never inside a character and its combining marks or an
 * emoji (see cluster.h). If what needs UCS-2 is cut off, the rest goes in GSM-7. Bad bytes become
 * U+FFFD. *size is that of what was appended. Returns 1 when something was cut, 0 when not.
 */
int text_fit(const char *utf8, size_t len, unsigned max_segments, struct buf *out,
    struct text_size *size);
/*
 * Append the text as SMS can show it: CR LF, CR and every other end of line become LF; TAB, NBSP
 * and Unicode's other spaces become a space; other controls, invisible characters and bidi controls are
 * removed; white space at the end of lines and of the text is taken off. Joiners and variation
 * selectors stay where they shape something. Bad bytes become U+FFFD. What does not fit into out is
 * left off at its end (out->over).
 */
void text_clean(const char *utf8, size_t len, struct buf *out);

#endif
