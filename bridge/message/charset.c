/*
 * charset.c - bytes in whatever charset a stranger's label claims, to UTF-8.
 *
 * Labels lie in known ways: us-ascii and iso-8859-1 stand on UTF-8 and on everything else, utf-8
 * stands on windows-1252, gb2312 stands on all of GB18030. So ASCII is passed on, and the first
 * bytes beyond it decide which charset is meant (guess.c). iconv(3) decodes all but UTF-8; its own
 * //IGNORE would lose text and is not used.
 */
#include "bridge/message/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/message/guess.h"
#include "bridge/message/label.h"

enum how {
	ASCII, /* so far; the first byte beyond it decides */
	BY_ICONV,
	UTF8,
	TWICE, /* UTF-8 that was encoded once more */
	HZ,
};

struct charset {
	enum how how;
	iconv_t cd;  /* when BY_ICONV or HZ */
	size_t step; /* bytes to step over where iconv cannot go on: one, or a whole UTF-16 unit */
	char name[CHARSET_LABEL]; /* what the label means; "": it says nothing */
	bool wide;                /* HZ: within "~{" and "~}" */
	char held;                /* HZ: the first byte of two, or '~' */
};

/* Does the charset hold ASCII as it is, so that nothing need be decided before the first byte that
 * is none? */
static bool
holds_ascii(const char *name)
{
	static const char *const others[] = { "UTF-7", "UTF-16", "UTF-32", "UCS-", "ISO-2022", "HZ",
		"IBM037", "CP037", "IBM500", "CP500", "IBM1047", "VISCII", "UNICODE" };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strncasecmp(name, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

/* Decode by iconv(3) from here on. Returns whether it knows the name. */
static bool
open_iconv(struct charset *c, const char *name)
{
	c->cd = iconv_open("UTF-8", name);
	c->step = strncasecmp(name, "UTF-16", 6) == 0 ? 2 : 1;
	if (c->cd != (iconv_t)-1)
		c->how = BY_ICONV;
	return c->cd != (iconv_t)-1;
}

static bool
knows(const char *name)
{
	iconv_t cd = iconv_open("UTF-8", name);

	if (cd == (iconv_t)-1)
		return false;
	iconv_close(cd);
	return true;
}

/* The byte that is this character in windows-1252; -1 when none is, or it is ASCII. */
static int
byte_of(uint32_t u)
{
	if (u >= 0x80 && u < 0x100)
		return (int)u;
	for (int i = 0x80; i < 0xA0 && u >= 0x100; i++)
		if (charset_1252((unsigned char)i) == u)
			return i;
	return -1;
}

/*
 * Read characters at p that are the bytes of one character of UTF-8, taken for windows-1252 and
 * encoded again. Returns how many bytes they take, and the character in real; 0 when they are none;
 * -1 when they may be, but the text ends within.
 */
static int
once_again(const char *p, const char *end, char real[4], size_t *len)
{
	const char *at = p;
	size_t n = 0, need = 2;

	while (n < need) {
		const char *from = at;
		int byte;

		if (at == end)
			return -1;
		byte = byte_of(utf8_next(&at, end));
		if (byte < 0 || (n == 0 && (byte < 0xC2 || byte > 0xF4)))
			return from < end && utf8_valid(from, (size_t)(end - from)) == 0 &&
				       end - from < 4 && n
				   ? -1
				   : 0;
		if (n == 0)
			need = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
		real[n++] = (char)byte;
	}
	*len = need;
	return utf8_valid(real, need) == need ? (int)(at - p) : 0;
}

/* Is all that the text has beyond ASCII UTF-8 encoded twice? */
static bool
is_twice(const char *s, size_t len)
{
	const char *end = s + len;
	size_t found = 0, n;
	char real[4];
	int used;

	while (s < end) {
		if (!(*s & 0x80)) {
			s++;
			continue;
		}
		used = once_again(s, end, real, &n);
		if (used < 0)
			break;
		if (used == 0)
			return false;
		found++;
		s += used;
	}
	return found > 0;
}

/* Is it UTF-8 rather than what the label says? Two bytes of some other charset may be, by chance.
 */
static bool
is_utf8_after_all(const char *s, size_t len)
{
	size_t two = 0, more = 0, n;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_valid(s + i, len - i);
		if (n == 0 && len - i < 4 && i)
			break; /* perhaps cut */
		if (n == 0)
			return false;
		two += n == 2;
		more += n > 2;
	}
	return more > 0 || two > 4;
}

/* The text has bytes beyond ASCII, here are the first: which charset is it in? */
static void
decide(struct charset *c, const char *bytes, size_t len)
{
	const char *name = *c->name ? c->name : NULL;
	bool vague =
	    !name || strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "WINDOWS-1252") == 0;
	const char *best;

	if (!vague && is_utf8_after_all(bytes, len))
		best = "UTF-8";
	else
		best = guess_charset(name, vague, bytes, len);
	c->how = UTF8;
	if (best && strcasecmp(best, "UTF-8") != 0 && !open_iconv(c, best) && name)
		best = guess_charset(NULL, true, bytes, len);
	if (c->how == UTF8 && best && strcasecmp(best, "UTF-8") != 0)
		open_iconv(c, best);
	if (c->how == UTF8 && is_twice(bytes, len))
		c->how = TWICE;
}

