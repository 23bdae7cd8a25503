/*
 * u-gsm.c - the tables of 13 languages, and the alphabet chosen for a text: checked against the
 * tables as the standard prints them, and against all alphabets tried one by one.
 */
#include "bridge/message/gsm.h"

#include <stdlib.h>

#include "bridge/base/utf8.h"
#include "bridge/message/text.h"
#include "t/gsm_tables.h"
#include "t/tap.h"

/* The default alphabet beyond ASCII, and what of ASCII is where. */
static unsigned
default_septets(uint32_t c)
{
	static const uint16_t more[] = { 0xA1, 0xA3, 0xA4, 0xA5, 0xA7, 0xBF, 0xC4, 0xC5, 0xC6, 0xC7,
		0xC9, 0xD1, 0xD6, 0xD8, 0xDC, 0xDF, 0xE0, 0xE4, 0xE5, 0xE6, 0xE8, 0xE9, 0xEC, 0xF1,
		0xF2, 0xF6, 0xF8, 0xF9, 0xFC, 0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6,
		0x3A8, 0x3A9 };

	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
		if (more[i] == c)
			return 1;
	if (c == 0x20AC || c == '\f' || (c > 0 && c < 0x80 && strchr("^{}\\[~]|", (int)c)))
		return 2;
	return c == '\n' || c == '\r' || (c >= ' ' && c <= 'z' && c != '`');
}

static bool
in_locking(uint32_t c, unsigned language)
{
	if (language == GSM_DEFAULT)
		return default_septets(c) == 1;
	for (size_t i = 0; i < 128; i++)
		if (c && locking_tables[language][i] == c)
			return true;
	return false;
}

static bool
in_single(uint32_t c, unsigned language)
{
	if (language == GSM_DEFAULT)
		return default_septets(c) == 2;
	for (size_t i = 0; i < 128; i++)
		if (c && single_tables[language][i][1] == c)
			return true;
	return false;
}

static void
test_tables(void)
{
	unsigned short_wrong = 0;

	for (unsigned l = 0; l < GSM_LANGUAGES; l++) {
		unsigned wrong = 0, locking = 0, single = 0, others = 0;

		for (uint32_t c = 0; c <= 0x10FFFF; c++) {
			struct gsm_tables t = gsm_find(c, 1u << l);
			bool one = t.locking >> l & 1, two = t.single >> l & 1;

			/* Beyond all tables one look at each code point's block will do. */
			if (c > 0x3000) {
				wrong += one || two;
				continue;
			}
			locking += one;
			single += two;
			wrong += one != in_locking(c, l) || two != in_single(c, l);
			others += ((t.locking | t.single) & ~(1u << l | 1u)) != 0;
		}
		is_int(wrong, 0, gsm_language_name(l));
		is_int(others, 0, "  and no other language's tables");
		ok(l == 2 ? locking == 0 : locking >= 88, "  %u characters, %u behind an escape", locking,
		    single);
	}
	for (uint32_t c = 0; c < 128; c++) {
		struct gsm_tables t = gsm_find(c, 0);

		short_wrong += gsm_ascii[c] != (t.locking & 1 ? 1 : t.single & 1 ? 2 : 0);
	}
	is_int(short_wrong, 0, "the short table of ASCII says what the long ones say");
	is_int(gsm_septets(0x11F, 1, 0), 1, "g breve in Turkish locking");
	is_int(gsm_septets(0x11F, 0, 1), 2, "g breve in Turkish single");
	is_int(gsm_septets(0x11F, 0, 0), 0, "g breve by default");
	is_int(gsm_septets('[', 6, 1), 2, "a bracket: Hindi locking, Turkish single");
	is_int(gsm_septets('A', 6, 0), 0, "no capitals in Hindi locking with the default extension");
}

static void
test_names(void)
{
	static const struct {
		const char *name;
		unsigned language;
	} names[] = { { "tr", 1 }, { "es", 2 }, { "pt", 3 }, { "bn", 4 }, { "gu", 5 }, { "hi", 6 },
		{ "kn", 7 }, { "ml", 8 }, { "or", 9 }, { "pa", 10 }, { "ta", 11 }, { "te", 12 },
		{ "ur", 13 }, { "TR", 1 }, { "Turkish", 1 }, { "hin", 6 }, { "odia", 9 }, { "pt-BR", 3 },
		{ "ur_PK", 13 }, { "13", 13 }, { "1", 1 }, { "0", 0 }, { "14", 0 }, { "default", 0 },
		{ "de", 0 }, { "", 0 }, { "t", 0 }, { "turk", 0 }, { "-", 0 } };
	unsigned languages;
	const char *wrong;
	size_t n;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		is_int(gsm_language(names[i].name, strlen(names[i].name)), names[i].language,
		    names[i].name);
	ok(!gsm_languages(" tr, es;Hindi ", &languages, &n) && languages == (1u << 1 | 1u << 2 | 1u << 6),
	    "a list");
	ok(!gsm_languages("", &languages, &n) && languages == 0, "an empty list");
	wrong = gsm_languages("tr xx es", &languages, &n);
	ok(wrong && n == 2 && memcmp(wrong, "xx", 2) == 0 && languages == 0, "a list with a wrong word");
}

