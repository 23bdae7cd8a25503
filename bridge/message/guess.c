/*
 * guess.c - which charset a text is in, by how well it reads in each.
 *
 * A text is decoded in every charset that mails are written in, and each reading is weighed by the
 * letters that follow each other in it (see letters.h): how likely is that in the language it would
 * be? The unit is the logarithm of a probability for each byte beyond ASCII, so that readings with
 * one and with two bytes a character can be compared: text that is right has about -2 to -4, text
 * that is wrong -6 and less.
 */
#include "bridge/message/guess.h"

#include <iconv.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/message/letters.h"

enum {
	SLOTS = 1 << 14,        /* of the hash of pairs; there are about 5,000 */
	COMMON_SLOTS = 1 << 14, /* of the hash of common characters; about 3,600 */
	ENOUGH = 6,             /* pairs to judge by; less say little */
};

/* Weights, in tenths. */
enum {
	UNSEEN = -70,  /* a pair that a language hardly has */
	FOREIGN = -95, /* letters of two scripts side by side */
	WRONG = -120,  /* what no text has */
};
static const int level_weight[LETTERS_LEVELS] = { -10, -25, -40 };

/* The charsets looked at, with how much rarer than their likes they are, in tenths. */
static const struct candidate {
	const char *name;
	int rare;
	bool wide; /* has characters of two bytes */
	char kin;  /* the same letter: much the same charset, mistaken for each other */
	bool kana; /* where they stand, the text is Japanese, and this is for that */
} candidates[] = {
	{ "WINDOWS-1252", 0, false, 0, false },
	{ "WINDOWS-1250", -1, false, '2', false },
	{ "ISO-8859-2", -3, false, '2', false },
	{ "WINDOWS-1251", -2, false, 'c', false },
	{ "KOI8-R", -2, false, 'k', false },
	{ "KOI8-U", -3, false, 'k', false },
	{ "IBM866", -6, false, 0, false },
	{ "ISO-8859-5", -7, false, 0, false },
	{ "MAC-CYRILLIC", -5, false, 'c', false },
	{ "WINDOWS-1253", -3, false, '7', false },
	{ "ISO-8859-7", -4, false, '7', false },
	{ "WINDOWS-1254", -3, false, 0, false },
	{ "WINDOWS-1255", -3, false, '8', false },
	{ "WINDOWS-1256", -3, false, '6', false },
	{ "ISO-8859-6", -6, false, '6', false },
	{ "WINDOWS-1257", -4, false, 'b', false },
	{ "CP874", -3, false, 0, false },
	{ "ISO-8859-15", -4, false, 0, false },
	{ "ISO-8859-13", -6, false, 'b', false },
	{ "ISO-8859-4", -8, false, 'b', false },
	{ "WINDOWS-1258", -8, false, 0, false },
	{ "ISO-8859-8", -6, false, '8', false },
	{ "MACINTOSH", -10, false, 0, false },
	{ "IBM850", -12, false, 0, false },
	{ "GB18030", 0, true, 0, false },
	{ "BIG5-HKSCS", -2, true, 0, false },
	{ "IBM943", -2, true, 0, true },
	{ "EUC-JP-MS", -3, true, 0, true },
	{ "CP949", -2, true, 0, false },
};
enum { CANDIDATES = sizeof candidates / sizeof *candidates };

struct slot {
	uint32_t pair; /* two characters below U+10000; 0: free */
	int8_t weight[LETTERS_LANGUAGES];
};

/* Made once, by prepare(). */
static struct slot *pairs;
static uint32_t common[COMMON_SLOTS]; /* character, and its weight as a positive number above it */
static uint16_t singles[CANDIDATES][128]; /* what the bytes from 0x80 on mean; 0: nothing */
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

/* A small letter for each that has one, in the alphabets that are looked at. */
static uint32_t
small(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3AB) ||
	    (c >= 0x410 && c <= 0x42F))
		return c + 32;
	if (c == 0x130)
		return 'i';
	if (c == 0x178)
		return 0xFF;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
		return c & 1 ? c + 1 : c;
	if (c >= 0x100 && c <= 0x177)
		return c | 1;
	if (c == 0x218 || c == 0x219) /* Romanian, which older charsets write with a cedilla */
		return 0x15F;
	if (c == 0x21A || c == 0x21B)
		return 0x163;
	if (c == 0x386)
		return 0x3AC;
	if (c >= 0x388 && c <= 0x38A)
		return c + 37;
	if (c == 0x38C)
		return 0x3CC;
	if (c == 0x38E || c == 0x38F)
		return c + 63;
	if (c >= 0x400 && c <= 0x40F)
		return c + 80;
	if (c == 0x490)
		return 0x491;
	return c;
}

