/*
 * gsm.c - which characters the 7 bit alphabets of phones have.
 *
 * Only whether a character is there and what it costs is asked here, not where it stands: the
 * platforms pack the septets. So the tables are sets. The ten languages that are not written in
 * Latin share their ASCII, and each has a block of Unicode to itself.
 */
#include "bridge/message/gsm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uchar.h>

/* The language identifiers of TS 23.038 6.2.1.2.4.1. */
enum language {
	DEFAULT,
	TURKISH,
	SPANISH,
	PORTUGUESE,
	BENGALI,
	GUJARATI,
	HINDI,
	KANNADA,
	MALAYALAM,
	ORIYA,
	PUNJABI,
	TAMIL,
	TELUGU,
	URDU,
};

#define BIT(language) (1u << (language))
/* Those with ASCII's small letters in their locking table, and its capitals behind an escape. */
#define OTHERS (BIT(URDU + 1) - BIT(BENGALI))
/* Those whose single shift table has the two signs that end a verse. */
#define WITH_DANDA                                                                                 \
	(BIT(GUJARATI) | BIT(HINDI) | BIT(KANNADA) | BIT(MALAYALAM) | BIT(ORIYA) | BIT(PUNJABI) |  \
	    BIT(TAMIL))

static const struct {
	const char *name, *two, *three; /* ISO 639-1 and 639-2 */
} languages[GSM_LANGUAGES] = {
	[DEFAULT] = { "default", "", "" },
	[TURKISH] = { "Turkish", "tr", "tur" },
	[SPANISH] = { "Spanish", "es", "spa" },
	[PORTUGUESE] = { "Portuguese", "pt", "por" },
	[BENGALI] = { "Bengali", "bn", "ben" },
	[GUJARATI] = { "Gujarati", "gu", "guj" },
	[HINDI] = { "Hindi", "hi", "hin" },
	[KANNADA] = { "Kannada", "kn", "kan" },
	[MALAYALAM] = { "Malayalam", "ml", "mal" },
	[ORIYA] = { "Oriya", "or", "ori" },
	[PUNJABI] = { "Punjabi", "pa", "pan" },
	[TAMIL] = { "Tamil", "ta", "tam" },
	[TELUGU] = { "Telugu", "te", "tel" },
	[URDU] = { "Urdu", "ur", "urd" },
};

/* ASCII, by the kinds of tables there are. */
enum {
	IN_DEFAULT = 1, /* the default alphabet, and Turkish's */
	IN_PORTUGUESE = 2,
	IN_OTHERS = 4,
	BEHIND_DEFAULT = 8, /* the extension, and the single shift tables of Latin writing */
	BEHIND_OTHERS = 16,
};
#define ALL_IN (IN_DEFAULT | IN_PORTUGUESE | IN_OTHERS)
#define LATIN_IN (IN_DEFAULT | IN_PORTUGUESE | BEHIND_OTHERS)
#define ALL_BEHIND (BEHIND_DEFAULT | BEHIND_OTHERS)

/* clang-format off */
static const unsigned char ascii[0x80] = {
	['\n'] = ALL_IN, ['\r'] = ALL_IN, ['\f'] = ALL_BEHIND,
	[' '] = ALL_IN, ['!'] = ALL_IN, ['"' ... '\''] = LATIN_IN, ['('] = ALL_IN, [')'] = ALL_IN,
	['*'] = LATIN_IN, ['+'] = LATIN_IN, [','] = ALL_IN, ['-'] = LATIN_IN, ['.'] = ALL_IN,
	['/'] = LATIN_IN, ['0' ... ';'] = ALL_IN, ['<' ... '>'] = LATIN_IN, ['?'] = ALL_IN,
	['@' ... 'Z'] = LATIN_IN, ['['] = ALL_BEHIND, ['\\'] = ALL_BEHIND | IN_PORTUGUESE,
	[']'] = ALL_BEHIND, ['^'] = ALL_BEHIND | IN_PORTUGUESE, ['_'] = LATIN_IN,
	['`'] = IN_PORTUGUESE, ['a' ... 'z'] = ALL_IN, ['{'] = ALL_BEHIND,
	['|'] = ALL_BEHIND | IN_PORTUGUESE, ['}'] = ALL_BEHIND, ['~'] = ALL_BEHIND | IN_PORTUGUESE,
};

