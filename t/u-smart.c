/*
 * u-smart.c - look-alikes: what may stand for what, and where they are used; and where a text is
 * split into segments.
 */
#include "bridge/message/smart.h"

#include <stdlib.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/cluster.h"
#include "bridge/message/gsm.h"
#include "bridge/message/text.h"
#include "t/tap.h"

/* Every replacement is in the default alphabet, so that it helps; and none is needed for what is. */
static void
test_table(void)
{
	unsigned there = 0, lacking = 0, too_long = 0, letters = 0;

	for (uint32_t c = 0; c <= 0x10FFFF; c++) {
		char room[SMART_MOST];
		const char *s = smart_replacement(c, room);

		if (!s)
			continue;
		there++;
		too_long += strlen(s) >= SMART_MOST;
		for (const char *p = s, *end = s + strlen(s); p < end;)
			lacking += gsm_septets(utf8_next(&p, end), GSM_DEFAULT, GSM_DEFAULT) == 0;
	}
	ok(there > 1500, "%u characters have look-alikes", there);
	is_int(lacking, 0, "all of them in the default alphabet");
	is_int(too_long, 0, "and short");
	/* The accented letters of Latin-1 and Latin Extended-A, all of them. */
	for (uint32_t c = 0xC0; c < 0x180; c++) {
		char room[SMART_MOST];

		letters += gsm_septets(c, 0, 0) == 0 && !smart_replacement(c, room);
	}
	is_int(letters, 0, "no letter of Europe's languages is without");
}

/* clang-format off */
static const struct {
	const char *name, *text, *written;
	unsigned languages;
} rows[] = {
	{ "plain text", "Hello [world] {€}", "Hello [world] {€}", 0 },
	{ "quotes", "“a” ‘b’ „c“ «d» ‹e› ‚f‘", "\"a\" 'b' \"c\" \"d\" <e> ,f'", 0 },
	{ "dashes", "a–b—c‐d‑e−f", "a-b-c-d-e-f", 0 },
	{ "ellipsis, bullets", "a… • b ‣ c", "a... - b - c", 0 },
	{ "spaces are one space", "a\xc2\xa0" "b\xe2\x80\x89" "c\xe3\x80\x80" "d\te", "a b c d e", 0 },
	{ "what shows nothing", "a\xc2\xad" "b\xe2\x80\x8b" "c\xef\xbb\xbf" "d\xe2\x80\xae" "e", "abcde", 0 },
	{ "ligatures", "ﬁne ﬂour eﬀect oﬃce Ĳssel œuvre", "fine flour effect office IJssel oeuvre", 0 },
	{ "accents that GSM-7 has stay", "àäåæèéìñòöøùü ÄÅÆÇÉÑÖØÜß", "àäåæèéìñòöøùü ÄÅÆÇÉÑÖØÜß", 0 },
	{ "others go", "áâãçêëíîïóôõúûýÿ ÁÂÃÊÍÓÔÕÚÝ", "aaaceeiiiooouuyy AAAEIOOOUY", 0 },
	{ "of the middle of Europe", "Žluťoučký kůň, Łódź, Győr, şşi, ğ, İı", "Zlutoucky kun, Lodz, Györ, ssi, g, Ii", 0 },
	{ "of Vietnam", "Tiếng Việt, đường", "Tieng Viet, duong", 0 },
	{ "letters that are none of these", "ðþÐÞđĐħŧŋſẞ", "dthDThdDhtnsSS", 0 },
	{ "accents apart", "e\xcc\x81 a\xcc\x88 n\xcc\x83 c\xcc\xa7 q\xcc\x83", "é ä ñ c q", 0 },
	{ "signs", "© ® ™ ½ ¼ № ° × ÷ ≤ ≥ ≠ → ← ⇒ µ", "(c) (r) (tm) 1/2 1/4 No. deg x / <= >= != -> <- => u", 0 },
	{ "money", "₹5 ₺6 ₽7 ¢8 €9 £1 ¥2", "Rs5 TL6 RUB7 c8 €9 £1 ¥2", 0 },
	{ "wide letters", "ＡＢＣ　１２３！", "ABC 123!", 0 },
	{ "letters of mathematics", "𝐇𝐞𝐥𝐥𝐨 𝟙𝟚", "Hello 12", 0 },
	{ "small capitals, circles", "ʜᴇʟʟᴏ Ⓐⓩ", "HELLO Az", 0 },
	{ "Greek in capitals", "ΚΑΛΗΜΕΡΑ ΈΛΛΗΝΕΣ", "KAΛHMEPA EΛΛHNEΣ", 0 },
	{ "Greek in small letters", "“Καλημέρα”", "“Καλημέρα”", 0 },
	{ "Cyrillic", "“Привет” …", "“Привет” …", 0 },
	{ "Chinese", "“你好”…", "“你好”…", 0 },
	{ "an emoji", "“Hi” 😀", "“Hi” 😀", 0 },
	{ "a copyright sign as an emoji", "©\xef\xb8\x8f", "(c)", 0 },
	{ "a table that has it", "“á” ğ", "\"á\" g", 1 << 2 },
	{ "one or the other", "“á” ğ", "\"a\" ğ", 1 << 1 },
	{ "both", "“á” ğ", "\"á\" ğ", 1 << 1 | 1 << 2 },
	{ "Hindi", "“नमस्ते” – Ä", "\"नमस्ते\" - A", 1 << 6 },
	{ "bad bytes", "“a\xff”", "“a\xef\xbf\xbd”", 0 },
};
/* clang-format on */

