/*
 * rtf.c - the text of a Rich Text Format document.
 *
 * A document is groups in braces, control words and text in 8 bits whose charset is that of the
 * font. Groups that hold no text are known by the word they begin with.
 */
#include "bridge/message/rtf.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/charset.h"
#include "bridge/message/flatten.h"

enum {
	DEEPEST = 200, /* groups that are told apart */
	FONTS = 64,
	RUN = 4096, /* bytes of one charset decoded at once */
	WORD = 32,
};

/* What holds within a group. */
struct group {
	bool hidden;  /* no text of the document */
	bool fonts;   /* the table of fonts */
	bool twin;    /* \htmlrtf: for readers that do not know of the page within */
	bool tag;     /* \htmltag: of the page */
	int after_u;  /* \uc: characters behind \u that repeat it */
	int codepage; /* of the bytes */
};

struct rtf {
	const char *at, *end;
	struct group groups[DEEPEST];
	size_t depth;  /* of the group that is open */
	bool page;     /* \fromhtml1 */
	bool first;    /* nothing of the group was read yet */
	bool star;     /* \* was */
	int skip;      /* characters to pass over behind \u */
	int codepage;  /* \ansicpg */
	int font;      /* whose row is read in the table of fonts */
	uint32_t high; /* the first half of a surrogate pair */
	struct {
		int font, codepage;
	} fonts[FONTS];
	size_t nfonts;
	struct buf run; /* bytes of one charset, not decoded yet */
	int run_codepage;
	struct buf *out;
};

static struct group *
top(struct rtf *r)
{
	return &r->groups[r->depth < DEEPEST ? r->depth : DEEPEST - 1];
}

/* Is text at this place of the document, or of the page that it wraps? */
static bool
shown(struct rtf *r)
{
	const struct group *g = top(r);

	return !g->hidden && !g->fonts && (r->page ? !g->twin : !g->tag);
}

static void
end_run(struct rtf *r)
{
	char label[32];

	if (!r->run.len)
		return;
	snprintf(
	    label, sizeof label, r->run_codepage == 10000 ? "macintosh" : "cp%d", r->run_codepage);
	charset_text(label, r->run.data, r->run.len, r->out);
	buf_reset(&r->run);
}

static void
put_byte(struct rtf *r, char byte)
{
	if (r->skip > 0) {
		r->skip--;
		return;
	}
	if (!shown(r))
		return;
	if (r->run.len == RUN || r->run_codepage != top(r)->codepage)
		end_run(r);
	r->run_codepage = top(r)->codepage;
	buf_add(&r->run, &byte, 1);
}

static void
put_text(struct rtf *r, const char *s)
{
	if (!shown(r))
		return;
	end_run(r);
	flatten_add(r->out, s, strlen(s));
}

/* \uN: a unit of UTF-16, negative above 32767. */
static void
put_unit(struct rtf *r, int n)
{
	uint32_t u = (uint32_t)(n < 0 ? n + 65536 : n);
	char bytes[5] = "";

	r->skip = top(r)->after_u;
	if (u >= 0xD800 && u < 0xDC00) {
		r->high = u;
		return;
	}
	if (u >= 0xDC00 && u < 0xE000)
		u = r->high ? 0x10000 + ((r->high - 0xD800) << 10) + (u - 0xDC00) : 0xFFFD;
	r->high = 0;
	if (u == 0 || u > 0x10FFFF)
		return;
	bytes[utf8_put(bytes, u)] = '\0';
	put_text(r, bytes);
}

