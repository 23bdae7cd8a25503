/*
 * charset.c - bytes in whatever charset a stranger's label claims, to UTF-8.
 *
 * Labels lie in known ways: us-ascii and iso-8859-1 stand on UTF-8 and on windows-1252, utf-8
 * stands on windows-1252, gb2312 stands on all of GB18030. So the family of ASCII is decoded here,
 * where the first byte beyond ASCII shows what is meant, and the rest by iconv(3) under the name of
 * the superset that mail programs write. iconv's own //IGNORE would lose text and is not used.
 */
#include "bridge/message/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"

enum how {
	BY_ICONV,
	UTF8,  /* a bad byte is windows-1252 until the text has shown that it is UTF-8 */
	LATIN, /* the first byte beyond ASCII decides between UTF-8 and windows-1252 */
	LATIN_UTF8,
	LATIN_1252,
};

struct charset {
	enum how how;
	iconv_t cd;   /* when BY_ICONV */
	size_t step;  /* bytes to step over where iconv cannot go on: one, or a whole UTF-16 unit */
	bool is_utf8; /* how is UTF8, and a character beyond ASCII was seen */
};

/* A label in lower case, and what its users mean. Labels that iconv takes literally are not here.
 */
static const struct alias {
	const char *label, *name;
} aliases[] = {
	{ "ascii", "WINDOWS-1252" },
	{ "ansi_x3.4-1968", "WINDOWS-1252" },
	{ "big5", "BIG5-HKSCS" },
	{ "cn-big5", "BIG5-HKSCS" },
	{ "cn-gb", "GB18030" },
	{ "cp1252", "WINDOWS-1252" },
	{ "cp65001", "UTF-8" },
	{ "cp932", "IBM943" },
	{ "csshiftjis", "IBM943" },
	{ "euc-kr", "CP949" },
	{ "gb2312", "GB18030" },
	{ "gb_2312-80", "GB18030" },
	{ "gbk", "GB18030" },
	{ "iso-8859-1", "WINDOWS-1252" },
	{ "iso-8859-11", "CP874" },
	{ "iso-8859-8-i", "ISO-8859-8" },
	{ "iso-8859-9", "WINDOWS-1254" },
	{ "iso8859-1", "WINDOWS-1252" },
	{ "iso8859_1", "WINDOWS-1252" },
	{ "iso_8859-1", "WINDOWS-1252" },
	{ "ks_c_5601-1987", "CP949" },
	{ "ks_c_5601-1989", "CP949" },
	{ "ksc5601", "CP949" },
	{ "latin1", "WINDOWS-1252" },
	{ "ms_kanji", "IBM943" },
	{ "shift-jis", "IBM943" },
	{ "shift_jis", "IBM943" },
	{ "sjis", "IBM943" },
	{ "tis-620", "CP874" },
	{ "unicode-1-1-utf-7", "UTF-7" },
	{ "unicode-1-1-utf-8", "UTF-8" },
	{ "us-ascii", "WINDOWS-1252" },
	{ "utf-8mb4", "UTF-8" },
	{ "utf8", "UTF-8" },
	{ "utf_8", "UTF-8" },
	{ "utf8mb4", "UTF-8" },
	{ "windows-31j", "IBM943" },
	{ "windows-874", "CP874" },
	{ "windows-949", "CP949" },
	{ "x-euc-jp", "EUC-JP-MS" },
	{ "euc-jp", "EUC-JP-MS" },
	{ "iso-2022-jp", "ISO-2022-JP-3" },
	{ "x-gbk", "GB18030" },
	{ "x-mac-roman", "MACINTOSH" },
	{ "x-sjis", "IBM943" },
	/* No charset at all, or one that only iconv(3) itself means. */
	{ "8bit", NULL },
	{ "binary", NULL },
	{ "char", NULL },
	{ "default", NULL },
	{ "default_charset", NULL },
	{ "internal", NULL },
	{ "none", NULL },
	{ "unknown", NULL },
	{ "unknown-8bit", NULL },
	{ "wchar_t", NULL },
	{ "x-unknown", NULL },
	{ "x-user-defined", NULL },
};

/* Letters, digits and what else is in the names of charsets; above all no slash: iconv(3) reads
 * "//IGNORE" behind one. */
static bool
in_label(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-_.:+", c));
}

const char *
charset_name(const char *label, char name[CHARSET_LABEL])
{
	size_t n = 0;

	if (!label)
		return NULL;
	label += strspn(label, " \t\"'");
	while (in_label(label[n]))
		n++;
	if (n == 0 || n >= CHARSET_LABEL)
		return NULL;
	memcpy(name, label, n);
	name[n] = '\0';
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
		if (strcasecmp(aliases[i].label, name) != 0)
			continue;
		if (!aliases[i].name)
			return NULL;
		snprintf(name, CHARSET_LABEL, "%s", aliases[i].name);
		break;
	}
	return name;
}

