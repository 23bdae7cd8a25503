/*
 * text.c - text as SMS carries it.
 *
 * One character outside the default alphabet turns the whole message to UCS-2, and an escape pair
 * or a surrogate pair is never split, so a segment may end one unit short: the number of segments
 * is found by packing, not by dividing. All loops here go once through the text.
 */
#include "bridge/message/text.h"

#include <limits.h>
#include <stdbool.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/cluster.h"

static const struct {
	unsigned alone, part; /* units of a message of one segment, and of each of several */
	unsigned ellipsis_units;
	const char *ellipsis;
} encodings[] = {
	[TEXT_GSM7] = { 160, 153, 3, "..." },
	[TEXT_UCS2] = { 70, 67, 1, "\xe2\x80\xa6" },
};

/* 3GPP TS 23.038 section 6.2.1, and 6.2.1.1 for the extension table. */
unsigned
text_septets(uint32_t c)
{
	/* Every character of every message comes through here. */
	static const unsigned char ascii[0x80] = {
		['\n'] = 1, ['\f'] = 2, ['\r'] = 1, [' ' ... 'Z'] = 1, ['[' ... '^'] = 2, ['_'] = 1,
		['a' ... 'z'] = 1, ['{' ... '~'] = 2, /* and no '`' */
	};

	if (c < 0x80)
		return ascii[c];
	/* clang-format off */
	switch (c) {
	case 0x20AC: /* the euro sign */
		return 2;
	case 0x00A1: case 0x00A3: case 0x00A4: case 0x00A5: case 0x00A7: case 0x00BF: case 0x00C4:
	case 0x00C5: case 0x00C6: case 0x00C7: case 0x00C9: case 0x00D1: case 0x00D6: case 0x00D8:
	case 0x00DC: case 0x00DF: case 0x00E0: case 0x00E4: case 0x00E5: case 0x00E6: case 0x00E8:
	case 0x00E9: case 0x00EC: case 0x00F1: case 0x00F2: case 0x00F6: case 0x00F8: case 0x00F9:
	case 0x00FC: case 0x0393: case 0x0394: case 0x0398: case 0x039B: case 0x039E: case 0x03A0:
	case 0x03A3: case 0x03A6: case 0x03A8: case 0x03A9:
		return 1;
	}
	/* clang-format on */
	return 0;
}

static unsigned
units_of(uint32_t c, enum text_encoding e)
{
	if (e == TEXT_GSM7)
		return text_septets(c);
	return c > 0xFFFF ? 2 : 1;
}

const char *
text_encoding_name(enum text_encoding e)
{
	return e == TEXT_GSM7 ? "GSM-7" : "UCS-2";
}

/* A message being packed: `parts` and `fill` are those of a concatenated one. */
struct packing {
	unsigned units;
	unsigned parts;
	unsigned fill; /* of the last part, its pad units counted */
};

static void
pack(struct packing *p, unsigned units, enum text_encoding e)
{
	p->units += units;
	if (p->parts == 0 || p->fill + units > encodings[e].part) {
		p->parts++;
		p->fill = 0;
	}
	p->fill += units;
}

static unsigned
segments(const struct packing *p, enum text_encoding e)
{
	return p->units <= encodings[e].alone ? 1 : p->parts;
}

/* Measure, but only as far as it may still fit into `most` segments. */
static struct text_size
measure(const char *utf8, size_t len, unsigned most)
{
	const char *p = utf8, *end = utf8 + len;
	struct packing gsm = { 0 }, ucs = { 0 };
	enum text_encoding e = TEXT_GSM7;

	while (p < end && segments(e == TEXT_GSM7 ? &gsm : &ucs, e) <= most) {
		uint32_t c = utf8_next(&p, end);
		unsigned septets = text_septets(c);

		if (septets)
			pack(&gsm, septets, TEXT_GSM7);
		else
			e = TEXT_UCS2;
		pack(&ucs, units_of(c, TEXT_UCS2), TEXT_UCS2);
	}
	if (e == TEXT_GSM7)
		return (struct text_size){ e, gsm.units, segments(&gsm, e) };
	return (struct text_size){ e, ucs.units, segments(&ucs, e) };
}