static void
test_rows(void)
{
	struct buf out;

	buf_init(&out, 4000);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct text_rules rules = { .languages = rows[i].languages, .smart = true };
		size_t len = strlen(rows[i].text);
		struct text_alphabet a;
		struct text_size size = text_choose(rows[i].text, len, &rules, &a);
		struct text_fitted fitted;

		buf_reset(&out);
		text_write(rows[i].text, len, &a, &out);
		is_str(buf_str(&out), rows[i].written, rows[i].name);
		rules.smart = false;
		ok(text_choose(buf_str(&out), out.len, &rules, &a).units == size.units,
		    "  and its size is that of what is written");
		rules.smart = true;
		buf_reset(&out);
		ok(text_fit(rows[i].text, len, &rules, 6, &out, &fitted) == 0 &&
			strcmp(buf_str(&out), rows[i].written) == 0,
		    "  and what fits is shown so");
	}
	buf_free(&out);
}

/* Fewest segments first, then fewest replacements. */
static void
test_policy(void)
{
	static char text[2000];
	struct text_rules rules = { .smart = true, .languages = 1 << 1 };
	struct text_alphabet a;
	struct text_size size;

	memset(text, 'a', 1000);
	memcpy(text, "\xc4\x9f", 2);
	size = text_choose(text, 155, &rules, &a);
	ok(size.segments == 1 && a.single + a.locking == 1 && !a.smart, "a table that costs no segment is used");
	size = text_choose(text, 160, &rules, &a);
	ok(size.segments == 1 && a.smart && !a.single && !a.locking,
	    "a letter is replaced to save a segment");
	for (size_t i = 0; i < 70; i++)
		memcpy(text + 3 * i, "\xe2\x80\xa6", 3);
	size = text_choose(text, 3 * 70, &rules, &a);
	ok(size.encoding == TEXT_UCS2 && size.segments == 1,
	    "and none where the replacement would be longer");
}

/* Where segments end: the text is `n` times `fill` behind `head`, and ends are counted in bytes. */
/* clang-format off */
static const struct {
	const char *name, *head, *fill;
	unsigned n;
	bool separate;
	size_t count, ends[4];
} splits[] = {
	{ "nothing", "", "", 0, false, 1, { 0 } },
	{ "one", "", "a", 160, false, 1, { 160 } },
	{ "two", "", "a", 161, false, 2, { 153, 161 } },
	{ "three", "", "a", 459, false, 3, { 153, 306, 459 } },
	{ "words do not matter where the platform joins", "", "word ", 40, false, 2, { 153, 200 } },
	{ "words, apart", "", "word ", 40, true, 2, { 160, 200 } },
	{ "words, apart, a blank at the end", "a", "word ", 40, true, 2, { 160, 201 } },
	{ "words, apart, none at the end", "ab", "word ", 40, true, 2, { 157, 202 } },
	{ "words, apart, but it would cost a segment", "a", "word ", 63, true, 2, { 160, 316 } },
	{ "the same", "abc", "word ", 63, true, 2, { 158, 318 } },
	{ "the same, no word's end in time", "abcd", "wordword ", 35, true, 2, { 160, 319 } },
	{ "one long word, apart", "", "a", 200, true, 2, { 160, 200 } },
	{ "an escape pair", "a", "€", 153, false, 3, { 1 + 76 * 3, 1 + 152 * 3, 1 + 153 * 3 } },
	{ "an emoji", "a", "\xf0\x9f\x98\x80", 40, false, 2, { 1 + 33 * 4, 1 + 40 * 4 } },
	{ "a letter and its mark", "中", "e\xcc\x81", 40, false, 2, { 3 + 33 * 3, 3 + 40 * 3 } },
	{ "a letter and its mark, across", "", "e\xcc\x81", 40, false, 2, { 33 * 3, 40 * 3 } },
	{ "flags", "", "\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3", 20, false, 2, { 16 * 8, 20 * 8 } },
	{ "flags that must be torn", "", "\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3", 33, false, 2, { 16 * 8 + 4, 33 * 8 } },
};
/* clang-format on */