/* n of one character and then one of another. TS 23.040 9.2.3.24: 140 octets with the header. */
/* clang-format off */
static const struct {
	const char *name;
	uint32_t fill;
	unsigned n;
	uint32_t tail; /* unless 0 */
	unsigned languages;
	bool ref16, ucs2;
	struct text_size want;
} sizes[] = {
	{ "160 alone", 'a', 160, 0, 0, true, false, { TEXT_GSM7, 160, 1 } },
	{ "152 each, 16 bit", 'a', 304, 0, 0, true, false, { TEXT_GSM7, 304, 2 } },
	{ "one more, 16 bit", 'a', 305, 0, 0, true, false, { TEXT_GSM7, 305, 3 } },
	{ "66 each, 16 bit", 0x4E2D, 132, 0, 0, true, false, { TEXT_UCS2, 132, 2 } },
	{ "one more, 16 bit", 0x4E2D, 133, 0, 0, true, false, { TEXT_UCS2, 133, 3 } },
	{ "forced", 'a', 70, 0, 0, false, true, { TEXT_UCS2, 70, 1 } },
	{ "forced, 71", 'a', 71, 0, 0, false, true, { TEXT_UCS2, 71, 2 } },
	{ "forced, with tables", 0x11F, 71, 0, 2, false, true, { TEXT_UCS2, 71, 2 } },
	/* One table: 155, 149, 148. */
	{ "Turkish alone", 0x11F, 155, 0, 1 << 1, false, false, { TEXT_GSM7, 155, 1 } },
	{ "Turkish, one more", 0x11F, 156, 0, 1 << 1, false, false, { TEXT_GSM7, 156, 2 } },
	{ "Turkish, two full", 0x11F, 298, 0, 1 << 1, false, false, { TEXT_GSM7, 298, 2 } },
	{ "Turkish, and one", 0x11F, 299, 0, 1 << 1, false, false, { TEXT_GSM7, 299, 3 } },
	{ "Turkish, 16 bit, two full", 0x11F, 296, 0, 1 << 1, true, false, { TEXT_GSM7, 296, 2 } },
	{ "Turkish, 16 bit, and one", 0x11F, 297, 0, 1 << 1, true, false, { TEXT_GSM7, 297, 3 } },
	{ "Turkish by one single shift", 'a', 153, 0x11F, 1 << 1, false, false, { TEXT_GSM7, 154, 1 } },
	{ "Turkish not allowed", 'a', 153, 0x11F, 0, false, false, { TEXT_UCS2, 154, 3 } },
	{ "Spanish", 'a', 153, 0xE1, 1 << 2, false, false, { TEXT_GSM7, 155, 1 } },
	{ "Spanish, one more", 'a', 154, 0xE1, 1 << 2, false, false, { TEXT_GSM7, 156, 2 } },
	{ "Spanish, pairs: 148 of 149", 0xE1, 148, 0, 1 << 2, false, false, { TEXT_GSM7, 296, 2 } },
	{ "Spanish, pairs, one more", 0xE1, 149, 0, 1 << 2, false, false, { TEXT_GSM7, 298, 3 } },
	/* Two tables: 152, 146, 145. */
	{ "Hindi and a capital", 0x905, 150, 'A', 1 << 6, false, false, { TEXT_GSM7, 152, 1 } },
	{ "Hindi and a capital, one more", 0x905, 151, 'A', 1 << 6, false, false, { TEXT_GSM7, 153, 2 } },
	{ "Hindi and a capital, two full", 0x905, 290, 'A', 1 << 6, false, false, { TEXT_GSM7, 292, 2 } },
	{ "Hindi and a capital, and one", 0x905, 291, 'A', 1 << 6, false, false, { TEXT_GSM7, 293, 3 } },
	{ "both, 16 bit, two full", 0x905, 288, 'A', 1 << 6, true, false, { TEXT_GSM7, 290, 2 } },
	{ "both, 16 bit, and one", 0x905, 289, 'A', 1 << 6, true, false, { TEXT_GSM7, 291, 3 } },
	{ "two languages", 0x905, 150, 0xE1, 1 << 6 | 1 << 2, false, false, { TEXT_GSM7, 152, 1 } },
	{ "a bracket by the extension", 0x905, 153, '[', 1 << 6, false, false, { TEXT_GSM7, 155, 1 } },
	{ "no table has it", 0x905, 69, 0x4E2D, 1 << 6, false, false, { TEXT_UCS2, 70, 1 } },
	{ "what needs none", 'a', 160, 0, 0x3fff, false, false, { TEXT_GSM7, 160, 1 } },
	{ "Portuguese has these without escape", '~', 155, 0, 1 << 3, false, false, { TEXT_GSM7, 155, 1 } },
};
/* clang-format on */

static size_t
encode(const uint32_t *text, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += utf8_put(out + len, text[i]);
	return len;
}

