/*
 * fuzz-text.c - any bytes measured, cut, split and cleaned. The first byte says into how many segments,
 * and by which rules; the next two are languages whose tables may be used.
 */
#include "bridge/message/text.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/flow/pieces.h"
#include "bridge/message/gsm.h"
#include "bridge/store/trail.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const pieces[] = {
		"word ",
		"[",
		"\xe2\x82\xac",
		"\xe4\xb8\xad",
		"e\xcc\x81",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
		"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd",
		"\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3",
		"1\xef\xb8\x8f\xe2\x83\xa3 ",
		"\t\r\n",
		"\xe2\x80\x9c\xe2\x80\xa6 a",
		"\xc4\x9f\xc5\x9f i",
		"\xe0\xa4\x95\xe0\xa4\xbf ",
		"a\xcc\x81",
	};
	char text[2000];

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		size_t len = 3, n = strlen(pieces[i]);

		text[0] = (char)(1 + i % 3 + (i * 40 & 0xf8));
		text[1] = 0x42;
		text[2] = (char)i;
		for (; len + n <= sizeof text && len < 200 * (1 + i % 3); len += n)
			memcpy(text + len, pieces[i], n);
		fuzz_seed(text, len);
	}
	return 0;
}

static void
valid(const struct buf *b)
{
	size_t n;

	for (size_t i = 0; i < b->len; i += n) {
		n = utf8_valid(b->data + i, b->len - i);
		assert(n);
	}
}

static bool
same(struct text_size a, struct text_size b)
{
	return a.encoding == b.encoding && a.units == b.units && a.segments == b.segments;
}

static void
fit(const char *text, size_t len, unsigned max)
{
	struct text_size before = text_measure(text, len);
	struct text_fitted fitted, whole;
	struct buf out, all;
	size_t kept;

	buf_init(&out, 3 * len + 16);
	buf_init(&all, 3 * len + 16);
	assert(text_fit(text, len, NULL, before.segments, &all, &whole) == 0 &&
	       same(whole.size, before));
	assert(text_fit(text, len, NULL, max, &out, &fitted) == (before.segments > max));
	assert(!out.over && !all.over);
	valid(&out);
	assert(fitted.size.segments <= max &&
	       same(fitted.size, text_measure(buf_str(&out), out.len)));
	if (before.segments > max) {
		assert(out.len >= 3);
		kept = out.len - 3;
		assert(strcmp(out.data + kept, "...") == 0 ||
		       strcmp(out.data + kept, "\xe2\x80\xa6") == 0);
		assert(kept < all.len && memcmp(out.data, all.data, kept) == 0);
	} else {
		assert(out.len == all.len && memcmp(buf_str(&out), buf_str(&all), all.len) == 0);
	}
	buf_free(&out);
	buf_free(&all);
}

/* The segments of a text as it is written. */
static void
split(const struct buf *text, const struct text_fitted *f)
{
	size_t ends[TEXT_SEGMENTS], start = 0;
	size_t n = text_split(buf_str(text), text->len, &f->alphabet, ends);

	assert(n == f->size.segments && ends[n - 1] == text->len);
	for (size_t i = 0; i < n; start = ends[i++]) {
		struct text_rules none = { .ucs2 = f->size.encoding == TEXT_UCS2 };
		struct text_alphabet a;

		assert(ends[i] > start || !text->len);
		if (n > 1 && none.ucs2)
			assert(text_choose(text->data + start, ends[i] - start, &none, &a).units <= 70);
	}
}

/* Those that go as messages of their own: each fits into one, with its number. */
static void
apart(const struct buf *text, const struct text_fitted *f, const struct text_rules *rules)
{
	struct text_rules alone = *rules;
	struct text_alphabet a;
	struct buf pieces;
	size_t n, counted = 0;
	char *rest, *piece;

	alone.smart = false;
	buf_init(&pieces, 2 * text->len + 4096);
	n = pieces_of_text(buf_str(text), text->len, &f->alphabet, &pieces);
	assert(!pieces.over && n >= 1 && n <= f->size.segments);
	valid(&pieces);
	/* A text that is none that was cleaned may hold what stands between pieces. */
	if (memchr(buf_str(text), TRAIL_END, text->len) || strlen(buf_str(text)) < text->len)
		goto out;
	rest = pieces.data;
	while ((piece = strsep(&rest, PIECES_END))) {
		counted++;
		assert(text_choose(piece, strlen(piece), &alone, &a).segments == 1);
		assert(n == 1 || !f->alphabet.counter || strtoul(piece, NULL, 10) == counted);
	}
	assert(counted == n);
out:
	buf_free(&pieces);
}

/* By any rules. */
static void
ruled(const char *text, size_t len, const struct text_rules *rules, unsigned max)
{
	struct text_rules plain = *rules;
	struct text_alphabet a;
	struct text_size before = text_choose(text, len, rules, &a), again;
	struct text_fitted f;
	struct buf out;

	plain.smart = false;
	buf_init(&out, 8 * len + 16);
	assert(text_fit(text, len, rules, max, &out, &f) == (before.segments > max));
	assert(!out.over && f.kept <= len && (f.kept == len || before.segments > max));
	valid(&out);
	again = text_choose(buf_str(&out), out.len, &plain, &a);
	assert(f.size.segments <= max && same(f.size, again));
	assert(a.locking == f.alphabet.locking && a.single == f.alphabet.single);
	if (f.kept == len)
		assert(f.size.segments <= before.segments && f.size.units <= before.units);
	split(&out, &f);
	if (rules->separate)
		apart(&out, &f, rules);
	buf_free(&out);
}

static void
clean(const char *text, size_t len)
{
	struct buf one, two;

	buf_init(&one, 3 * len + 16);
	buf_init(&two, 3 * len + 16);
	text_clean(text, len, &one);
	assert(!one.over);
	valid(&one);
	for (size_t i = 0; i < one.len; i++)
		assert((unsigned char)one.data[i] >= ' ' || one.data[i] == '\n');
	text_clean(buf_str(&one), one.len, &two);
	assert(one.len == two.len && memcmp(buf_str(&one), buf_str(&two), one.len) == 0);
	buf_free(&one);
	buf_free(&two);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_rules rules;

	if (size < 3)
		return 0;
	rules = (struct text_rules){ .languages = (data[1] | (unsigned)data[2] << 8) & 0x3ffe,
		.ref16 = data[0] & 8, .separate = data[0] & 16, .ucs2 = (data[0] & 0x60) == 0x60,
		.smart = data[0] & 128 };
	/* Up to 8 segments are allowed. */
	rules.counter = rules.separate && data[2] & 64 ? strlen("1/8 ") : 0;
	fit((const char *)data + 3, size - 3, 1 + data[0] % 8);
	ruled((const char *)data + 3, size - 3, &rules, 1 + data[0] % 8);
	clean((const char *)data + 3, size - 3);
	return 0;
}