/* What these say of the default tables. */
const unsigned char gsm_ascii[128] = {
	['\n'] = 1, ['\r'] = 1, ['\f'] = 2, [' ' ... 'Z'] = 1, ['[' ... '^'] = 2, ['_'] = 1,
	['a' ... 'z'] = 1, ['{' ... '~'] = 2,
};
/* clang-format on */

/* What else the tables of Latin writing have, in the order of the code points. */
static const struct {
	const char16_t *locking, *single;
} latin[] = {
	[DEFAULT] = { u"¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ", u"€" },
	[TURKISH] = { u"£¤¥§ÄÅÇÉÑÖÜßàäåçéñòöùüĞğİıŞşΓΔΘΛΞΠΣΦΨΩ€", u"çĞğİıŞş€" },
	[SPANISH] = { u"", u"ÁÍÓÚáçíóú€" },
	[PORTUGUESE] = { u"£¥§ªºÀÁÂÃÇÉÊÍÓÔÕÚÜàáâãçéêíóôõúüΔ€∞",
	    u"ÀÁÂÃÊÍÓÔÕÚáâãçêíóôõúΓΘΠΣΦΨΩ€" },
};

/* The letters of the other languages, by code points; each in one table of one language. */
struct range {
	unsigned char language;
	unsigned char septets;
	uint16_t first, last;
};

