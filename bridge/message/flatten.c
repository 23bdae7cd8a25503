/*
 * flatten.c - a mail's parts to one plain text.
 *
 * Bytes are gathered to blocks, so that a charset or a byte order mark can be seen in the first and
 * the decoder is not called for each line; from there on everything is UTF-8 and streams on, to
 * html.c or to the lines of plain text.
 */
#include "bridge/message/flatten.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/message/charset.h"
#include "bridge/message/html.h"

enum {
	BLOCK = 8192,
	LINE = 32 * 1024, /* a longer line of flowed text is taken in pieces */
};

struct flatten {
	enum flatten_how how;
	const char *label;
	char room[CHARSET_LABEL];
	struct charset *charset; /* NULL until the first block */
	struct html *html;       /* when how is FLATTEN_HTML */
	struct buf *out;
	bool decided; /* how the text is flattened, after the first block */
	bool full;
	bool after_cr;
	/* Flowed text only. */
	struct buf line;
	bool first;    /* no line was written yet */
	bool flowing;  /* the line before ended in a space */
	size_t quoted; /* the line before began with so many '>' */
	/* Bytes not decoded yet. */
	size_t len;
	char block[BLOCK];
};

struct flatten *
flatten_begin(const char *charset, enum flatten_how how, struct buf *out)
{
	struct flatten *f = xcalloc(1, sizeof *f);

	f->how = how;
	f->label = charset_name(charset, f->room);
	f->out = out;
	f->first = true;
	buf_init(&f->line, LINE);
	return f;
}

int
flatten_put(void *to, const char *bytes, size_t len)
{
	return flatten_add(to, bytes, len);
}

int
flatten_add(struct buf *out, const char *s, size_t len)
{
	size_t room = out->max - out->len, n = len;

	if (n > room) {
		n = room;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		out->over = true;
	}
	buf_add(out, s, n);
	return n < len ? -1 : 0;
}

/* The flowed line gathered in f->line is complete. */
static void
end_flowed(struct flatten *f)
{
	const char *s = buf_str(&f->line);
	size_t len = f->line.len, quoted = 0;
	bool signature;

	while (quoted < len && s[quoted] == '>')
		quoted++;
	s += quoted;
	len -= quoted;
	if (len && s[0] == ' ') { /* space-stuffed, RFC 3676 4.4 */
		s++;
		len--;
	}
	signature = len == 3 && memcmp(s, "-- ", 3) == 0;
	if (!f->first && (!f->flowing || quoted != f->quoted || signature)) {
		flatten_add(f->out, "\n", 1);
		f->flowing = false;
	}
	if (!f->flowing && quoted) {
		flatten_add(f->out, buf_str(&f->line), quoted);
		flatten_add(f->out, " ", 1);
	}
	f->flowing = len && s[len - 1] == ' ' && !signature;
	if (f->flowing && f->how == FLATTEN_DELSP)
		len--;
	f->full |= flatten_add(f->out, s, len) < 0;
	f->first = false;
	f->quoted = quoted;
	buf_reset(&f->line);
}

/* A run of text without controls, to where lines are written. */
static void
add_run(struct flatten *f, const char *s, size_t len)
{
	if (f->how == FLATTEN_PLAIN) {
		f->full |= flatten_add(f->out, s, len) < 0;
		return;
	}
	while (len) {
		size_t n = len < LINE - f->line.len ? len : LINE - f->line.len;

		buf_add(&f->line, s, n);
		s += n;
		len -= n;
		if (f->line.len == LINE)
			end_flowed(f);
	}
}

static void
add_newline(struct flatten *f)
{
	if (f->how == FLATTEN_PLAIN)
		f->full |= flatten_add(f->out, "\n", 1) < 0;
	else
		end_flowed(f);
}

/* Decoded text of a plain part: every kind of line end becomes LF, and the controls go. */
static void
add_plain(struct flatten *f, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end && !f->full) {
		const char *run = s;
		unsigned char c;

		while (s < end && ((unsigned char)*s >= 0x20 || *s == '\t') && *s != 0x7f)
			s++;
		if (s > run) {
			f->after_cr = false;
			add_run(f, run, (size_t)(s - run));
		}
		if (s == end)
			break;
		c = (unsigned char)*s++;
		if (c == '\r' || c == '\f' || c == '\v' || (c == '\n' && !f->after_cr))
			add_newline(f);
		f->after_cr = c == '\r';
	}
}