struct charset *
charset_new(const char *label, bool html, const char *start, size_t len)
{
	struct charset *c = xcalloc(1, sizeof *c);
	char room[CHARSET_LABEL];
	const char *name = charset_name(label, room), *seen;
	bool high = false;

	if (!name && html)
		name = label_of_page(start, len, room);
	if (name && len && memchr(start, 0x1b, len) && strcmp(name, CHARSET_HZ) != 0 && !knows(name))
		name = NULL;
	seen = label_seen(name, start, len);
	if (seen)
		name = *seen ? seen : NULL;
	if (name)
		memcpy(c->name, name, strlen(name) + 1);
	c->cd = (iconv_t)-1;
	c->step = 1;
	for (size_t i = 0; i < len && !high; i++)
		high = start[i] & 0x80;
	if (!name || holds_ascii(name))
		return c; /* ASCII, until there is more */
	if (strcmp(name, CHARSET_HZ) == 0 && !high) {
		open_iconv(c, "GB18030");
		c->how = HZ;
	} else if (high && (strncasecmp(name, "ISO-2022-JP", 11) == 0 ||
			       strcasecmp(name, "UTF-7") == 0 || strcmp(name, CHARSET_HZ) == 0)) {
		c->name[0] = '\0'; /* seven bits, it says: so it says nothing */
	} else if (!open_iconv(c, name)) {
		c->name[0] = '\0';
	}
	return c;
}

void
charset_free(struct charset *c)
{
	if (!c)
		return;
	if (c->cd != (iconv_t)-1)
		iconv_close(c->cd);
	free(c);
}

static void
add_char(struct buf *out, uint32_t u)
{
	char bytes[4];

	buf_add(out, bytes, utf8_put(bytes, u));
}

uint32_t
charset_1252(unsigned char byte)
{
	static const uint16_t own[32] = { 0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020,
		0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018,
		0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
		0x0153, 0x9D, 0x017E, 0x0178 };

	return byte >= 0x80 && byte < 0xa0 ? own[byte - 0x80] : byte;
}

/* The bytes from p on are the valid beginning of a character that goes on behind end. */
static bool
is_cut(const unsigned char *p, const unsigned char *end)
{
	size_t need = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] < 0xc2 || p[0] > 0xf4 || (size_t)(end - p) >= need)
		return false;
	while (++p < end)
		if ((*p & 0xc0) != 0x80)
			return false;
	return true;
}

static size_t
decode_utf8(const char *bytes, size_t len, bool last, struct buf *out)
{
	const char *p = bytes, *end = bytes + len;

	while (p < end) {
		const char *run = p;
		size_t n = 0;

		while (p < end && (!(*p & 0x80) || (n = utf8_valid(p, (size_t)(end - p))) > 0))
			p += *p & 0x80 ? n : 1;
		buf_add(out, run, (size_t)(p - run));
		if (p == end)
			break;
		if (!last && is_cut((const unsigned char *)p, (const unsigned char *)end))
			break;
		add_char(out, 0xFFFD);
		p++;
	}
	return (size_t)(p - bytes);
}