/* clang-format off */
static const struct range ranges[] = {
	{ URDU, 2, 0x0600, 0x0601 }, { URDU, 2, 0x060C, 0x0614 }, { URDU, 2, 0x061B, 0x061B },
	{ URDU, 2, 0x061F, 0x061F }, { URDU, 1, 0x0621, 0x0622 }, { URDU, 1, 0x0627, 0x0628 },
	{ URDU, 1, 0x062A, 0x0639 }, { URDU, 2, 0x0640, 0x0640 }, { URDU, 1, 0x0641, 0x0642 },
	{ URDU, 1, 0x0644, 0x0646 }, { URDU, 1, 0x0648, 0x0648 }, { URDU, 1, 0x064D, 0x064D },
	{ URDU, 1, 0x064F, 0x0651 }, { URDU, 2, 0x0652, 0x0652 }, { URDU, 1, 0x0653, 0x0657 },
	{ URDU, 2, 0x0658, 0x0658 }, { URDU, 2, 0x066B, 0x066C }, { URDU, 1, 0x0670, 0x0670 },
	{ URDU, 2, 0x0672, 0x0673 }, { URDU, 1, 0x0679, 0x0681 }, { URDU, 1, 0x0683, 0x068A },
	{ URDU, 1, 0x068C, 0x068D }, { URDU, 1, 0x068F, 0x068F }, { URDU, 1, 0x0691, 0x0691 },
	{ URDU, 1, 0x0693, 0x0693 }, { URDU, 1, 0x0696, 0x0696 }, { URDU, 1, 0x0698, 0x069A },
	{ URDU, 1, 0x06A6, 0x06A6 }, { URDU, 1, 0x06A9, 0x06AB }, { URDU, 1, 0x06AF, 0x06AF },
	{ URDU, 1, 0x06B1, 0x06B1 }, { URDU, 1, 0x06B3, 0x06B3 }, { URDU, 1, 0x06BA, 0x06BC },
	{ URDU, 1, 0x06BE, 0x06BE }, { URDU, 1, 0x06C1, 0x06C2 }, { URDU, 1, 0x06C4, 0x06C4 },
	{ URDU, 1, 0x06CC, 0x06CC }, { URDU, 2, 0x06CD, 0x06CD }, { URDU, 1, 0x06D0, 0x06D0 },
	{ URDU, 1, 0x06D2, 0x06D2 }, { URDU, 2, 0x06D4, 0x06D4 }, { URDU, 1, 0x06D5, 0x06D5 },
	{ URDU, 2, 0x06F0, 0x06F9 },
	{ HINDI, 1, 0x0901, 0x0903 }, { HINDI, 1, 0x0905, 0x0939 }, { HINDI, 1, 0x093C, 0x094D },
	{ HINDI, 1, 0x0950, 0x0950 }, { HINDI, 2, 0x0951, 0x0954 }, { HINDI, 2, 0x0958, 0x0963 },
	{ HINDI, 2, 0x0966, 0x0971 }, { HINDI, 1, 0x0972, 0x0972 }, { HINDI, 1, 0x097B, 0x097C },
	{ HINDI, 1, 0x097E, 0x097F },
	{ BENGALI, 1, 0x0981, 0x0983 }, { BENGALI, 1, 0x0985, 0x098C },
	{ BENGALI, 1, 0x098F, 0x0990 }, { BENGALI, 1, 0x0993, 0x09A8 },
	{ BENGALI, 1, 0x09AA, 0x09B0 }, { BENGALI, 1, 0x09B2, 0x09B2 },
	{ BENGALI, 1, 0x09B6, 0x09B9 }, { BENGALI, 1, 0x09BC, 0x09C4 },
	{ BENGALI, 1, 0x09C7, 0x09C8 }, { BENGALI, 1, 0x09CB, 0x09CE },
	{ BENGALI, 1, 0x09D7, 0x09D7 }, { BENGALI, 1, 0x09DC, 0x09DD },
	{ BENGALI, 2, 0x09DF, 0x09E3 }, { BENGALI, 2, 0x09E6, 0x09EF },
	{ BENGALI, 1, 0x09F0, 0x09F1 }, { BENGALI, 2, 0x09F2, 0x09FA },
	{ PUNJABI, 1, 0x0A01, 0x0A03 }, { PUNJABI, 1, 0x0A05, 0x0A0A },
	{ PUNJABI, 1, 0x0A0F, 0x0A10 }, { PUNJABI, 1, 0x0A13, 0x0A28 },
	{ PUNJABI, 1, 0x0A2A, 0x0A30 }, { PUNJABI, 1, 0x0A32, 0x0A33 },
	{ PUNJABI, 1, 0x0A35, 0x0A36 }, { PUNJABI, 1, 0x0A38, 0x0A39 },
	{ PUNJABI, 1, 0x0A3C, 0x0A3C }, { PUNJABI, 1, 0x0A3E, 0x0A42 },
	{ PUNJABI, 1, 0x0A47, 0x0A48 }, { PUNJABI, 1, 0x0A4B, 0x0A4D },
	{ PUNJABI, 1, 0x0A51, 0x0A51 }, { PUNJABI, 2, 0x0A59, 0x0A5C },
	{ PUNJABI, 2, 0x0A5E, 0x0A5E }, { PUNJABI, 2, 0x0A66, 0x0A6F },
	{ PUNJABI, 1, 0x0A70, 0x0A74 }, { PUNJABI, 2, 0x0A75, 0x0A75 },
	{ GUJARATI, 1, 0x0A81, 0x0A83 }, { GUJARATI, 1, 0x0A85, 0x0A8D },
	{ GUJARATI, 1, 0x0A8F, 0x0A91 }, { GUJARATI, 1, 0x0A93, 0x0AA8 },
	{ GUJARATI, 1, 0x0AAA, 0x0AB0 }, { GUJARATI, 1, 0x0AB2, 0x0AB3 },
	{ GUJARATI, 1, 0x0AB5, 0x0AB9 }, { GUJARATI, 1, 0x0ABC, 0x0AC5 },
	{ GUJARATI, 1, 0x0AC7, 0x0AC9 }, { GUJARATI, 1, 0x0ACB, 0x0ACD },
	{ GUJARATI, 1, 0x0AD0, 0x0AD0 }, { GUJARATI, 1, 0x0AE0, 0x0AE3 },
	{ GUJARATI, 2, 0x0AE6, 0x0AEF }, { GUJARATI, 1, 0x0AF1, 0x0AF1 },
	{ ORIYA, 1, 0x0B01, 0x0B03 }, { ORIYA, 1, 0x0B05, 0x0B0C }, { ORIYA, 1, 0x0B0F, 0x0B10 },
	{ ORIYA, 1, 0x0B13, 0x0B28 }, { ORIYA, 1, 0x0B2A, 0x0B30 }, { ORIYA, 1, 0x0B32, 0x0B33 },
	{ ORIYA, 1, 0x0B35, 0x0B39 }, { ORIYA, 1, 0x0B3C, 0x0B44 }, { ORIYA, 1, 0x0B47, 0x0B48 },
	{ ORIYA, 1, 0x0B4B, 0x0B4D }, { ORIYA, 1, 0x0B56, 0x0B57 }, { ORIYA, 2, 0x0B5C, 0x0B5D },
	{ ORIYA, 2, 0x0B5F, 0x0B5F }, { ORIYA, 1, 0x0B60, 0x0B63 }, { ORIYA, 2, 0x0B66, 0x0B71 },
	{ TAMIL, 1, 0x0B82, 0x0B83 }, { TAMIL, 1, 0x0B85, 0x0B8A }, { TAMIL, 1, 0x0B8E, 0x0B90 },
	{ TAMIL, 1, 0x0B92, 0x0B95 }, { TAMIL, 1, 0x0B99, 0x0B9A }, { TAMIL, 1, 0x0B9C, 0x0B9C },
	{ TAMIL, 1, 0x0B9E, 0x0B9F }, { TAMIL, 1, 0x0BA3, 0x0BA4 }, { TAMIL, 1, 0x0BA8, 0x0BAA },
	{ TAMIL, 1, 0x0BAE, 0x0BB9 }, { TAMIL, 1, 0x0BBE, 0x0BC2 }, { TAMIL, 1, 0x0BC6, 0x0BC8 },
	{ TAMIL, 1, 0x0BCA, 0x0BCD }, { TAMIL, 1, 0x0BD0, 0x0BD0 }, { TAMIL, 1, 0x0BD7, 0x0BD7 },
	{ TAMIL, 2, 0x0BE6, 0x0BEF }, { TAMIL, 1, 0x0BF0, 0x0BF2 }, { TAMIL, 2, 0x0BF3, 0x0BF8 },
	{ TAMIL, 1, 0x0BF9, 0x0BF9 }, { TAMIL, 2, 0x0BFA, 0x0BFA },
	{ TELUGU, 1, 0x0C01, 0x0C03 }, { TELUGU, 1, 0x0C05, 0x0C0C }, { TELUGU, 1, 0x0C0E, 0x0C10 },
	{ TELUGU, 1, 0x0C12, 0x0C28 }, { TELUGU, 1, 0x0C2A, 0x0C33 }, { TELUGU, 1, 0x0C35, 0x0C39 },
	{ TELUGU, 1, 0x0C3D, 0x0C44 }, { TELUGU, 1, 0x0C46, 0x0C48 }, { TELUGU, 1, 0x0C4A, 0x0C4D },
	{ TELUGU, 1, 0x0C55, 0x0C56 }, { TELUGU, 2, 0x0C58, 0x0C59 }, { TELUGU, 1, 0x0C60, 0x0C63 },
	{ TELUGU, 2, 0x0C66, 0x0C6F }, { TELUGU, 2, 0x0C78, 0x0C7F },
	{ KANNADA, 1, 0x0C82, 0x0C83 }, { KANNADA, 1, 0x0C85, 0x0C8C },
	{ KANNADA, 1, 0x0C8E, 0x0C90 }, { KANNADA, 1, 0x0C92, 0x0CA8 },
	{ KANNADA, 1, 0x0CAA, 0x0CB3 }, { KANNADA, 1, 0x0CB5, 0x0CB9 },
	{ KANNADA, 1, 0x0CBC, 0x0CC4 }, { KANNADA, 1, 0x0CC6, 0x0CC8 },
	{ KANNADA, 1, 0x0CCA, 0x0CCD }, { KANNADA, 1, 0x0CD5, 0x0CD6 },
	{ KANNADA, 2, 0x0CDE, 0x0CDE }, { KANNADA, 1, 0x0CE0, 0x0CE3 },
	{ KANNADA, 2, 0x0CE6, 0x0CEF }, { KANNADA, 2, 0x0CF1, 0x0CF2 },
	{ MALAYALAM, 1, 0x0D02, 0x0D03 }, { MALAYALAM, 1, 0x0D05, 0x0D0C },
	{ MALAYALAM, 1, 0x0D0E, 0x0D10 }, { MALAYALAM, 1, 0x0D12, 0x0D28 },
	{ MALAYALAM, 1, 0x0D2A, 0x0D39 }, { MALAYALAM, 1, 0x0D3D, 0x0D44 },
	{ MALAYALAM, 1, 0x0D46, 0x0D48 }, { MALAYALAM, 1, 0x0D4A, 0x0D4D },
	{ MALAYALAM, 1, 0x0D57, 0x0D57 }, { MALAYALAM, 1, 0x0D60, 0x0D63 },
	{ MALAYALAM, 2, 0x0D66, 0x0D75 }, { MALAYALAM, 1, 0x0D79, 0x0D79 },
	{ MALAYALAM, 2, 0x0D7A, 0x0D7F },
};
/* clang-format on */