/* Groups that hold no text of the document. */
static bool
is_hidden_group(const char *word)
{
	static const char *const words[] = { "colortbl", "stylesheet", "info", "pict", "object",
		"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr",
		"footerf", "themedata", "datastore", "listtable", "listoverridetable", "generator",
		"fldinst", "filetbl", "revtbl", "bkmkstart", "bkmkend", "xe", "tc", "private",
		"template" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* The codepage that goes with a font's \fcharset. */
static int
charset_codepage(const struct rtf *r, int n)
{
	static const struct {
		int charset, codepage;
	} rows[] = { { 77, 10000 }, { 128, 932 }, { 129, 949 }, { 134, 936 }, { 136, 950 },
		{ 161, 1253 }, { 162, 1254 }, { 163, 1258 }, { 177, 1255 }, { 178, 1256 },
		{ 186, 1257 }, { 204, 1251 }, { 222, 874 }, { 238, 1250 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].charset == n)
			return rows[i].codepage;
	return r->codepage;
}

static void
on_font(struct rtf *r, int n)
{
	if (top(r)->fonts) {
		r->font = n;
		return;
	}
	top(r)->codepage = r->codepage;
	for (size_t i = 0; i < r->nfonts; i++)
		if (r->fonts[i].font == n)
			top(r)->codepage = r->fonts[i].codepage;
}

static void
on_font_charset(struct rtf *r, int n)
{
	if (!top(r)->fonts || r->nfonts == FONTS)
		return;
	r->fonts[r->nfonts].font = r->font;
	r->fonts[r->nfonts++].codepage = charset_codepage(r, n);
}

/* A word that is a character or a line's end. */
static bool
put_word(struct rtf *r, const char *word)
{
	static const struct {
		const char *word, *text;
	} rows[] = {
		{ "par", "\n" },
		{ "line", "\n" },
		{ "sect", "\n" },
		{ "page", "\n" },
		{ "row", "\n" },
		{ "cell", "\t" },
		{ "nestcell", "\t" },
		{ "nestrow", "\n" },
		{ "tab", "\t" },
		{ "emdash", "—" },
		{ "endash", "–" },
		{ "lquote", "‘" },
		{ "rquote", "’" },
		{ "ldblquote", "“" },
		{ "rdblquote", "”" },
		{ "bullet", "•" },
		{ "emspace", " " },
		{ "enspace", " " },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].word, word) == 0) {
			put_text(r, rows[i].text);
			return true;
		}
	return false;
}

static void
on_word(struct rtf *r, const char *word, bool has_n, int n)
{
	struct group *g = top(r);
	bool star = r->star;

	r->star = false;
	if (strcmp(word, "fonttbl") == 0)
		g->fonts = true;
	else if (strcmp(word, "htmltag") == 0)
		g->tag = true;
	else if (star || (r->first && is_hidden_group(word)))
		g->hidden = true;
	else if (strcmp(word, "htmlrtf") == 0)
		g->twin = !has_n || n != 0;
	else if (strcmp(word, "fromhtml") == 0)
		r->page = true;
	else if (strcmp(word, "ansicpg") == 0)
		g->codepage = r->codepage = n > 0 && n < 100000 ? n : 1252;
	else if (strcmp(word, "mac") == 0)
		g->codepage = r->codepage = 10000;
	else if (strcmp(word, "f") == 0)
		on_font(r, n);
	else if (strcmp(word, "fcharset") == 0)
		on_font_charset(r, n);
	else if (strcmp(word, "uc") == 0)
		g->after_u = n >= 0 && n < 10 ? n : 1;
	else if (strcmp(word, "u") == 0)
		put_unit(r, n);
	else
		put_word(r, word);
}

/* A control word behind its backslash, with its number and the blank that ends it. */
static void
take_word(struct rtf *r)
{
	char word[WORD];
	size_t n = 0;
	long number = 0;
	bool has_n, minus;

	for (; r->at < r->end && isalpha((unsigned char)*r->at); r->at++)
		if (n + 1 < sizeof word)
			word[n++] = *r->at;
	word[n] = '\0';
	minus = r->at + 1 < r->end && *r->at == '-' && isdigit((unsigned char)r->at[1]);
	r->at += minus;
	has_n = r->at < r->end && isdigit((unsigned char)*r->at);
	for (; r->at < r->end && isdigit((unsigned char)*r->at); r->at++)
		if (number < 1000000)
			number = number * 10 + (*r->at - '0');
	if (r->at < r->end && *r->at == ' ')
		r->at++;
	if (strcmp(word, "bin") == 0 && has_n) {
		r->at = number < r->end - r->at ? r->at + number : r->end;
		return;
	}
	if (r->skip > 0 && strcmp(word, "u") != 0) {
		r->skip--;
		return;
	}
	on_word(r, word, has_n, (int)(minus ? -number : number));
}

