/*
 * label.c - what charset a label means, and what the first bytes of a text say of theirs.
 *
 * Labels are written by programs that were told wrong, so what is looked up here is what the
 * writers of a label mean by it, as a name that iconv(3) knows.
 */
#include "bridge/message/label.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/message/charset.h"

/* A label in lower case, and what its users mean. Labels that iconv takes literally are not here.
 */
static const struct alias {
	const char *label, *name;
} aliases[] = {
	{ "ansi_x3.4-1968", "WINDOWS-1252" },
	{ "ascii", "WINDOWS-1252" },
	{ "big5", "BIG5-HKSCS" },
	{ "big5-eten", "BIG5-HKSCS" },
	{ "big5-hkscs", "BIG5-HKSCS" },
	{ "chinese", "GB18030" },
	{ "chinesebig5", "BIG5-HKSCS" },
	{ "cn-big5", "BIG5-HKSCS" },
	{ "cn-gb", "GB18030" },
	{ "cp50220", "ISO-2022-JP-3" },
	{ "cp50221", "ISO-2022-JP-3" },
	{ "cp50222", "ISO-2022-JP-3" },
	{ "cp51932", "EUC-JP-MS" },
	{ "cp51949", "CP949" },
	{ "cp65000", "UTF-7" },
	{ "cp65001", "UTF-8" },
	{ "cp932", "IBM943" },
	{ "cp936", "GB18030" },
	{ "cp950", "BIG5-HKSCS" },
	{ "csbig5", "BIG5-HKSCS" },
	{ "cseuckr", "CP949" },
	{ "csgb2312", "GB18030" },
	{ "csiso2022jp", "ISO-2022-JP-3" },
	{ "csksc56011987", "CP949" },
	{ "csshiftjis", "IBM943" },
	{ "cyrillic", "ISO-8859-5" },
	{ "dos-866", "IBM866" },
	{ "dos-874", "CP874" },
	{ "euc", "EUC-JP-MS" },
	{ "euc-cn", "GB18030" },
	{ "euc-jp", "EUC-JP-MS" },
	{ "euc-kr", "CP949" },
	{ "euccn", "GB18030" },
	{ "eucjp", "EUC-JP-MS" },
	{ "euckr", "CP949" },
	{ "gb18030-2000", "GB18030" },
	{ "gb2312", "GB18030" },
	{ "gb2312-80", "GB18030" },
	{ "gb2312_charset", "GB18030" },
	{ "gb_2312", "GB18030" },
	{ "gb_2312-80", "GB18030" },
	{ "gbk", "GB18030" },
	{ "hebrew", "ISO-8859-8" },
	{ "hz", CHARSET_HZ },
	{ "hz-gb-2312", CHARSET_HZ },
	{ "iso-10646-ucs-2", "UCS-2" },
	{ "iso-2022-jp", "ISO-2022-JP-3" },
	{ "iso-2022-jp-1", "ISO-2022-JP-3" },
	{ "iso-2022-jp-3", "ISO-2022-JP-3" },
	{ "iso2022-jp", "ISO-2022-JP-3" },
	{ "iso2022_jp", "ISO-2022-JP-3" },
	{ "iso2022_kr", "ISO-2022-KR" },
	{ "iso-2022-jp-ms", "ISO-2022-JP-3" },
	{ "iso-8859-1", "WINDOWS-1252" },
	{ "iso-8859-11", "CP874" },
	{ "iso-8859-6-e", "ISO-8859-6" },
	{ "iso-8859-6-i", "ISO-8859-6" },
	{ "iso-8859-8-e", "ISO-8859-8" },
	{ "iso-8859-8-i", "ISO-8859-8" },
	{ "iso-8859-9", "WINDOWS-1254" },
	{ "iso-ir-100", "WINDOWS-1252" },
	{ "iso-ir-149", "CP949" },
	{ "koi", "KOI8-R" },
	{ "koi8", "KOI8-R" },
	{ "koi8-ru", "KOI8-U" },
	{ "koi8r", "KOI8-R" },
	{ "koi8u", "KOI8-U" },
	{ "korean", "CP949" },
	{ "ks_c-5601-1987", "CP949" },
	{ "ks_c_5601", "CP949" },
	{ "ks_c_5601-1987", "CP949" },
	{ "ks_c_5601-1989", "CP949" },
	{ "ksc5601", "CP949" },
	{ "ksc_5601", "CP949" },
	{ "l1", "WINDOWS-1252" },
	{ "latin-1", "WINDOWS-1252" },
	{ "latin1", "WINDOWS-1252" },
	{ "latin5", "WINDOWS-1254" },
	{ "logical", "ISO-8859-8" },
	{ "mac", "MACINTOSH" },
	{ "mac-ce", "MAC-CENTRALEUROPE" },
	{ "mac-cyrillic", "MAC-CYRILLIC" },
	{ "mac-roman", "MACINTOSH" },
	{ "mac-ukrainian", "MAC-UK" },
	{ "macroman", "MACINTOSH" },
	{ "ms932", "IBM943" },
	{ "ms936", "GB18030" },
	{ "ms949", "CP949" },
	{ "ms_kanji", "IBM943" },
	{ "shift-jis", "IBM943" },
	{ "shift_jis", "IBM943" },
	{ "shift_jis-2004", "SHIFT_JISX0213" },
	{ "shift_jisx0213", "SHIFT_JISX0213" },
	{ "sjis", "IBM943" },
	{ "thai", "CP874" },
	{ "tis-620", "CP874" },
	{ "uhc", "CP949" },
	{ "unicode", "UTF-16" },
	{ "unicode-1-1-utf-7", "UTF-7" },
	{ "unicode-1-1-utf-8", "UTF-8" },
	{ "unicode-2-0-utf-7", "UTF-7" },
	{ "unicode-2-0-utf-8", "UTF-8" },
	{ "unicode11utf8", "UTF-8" },
	{ "unicode20utf8", "UTF-8" },
	{ "us", "WINDOWS-1252" },
	{ "us-ascii", "WINDOWS-1252" },
	{ "us_ascii", "WINDOWS-1252" },
	{ "usascii", "WINDOWS-1252" },
	{ "utf-16", "UTF-16" },
	{ "utf-8-sig", "UTF-8" },
	{ "utf-8mb4", "UTF-8" },
	{ "utf16", "UTF-16" },
	{ "utf7", "UTF-7" },
	{ "utf8", "UTF-8" },
	{ "utf8mb4", "UTF-8" },
	{ "utf_8", "UTF-8" },
	{ "visual", "ISO-8859-8" },
	{ "windows-31j", "IBM943" },
	{ "windows-874", "CP874" },
	{ "windows-932", "IBM943" },
	{ "windows-936", "GB18030" },
	{ "windows-949", "CP949" },
	{ "windows-950", "BIG5-HKSCS" },
	/* No charset at all, or one that only iconv(3) itself means. */
	{ "7bit", NULL },
	{ "8bit", NULL },
	{ "8-bit", NULL },
	{ "ansi", NULL },
	{ "any", NULL },
	{ "auto", NULL },
	{ "autodetect", NULL },
	{ "base64", NULL },
	{ "binary", NULL },
	{ "char", NULL },
	{ "charset", NULL },
	{ "default", NULL },
	{ "default_charset", NULL },
	{ "internal", NULL },
	{ "iso-8859", NULL },
	{ "java", NULL },
	{ "none", NULL },
	{ "null", NULL },
	{ "plain", NULL },
	{ "text", NULL },
	{ "undefined", NULL },
	{ "unknown", NULL },
	{ "unknown-8bit", NULL },
	{ "user-defined", NULL },
	{ "wchar_t", NULL },
};