static bool
is_ascii_letter(uint32_t c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* Is it a letter, of the alphabets looked at, or a mark on one? */
static bool
is_letter(uint32_t c)
{
	if (c < 0x80)
		return is_ascii_letter(c);
	return (c >= 0xC0 && c < 0x250 && c != 0xD7 && c != 0xF7) || (c >= 0x386 && c < 0x530) ||
	       (c >= 0x5B0 && c < 0x5EB) || (c >= 0x620 && c < 0x660) ||
	       (c >= 0x66E && c < 0x700) || (c >= 0xE01 && c < 0xE50);
}

static struct slot *
find_pair(uint32_t pair)
{
	uint32_t i = (pair * 2654435761u) >> 18;

	while (pairs[i].pair && pairs[i].pair != pair)
		i = (i + 1) % SLOTS;
	return &pairs[i];
}

static void
add_pairs(size_t language, const char *s, int weight)
{
	const char *end = s + strlen(s);

	while (s < end) {
		uint32_t a = utf8_next(&s, end), b = utf8_next(&s, end);
		struct slot *slot = find_pair((a == '_' ? ' ' : a) << 16 | (b == '_' ? ' ' : b));

		if (!slot->pair) {
			slot->pair = (a == '_' ? ' ' : a) << 16 | (b == '_' ? ' ' : b);
			memset(slot->weight, UNSEEN, sizeof slot->weight);
		}
		if (slot->weight[language] == UNSEEN)
			slot->weight[language] = (int8_t)weight;
	}
}

static uint32_t *
find_common(uint32_t c)
{
	uint32_t i = (c * 2654435761u) >> 18;

	while (common[i] && (common[i] & 0xffffff) != c)
		i = (i + 1) % COMMON_SLOTS;
	return &common[i];
}

/* The characters of a language by how often it uses them. */
static void
add_common(const char *s)
{
	const char *end = s + strlen(s);

	for (unsigned rank = 0; s < end; rank++) {
		uint32_t c = utf8_next(&s, end), weight, *at = find_common(c);

		weight = rank < 100 ? 52 : rank < 400 ? 66 : 80;
		if (!*at || (*at >> 24) > weight)
			*at = weight << 24 | c;
	}
}

/* What the bytes beyond ASCII of a charset mean. */
static void
read_single(size_t candidate)
{
	iconv_t cd = iconv_open("UTF-16LE", candidates[candidate].name);

	if (cd == (iconv_t)-1)
		return;
	for (int i = 0; i < 128; i++) {
		char byte = (char)(0x80 + i), *in = &byte, room[8], *to = room;
		size_t left = 1, free_room = sizeof room;

		if (iconv(cd, &in, &left, &to, &free_room) == 0 &&
		    iconv(cd, NULL, NULL, &to, &free_room) == 0 && to == room + 2)
			singles[candidate][i] =
			    (uint16_t)((unsigned char)room[0] | (unsigned char)room[1] << 8);
	}
	iconv_close(cd);
}

static void
prepare(void)
{
	pairs = xcalloc(SLOTS, sizeof *pairs);
	for (size_t l = 0; l < LETTERS_LANGUAGES; l++)
		for (size_t i = 0; i < LETTERS_LEVELS; i++)
			add_pairs(l, letters_pairs[l].levels[i], level_weight[i]);
	for (size_t i = 0; letters_common[i]; i++)
		add_common(letters_common[i]);
	for (size_t i = 0; i < CANDIDATES; i++)
		if (!candidates[i].wide)
			read_single(i);
}

/* How a reading stands: what each language gives it, and by how much it was judged. */
struct score {
	int language[LETTERS_LANGUAGES];
	int any;   /* for all languages */
	int pairs; /* or bytes, of wide characters */
};

/* A mark beyond ASCII beside c: weighs for all languages. */
static int
mark_weight(uint32_t mark, uint32_t c, bool before)
{
	if (mark == 0 || (mark >= 0x80 && mark < 0xA0) || (mark >= 0xE000 && mark < 0xF900))
		return WRONG;
	switch (mark) {
	case 0xA0:
		return is_letter(c) ? -45 : -30;
	case 0x2019: /* also the apostrophe */
		return is_letter(c) ? -25 : -35;
	case 0x2018:
	case 0x201C:
	case 0x201D:
	case 0x201E:
	case 0xAB:
	case 0xBB:
		/* A quotation mark has a letter on one side. */
		return is_letter(c) ? -35 : -40;
	case 0x2013:
	case 0x2014:
	case 0x2026:
	case 0x2022:
	case 0x20AC:
		return is_ascii_letter(c) || c == ' ' || c < '@' ? -35 : -60;
	case 0xBF:
	case 0xA1:
		return before && is_letter(c) ? -20 : !before && !is_letter(c) ? -30 : -90;
	case 0xA3:
	case 0xA7:
	case 0xA9:
	case 0xAA:
	case 0xAE:
	case 0xB0:
	case 0xB2:
	case 0xB7:
	case 0xBA:
	case 0xBD:
	case 0x2116:
	case 0x2122:
		return is_letter(c) ? -75 : -50;
	default:
		return is_letter(c) ? -100 : -80;
	}
}

/* Weigh the pair a, b, at least one of which is beyond ASCII. */
static void
weigh_pair(struct score *s, uint32_t a, uint32_t b)
{
	bool letter_a = is_letter(a), letter_b = is_letter(b);
	const struct slot *slot;

	s->pairs++;
	if (a >= 0x80 && !letter_a) {
		s->any += mark_weight(a, b, true);
		return;
	}
	if (b >= 0x80 && !letter_b) {
		s->any += mark_weight(b, a, false);
		return;
	}
	/* A small letter before a capital is what the wrong charset of an alphabet looks like. */
	if (letter_a && letter_b && small(a) == a && small(b) != b)
		s->any -= 25;
	a = letter_a ? small(a) : ' ';
	b = letter_b ? small(b) : ' ';
	slot = find_pair(a << 16 | b);
	if (!slot->pair) {
		bool mixed =
		    (is_ascii_letter(a) && b >= 0x250) || (is_ascii_letter(b) && a >= 0x250);

		s->any += mixed ? FOREIGN : UNSEEN;
		return;
	}
	for (size_t l = 0; l < LETTERS_LANGUAGES; l++)
		s->language[l] += slot->weight[l];
}

/* The weight of a language's letters being so many among so many of ASCII: words of an alphabet of
 * its own stand alone, accents stand in words. */
static int
share_weight(bool latin, size_t high, size_t ascii)
{
	if (latin)
		return ascii < high / 2 ? -30 : ascii < high ? -15 : 0;
	return ascii > high * 6 ? -20 : ascii > high * 3 ? -10 : 0;
}

/* The best language's weight for a pair, in tenths; 0: none. */
static int
best_language(const struct score *s, size_t high, size_t ascii)
{
	int best = -10000;

	if (s->pairs == 0)
		return best;
	for (size_t l = 0; l < LETTERS_LANGUAGES; l++) {
		int w = (s->language[l] + s->any) * 10 / s->pairs +
			share_weight(letters_pairs[l].latin, high, ascii) * 10;

		if (w > best)
			best = w;
	}
	return best;
}

/* How well the bytes read in a charset of one byte a character, in hundredths. */
static int
weigh_single(size_t candidate, const unsigned char *s, size_t len, size_t high, size_t ascii)
{
	struct score score = { .pairs = 0 };
	uint32_t before = ' ';

	for (size_t i = 0; i < len; i++) {
		uint32_t c = s[i] < 0x80 ? s[i] : singles[candidate][s[i] - 0x80];

		if (s[i] >= 0x80 || (i && s[i - 1] >= 0x80))
			weigh_pair(&score, before, c);
		before = c;
	}
	if (len && s[len - 1] >= 0x80)
		weigh_pair(&score, before, ' ');
	return best_language(&score, high, ascii);
}

/* The weight of a character of two bytes, in tenths. */
static int
wide_weight(uint32_t c, bool kana)
{
	uint32_t known;

	if (c >= 0x3041 && c <= 0x3096) /* hiragana */
		return kana ? -40 : -90;
	if (c >= 0x30A0 && c <= 0x30FF) /* katakana */
		return kana ? -52 : -110;
	if ((c >= 0x3000 && c <= 0x3011) || (c >= 0xFF01 && c <= 0xFF5E))
		return c == 0xFF0C || (c >= 0x3001 && c <= 0x3002) ? -45 : -75;
	if (c >= 0xFF61 && c <= 0xFF9F) /* small katakana: what a wrong reading is full of */
		return -80;
	known = *find_common(c);
	if (known)
		return -(int)(known >> 24);
	if ((c >= 0x4E00 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7A4))
		return -125;
	if (c < 0x80)
		return 0;
	return c >= 0x2000 && c < 0x2700 ? -100 : -150;
}

/* How well the bytes read in a charset with characters of two bytes, in hundredths. */
static int
weigh_wide(const char *name, bool kana, const char *s, size_t len)
{
	iconv_t cd = iconv_open("UTF-8", name);
	char *text, *to, *in = (char *)(uintptr_t)s; /* iconv(3) does not write through it */
	size_t left = len, room = len * 4 + 64;
	long sum = 0, bytes = 0;

	if (cd == (iconv_t)-1)
		return -10000;
	to = text = xcalloc(1, room);
	while (left) {
		if (iconv(cd, &in, &left, &to, &room) != (size_t)-1 || left < 4)
			break;
		sum += WRONG * 2;
		bytes += 2;
		in++;
		left--;
	}
	iconv_close(cd);
	for (const char *p = text; p < to;) {
		uint32_t c = utf8_next(&p, to);

		if (c >= 0x80) {
			bool half = c >= 0xFF61 && c <= 0xFF9F;

			sum += wide_weight(c, kana);
			bytes += half ? 1 : 2;
		}
	}
	free(text);
	return bytes ? (int)(sum * 10 / bytes) : -10000;
}

/* What of the bytes is worth judging: text, and of a run of ASCII only its ends. Returns how many
 * were written to sample. */
static size_t
take_sample(const char *s, size_t len, unsigned char *sample, size_t *high, size_t *ascii)
{
	size_t n = 0;

	*high = *ascii = 0;
	for (size_t i = 0; i < len && n < GUESS_LOOKED_AT; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '<') {
			const char *end = memchr(s + i, '>', len - i < 400 ? len - i : 400);

			if (end) {
				i = (size_t)(end - s);
				sample[n++] = ' ';
				continue;
			}
		}
		*high += c >= 0x80;
		*ascii += is_ascii_letter(c);
		sample[n++] = c;
	}
	return n;
}