struct text_size
text_measure(const char *utf8, size_t len)
{
	return measure(utf8, len, UINT_MAX);
}

/* Append the text, with U+FFFD for each bad byte. */
static void
append(struct buf *out, const char *utf8, size_t len)
{
	size_t good = 0, n;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_valid(utf8 + i, len - i);
		if (n) {
			good += n;
			continue;
		}
		buf_add(out, utf8 + i - good, good);
		buf_adds(out, "\xef\xbf\xbd");
		good = 0;
		n = 1;
	}
	buf_add(out, utf8 + len - good, good);
}

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

/* A place to cut, in bytes, and the best one at a word's end. */
struct cut {
	size_t at;
	size_t word;         /* 0: none near */
	unsigned word_chars; /* characters and units between the two */
	unsigned word_units;
};

/* Does what is packed, and an ellipsis behind it, fit? */
static bool
fits(struct packing p, enum text_encoding e, unsigned max_segments)
{
	/* Dot by dot, since they may stand in two segments. */
	for (unsigned i = 0; i < encodings[e].ellipsis_units; i++)
		pack(&p, 1, e);
	return segments(&p, e) <= max_segments;
}

/*
 * The last place up to which the text, and an ellipsis, fits in this encoding. A place is the end
 * of a cluster; in GSM-7 the first character that it does not have ends the search.
 */
static struct cut
last_cut(const char *utf8, size_t len, enum text_encoding e, unsigned max_segments)
{
	struct packing all = { 0 };
	struct cut cut = { 0 };
	uint32_t before = ' ';
	size_t next;

	for (size_t at = 0; at < len; at = next) {
		const char *p = utf8 + at, *end;
		uint32_t c = utf8_next(&p, utf8 + len);
		unsigned chars = 0, had = all.units;

		if (at && word_end(before, c)) {
			cut.word = at;
			cut.word_chars = cut.word_units = 0;
		}
		next = at + cluster_next(utf8 + at, len - at);
		end = utf8 + next;
		for (p = utf8 + at; p < end; chars++) {
			unsigned units;

			before = utf8_next(&p, end);
			units = units_of(before, e);
			if (units == 0)
				return cut;
			pack(&all, units, e);
		}
		if (!fits(all, e, max_segments))
			return cut;
		cut.at = next;
		cut.word_chars += chars;
		cut.word_units += all.units - had;
	}
	return cut;
}