static struct gsm_tables
find_ascii(unsigned c)
{
	unsigned kinds = ascii[c], locking = 0, single = 0;

	if (kinds & IN_DEFAULT)
		locking |= BIT(DEFAULT) | BIT(TURKISH);
	if (kinds & IN_PORTUGUESE)
		locking |= BIT(PORTUGUESE);
	if (kinds & IN_OTHERS)
		locking |= OTHERS;
	if (kinds & BEHIND_DEFAULT)
		single |= BIT(DEFAULT) | BIT(TURKISH) | BIT(SPANISH) | BIT(PORTUGUESE);
	if (kinds & BEHIND_OTHERS)
		single |= OTHERS;
	return (struct gsm_tables){ (uint16_t)locking, (uint16_t)single };
}

static bool
has(const char16_t *sorted, uint32_t c)
{
	while (*sorted && *sorted < c)
		sorted++;
	return *sorted == c;
}

static int
compare(const void *key, const void *row)
{
	uint32_t c = *(const uint32_t *)key;
	const struct range *r = row;

	return c < r->first ? -1 : c > r->last;
}

/* A character beyond ASCII. */
static struct gsm_tables
find_other(uint32_t c, unsigned wanted)
{
	struct gsm_tables t = { 0, 0 };
	const struct range *r;

	if (c > 0x221E)
		return t;
	for (unsigned l = DEFAULT; l <= PORTUGUESE; l++) {
		if (!(wanted & BIT(l)))
			continue;
		t.locking |= (uint16_t)(has(latin[l].locking, c) << l);
		t.single |= (uint16_t)(has(latin[l].single, c) << l);
	}
	if (!(wanted & OTHERS))
		return t;
	if (c == 0xA1 || (c >= 0xA3 && c <= 0xA5) || c == 0xBF || c == 0x20AC)
		t.single |= OTHERS;
	if (c == 0x0964 || c == 0x0965)
		t.single |= WITH_DANDA;
	r = bsearch(&c, ranges, sizeof ranges / sizeof ranges[0], sizeof ranges[0], compare);
	if (r && r->septets == 1)
		t.locking |= (uint16_t)BIT(r->language);
	else if (r)
		t.single |= (uint16_t)BIT(r->language);
	return t;
}

