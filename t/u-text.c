/*
 * u-text.c - the alphabet, the segments around every boundary, and what is kept of a text that is
 * too long. Segments are checked against a packing written here in another way.
 */
#include "bridge/message/text.h"

#include <stdlib.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/gsm.h"
#include "bridge/message/cluster.h"
#include "t/tap.h"

/* 3GPP TS 23.038 6.2.1, row by row; 0xFFFF is the escape. And the extension table. */
/* clang-format off */
static const uint16_t alphabet[128] = {
	0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5, 0xE5,
	0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xFFFF, 0xC6, 0xE6, 0xDF, 0xC9,
	0x20, 0x21, 0x22, 0x23, 0xA4, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E, 0x2F,
	0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F,
	0xA1, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F,
	0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0xC4, 0xD6, 0xD1, 0xDC, 0xA7,
	0xBF, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F,
	0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0xE4, 0xF6, 0xF1, 0xFC, 0xE0,
};
/* clang-format on */
static const uint16_t extension[] = { 0x0C, '^', '{', '}', '\\', '[', '~', ']', '|', 0x20AC };

static unsigned
septets(uint32_t c)
{
	for (size_t i = 0; i < 128; i++)
		if (alphabet[i] == c && c != 0xFFFF)
			return 1;
	for (size_t i = 0; i < sizeof extension / sizeof extension[0]; i++)
		if (extension[i] == c)
			return 2;
	return 0;
}

static void
test_alphabet(void)
{
	unsigned wrong = 0, there = 0;

	for (uint32_t c = 0; c <= 0x10FFFF; c++) {
		wrong += gsm_septets(c, GSM_DEFAULT, GSM_DEFAULT) != septets(c);
		there += gsm_septets(c, GSM_DEFAULT, GSM_DEFAULT) != 0;
	}
	is_int(wrong, 0, "every code point has the septets of the tables");
	is_int(there, 137, "127 characters and 10 by the escape");
	is_str(text_encoding_name(TEXT_GSM7), "GSM-7", "name");
	is_str(text_encoding_name(TEXT_UCS2), "UCS-2", "name");
}

/* What the segments must be: units laid out one after another, a new segment when one is full. */
static struct text_size
expect(const uint32_t *text, size_t n)
{
	struct text_size s = { TEXT_GSM7, 0, 1 };
	unsigned room;

	for (size_t i = 0; i < n; i++)
		if (!septets(text[i]))
			s.encoding = TEXT_UCS2;
	for (size_t i = 0; i < n; i++)
		s.units += s.encoding == TEXT_GSM7 ? septets(text[i]) : text[i] > 0xFFFF ? 2 : 1;
	if (s.units <= (s.encoding == TEXT_GSM7 ? 160 : 70))
		return s;
	room = s.encoding == TEXT_GSM7 ? 153 : 67;
	s.segments = 1;
	for (size_t i = 0; i < n; i++) {
		unsigned u = s.encoding == TEXT_GSM7 ? septets(text[i]) : text[i] > 0xFFFF ? 2 : 1;

		if (u > room) {
			s.segments++;
			room = s.encoding == TEXT_GSM7 ? 153 : 67;
		}
		room -= u;
	}
	return s;
}

static bool
same(struct text_size a, struct text_size b)
{
	return a.encoding == b.encoding && a.units == b.units && a.segments == b.segments;
}

/* n code points as UTF-8 into out; the length. */
static size_t
encode(const uint32_t *text, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += utf8_put(out + len, text[i]);
	return len;
}

