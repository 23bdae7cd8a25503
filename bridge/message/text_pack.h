/*
 * text_pack.h - a message being packed into segments, for text*.c.
 */
#ifndef BRIDGE_TEXT_PACK_H
#define BRIDGE_TEXT_PACK_H

#include <limits.h>

#include "bridge/message/gsm.h"
#include "bridge/message/text.h"

struct packing {
	struct text_alphabet alphabet;
	unsigned alone, part; /* units of a message of one segment, and of each of several */
	unsigned units;	      /* so far, of the text */
	unsigned characters;  /* so far, as written */
	unsigned parts, fill; /* of a concatenated message; its last part, pad units counted */
	unsigned replaced;    /* characters for which another stands */
	const unsigned char *ascii; /* units of each ASCII character, which is not combined with what is
				     * behind it; 0: the alphabet lacks it. NULL: each must be asked about */
};

/* An empty message in that alphabet. */
struct packing packing_begin(const struct text_alphabet *a);
/* Add so many units that may not be split. */
void packing_add(struct packing *p, unsigned units);
/*
 * Add the character at *at, and an accent behind it where the alphabet writes both as one; *at is
 * set behind, end is the first byte that may not be read. out, unless NULL, gets what is written.
 * 0, or -1 when the alphabet lacks it; then nothing was added.
 */
int packing_take(struct packing *p, const char **at, const char *end, struct buf *out);
/* Add the ASCII that s begins with (none where p->ascii is NULL), as far as the alphabet has it, and no
 * more once the message has more than so many parts. Returns how many bytes were added. */
size_t packing_take_ascii(struct packing *p, const char *s, size_t len, unsigned parts);
/* Add a whole text, which may have so many segments at most (TEXT_ANY: any number). False: it has more,
 * or the alphabet lacks some of it; what is behind was not added. */
bool packing_take_all(struct packing *p, const char *utf8, size_t len, unsigned most);
/* How many segments it has so far. */
unsigned packing_segments(const struct packing *p);

enum { TEXT_ANY = INT_MAX };
/* As text_choose(), for a text that may have so many segments at most. When it has more in each
 * alphabet, the size returned has one more than that, and *a is UCS-2: how many more is not found out,
 * since a long text is cut soon after its beginning. */
struct text_size text_choose_within(const char *utf8, size_t len, const struct text_rules *rules,
    unsigned most, struct text_alphabet *a);

/* The units of code point c, which may not be split; 0: the alphabet lacks it. */
unsigned alphabet_units(const struct text_alphabet *a, uint32_t c);
enum { TEXT_ALPHABETS = 2 * GSM_LANGUAGES * GSM_LANGUAGES + 1 };
/* The alphabets that the rules allow: those of 7 bits, these again with look-alikes, and UCS-2, which
 * has everything. The default comes before other languages. Returns how many. */
size_t text_alphabets(const struct text_rules *rules, struct text_alphabet list[TEXT_ALPHABETS]);

#endif