static void
test_splits(void)
{
	struct buf text;

	buf_init(&text, 10000);
	for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
		struct text_rules rules = { .separate = splits[i].separate };
		size_t ends[TEXT_SEGMENTS], n;
		struct text_alphabet a;
		struct text_size size;
		bool right;

		buf_reset(&text);
		buf_adds(&text, splits[i].head);
		for (unsigned k = 0; k < splits[i].n; k++)
			buf_adds(&text, splits[i].fill);
		size = text_choose(buf_str(&text), text.len, &rules, &a);
		n = text_split(buf_str(&text), text.len, &a, ends);
		right = n == splits[i].count && n == size.segments;
		for (size_t k = 0; right && k < n; k++)
			right = ends[k] == splits[i].ends[k];
		if (!ok(right, "split: %s", splits[i].name))
			for (size_t k = 0; k < n; k++)
				printf("# %zu of %zu of %u: %zu\n", k, n, size.segments, ends[k]);
	}
	buf_free(&text);
}

static unsigned seed = 3;

static unsigned
chance(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % below;
}

/* Any text in any alphabet: as many segments as it measures, each with room for what is in it. */
static void
test_made_up(void)
{
	static const char *const pieces[] = { "a", "word ", "[", "\xe2\x82\xac", "\xc4\x9f", "\xe0\xa4\x95",
		"\xe4\xb8\xad", "e\xcc\x81", "\xf0\x9f\x98\x80", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
		"\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3", "\xe2\x80\xa6" };
	unsigned count = 0, wrong = 0, full = 0, torn = 0, many = 0;
	struct buf text, written;

	buf_init(&text, 20000);
	buf_init(&written, 60000);
	for (unsigned i = 0; i < 4000; i++) {
		struct text_rules rules = { .languages = chance(2) ? 1u << 1 | 1u << 6 : 0,
			.ref16 = chance(2), .separate = chance(2), .smart = chance(2) };
		unsigned kinds = chance(2) ? 4 : chance(2) ? 6 : 12, max = 1 + chance(5);
		size_t ends[TEXT_SEGMENTS], n, start = 0;
		struct text_alphabet a;
		struct text_size size;
		struct text_fitted fitted;

		buf_reset(&text);
		buf_reset(&written);
		for (unsigned k = chance(400); k; k--)
			buf_adds(&text, pieces[chance(4) ? chance(kinds) : 0]);
		text_fit(buf_str(&text), text.len, &rules, max, &written, &fitted);
		many += fitted.size.segments > max;
		a = fitted.alphabet;
		size = fitted.size;
		n = text_split(buf_str(&written), written.len, &a, ends);
		wrong += n != size.segments || ends[n - 1] != written.len;
		for (size_t k = 0; k < n; start = ends[k++]) {
			struct text_alphabet b;
			struct text_size part = text_choose(
			    buf_str(&written) + start, ends[k] - start,
			    &(struct text_rules){ .languages = rules.languages }, &b);
			unsigned room = a.encoding == TEXT_UCS2 ? 67 : 153;

			/* Its own alphabet may be a cheaper one, but not by more than its header. */
			full += n > 1 && !rules.separate && part.encoding == a.encoding &&
				part.units > room;
			full += ends[k] <= start && written.len;
			if (k + 1 < n) {
				size_t at = start;

				while (at < ends[k])
					at += cluster_next(written.data + at, written.len - at);
				torn += at != ends[k];
			}
		}
		count += n;
	}
	ok(count > 4000, "%u segments of made-up texts", count);
	is_int(many, 0, "no text has more than it may");
	is_int(wrong, 0, "as many as it measures, to the end of the text");
	is_int(full, 0, "none is empty or over-full");
	ok(torn * 50 < count, "%u end inside a cluster, as another segment would cost more", torn);
	buf_free(&text);
	buf_free(&written);
}

int
main(void)
{
	test_table();
	test_rows();
	test_policy();
	test_splits();
	test_made_up();
	return tap_done();
}