/* Known by heart. */
/* clang-format off */
static const struct {
	const char *name;
	uint32_t fill;	 /* so many of this one, */
	unsigned n;
	uint32_t tail;	 /* then this one, unless 0, */
	unsigned then;	 /* then so many more of fill */
	struct text_size want;
} sizes[] = {
	{ "nothing", 'a', 0, 0, 0, { TEXT_GSM7, 0, 1 } },
	{ "one", 'a', 1, 0, 0, { TEXT_GSM7, 1, 1 } },
	{ "160", 'a', 160, 0, 0, { TEXT_GSM7, 160, 1 } },
	{ "161", 'a', 161, 0, 0, { TEXT_GSM7, 161, 2 } },
	{ "306", 'a', 306, 0, 0, { TEXT_GSM7, 306, 2 } },
	{ "307", 'a', 307, 0, 0, { TEXT_GSM7, 307, 3 } },
	{ "459", 'a', 459, 0, 0, { TEXT_GSM7, 459, 3 } },
	{ "460", 'a', 460, 0, 0, { TEXT_GSM7, 460, 4 } },
	{ "80 euros", 0x20AC, 80, 0, 0, { TEXT_GSM7, 160, 1 } },
	{ "81 euros", 0x20AC, 81, 0, 0, { TEXT_GSM7, 162, 2 } },
	{ "158 and a euro", 'a', 158, 0x20AC, 0, { TEXT_GSM7, 160, 1 } },
	{ "159 and a euro", 'a', 159, 0x20AC, 0, { TEXT_GSM7, 161, 2 } },
	{ "a euro across 153", 'a', 152, 0x20AC, 152, { TEXT_GSM7, 306, 3 } },
	{ "a euro before 153", 'a', 151, 0x20AC, 153, { TEXT_GSM7, 306, 2 } },
	{ "152 euros", 0x20AC, 152, 0, 0, { TEXT_GSM7, 304, 2 } },
	{ "153 euros: 306 septets, but 152 fit a segment", 0x20AC, 153, 0, 0, { TEXT_GSM7, 306, 3 } },
	{ "70", 0x4E2D, 70, 0, 0, { TEXT_UCS2, 70, 1 } },
	{ "71", 0x4E2D, 71, 0, 0, { TEXT_UCS2, 71, 2 } },
	{ "134", 0x4E2D, 134, 0, 0, { TEXT_UCS2, 134, 2 } },
	{ "135", 0x4E2D, 135, 0, 0, { TEXT_UCS2, 135, 3 } },
	{ "35 emoji", 0x1F600, 35, 0, 0, { TEXT_UCS2, 70, 1 } },
	{ "36 emoji", 0x1F600, 36, 0, 0, { TEXT_UCS2, 72, 2 } },
	{ "66 emoji", 0x1F600, 66, 0, 0, { TEXT_UCS2, 132, 2 } },
	{ "67 emoji: 134 units, but 66 fit a segment", 0x1F600, 67, 0, 0, { TEXT_UCS2, 134, 3 } },
	{ "an emoji across 67", 'a', 66, 0x1F600, 66, { TEXT_UCS2, 134, 3 } },
	{ "one backtick among many", 'a', 159, '`', 0, { TEXT_UCS2, 160, 3 } },
	{ "a tab", 'a', 1, '\t', 0, { TEXT_UCS2, 2, 1 } },
};
/* clang-format on */

static void
test_sizes(void)
{
	uint32_t text[700];
	char utf8[4 * 700];

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct text_size got;
		size_t n = 0;

		for (unsigned k = 0; k < sizes[i].n; k++)
			text[n++] = sizes[i].fill;
		if (sizes[i].tail)
			text[n++] = sizes[i].tail;
		for (unsigned k = 0; k < sizes[i].then; k++)
			text[n++] = sizes[i].fill;
		got = text_measure(utf8, encode(text, n, utf8));
		if (!ok(same(got, sizes[i].want), "size of %s", sizes[i].name))
			printf("# got: %s %u units, %u segments\n",
			    text_encoding_name(got.encoding), got.units, got.segments);
	}
	ok(same(text_measure("a\xff\xe2\x82", 4), (struct text_size){ TEXT_UCS2, 4, 1 }),
	    "each bad byte counts as U+FFFD");
}

static bool
near_boundary(size_t n)
{
	return n % 67 > 62 || n % 67 < 4 || n % 153 > 146 || (n > 155 && n < 165);
}

/* Every length up to five segments, with a long character at every place around each boundary. */
static void
test_boundaries(void)
{
	static const uint32_t fills[] = { 'a', 0x4E2D, 0x20AC, 0x1F600 };
	static const uint32_t odd[] = { 'a', 0x20AC, 0x4E2D, 0x1F600 };
	static uint32_t text[800];
	static char utf8[4 * 800];
	unsigned wrong = 0, tried = 0;
	size_t len;

	for (unsigned f = 0; f < 4; f++)
		for (unsigned o = 0; o < 4; o++)
			for (size_t n = 1; n < 500; n += near_boundary(n) ? 1 : 7)
				for (size_t at = n > 6 ? n - 6 : 0; at < n; at++, tried++) {
					for (size_t i = 0; i < n; i++)
						text[i] =
						    i == at || i == at / 2 ? odd[o] : fills[f];
					len = encode(text, n, utf8);
					wrong += !same(text_measure(utf8, len), expect(text, n));
				}
	ok(tried > 5000, "%u texts", tried);
	is_int(wrong, 0, "are packed as laying out unit by unit packs them");
}