/* Letters, digits and what else is in the names of charsets; above all no slash: iconv(3) reads
 * "//IGNORE" behind one. */
static bool
in_label(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-_.:+", c));
}

/* Names with a number of a family: "win1251", "cp-1252", "iso8859_15", "8859-2", however written.
 * Rewrites name. */
static void
name_of_family(char name[CHARSET_LABEL])
{
	static const struct {
		const char *digits, *prefix;
		int highest;
	} families[] = { { "8859", "iso-8859-", 16 }, { "125", "windows-125", 8 } };

	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		const char *at = strpbrk(name, "0123456789");
		int number;

		if (!at || strncmp(at, families[i].digits, strlen(families[i].digits)) != 0)
			continue;
		at += strlen(families[i].digits);
		at += i == 0 ? strspn(at, "-_:.") : 0;
		if (!isdigit((unsigned char)at[0]))
			continue;
		number = at[0] - '0';
		if (isdigit((unsigned char)at[1]))
			number = number * 10 + (*++at - '0');
		if (number > families[i].highest || isalnum((unsigned char)at[1]))
			continue;
		snprintf(name, CHARSET_LABEL, "%s%d", families[i].prefix, number);
		return;
	}
}

const char *
charset_name(const char *label, char name[CHARSET_LABEL])
{
	size_t n = 0;

	if (!label)
		return NULL;
	label += strspn(label, " \t\"'");
	while (strncasecmp(label, "x-", 2) == 0)
		label += 2;
	for (; n < CHARSET_LABEL && in_label(label[n]); n++)
		if (n + 1 < CHARSET_LABEL)
			name[n] = (char)tolower((unsigned char)label[n]);
	if (n == 0 || n >= CHARSET_LABEL)
		return NULL;
	name[n] = '\0';
	name_of_family(name);
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
		if (strcmp(aliases[i].label, name) != 0)
			continue;
		if (!aliases[i].name)
			return NULL;
		snprintf(name, CHARSET_LABEL, "%s", aliases[i].name);
		break;
	}
	return name;
}