static int
hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

/* What begins with a backslash. */
static void
take_control(struct rtf *r)
{
	char c;

	if (++r->at >= r->end)
		return;
	c = *r->at;
	if (isalpha((unsigned char)c)) {
		take_word(r);
		r->first = false;
		return;
	}
	r->at++;
	if (c == '\'' && r->end - r->at >= 2 && hex(r->at[0]) >= 0 && hex(r->at[1]) >= 0) {
		put_byte(r, (char)(hex(r->at[0]) << 4 | hex(r->at[1])));
		r->at += 2;
	} else if (c == '*') {
		r->star = true;
	} else if (c == '\r' || c == '\n') {
		put_text(r, "\n");
	} else if (c == '~') {
		put_text(r, "\xc2\xa0");
	} else if (c == '_') {
		put_text(r, "-");
	} else if (strchr("\\{}", c)) {
		put_byte(r, c);
	}
}

static void
open_group(struct rtf *r)
{
	if (r->depth + 1 < DEEPEST)
		r->groups[r->depth + 1] = *top(r);
	r->depth++;
	r->first = true;
	r->star = false;
	r->skip = 0;
}

static void
close_group(struct rtf *r)
{
	r->depth -= r->depth > 0;
	r->skip = 0;
	r->star = false;
}

/* The document's text, or the page that it wraps, into out. Returns whether it was a page. */
static bool
read_rtf(const char *s, size_t len, struct buf *out)
{
	struct rtf r = { .at = s, .end = s + len, .codepage = 1252, .out = out };
	bool page;

	r.groups[0] = (struct group){ .after_u = 1, .codepage = 1252 };
	buf_init(&r.run, RUN + 1);
	while (r.at < r.end && !out->over) {
		switch (*r.at) {
		case '{':
			open_group(&r);
			r.at++;
			break;
		case '}':
			close_group(&r);
			r.at++;
			break;
		case '\\':
			take_control(&r);
			break;
		case '\r':
		case '\n':
		case '\0':
			r.at++;
			break;
		default:
			put_byte(&r, *r.at++);
			r.first = false;
		}
	}
	end_run(&r);
	page = r.page;
	buf_free(&r.run);
	return page;
}

void
rtf_text(const char *s, size_t len, struct buf *out)
{
	struct buf text;
	struct flatten *f;
	bool page;

	buf_init(&text, len * 4 + 64);
	page = read_rtf(s, len, &text);
	f = flatten_begin("utf-8", page ? FLATTEN_HTML : FLATTEN_PLAIN, out);
	flatten_feed(f, buf_str(&text), text.len);
	flatten_end(f);
	buf_free(&text);
}

/* MS-OXRTFCP 2.2.2.1: what the dictionary holds at first. */
static const char first_words[] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    "\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

static uint32_t
little_32(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void
rtf_expand(const char *s, size_t len, struct buf *out)
{
	static const uint32_t compressed = 0x75465A4C, plain = 0x414C454D;
	char ring[4096] = { 0 };
	unsigned to = sizeof first_words - 1;
	const char *end;

	if (len < 16 || (little_32(s + 8) != compressed && little_32(s + 8) != plain))
		return;
	if (little_32(s + 8) == plain) {
		flatten_add(out, s + 16, len - 16);
		return;
	}
	memcpy(ring, first_words, to);
	end = s + len;
	for (s += 16; s < end && !out->over;) {
		unsigned flags = (unsigned char)*s++;

		for (int bit = 0; bit < 8 && s < end; bit++, flags >>= 1) {
			unsigned from, n = 1;

			if (flags & 1) {
				if (end - s < 2)
					return;
				from =
				    (unsigned)(unsigned char)s[0] << 4 | (unsigned char)s[1] >> 4;
				n = ((unsigned char)s[1] & 15) + 2;
				s += 2;
				if (from == to)
					return; /* the end */
			} else {
				from = to;
				ring[to] = *s++;
			}
			for (; n; n--, from = (from + 1) % 4096, to = (to + 1) % 4096) {
				ring[to] = ring[from];
				buf_add(out, &ring[to], 1);
			}
		}
	}
}