#define E_ACUTE "e\xcc\x81"                                   /* e, U+0301: no GSM-7 */
#define FAMILY "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7" /* woman, ZWJ, girl: 5 units */
#define THUMB "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd"              /* with a skin tone: 4 units */
#define FLAG "\xf0\x9f\x87\xa8\xf0\x9f\x87\xb3"               /* CN: 4 units */
#define HEART "\xe2\x9d\xa4\xef\xb8\x8f"                      /* U+2764 U+FE0F: 2 units */
#define ENGLAND "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xa5\xf3\xa0\x81\xae" \
	"\xf3\xa0\x81\xa7\xf3\xa0\x81\xbf"
#define ZHONG "\xe4\xb8\xad"
#define DOTS "\xe2\x80\xa6"

/* fill, repeated n times, then tail, cut to max segments. */
/* clang-format off */
static const struct {
	const char *name, *fill;
	unsigned n;
	const char *tail;
	unsigned max;
	unsigned kept; /* how many fills are kept */
	const char *end; /* and what stands behind them */
} cuts[] = {
	{ "nothing", "a", 0, "", 1, 0, "" },
	{ "what fits", "a", 160, "", 1, 160, "" },
	{ "one too many", "a", 161, "", 1, 157, "..." },
	{ "two segments", "a", 306, "", 2, 306, "" },
	{ "one more than two segments", "a", 307, "", 2, 303, "..." },
	{ "escapes", "\xe2\x82\xac", 81, "", 1, 78, "..." },
	{ "escapes in two segments", "\xe2\x82\xac", 153, "", 2, 151, "..." },
	{ "Chinese", ZHONG, 71, "", 1, 69, DOTS },
	{ "Chinese in two segments", ZHONG, 135, "", 2, 133, DOTS },
	{ "zero segments are one", "a", 161, "", 0, 157, "..." },
	/* Words. */
	{ "at a word's end", "a", 150, " 0123456789012", 1, 150, "..." },
	{ "a word's end just at the cut", "a", 157, " 0123", 1, 157, "..." },
	{ "white space before the ellipsis goes", "a", 150, "  \n  0123456789", 1, 150, "..." },
	{ "a word of 20 goes", "a", 136, " 012345678901234567890123", 1, 136, "..." },
	{ "a word of 21 is cut", "a", 135, " 01234567890123456789012345", 1, 135, " 012345678901234567890..." },
	{ "a quarter of a segment goes", "a", 118, " [[[[[[[[[[[[[[[[[[[[[[", 1, 118, "..." },
	{ "more than a quarter is cut", "a", 116, " [[[[[[[[[[[[[[[[[[[[[[", 1, 116,
	    " [[[[[[[[[[[[[[[[[[[[..." },
	{ "a Chinese sentence is no word", ZHONG, 66, " " ZHONG ZHONG ZHONG ZHONG, 1, 66, " " ZHONG ZHONG DOTS },
	{ "only white space", " ", 200, "", 1, 0, "..." },
	/* Clusters. */
	{ "a letter and its mark", "a", 68, E_ACUTE "bb", 1, 68, "..." }, /* the rest is GSM-7, and has room */
	{ "letters and their marks", E_ACUTE, 36, "", 1, 34, DOTS },
	{ "families", FAMILY, 15, "", 1, 13, DOTS },
	{ "skin tones", THUMB, 18, "", 1, 17, DOTS },
	{ "flags", FLAG, 18, "", 1, 17, DOTS },
	{ "hearts", HEART, 36, "", 1, 34, DOTS },
	{ "marks without end are cut in the end", "\xcc\x81", 200, "", 1, 64, DOTS },
	{ "bad bytes become U+FFFD", "\xff", 2, "x", 1, 0, "\xef\xbf\xbd\xef\xbf\xbdx" },
	/* What makes it UCS-2 is cut off. */
	{ "an emoji at the end", "a", 100, " \xf0\x9f\x98\x80", 1, 100, "..." },
	{ "an emoji behind one segment of UCS-2", "a", 75, "\xf0\x9f\x98\x80 bbb", 1, 75, "..." },
	{ "an emoji at the start", "", 1, "\xf0\x9f\x98\x80" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, 0,
	    "\xf0\x9f\x98\x80" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" DOTS },
};
/* clang-format on */

static void
test_cuts(void)
{
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct buf in, want, out;
		struct text_fitted fitted;
		struct text_size again;
		int rc;

		buf_init(&in, 10000);
		buf_init(&want, 10000);
		buf_init(&out, 10000);
		buf_adds(&out, "before ");
		buf_adds(&want, "before ");
		for (unsigned k = 0; k < cuts[i].n; k++)
			buf_adds(&in, cuts[i].fill);
		buf_adds(&in, cuts[i].tail);
		for (unsigned k = 0; k < cuts[i].kept; k++)
			buf_adds(&want, cuts[i].fill);
		buf_adds(&want, cuts[i].end);
		rc = text_fit(buf_str(&in), in.len, NULL, cuts[i].max, &out, &fitted);
		is_str(buf_str(&out), buf_str(&want), cuts[i].name);
		again = text_measure(out.data + 7, out.len - 7);
		ok(same(fitted.size, again) && again.segments <= (cuts[i].max ? cuts[i].max : 1) &&
			rc == (strstr(cuts[i].end, "...") || strstr(cuts[i].end, DOTS)),
		    "  and it says so");
		buf_free(&in);
		buf_free(&want);
		buf_free(&out);
	}
}