static bool
same(struct text_size a, struct text_size b)
{
	return a.encoding == b.encoding && a.units == b.units && a.segments == b.segments;
}

static void
test_sizes(void)
{
	uint32_t text[400];
	char utf8[4 * 400];

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct text_rules rules = { .languages = sizes[i].languages, .ref16 = sizes[i].ref16,
			.ucs2 = sizes[i].ucs2 };
		struct text_alphabet a;
		struct text_size got;
		size_t n = 0;

		for (; n < sizes[i].n; n++)
			text[n] = sizes[i].fill;
		if (sizes[i].tail)
			text[n++] = sizes[i].tail;
		got = text_choose(utf8, encode(text, n, utf8), &rules, &a);
		if (!ok(same(got, sizes[i].want), "%s", sizes[i].name))
			printf("# got: %s %u units, %u segments\n",
			    text_encoding_name(got.encoding), got.units, got.segments);
	}
}

/* The septets of a text in one pair of tables, laid into segments. False: something is not there. */
static bool
lay_out(const uint32_t *text, size_t n, unsigned locking, unsigned single, bool ref16,
    struct text_size *s)
{
	static const unsigned alone[] = { 160, 155, 152 }, part[] = { 153, 149, 146 },
			      part16[] = { 152, 148, 145 };
	unsigned shifts = (locking != 0) + (single != 0), left = 0;

	*s = (struct text_size){ TEXT_GSM7, 0, 0 };
	for (size_t i = 0; i < n; i++) {
		unsigned u = in_locking(text[i], locking) ? 1 : in_single(text[i], single) ? 2 : 0;

		if (u == 0)
			return false;
		if (u > left) {
			s->segments++;
			left = (ref16 ? part16 : part)[shifts];
		}
		left -= u;
		s->units += u;
	}
	if (s->units <= alone[shifts])
		s->segments = 1;
	return true;
}

/* All pairs tried one by one; else UCS-2. */
static struct text_size
expect(const uint32_t *text, size_t n, const struct text_rules *rules)
{
	struct text_size best = { TEXT_UCS2, 0, 0 }, s;
	unsigned all = rules->languages | 1, left = 0;

	for (unsigned l = 0; l < GSM_LANGUAGES; l++)
		for (unsigned k = 0; k < GSM_LANGUAGES; k++)
			if (all >> l & all >> k & 1 && lay_out(text, n, l, k, rules->ref16, &s) &&
			    (best.encoding == TEXT_UCS2 || s.segments < best.segments ||
				(s.segments == best.segments && s.units < best.units)))
				best = s;
	if (best.encoding == TEXT_GSM7)
		return best;
	for (size_t i = 0; i < n; i++) {
		unsigned u = text[i] > 0xFFFF ? 2 : 1;

		if (u > left) {
			best.segments++;
			left = rules->ref16 ? 66 : 67;
		}
		left -= u;
		best.units += u;
	}
	if (best.units <= 70)
		best.segments = 1;
	return best;
}

static unsigned seed = 5;

static unsigned
chance(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % below;
}

/* A character of that language, or of ASCII, or seldom any. */
static uint32_t
some_character(unsigned language, unsigned kind)
{
	unsigned i = chance(128);
	uint32_t c = 0;

	if (kind == 3 && chance(200) == 0)
		return chance(2) ? 0x1F600 : 0x4E2D;
	if (chance(4) < kind)
		c = chance(4) ? locking_tables[language][i] : single_tables[language][i][1];
	return c ? c : (chance(6) ? 'a' + chance(26) : ' ' + chance(95));
}

static void
test_made_up(void)
{
	uint32_t text[700];
	static char utf8[4 * 700];
	unsigned wrong = 0, gsm = 0, national = 0;

	for (unsigned i = 0; i < 3000; i++) {
		struct text_rules rules = { .ref16 = chance(2) };
		unsigned l = 1 + chance(GSM_LANGUAGES - 1), m = 1 + chance(GSM_LANGUAGES - 1),
			 kind = chance(4);
		size_t n = chance(i % 3 ? 330 : 700);
		struct text_alphabet a;
		struct text_size got, want;

		rules.languages = (chance(5) ? 1u << l : 0) | (chance(3) ? 0 : 1u << m);
		for (size_t k = 0; k < n; k++)
			text[k] = some_character(chance(60) ? l : m, kind);
		want = expect(text, n, &rules);
		got = text_choose(utf8, encode(text, n, utf8), &rules, &a);
		gsm += got.encoding == TEXT_GSM7;
		national += a.locking || a.single;
		if (!same(got, want) && wrong++ < 3)
			printf("# %s %u %u, not %s %u %u\n", text_encoding_name(got.encoding), got.units,
			    got.segments, text_encoding_name(want.encoding), want.units, want.segments);
	}
	ok(gsm > 1000 && national > 500, "%u made-up texts go in 7 bits, %u by tables", gsm, national);
	is_int(wrong, 0, "no pair of tables is cheaper than the one chosen");
}

int
main(void)
{
	test_tables();
	test_names();
	test_sizes();
	test_made_up();
	return tap_done();
}