/* Where `what`, in small letters, stands among the bytes, written in any case; NULL: nowhere. */
static const char *
find(const char *start, const char *end, const char *what)
{
	size_t n = strlen(what);

	for (const char *p = start; p + n <= end; p++)
		if (strncasecmp(p, what, n) == 0)
			return p;
	return NULL;
}

const char *
label_of_page(const char *start, size_t len, char name[CHARSET_LABEL])
{
	char label[CHARSET_LABEL];
	const char *end = start + len, *p = NULL, *at;
	size_t n = 0;

	/* Browsers look no further than 1,024 bytes; mails have long heads. */
	if (len > 4096)
		end = start + 4096;
	for (at = start; !p && (at = find(at, end, "charset")); at += 7) {
		p = at + 7;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (p == end || *p++ != '=')
			p = NULL;
	}
	if (!p && (at = find(start, start + (len < 200 ? len : 200), "<?xml")) &&
	    (at = find(at, start + (len < 200 ? len : 200), "encoding=")))
		p = at + 9;
	if (!p)
		return NULL;
	while (p < end && (*p == '"' || *p == '\'' || *p == ' '))
		p++;
	while (p < end && n + 1 < sizeof label && in_label(*p))
		label[n++] = *p++;
	label[n] = '\0';
	/* What could be read as ASCII so far is not in 16 bits, whatever it says. */
	return strncasecmp(label, "utf-16", 6) == 0 ? NULL : charset_name(label, name);
}

/* Are the bytes text in 16 bits, as the zeros of its blanks and of its ASCII letters show? */
static const char *
zeros(const char *start, size_t len)
{
	size_t at[2] = { 0, 0 };

	len = len < 512 ? len & ~(size_t)1 : 512;
	for (size_t i = 0; i < len; i++)
		at[i & 1] += start[i] == '\0';
	if (at[0] > 1 && at[0] > len / 6 && at[1] * 8 < at[0])
		return "UTF-16BE";
	if (at[1] > 1 && at[1] > len / 6 && at[0] * 8 < at[1])
		return "UTF-16LE";
	return NULL;
}

static bool
in_16_bits(const char *name)
{
	return name && (strncasecmp(name, "UTF-16", 6) == 0 || strncasecmp(name, "UCS-2", 5) == 0);
}

const char *
label_seen(const char *name, const char *start, size_t len)
{
	const char *wide;

	if (len == 0 || !start)
		return NULL;
	if (len >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
		return "UTF-8";
	if (len >= 4 && memcmp(start, "\xff\xfe\0", 4) == 0)
		return "UTF-32LE";
	if (len >= 2 && memcmp(start, "\xff\xfe", 2) == 0)
		return "UTF-16LE";
	if (len >= 2 && memcmp(start, "\xfe\xff", 2) == 0)
		return "UTF-16BE";
	wide = zeros(start, len);
	if (wide && (!name || in_16_bits(name) || strcasecmp(name, "UTF-8") == 0 ||
			strcasecmp(name, "WINDOWS-1252") == 0))
		return wide;
	/* Without a mark RFC 2781 says big-endian; what has no zeros and is ASCII is in no 16 bits.
	 */
	if (in_16_bits(name) && !wide) {
		size_t ascii = 0;

		for (size_t i = 0; i < len; i++)
			ascii += start[i] > 0;
		if ((len && ascii == len) ||
		    (!memchr(start, '\0', len) && memchr(start, '\n', len)))
			return "";
		return strcasecmp(name + strlen(name) - 2, "LE") == 0 ? "UTF-16LE" : "UTF-16BE";
	}
	if (name && strcasecmp(name, "WINDOWS-1252") != 0 && strcasecmp(name, "UTF-8") != 0)
		return NULL;
	if (!memchr(start, '\x1b', len))
		return NULL;
	if (memmem(start, len, "\x1b$)C", 4))
		return "ISO-2022-KR";
	if (memmem(start, len, "\x1b$)A", 4) || memmem(start, len, "\x1b$)G", 4))
		return "ISO-2022-CN-EXT";
	if (memmem(start, len, "\x1b$", 2) || memmem(start, len, "\x1b(J", 3) ||
	    memmem(start, len, "\x1b(I", 3))
		return "ISO-2022-JP-3";
	return NULL;
}