static unsigned seed = 7;

static unsigned
chance(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % below;
}

/* Made-up texts: words of one kind or another, some with clusters, some with bad bytes. */
static size_t
make_up(char *text, size_t room)
{
	static const char *const pieces[] = { "a", "b", "word", " ", "\n", "[", "\xe2\x82\xac",
		"\xc3\xa4", ZHONG, E_ACUTE, FAMILY, THUMB, FLAG, HEART, "\xff", "\xcc\x81",
		"\xf0\x9f\x98\x80", "\xe2\x80\x8d" };
	unsigned kinds = chance(3) == 0 ? 18 : chance(2) ? 8 : 10;
	size_t want = chance((unsigned)room - 16), len = 0;

	while (len < want) {
		const char *piece = pieces[chance(3) == 0 ? 0 : chance(kinds)];

		memcpy(text + len, piece, strlen(piece));
		len += strlen(piece);
	}
	return len;
}

/* How many bytes of the original `out` holds when it was cut, or -1 when it is no
 * beginning of it. */
static long
kept(const char *text, size_t len, const struct buf *out, const struct text_size *size)
{
	size_t dots = 3, n = out->len;
	struct buf clean;
	struct text_fitted all;
	long rc = -1;

	if (n < dots || strcmp(out->data + n - 3, size->encoding == TEXT_GSM7 ? "..." : DOTS) != 0)
		return -1;
	n -= dots;
	/* Bad bytes were replaced: compare with the whole text, replaced. */
	buf_init(&clean, 4 * len + 1);
	text_fit(text, len, NULL, 100000, &clean, &all);
	if (n <= clean.len && memcmp(clean.data, out->data, n) == 0)
		rc = (long)n;
	buf_free(&clean);
	return rc;
}