/* Does a text begin as a page does? */
static bool
begins_page(const char *s, size_t len)
{
	static const char *const beginnings[] = { "<!doctype html", "<html" };
	const char *end = s + len;

	while (s < end && strchr(" \t\r\n\xef\xbb\xbf", *s) && *s)
		s++;
	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
		if ((size_t)(end - s) > strlen(beginnings[i]) &&
		    strncasecmp(s, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* What is said to be a page but has no tag nor entity, and more than one line, is plain text; and
 * the other way round. */
static void
decide_how(struct flatten *f, const char *s, size_t len)
{
	const char *newline = memchr(s, '\n', len);

	if (f->how == FLATTEN_PLAIN && begins_page(s, len))
		f->how = FLATTEN_HTML;
	else if (f->how == FLATTEN_HTML && !memchr(s, '<', len) && !memchr(s, '&', len) &&
		 newline && newline + 2 < s + len)
		f->how = FLATTEN_PLAIN;
	f->decided = true;
	if (f->how == FLATTEN_HTML)
		f->html = html_begin(f->out);
}

/* Decode what was gathered and pass it on. */
static void
end_block(struct flatten *f, bool last)
{
	struct buf text;
	size_t used;

	buf_init(&text, (size_t)BLOCK * CHARSET_GROWTH + 16);
	if (!f->charset)
		f->charset = charset_new(f->label, f->how == FLATTEN_HTML, f->block, f->len);
	used = charset_decode(f->charset, f->block, f->len, last, &text);
	memmove(f->block, f->block + used, f->len - used);
	f->len -= used;
	if (!f->decided)
		decide_how(f, buf_str(&text), text.len);
	if (f->html)
		f->full |= html_feed(f->html, buf_str(&text), text.len) < 0;
	else
		add_plain(f, buf_str(&text), text.len);
	buf_free(&text);
}

int
flatten_feed(struct flatten *f, const char *bytes, size_t len)
{
	while (len && !f->full) {
		size_t n = len < BLOCK - f->len ? len : BLOCK - f->len;

		memcpy(f->block + f->len, bytes, n);
		f->len += n;
		bytes += n;
		len -= n;
		if (f->len == BLOCK)
			end_block(f, false);
	}
	return f->full ? -1 : 0;
}

enum flatten_how
flatten_end(struct flatten *f)
{
	enum flatten_how how;

	if (!f)
		return FLATTEN_PLAIN;
	if (!f->full)
		end_block(f, true);
	if (f->line.len && !f->full)
		end_flowed(f);
	html_end(f->html);
	charset_free(f->charset);
	buf_free(&f->line);
	how = f->how;
	free(f);
	return how;
}

void
flatten_join(struct buf *out, const char *s, size_t len)
{
	const char *end = s + len, *p;

	/* A byte order mark is no text. What was in the middle of a part stays. */
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	/* Empty lines before the first go, but not the first line's own indent. */
	for (p = s; p < end && strchr(" \t\n", *p); p++)
		if (*p == '\n')
			s = p + 1;
	while (end > s && strchr(" \t\n", end[-1]))
		end--;
	if (s == end)
		return;
	if (out->len)
		flatten_add(out, "\n\n", 2);
	flatten_add(out, s, (size_t)(end - s));
}

void
flatten_line(struct buf *out, const char *s, size_t len)
{
	const char *end = s + len;
	bool space = false, any = false;

	while (s < end) {
		const char *p = s;
		uint32_t c = utf8_next(&s, end);
		char bytes[4];

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xA0 || c == 0x2028 ||
		    c == 0x2029) {
			space = any;
			continue;
		}
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xFEFF || c == 0x200E ||
		    c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069))
			continue;
		if (space)
			buf_add(out, " ", 1);
		if (c == 0xFFFD)
			flatten_add(out, bytes, utf8_put(bytes, c));
		else
			flatten_add(out, p, (size_t)(s - p));
		if (out->over)
			return;
		space = false;
		any = true;
	}
}

size_t
flatten_words(const char *s, size_t len)
{
	const char *end = s + len;
	size_t n = 0;
	bool inside = false;

	while (s < end) {
		uint32_t c = utf8_next(&s, end);

		if (c >= 0x2E80 && c < 0xE000) {
			n++;
			inside = false;
			continue;
		}
		if (c > ' ' && c != 0xA0 && !inside)
			n++;
		inside = c > ' ' && c != 0xA0;
	}
	return n;
}