/* Where to cut in this encoding: at a word's end, if one is near and gives little away. */
static size_t
place(const struct cut *cut, enum text_encoding e)
{
	if (cut->word && cut->word_chars <= 20 && cut->word_units <= encodings[e].part / 4)
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

int
text_fit(
    const char *utf8, size_t len, unsigned max_segments, struct buf *out, struct text_size *size)
{
	size_t start = out->len, at;
	struct cut gsm, ucs;

	if (max_segments == 0)
		max_segments = 1;
	*size = measure(utf8, len, max_segments);
	if (size->segments <= max_segments) {
		append(out, utf8, len);
		return 0;
	}
	/* What needs UCS-2 may be in what is cut off; then the rest is longer in GSM-7. */
	gsm = last_cut(utf8, len, TEXT_GSM7, max_segments);
	ucs = last_cut(utf8, len, TEXT_UCS2, max_segments);
	at = gsm.at >= ucs.at ? place(&gsm, TEXT_GSM7) : place(&ucs, TEXT_UCS2);
	at = without_end(utf8, at);
	*size = text_measure(utf8, at);
	append(out, utf8, at);
	buf_adds(out, encodings[size->encoding].ellipsis);
	*size = text_measure(buf_str(out) + start, out->len - start);
	return 1;
}

/* What a line of writing is ended by: LF, VT, FF, NEL, and Unicode's separators. */
static bool
line_end(uint32_t c)
{
	return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* White space within a line. The wide and narrow ones would turn a message to UCS-2 for nothing. */
static bool
blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
	       c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Characters that show nothing: controls, soft hyphens, marks of direction, tags, noncharacters. */
static bool
invisible(uint32_t c)
{
	return c < ' ' || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x034F || c == 0x061C ||
	       c == 0x180E || c == 0x200B || c == 0x200E || c == 0x200F ||
	       (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
	       (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xFDD0 && c <= 0xFDEF) ||
	       (c & 0xFFFE) == 0xFFFE || (c >= 0xE0000 && c <= 0xE007F);
}

/* Writing that joiners shape: Hebrew and what comes behind it, emoji, but no punctuation. */
static bool
is_shaped(uint32_t c)
{
	return c >= 0x0590 && (c < 0x2000 || c > 0x206F) && !blank(c);
}

/*
 * Joiners and variation selectors show nothing, but shape what they stand beside. They stay where
 * they can: inside emoji, inside Persian and Indic words, behind symbols and ideographs.
 */
static bool
shapes_nothing(uint32_t before, uint32_t c, uint32_t next)
{
	if (c == 0x200C || c == 0x200D)
		return !is_shaped(before) || !is_shaped(next);
	if ((c < 0xFE00 || c > 0xFE0F) && (c < 0xE0100 || c > 0xE01EF))
		return false;
	/* A key cap: "1", U+FE0F, U+20E3. */
	if (before < 0x80)
		return next != 0x20E3;
	return before < 0x2000 && before != 0xA9 && before != 0xAE &&
	       (before < 0x1800 || before > 0x18AF);
}

/* A text being cleaned: what is held back until something visible follows it. */
struct cleaning {
	struct buf *out;
	size_t lines, blanks;
	uint32_t before; /* the last character written */
};

/* Write what was held back. 0, or -1 when it does not fit; then nothing behind it may be written. */
static int
show_white(struct cleaning *t)
{
	for (; t->lines; t->lines--)
		if (buf_add(t->out, "\n", 1) < 0)
			return -1;
	for (; t->blanks; t->blanks--)
		if (buf_add(t->out, " ", 1) < 0)
			return -1;
	return 0;
}

/* As show_white(), and then the character. */
static int
show(struct cleaning *t, uint32_t c)
{
	char bytes[4];

	t->before = c;
	return show_white(t) < 0 ? -1 : buf_add(t->out, bytes, utf8_put(bytes, c));
}

/* Most text is words of plain ASCII, which need no thought: write the one at p, if there is one, and
 * set *p behind it. 1: it did; 0: there is none; -1 as show(). */
static int
show_word(struct cleaning *t, const char **p, const char *end)
{
	const char *start = *p, *q = start;

	while (q < end && *q > ' ' && *q < 0x7F)
		q++;
	if (q == start)
		return 0;
	*p = q;
	t->before = (unsigned char)q[-1];
	return show_white(t) < 0 || buf_add(t->out, start, (size_t)(q - start)) < 0 ? -1 : 1;
}

void
text_clean(const char *utf8, size_t len, struct buf *out)
{
	const char *p = utf8, *end = utf8 + len;
	struct cleaning t = { .out = out };

	while (p < end) {
		int word = show_word(&t, &p, end);
		const char *peek;
		uint32_t c;

		if (word < 0)
			return;
		if (word)
			continue;
		c = utf8_next(&p, end);
		peek = p;
		if (line_end(c)) {
			if (c == '\r' && p < end && *p == '\n')
				p++;
			t.lines++;
			t.blanks = 0;
			t.before = 0;
		} else if (blank(c)) {
			t.blanks++;
			t.before = 0;
		} else if (!invisible(c) &&
			   !shapes_nothing(t.before, c, p < end ? utf8_next(&peek, end) : 0)) {
			if (show(&t, c) < 0)
				return;
		}
	}
}