struct gsm_tables
gsm_find(uint32_t c, unsigned wanted)
{
	struct gsm_tables t;

	wanted |= BIT(DEFAULT);
	t = c < 0x80 ? find_ascii(c) : find_other(c, wanted);
	t.locking &= (uint16_t)wanted;
	t.single &= (uint16_t)wanted;
	return t;
}

unsigned
gsm_septets(uint32_t c, unsigned locking, unsigned single)
{
	struct gsm_tables t;

	if (c < 0x80 && locking == DEFAULT && single == DEFAULT)
		return gsm_ascii[c];
	t = gsm_find(c, BIT(locking) | BIT(single));

	return t.locking & BIT(locking) ? 1 : t.single & BIT(single) ? 2 : 0;
}

static bool
is(const char *name, size_t n, const char *what)
{
	return n && strlen(what) == n && strncasecmp(name, what, n) == 0;
}

unsigned
gsm_language(const char *name, size_t n)
{
	size_t main = 0;

	while (main < n && name[main] != '-' && name[main] != '_')
		main++;
	for (unsigned l = DEFAULT + 1; l < GSM_LANGUAGES; l++) {
		char number[3] = { (char)(l < 10 ? '0' + l : '1'), (char)(l < 10 ? '\0' : '0' + l - 10) };

		if (is(name, main, languages[l].two) || is(name, main, languages[l].three) ||
		    is(name, n, languages[l].name) || is(name, n, number))
			return l;
	}
	return is(name, n, "odia") ? ORIYA : DEFAULT;
}

const char *
gsm_language_name(unsigned language)
{
	return languages[language].name;
}

const char *
gsm_languages(const char *list, unsigned *wanted, size_t *n)
{
	static const char between[] = " \t,;";
	unsigned all = 0;

	*wanted = 0;
	for (list += strspn(list, between); *list; list += *n + strspn(list + *n, between)) {
		unsigned l;

		*n = strcspn(list, between);
		l = gsm_language(list, *n);
		if (l == DEFAULT)
			return list;
		all |= BIT(l);
	}
	*wanted = all;
	return NULL;
}
