/*
 * text_clean.c - text without what an SMS cannot show, or what shows nothing.
 */
#include "bridge/message/text.h"

#include <stdbool.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/smart.h"

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

/* The letters that make a black flag England's: they show nothing else, and behind nothing else. */
static bool
tags_flag(uint32_t before, uint32_t c)
{
	return c >= 0xE0020 && c <= 0xE007F &&
	       (before == 0x1F3F4 || (before >= 0xE0020 && before < 0xE007F));
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

/* As show_white(), and then the character. An accent behind its letter, as some systems write them,
 * is made one with it: it costs a unit less, and may need no UCS-2. */
static int
show(struct cleaning *t, uint32_t c)
{
	uint32_t together = smart_compose(t->before, c);
	char bytes[4];

	if (together) {
		c = together;
		t->out->data[--t->out->len] = '\0'; /* the letter, which is ASCII */
	}
	t->before = c;
	return show_white(t) < 0 ? -1 : buf_add(t->out, bytes, utf8_put(bytes, c));
}

static bool
is_plain(char c)
{
	return c > ' ' && c < 0x7F;
}

/* Most text is words of plain ASCII, which need no thought: write those at p that single spaces part, if
 * there are any, and set *p behind them. 1: it did; 0: there are none; -1 as show(). */
static int
show_words(struct cleaning *t, const char **p, const char *end)
{
	const char *start = *p, *q = start;

	if (!is_plain(*q))
		return 0;
	while (q < end && (is_plain(*q) || (*q == ' ' && q + 1 < end && is_plain(q[1]))))
		q++;
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
		int words = show_words(&t, &p, end);
		const char *peek;
		uint32_t c;

		if (words < 0)
			return;
		if (words)
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
		} else if ((!invisible(c) || tags_flag(t.before, c)) &&
			   !shapes_nothing(t.before, c, p < end ? utf8_next(&peek, end) : 0)) {
			if (show(&t, c) < 0)
				return;
		}
	}
}