/* Are the bytes UTF-8, but for a few? */
static bool
is_mostly_utf8(const char *s, size_t len, bool said)
{
	size_t good = 0, bad = 0, n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = utf8_valid(s + i, len - i);
		good += n > 1;
		bad += n == 0;
	}
	/* Chance makes some characters of any text in two bytes. */
	return said ? good >= bad * 2 || (good == 1 && bad == 1) : good > bad * 4;
}

const char *
guess_charset(const char *said, bool default_only, const char *bytes, size_t len)
{
	unsigned char sample[GUESS_LOOKED_AT];
	size_t high, ascii, n = take_sample(bytes, len, sample, &high, &ascii);
	int best = -100000, own = -100000, margin;
	const char *name = said;
	bool utf8 = said && strcasecmp(said, "UTF-8") == 0;
	char kin = 0, own_kin = 1;

	if (high == 0)
		return said;
	if (is_mostly_utf8((const char *)sample, n, utf8))
		return "UTF-8";
	if (!said || utf8)
		name = said = "WINDOWS-1252";
	pthread_once(&prepared, prepare);
	for (size_t i = 0; i < CANDIDATES; i++) {
		const struct candidate *c = &candidates[i];
		int w = (c->wide ? weigh_wide(c->name, c->kana, (const char *)sample, n)
				 : weigh_single(i, sample, n, high, ascii)) +
			c->rare * 10;

		if (said && strcasecmp(c->name, said) == 0) {
			own = w;
			own_kin = c->kin;
		}
		if (w > best) {
			best = w;
			name = c->name;
			kin = c->kin;
		}
	}
	/* The fewer the signs, the more a label counts; one alone says nothing against any. */
	margin = default_only ? 10 : kin && kin == own_kin ? 15 : 150;
	if (high < ENOUGH && (default_only || margin > 15))
		margin += (default_only ? 20 : 220) * (int)(ENOUGH - high);
	if (said && own > -100000 && (best - own < margin || high < (default_only ? 2 : 3)))
		return said;
	return name;
}