static size_t
decode_twice(const char *bytes, size_t len, bool last, struct buf *out)
{
	const char *p = bytes, *end = bytes + len;
	char real[4];

	while (p < end) {
		size_t n = utf8_valid(p, (size_t)(end - p)), m = 0;
		int used = *p & 0x80 ? once_again(p, end, real, &m) : 0;

		if (used < 0 && !last)
			break;
		if (used > 0) {
			buf_add(out, real, m);
			p += used;
		} else if (n) {
			buf_add(out, p, n);
			p += n;
		} else if (!last && is_cut((const unsigned char *)p, (const unsigned char *)end)) {
			break;
		} else {
			add_char(out, 0xFFFD);
			p++;
		}
	}
	return (size_t)(p - bytes);
}

static size_t
decode_iconv(struct charset *c, const char *bytes, size_t len, bool last, struct buf *out)
{
	/* iconv(3) wants a pointer to char * and does not write through it. */
	char *in = (char *)(uintptr_t)bytes, room[4096], *to = room;
	size_t left = len, free_room = sizeof room, rc;

	do {
		rc = iconv(c->cd, &in, &left, &to, &free_room);
		if (rc == (size_t)-1 && errno == EINVAL && !last && left < 32) {
			buf_add(out, room, (size_t)(to - room));
			return len - left;
		}
		if (rc != (size_t)-1 && last)
			iconv(c->cd, NULL, NULL, &to, &free_room); /* what it held back */
		buf_add(out, room, (size_t)(to - room));
		to = room;
		free_room = sizeof room;
		if (rc == (size_t)-1 && errno != E2BIG && left) {
			size_t step = left < c->step ? left : c->step;

			/* What is ASCII where a second byte should be is text of its own. */
			in += step;
			left -= step;
			add_char(out, 0xFFFD);
		}
	} while (left);
	return len;
}

/* RFC 1843: "~{" and "~}" around pairs of seven bits, "~~" a tilde, "~" at a line's end nothing. */
static void
decode_hz(struct charset *c, const char *bytes, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		char b = bytes[i], pair[2] = { (char)(c->held | 0x80), (char)(b | 0x80) };

		if (c->held == '~' && (b == '{' || b == '}')) {
			c->wide = b == '{';
			c->held = 0;
		} else if (c->held == '~' && !c->wide) {
			if (b != '\n')
				buf_add(out, "~", 1);
			if (b != '\n' && b != '~')
				buf_add(out, &b, 1);
			c->held = 0;
		} else if (b == '\n' || b == '\r') {
			c->wide = false; /* as decoders do, since a line's end ends it */
			c->held = 0;
			buf_add(out, &b, 1);
		} else if (c->held) {
			decode_iconv(c, pair, 2, true, out);
			c->held = 0;
		} else if (c->wide || b == '~') {
			c->held = b;
		} else {
			buf_add(out, &b, 1);
		}
	}
}

size_t
charset_decode(struct charset *c, const char *bytes, size_t len, bool last, struct buf *out)
{
	size_t ascii = 0;

	if (c->how == ASCII) {
		while (ascii < len && !(bytes[ascii] & 0x80))
			ascii++;
		buf_add(out, bytes, ascii);
		/* Too little to decide by is kept until there is more. */
		if (ascii == len || (!last && len - ascii < 32))
			return ascii;
		decide(c, bytes, len);
		bytes += ascii;
		len -= ascii;
	}
	switch (c->how) {
	case ASCII:
	case UTF8:
		return ascii + decode_utf8(bytes, len, last, out);
	case TWICE:
		return ascii + decode_twice(bytes, len, last, out);
	case BY_ICONV:
		return ascii + decode_iconv(c, bytes, len, last, out);
	case HZ:
		decode_hz(c, bytes, len, out);
		return len;
	}
	return len;
}

void
charset_text(const char *label, const char *bytes, size_t len, struct buf *out)
{
	struct charset *c = charset_new(label, false, bytes, len);
	struct buf text;

	buf_init(&text, len * CHARSET_GROWTH + 16);
	charset_decode(c, bytes, len, true, &text);
	buf_add(out, buf_str(&text), text.len);
	buf_free(&text);
	charset_free(c);
}
