/*
 * text_cut.c - where a text for phones is cut: at the end of the room that it has, and into segments.
 */
#include "bridge/message/text.h"

#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/cluster.h"
#include "bridge/message/text_pack.h"

enum {
	NEAR = 20, /* characters that are given away, at most, to cut at a word's end */
	DOTS = 3,  /* units of the longest ellipsis */
};

static bool
space(uint32_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0xA0 || c == 0x3000;
}

/* Writing without spaces (Chinese, Japanese), and pictures: text may be cut beside these. */
static bool
stands_alone(uint32_t c)
{
	return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
	       (c >= 0xFF00 && c <= 0xFFEF) || c >= 0x1F000;
}

/* May a word end where `before` and `c` meet? */
static bool
word_end(uint32_t before, uint32_t c)
{
	return space(before) || space(c) || stands_alone(before) || stands_alone(c);
}

/* What shows that something was cut. */
static const char *
ellipsis(enum text_encoding e)
{
	return e == TEXT_GSM7 ? "..." : "\xe2\x80\xa6";
}

/* A place to cut, in bytes, and the best one at a word's end. */
struct cut {
	struct text_alphabet alphabet;
	size_t at;
	size_t word;	     /* 0: none near */
	unsigned word_chars; /* characters and units between the two */
	unsigned word_units;
	bool full;	     /* for want of room, not of a character */
};

/* Does an ellipsis fit behind what is packed, whose last part is the last one allowed? */
static bool
dots_fit(struct packing p, unsigned max_segments)
{
	/* Dot by dot, since they may stand in two segments. */
	for (unsigned dots = p.alphabet.encoding == TEXT_GSM7 ? DOTS : 1; dots; dots--)
		packing_add(&p, 1);
	return packing_segments(&p) <= max_segments;
}

/* Does what is packed, and an ellipsis behind it, fit? A part to spare has room for that. */
static bool
fits(const struct packing *p, unsigned max_segments)
{
	bool in_last = p->parts == max_segments && p->fill + DOTS <= p->part;

	return p->parts < max_segments || in_last || dots_fit(*p, max_segments);
}

/* Take a whole cluster, and tell its last character. 0, or -1 when the alphabet lacks some of it. */
static int
take_cluster(struct packing *p, const char *at, const char *end, uint32_t *last)
{
	for (const char *q = at; q < end;)
		*last = utf8_next(&q, end);
	while (at < end)
		if (packing_take(p, &at, end, NULL) < 0)
			return -1;
	return 0;
}

/*
 * Take what stands before the last segment, as far as it is ASCII: the text is not cut there. A word
 * that is cut off may begin there, though.
 */
static size_t
skip_ahead(struct packing *p, const char *utf8, size_t len, unsigned max_segments, struct cut *cut)
{
	size_t most = (size_t)max_segments * p->part, ascii = 0;
	unsigned units = 0;

	while (ascii < len && ascii < most && (unsigned char)utf8[ascii] < 0x80)
		ascii++;
	/* The last may be one with what is behind it. */
	cut->at = packing_take_ascii(p, utf8, ascii ? ascii - 1 : 0, max_segments - 1);
	for (size_t at = cut->at; at > 1 && cut->at - at < NEAR && !cut->word; at--) {
		units += p->ascii[(unsigned char)utf8[at - 1]];
		if (word_end((unsigned char)utf8[at - 2], (unsigned char)utf8[at - 1])) {
			cut->word = at - 1;
			cut->word_chars = (unsigned)(cut->at - cut->word);
			cut->word_units = units;
		}
	}
	return cut->at;
}

/*
 * The last place up to which the text, and an ellipsis, fits in this alphabet. A place is the end
 * of a cluster; the first character that the alphabet lacks ends the search.
 */
static struct cut
last_cut(const char *utf8, size_t len, const struct text_alphabet *a, unsigned max_segments)
{
	struct packing p = packing_begin(a);
	struct cut cut = { .alphabet = *a };
	size_t next, begin = skip_ahead(&p, utf8, len, max_segments, &cut);
	uint32_t before = begin ? (unsigned char)utf8[begin - 1] : ' ';

	for (size_t at = begin; at < len; at = next) {
		const char *start = utf8 + at;
		unsigned characters = p.characters, units = p.units;

		if (at && word_end(before, utf8_next(&start, utf8 + len))) {
			cut.word = at;
			cut.word_chars = cut.word_units = 0;
		}
		next = at + cluster_next(utf8 + at, len - at);
		if (take_cluster(&p, utf8 + at, utf8 + next, &before) < 0)
			return cut;
		if (!fits(&p, max_segments)) {
			cut.full = true;
			return cut;
		}
		cut.at = next;
		cut.word_chars += p.characters - characters;
		cut.word_units += p.units - units;
	}
	return cut;
}

/* Where to cut: at a word's end, if one is near and gives little away. */
static size_t
place(const struct cut *cut)
{
	struct packing p = packing_begin(&cut->alphabet);

	if (cut->word && cut->word_chars <= NEAR && cut->word_units <= p.part / 4)
		return cut->word;
	return cut->at;
}