/* The label in <meta charset=…> or <meta … content="text/html; charset=…">, or NULL. */
static const char *
meta_label(const char *start, size_t len, char name[CHARSET_LABEL])
{
	char label[CHARSET_LABEL];
	size_t n = 0;
	const char *p;

	if (len > 1024)
		len = 1024; /* as browsers look no further */
	for (p = start; p + 8 < start + len; p++)
		if (strncasecmp(p, "charset=", 8) == 0)
			break;
	if (p + 8 >= start + len)
		return NULL;
	for (p += 8; p < start + len && (*p == '"' || *p == '\'' || *p == ' '); p++)
		;
	while (p < start + len && n + 1 < sizeof label && in_label(*p))
		label[n++] = *p++;
	label[n] = '\0';
	/* What could be read as ASCII so far is not in 16 bits, whatever it says. */
	return strncasecmp(label, "utf-16", 6) == 0 ? NULL : charset_name(label, name);
}

/* What the first bytes show, against the label; NULL when they show nothing. */
static const char *
sniff(const char *name, const char *start, size_t len)
{
	if (len >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
		return "UTF-8";
	if (len >= 2 && memcmp(start, "\xff\xfe", 2) == 0)
		return "UTF-16LE";
	if (len >= 2 && memcmp(start, "\xfe\xff", 2) == 0)
		return "UTF-16BE";
	/* Without a mark RFC 2781 says big-endian and many senders are not: see where the zeros
	 * are. */
	if (name && (strcasecmp(name, "UTF-16") == 0 || strcasecmp(name, "UCS-2") == 0) && len >= 2)
		return start[1] == '\0' && start[0] != '\0' ? "UTF-16LE" : "UTF-16BE";
	if ((!name || strcmp(name, "WINDOWS-1252") == 0) && memmem(start, len, "\x1b$", 2))
		return "ISO-2022-JP-3";
	return NULL;
}

struct charset *
charset_new(const char *label, bool html, const char *start, size_t len)
{
	struct charset *c = xcalloc(1, sizeof *c);
	char room[CHARSET_LABEL], meta[CHARSET_LABEL];
	const char *name = charset_name(label, room), *seen;

	if (!name && html)
		name = meta_label(start, len, meta);
	seen = sniff(name, start, len);
	if (seen)
		name = seen;
	c->cd = (iconv_t)-1;
	c->step = name && strncasecmp(name, "UTF-16", 6) == 0 ? 2 : 1;
	if (name && strcasecmp(name, "WINDOWS-1252") == 0) {
		c->how = LATIN;
	} else if (!name || strcasecmp(name, "UTF-8") == 0) {
		c->how = UTF8;
	} else {
		c->cd = iconv_open("UTF-8", name);
		c->how = c->cd == (iconv_t)-1 ? UTF8 : BY_ICONV;
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

/* A character beyond ASCII of the family that is decoded here; n is its length when it is UTF-8,
 * else 0. Returns the bytes used. */
static size_t
decode_high(struct charset *c, const char *p, size_t n, struct buf *out)
{
	if (c->how == LATIN)
		c->how = n ? LATIN_UTF8 : LATIN_1252;
	if (n && c->how != LATIN_1252) {
		c->is_utf8 = true;
		buf_add(out, p, n);
		return n;
	}
	add_char(out, c->how == UTF8 && c->is_utf8 ? 0xFFFD : charset_1252((unsigned char)*p));
	return 1;
}

static size_t
decode_here(struct charset *c, const char *bytes, size_t len, bool last, struct buf *out)
{
	const char *p = bytes, *end = bytes + len;

	while (p < end) {
		const char *run = p;
		size_t n;

		while (p < end && !(*p & 0x80))
			p++;
		buf_add(out, run, (size_t)(p - run));
		if (p == end)
			break;
		n = utf8_valid(p, (size_t)(end - p));
		if (n == 0 && !last && c->how != LATIN_1252 &&
		    is_cut((const unsigned char *)p, (const unsigned char *)end))
			break;
		p += decode_high(c, p, n, out);
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

			in += step;
			left -= step;
			add_char(out, 0xFFFD);
		}
	} while (left);
	return len;
}

size_t
charset_decode(struct charset *c, const char *bytes, size_t len, bool last, struct buf *out)
{
	if (c->how == BY_ICONV)
		return decode_iconv(c, bytes, len, last, out);
	return decode_here(c, bytes, len, last, out);
}
