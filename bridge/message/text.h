/*
 * text.h - text as SMS carries it: in one alphabet for the whole message, of 7 bits (gsm.h) where
 * that has all its characters, else UCS-2; and how many segments that makes (3GPP TS 23.040
 * 9.2.3.24: 140 octets each, a header among them where there is one).
 */
#ifndef BRIDGE_TEXT_H
#define BRIDGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum text_encoding {
	TEXT_GSM7,
	TEXT_UCS2, /* in fact UTF-16: a character beyond the BMP is two units */
};

enum { TEXT_SEGMENTS = 255 }; /* the most a message can have: they are numbered by one octet */

/* What the platform and its phones can do, and what its owner wants. All zero: the default alphabet,
 * else UCS-2, and nothing replaced. */
struct text_rules {
	unsigned languages; /* bit L: the tables of language L (gsm.h) may be used */
	bool ref16;	    /* segments name their message by 16 bits instead of 8 */
	bool separate;	    /* each segment is shown as a message of its own, and names none */
	unsigned char counter; /* units that each of several gives to its number, "2/3 " before its text */
	bool ucs2;	    /* never 7 bits */
	bool smart;	    /* look-alikes (smart.h) may stand for what 7 bits lack */
};

/* How one message is written. */
struct text_alphabet {
	enum text_encoding encoding;
	unsigned char locking, single; /* languages of the tables; GSM_DEFAULT. With TEXT_GSM7 */
	bool ref16, separate;
	bool smart; /* look-alikes stand for what it lacks */
	unsigned char counter;
};

struct text_size {
	enum text_encoding encoding;
	unsigned units;	   /* septets, or UTF-16 units, of the text; headers are not counted */
	unsigned segments; /* 1 for an empty text; packed greedily, since pairs are never split */
};

/* "GSM-7" or "UCS-2". */
const char *text_encoding_name(enum text_encoding e);
/* Measure len bytes of UTF-8 by the default alphabet, else UCS-2. Bad bytes count as U+FFFD. */
struct text_size text_measure(const char *utf8, size_t len);
/*
 * The cheapest alphabet that has the whole text: fewest segments, then 7 bits rather than UCS-2, then
 * fewest replaced characters, then fewest units, and with all of these the same, the default. So
 * characters are replaced only where that makes 7 bits of the whole text. Returns the size in it; *a
 * is the alphabet. rules may be NULL.
 */
struct text_size text_choose(
    const char *utf8, size_t len, const struct text_rules *rules, struct text_alphabet *a);
/* Append the text as that alphabet, which has it whole, shows it: look-alikes in their places, bad
 * bytes as U+FFFD. */
void text_write(const char *utf8, size_t len, const struct text_alphabet *a, struct buf *out);

/* What text_fit() has made of a text. */
struct text_fitted {
	struct text_alphabet alphabet; /* of what was appended */
	struct text_size size;	       /* likewise */
	size_t kept;		       /* bytes of the text that are shown; all, or some and an ellipsis */
};
/*
 * Append to out as much of the text as fits into max_segments (>= 1); when something was cut, it
 * ends in an ellipsis ("..." in GSM-7, "…" in UCS-2), cut at a word's end when one is near (within
 * 20 characters and a quarter of a segment), never inside a character and its combining marks or an
 * emoji (see cluster.h). If what needs UCS-2 is cut off, the rest goes in GSM-7. Bad bytes become
 * U+FFFD, and what the alphabet chosen lacks, its look-alike, as the rules (may be NULL) allow.
 * Returns 1 when something was cut, 0 when not.
 */
int text_fit(const char *utf8, size_t len, const struct text_rules *rules, unsigned max_segments,
    struct buf *out, struct text_fitted *fitted);
/*
 * Where the segments of a text that text_write() or text_fit() made end, as bytes. There are no more
 * of them than needed; but within that none ends inside a cluster, and one that is shown as a message
 * of its own ends at a word's end. Returns how many; what is beyond TEXT_SEGMENTS is left out.
 */
size_t text_split(
    const char *utf8, size_t len, const struct text_alphabet *a, size_t ends[TEXT_SEGMENTS]);

/*
 * Append the text as SMS can show it: CR LF, CR and every other end of line become LF; TAB, NBSP
 * and Unicode's other spaces become a space; other controls, invisible characters and bidi controls are
 * removed; white space at the end of lines and of the text is taken off. Joiners and variation
 * selectors stay where they shape something; an accent behind its letter becomes one character with it
 * where GSM-7 or a table of gsm.h has that. Bad bytes become U+FFFD. What does not fit into out is
 * left off at its end (out->over).
 */
void text_clean(const char *utf8, size_t len, struct buf *out);

#endif