/* The length of the text without the white space at its end. */
static size_t
without_end(const char *utf8, size_t len)
{
	while (len) {
		size_t start = len - 1;
		const char *p;

		while (start && ((unsigned char)utf8[start] & 0xC0) == 0x80)
			start--;
		p = utf8 + start;
		if (!space(utf8_next(&p, utf8 + len)) || p != utf8 + len)
			break;
		len = start;
	}
	return len;
}

/* How much of a text that does not fit is kept. What needs UCS-2 may be in what is cut off; then the
 * rest is longer in 7 bits. */
static size_t
longest_cut(const char *utf8, size_t len, const struct text_rules *rules, unsigned max_segments)
{
	struct text_alphabet list[TEXT_ALPHABETS];
	size_t n = text_alphabets(rules, list);
	struct cut best = last_cut(utf8, len, &list[0], max_segments);

	for (size_t i = 1; i < n; i++) {
		struct cut cut;

		/* Even of characters that take two septets a segment holds more than of UCS-2's. */
		if (list[i].encoding == TEXT_UCS2 && best.full && !best.alphabet.smart)
			break;
		cut = last_cut(utf8, len, &list[i], max_segments);
		if (cut.at > best.at)
			best = cut;
	}
	return without_end(utf8, place(&best));
}

/* The alphabet for what is kept, with room for the ellipsis. */
static void
choose_cut(const char *utf8, const struct text_rules *rules, struct text_fitted *f)
{
	struct buf all;

	buf_init(&all, f->kept + 3);
	buf_add(&all, utf8, f->kept);
	buf_adds(&all, ellipsis(TEXT_GSM7));
	text_choose(buf_str(&all), all.len, rules, &f->alphabet);
	buf_free(&all);
}

int
text_fit(const char *utf8, size_t len, const struct text_rules *rules, unsigned max_segments,
    struct buf *out, struct text_fitted *f)
{
	static const struct text_rules none = { 0 };
	struct text_rules plain = rules ? *rules : none;
	size_t start = out->len;

	if (max_segments == 0)
		max_segments = 1;
	f->kept = len;
	f->size = text_choose_within(utf8, len, rules, max_segments, &f->alphabet);
	if (f->size.segments > max_segments) {
		f->kept = longest_cut(utf8, len, &plain, max_segments);
		choose_cut(utf8, &plain, f);
	}
	text_write(utf8, f->kept, &f->alphabet, out);
	if (f->kept < len)
		buf_adds(out, ellipsis(f->alphabet.encoding));
	/* Look-alikes are in their places by now. */
	plain.smart = false;
	f->size = text_choose(buf_str(out) + start, out->len - start, &plain, &f->alphabet);
	return f->kept < len;
}

/* Where the character before `at` begins. */
static size_t
back(const char *utf8, size_t at)
{
	at--;
	while (at && ((unsigned char)utf8[at] & 0xC0) == 0x80)
		at--;
	return at;
}

/*
 * latest[k]: the first place from which the rest of the text goes into k segments, found by packing
 * it from its end. Returns how many segments the whole text needs; beyond TEXT_SEGMENTS, which no
 * message has, that many, and every place will do.
 */
static size_t
find_latest(const char *utf8, size_t len, const struct text_alphabet *a, unsigned part,
    size_t latest[TEXT_SEGMENTS])
{
	size_t k = 0, at = len;
	unsigned fill = part;

	while (at) {
		size_t before = back(utf8, at);
		const char *p = utf8 + before;
		unsigned units = alphabet_units(a, utf8_next(&p, utf8 + at));

		if (fill + units > part) {
			if (k == TEXT_SEGMENTS) {
				memset(latest, 0, TEXT_SEGMENTS * sizeof *latest);
				return k;
			}
			latest[k++] = at;
			fill = 0;
		}
		fill += units;
		at = before;
	}
	return k;
}

/* Where a segment that starts at `start` and may not end before `least` ends best. */
static size_t
end_of_segment(const char *utf8, size_t len, const struct packing *empty, size_t start, size_t least)
{
	struct packing p = *empty;
	const char *end = utf8 + len, *cluster_end = utf8 + start;
	size_t any = start, cluster = 0, word = 0;
	uint32_t before = ' ';

	for (const char *at = utf8 + start; at < end;) {
		const char *next = at;
		uint32_t c = utf8_next(&next, end);

		if (at == cluster_end) {
			cluster_end += cluster_next(at, (size_t)(end - at));
			if (any >= least && any > start) {
				cluster = any;
				if (word_end(before, c))
					word = any;
			}
		}
		packing_add(&p, alphabet_units(&p.alphabet, c));
		if (p.parts > 1)
			break;
		any = (size_t)(next - utf8);
		before = c;
		at = next;
	}
	if (any == len)
		return len;
	return p.alphabet.separate && word ? word : cluster ? cluster : any;
}

size_t
text_split(
    const char *utf8, size_t len, const struct text_alphabet *a, size_t ends[TEXT_SEGMENTS])
{
	struct packing empty = packing_begin(a), all = empty;
	size_t latest[TEXT_SEGMENTS], n, start = 0;

	packing_take_all(&all, utf8, len, TEXT_ANY);
	if (packing_segments(&all) == 1) {
		ends[0] = len;
		return 1;
	}
	n = find_latest(utf8, len, a, empty.part, latest);
	for (size_t i = 0; i < n; i++)
		start = ends[i] = end_of_segment(utf8, len, &empty, start, latest[n - 1 - i]);
	return n;
}
