/*
 * fold.c - text made comparable.
 *
 * No character becomes longer than it was, so that a caller needs no more room than it has. Bad
 * bytes are left as they are: they match nothing.
 */
#include "bridge/message/fold.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/utf8.h"

/* The letter beneath the accent for U+00C0 to U+017F; a space where switch_latin() knows more. */
static const char latin[] = "aaaaaa ceeeeiiiidnooooo ouuuuyt "
			    "aaaaaa ceeeeiiiidnooooo ouuuuyty"
			    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii  jjkkklllllll"
			    "lllnnnnnnnnnoooooo  rrrrrrsssssssstttttuuuuuuuuuuuuuwwyyyzzzzzzs";
_Static_assert(sizeof latin == 0x180 - 0xC0 + 1, "a letter for each code point");

static bool
is_between(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

static bool
is_blank(uint32_t c)
{
	return c <= ' ' || c == 0x7f || c == 0xA0 || is_between(c, 0x2000, 0x200A) || c == 0x2028 ||
	       c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Marks that show nothing by themselves: accents, vowel points, joiners, marks of direction. */
static bool
is_mark(uint32_t c)
{
	return c == 0xAD || is_between(c, 0x300, 0x36F) || is_between(c, 0x591, 0x5BD) ||
	       is_between(c, 0x610, 0x61C) || c == 0x640 || is_between(c, 0x64B, 0x65F) ||
	       c == 0x670 || c == 0x93C || is_between(c, 0x200B, 0x200F) ||
	       is_between(c, 0x202A, 0x202E) || is_between(c, 0x2060, 0x2069) ||
	       is_between(c, 0xFE00, 0xFE0F) || c == 0xFEFF ||
	       c == 0x1427; /* left behind by a program that tells when mail is read */
}

/* The value of a digit that is not ASCII; -1 when it is none. */
static int
digit_of(uint32_t c)
{
	static const uint32_t zeros[] = { 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10 };

	for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
		if (is_between(c, zeros[i], zeros[i] + 9))
			return (int)(c - zeros[i]);
	return -1;
}

/* The letters beneath a Latin letter that is not ASCII; NULL when it is none that is known. */
static const char *
fold_latin(uint32_t c)
{
	static const char one[26][2] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l",
		"m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z" };

	switch (c) {
	case 0xC6:
	case 0xE6:
		return "ae";
	case 0xD7:
		return "x";
	case 0xDF:
	case 0x1E9E:
		return "ss";
	case 0xF7:
		return "/";
	case 0x132:
	case 0x133:
		return "ij";
	case 0x152:
	case 0x153:
		return "oe";
	case 0x1A0:
	case 0x1A1:
		return "o";
	case 0x1AF:
	case 0x1B0:
		return "u";
	case 0x18F:
	case 0x259:
		return "e";
	case 0x218:
	case 0x219:
		return "s";
	case 0x21A:
	case 0x21B:
		return "t";
	}
	if (is_between(c, 0xC0, 0x17F))
		return one[latin[c - 0xC0] - 'a'];
	if (!is_between(c, 0x1EA0, 0x1EF9))
		return NULL;
	/* The letters of Vietnamese that carry two marks. */
	return c < 0x1EB8   ? "a"
	       : c < 0x1EC8 ? "e"
	       : c < 0x1ECC ? "i"
	       : c < 0x1EE4 ? "o"
	       : c < 0x1EF2 ? "u"
			    : "y";
}

static uint32_t
fold_greek(uint32_t c)
{
	static const uint16_t accented[][2] = { { 0x386, 0x3B1 }, { 0x388, 0x3B5 },
		{ 0x389, 0x3B7 }, { 0x38A, 0x3B9 }, { 0x38C, 0x3BF }, { 0x38E, 0x3C5 },
		{ 0x38F, 0x3C9 }, { 0x390, 0x3B9 }, { 0x3AA, 0x3B9 }, { 0x3AB, 0x3C5 },
		{ 0x3AC, 0x3B1 }, { 0x3AD, 0x3B5 }, { 0x3AE, 0x3B7 }, { 0x3AF, 0x3B9 },
		{ 0x3B0, 0x3C5 }, { 0x3C2, 0x3C3 }, { 0x3CA, 0x3B9 }, { 0x3CB, 0x3C5 },
		{ 0x3CC, 0x3BF }, { 0x3CD, 0x3C5 }, { 0x3CE, 0x3C9 } };

	for (size_t i = 0; i < sizeof accented / sizeof *accented; i++)
		if (accented[i][0] == c)
			return accented[i][1];
	return is_between(c, 0x391, 0x3A9) ? c + 0x20 : c;
}

static uint32_t
fold_cyrillic(uint32_t c)
{
	if (is_between(c, 0x410, 0x42F))
		c += 0x20;
	else if (is_between(c, 0x400, 0x40F))
		c += 0x50;
	else if (c == 0x490)
		c = 0x491;
	switch (c) {
	case 0x450:
	case 0x451:
		return 0x435;
	case 0x439:
	case 0x45D:
		return 0x438;
	case 0x457:
		return 0x456;
	}
	return c;
}

/* Letters that Arabic and Persian write in more than one way. */
static uint32_t
fold_arabic(uint32_t c)
{
	switch (c) {
	case 0x622:
	case 0x623:
	case 0x625:
	case 0x671:
		return 0x627;
	case 0x649:
	case 0x6CC:
		return 0x64A;
	case 0x6A9:
		return 0x643;
	}
	return c;
}

/* Punctuation that ASCII has a character for; 0 when it has none. */
static char
fold_sign(uint32_t c)
{
	if (is_between(c, 0xFF01, 0xFF5E))
		return (char)(is_between(c, 0xFF21, 0xFF3A) ? c - 0xFEC0 : c - 0xFEE0);
	if (is_between(c, 0x2010, 0x2015) || c == 0x2212 || c == 0x2500 || c == 0x2501)
		return '-';
	if (is_between(c, 0x2018, 0x201B) || c == 0xB4 || c == 0x5F3)
		return '\'';
	switch (c) {
	case 0xAB:
	case 0xBB:
	case 0x201C:
	case 0x201D:
	case 0x201E:
	case 0x201F:
	case 0x5F4:
	case 0x300C:
	case 0x300D:
		return '"';
	case 0x2236:
	case 0x5C3:
	case 0xFE55:
	case 0xFE30:
		return ':';
	case 0x3001:
	case 0x60C:
		return ',';
	case 0x3008:
		return '<';
	case 0x3009:
		return '>';
	case 0x2502:
	case 0x2503:
		return '|';
	}
	return 0;
}

/* The folded form of a character that is not ASCII, which took n bytes. Returns its length. */
static size_t
fold_wide(uint32_t c, const char *bytes, size_t n, char *out)
{
	const char *to;
	int digit;

	if ((to = fold_latin(c))) {
		memcpy(out, to, strlen(to));
		return strlen(to);
	}
	if ((out[0] = fold_sign(c)))
		return 1;
	if ((digit = digit_of(c)) >= 0) {
		out[0] = (char)('0' + digit);
		return 1;
	}
	if (is_between(c, 0x370, 0x3FF))
		return utf8_put(out, fold_greek(c));
	if (is_between(c, 0x400, 0x4FF))
		return utf8_put(out, fold_cyrillic(c));
	if (is_between(c, 0x600, 0x6FF))
		return utf8_put(out, fold_arabic(c));
	memcpy(out, bytes, n);
	return n;
}

size_t
fold(const char *s, size_t len, char *out)
{
	const char *end = s + len;
	size_t n = 0;
	bool space = false;

	while (s < end) {
		const char *bytes = s;
		uint32_t c = (unsigned char)*s < 0x80 ? (unsigned char)*s++ : utf8_next(&s, end);

		if (is_blank(c)) {
			space = n > 0;
			continue;
		}
		if (c >= 0x80 && is_mark(c))
			continue;
		if (space)
			out[n++] = ' ';
		space = false;
		if (c < 0x80)
			out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
		else
			n += fold_wide(c, bytes, (size_t)(s - bytes), out + n);
	}
	out[n] = '\0';
	return n;
}