static void
test_made_up(void)
{
	static char text[3000];
	unsigned too_long = 0, missized = 0, cut_short = 0, changed = 0, split = 0, needless = 0,
		 cuts_made = 0;

	for (unsigned i = 0; i < 20000; i++) {
		size_t len = make_up(text, i % 5 ? 700 : sizeof text);
		unsigned max = 1 + chance(5);
		struct text_size size, before = text_measure(text, len);
		struct text_fitted fitted;
		struct buf out;
		int rc;

		buf_init(&out, 4 * sizeof text);
		rc = text_fit(text, len, NULL, max, &out, &fitted);
		size = fitted.size;
		too_long += size.segments > max;
		missized += !same(size, text_measure(buf_str(&out), out.len));
		needless += rc != (before.segments > max);
		if (rc == 1) {
			long n = kept(text, len, &out, &size);
			unsigned capacity = size.encoding == TEXT_GSM7
						? (max == 1 ? 160 : 153 * max)
						: (max == 1 ? 70 : 67 * max);

			cuts_made++;
			changed += n < 0;
			/* Given away: a word (a quarter of a segment), a cluster, a pad unit for
			 * each segment, some white space. GSM-7 may end where UCS-2 would have to
			 * begin. */
			if (before.encoding == TEXT_GSM7)
				cut_short += size.units + 38 + max + 12 < capacity;
			else if (size.encoding == TEXT_UCS2)
				cut_short +=
				    size.units + 16 + 2 * CLUSTER_MAX + max + 12 < capacity;
			/* The next character does not continue the last one. */
			if (n > 0) {
				struct buf whole;
				struct text_fitted all;
				size_t at = 0;

				buf_init(&whole, 4 * sizeof text);
				text_fit(text, len, NULL, 100000, &whole, &all);
				while (at < (size_t)n)
					at += cluster_next(whole.data + at, whole.len - at);
				split += at != (size_t)n;
				buf_free(&whole);
			}
		}
		buf_free(&out);
	}
	ok(cuts_made > 3000, "%u of 20000 made-up texts are cut", cuts_made);
	is_int(too_long, 0, "none has more segments than it may");
	is_int(missized, 0, "the size is that of what was appended");
	is_int(needless, 0, "cut is what does not fit, and nothing else");
	is_int(changed, 0, "what is kept is the beginning of the text");
	is_int(split, 0, "no character is split");
	is_int(cut_short, 0, "and no more is lost than a word");
}

/* Work must grow with the length, not its square: 64 KB of the worst kinds, counted in characters.
 */
static void
test_long(void)
{
	static const char *const kinds[] = { "a", " ", "\n", E_ACUTE, "\xcc\x81", "\xff",
		"\xe2\x80\x8d", FLAG, "a " };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct buf in, out;
		struct text_fitted fitted;

		buf_init(&in, 65536);
		buf_init(&out, 4 * 65536);
		while (buf_adds(&in, kinds[i]) == 0)
			;
		text_fit(in.data, in.len, NULL, 255, &out, &fitted);
		ok(fitted.size.segments <= 255, "64 KB of kind %zu go into 255 segments", i);
		buf_reset(&out);
		text_clean(in.data, in.len, &out);
		ok(!out.over, "and are cleaned");
		buf_free(&in);
		buf_free(&out);
	}
}

/* clang-format off */
static const struct {
	const char *name, *in, *want;
} cleans[] = {
	{ "plain text", "Hello, world!", "Hello, world!" },
	{ "nothing", "", "" },
	{ "ends of line", "a\r\nb\rc\nd\xe2\x80\xa8" "e\xe2\x80\xa9" "f\vg\fh\xc2\x85i", "a\nb\nc\nd\ne\nf\ng\nh\ni" },
	{ "empty lines stay", "a\r\n\r\nb\r\rc", "a\n\nb\n\nc" },
	{ "tabs and spaces", "a\tb\xc2\xa0" "c\xe2\x80\x89" "d\xe3\x80\x80" "e  f", "a b c d e  f" },
	{ "space at the ends of lines", "a \t\nb  \n\n \n", "a\nb" },
	{ "space at the start stays", "  a\n  b", "  a\n  b" },
	{ "only space", " \n\t ", "" },
	{ "controls", "a\x01\x1b[31mb\x7f" "c\x08", "a[31mbc" },
	{ "C1 controls", "a\xc2\x9b" "b", "ab" },
	{ "bidi controls", "\xe2\x80\xae" "abc\xe2\x80\xac\xe2\x81\xa6" "d\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c", "abcd" },
	{ "invisible characters", "a\xe2\x80\x8b" "b\xc2\xad" "c\xef\xbb\xbf" "d\xe2\x81\xa0" "e\xcd\x8f" "f\xe1\xa0\x8e" "g", "abcdefg" },
	{ "tags", "a\xf3\xa0\x81\xa1" "b", "ab" },
	{ "tags of a flag", ENGLAND "!\xf3\xa0\x81\xa1", ENGLAND "!" },
	{ "tags behind a flag's end", ENGLAND "\xf3\xa0\x81\xa1", ENGLAND },
	{ "noncharacters", "a\xef\xbf\xbf" "b\xef\xb7\x90" "c", "abc" },
	{ "the rest of a family", FAMILY, FAMILY },
	{ "a joiner between letters", "a\xe2\x80\x8d" "b", "ab" },
	{ "a joiner at the end", "\xf0\x9f\x91\xa9\xe2\x80\x8d", "\xf0\x9f\x91\xa9" },
	{ "joiners in a row", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xe2\x80\x8d\xf0\x9f\x91\xa7", FAMILY },
	{ "a non-joiner in Persian", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae" },
	{ "a heart", HEART, HEART },
	{ "a key cap", "1\xef\xb8\x8f\xe2\x83\xa3", "1\xef\xb8\x8f\xe2\x83\xa3" },
	{ "a selector behind a letter", "a\xef\xb8\x8f" "b", "ab" },
	{ "combining marks", "e\xcc\x81" "A\xcc\x88 n\xcc\x83\xcc\x81", "\xc3\xa9\xc3\x84 \xc3\xb1\xcc\x81" },
	{ "a mark with something invisible before it", "e\xe2\x80\x8b\xcc\x81", "\xc3\xa9" },
	{ "marks that make no letter of ours", "q\xcc\x81 \xcc\x81", "q\xcc\x81 \xcc\x81" },
	{ "a mark behind a space", "e \xcc\x81", "e \xcc\x81" },
	{ "bad bytes", "a\xff" "b\xe2\x82", "a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd" },
};
/* clang-format on */

static void
test_clean(void)
{
	struct buf out, twice;

	buf_init(&out, 1000);
	buf_init(&twice, 1000);
	for (size_t i = 0; i < sizeof cleans / sizeof cleans[0]; i++) {
		buf_reset(&out);
		buf_reset(&twice);
		text_clean(cleans[i].in, strlen(cleans[i].in), &out);
		is_str(buf_str(&out), cleans[i].want, cleans[i].name);
		text_clean(buf_str(&out), out.len, &twice);
		is_str(buf_str(&twice), buf_str(&out), "  and clean stays clean");
	}
	buf_reset(&out);
	text_clean("a\0b", 3, &out);
	is_str(buf_str(&out), "ab", "a NUL goes");
	buf_free(&out);
	buf_init(&out, 4);
	text_clean("abc" ZHONG "d", 7, &out);
	ok(out.over && strcmp(buf_str(&out), "abc") == 0,
	    "what does not fit is left off, with all behind it");
	buf_free(&out);
	buf_free(&twice);
}

static void
test_clusters(void)
{
	static const struct {
		const char *name, *text;
		size_t first;
	} cases[] = {
		{ "a letter", "ab", 1 },
		{ "a letter and a mark", E_ACUTE "b", 3 },
		{ "a family", FAMILY "b", 11 },
		{ "a skin tone", THUMB "b", 8 },
		{ "a flag", FLAG FLAG, 8 },
		{ "half a flag",
		    "\xf0\x9f\x87\xa8"
		    "a",
		    4 },
		{ "a heart", HEART HEART, 6 },
		{ "CR LF", "\r\n\n", 2 },
		{ "LF CR", "\n\r", 1 },
		{ "LF and a mark", "\n\xcc\x81", 1 },
		{ "a space and a mark", " \xcc\x81", 3 },
		{ "a letter and a joiner",
		    "a\xe2\x80\x8d"
		    "b",
		    4 },
		{ "Hindi", "\xe0\xa4\x95\xe0\xa4\xbf\xe0\xa4\x95", 6 },
		{ "Thai", "\xe0\xb8\x99\xe0\xb9\x89\xe0\xb8\xb3\xe0\xb8\x99", 6 },
		{ "Hangul letters", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80", 9 },
		{ "a Hangul syllable and a letter", "\xed\x95\x98\xe1\x86\xab", 6 },
		{ "a key cap",
		    "1\xef\xb8\x8f\xe2\x83\xa3"
		    "2",
		    7 },
		{ "a bad byte", "\xff\xcc\x81", 3 },
		{ "cut bytes", "\xe2\x82", 1 },
	};
	char many[1 + 2 * 100];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_int((long long)cluster_next(cases[i].text, strlen(cases[i].text)),
		    (long long)cases[i].first, cases[i].name);
	many[0] = 'e';
	for (int i = 0; i < 100; i++)
		memcpy(many + 1 + 2 * i, "\xcc\x81", 2);
	is_int((long long)cluster_next(many, sizeof many), 1 + 2 * (CLUSTER_MAX - 1),
	    "a letter with too many marks");
}

int
main(void)
{
	test_alphabet();
	test_sizes();
	test_boundaries();
	test_cuts();
	test_made_up();
	test_long();
	test_clean();
	test_clusters();
	return tap_done();
}
