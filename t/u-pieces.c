/*
 * u-pieces.c - a message that is too much for one: its text as SMS that no platform joins, its media over
 * several MMS.
 */
#include "bridge/flow/pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/flow/shape.h"
#include "bridge/message/msg.h"
#include "bridge/store/trail.h"
#include "t/tap.h"

static char out[200 * 1024];

/* What is sent, with a bar between the messages. */
static const char *
sent(const char *text, bool counters, unsigned segments, bool smart)
{
	struct style style = { .text = true, .segments = segments, .counters = counters };
	struct msg m = { .from = "mailto:ann@example.org", .text = text };
	struct buf shaped, pieces;
	struct shaped s;
	size_t n, bars = 0;

	style.rules.separate = true;
	style.rules.smart = smart;
	buf_init(&shaped, sizeof out);
	buf_init(&pieces, sizeof out);
	s = shape_sms(&m, &style, &shaped);
	n = pieces_of_text(buf_str(&shaped), shaped.len, &s.alphabet, &pieces);
	snprintf(out, sizeof out, "%s", buf_str(&pieces));
	for (char *p = out; (p = strchr(p, TRAIL_END)); p++, bars++)
		*p = '|';
	ok(n == bars + 1 && n <= s.size.segments && n <= segments, "%zu messages, counted as %u", n,
	    s.size.segments);
	buf_free(&shaped);
	buf_free(&pieces);
	return out;
}

static const char *
times(const char *s, int n)
{
	static char text[100 * 1024];

	*text = '\0';
	while (n-- > 0)
		strcat(text, s);
	return text;
}

static void
test_text(void)
{
	char want[1000];

	is_str(sent("Lunch?", true, 6, false), "Lunch?", "one message has no number");
	is_str(sent("", true, 6, false), "", "nothing is one message");
	is_str(sent(times("a", 160), true, 6, false), times("a", 160), "160 characters are one, with no number");
	snprintf(want, sizeof want, "1/2 %.*s|", 156, times("a", 156));
	strcat(want, "2/2 aaaaa");
	is_str(sent(times("a", 161), true, 6, false), want, "161 are two, whose numbers take their room");
	snprintf(want, sizeof want, "%.*s", 160, times("a", 160));
	strcat(want, "|a");
	is_str(sent(times("a", 161), false, 6, false), want, "which they need not have");
	sent(times("abcd efghi ", 30), true, 6, false);
	ok(strstr(out, " efghi|2/3 abcd ") || strstr(out, " abcd|2/3 efghi "), "words stay whole: %s", out);
	ok(!strstr(out, " |") && !strstr(out, "/3  "), "and the white space between two is in neither");
	sent(times("Eins zwei drei vier. ", 100), true, 12, false);
	ok(strstr(out, "10/12 ") && strstr(out, "12/12 ") && strstr(out, "...") != NULL,
	    "numbers of two digits, and an ellipsis at the end of the last");
	/* A flag is two characters of two units each: 17 of them fill a segment of 70 with 2 to spare. */
	sent(times("\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", 40), true, 6, false);
	ok(strncmp(out, "1/3 \xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", 12) == 0 && strstr(out, "\xf0\x9f\x87\xaa|2/3 \xf0\x9f\x87\xa9"),
	    "a flag is not torn");
	sent(times("\xe2\x80\x9cyes\xe2\x80\x9d ", 40), true, 6, true);
	ok(strncmp(out, "1/2 \"yes\" ", 10) == 0, "look-alikes are in their places");
}

/* Each separate segment holds what the alphabet has room for, whatever the text. */
static void
test_room(void)
{
	static const char *const bits[] = { "a", "ab cd ", "\xe2\x82\xac", "\xd1\x8f", "\xf0\x9f\x98\x80 ", "[x] \n" };

	for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
		for (int n = 1; n < 400; n += 37) {
			bool right = true;

			sent(times(bits[i], n), true, 9, false);
			for (char *p = strtok(out, "|"); p && right; p = strtok(NULL, "|"))
				right = text_measure(p, strlen(p)).segments == 1;
			ok(right, "row %zu, %d times: each fits into one segment", i, n);
		}
}

/* White space that fills a segment is none, wherever it stands. */
static void
test_blank(void)
{
	static const struct text_alphabet a = { .separate = true, .counter = 4 };
	static const struct {
		int before;
		const char *text;
		int behind;
		const char *want;
	} rows[] = {
		{ 0, "x", 400, "x" },
		{ 400, "x", 0, "x" },
		{ 400, "x", 400, "x" },
		{ 400, "", 0, "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf all, pieces;
		size_t n;

		buf_init(&all, 1000);
		buf_init(&pieces, 1000);
		buf_addf(&all, "%*s%s%*s", rows[i].before, "", rows[i].text, rows[i].behind, "");
		n = pieces_of_text(buf_str(&all), all.len, &a, &pieces);
		ok(n == 1, "one message of %zu characters", all.len);
		is_str(buf_str(&pieces), rows[i].want, "without them");
		buf_free(&all);
		buf_free(&pieces);
	}
}

/* A number is written in the same tables as the text, where they have its stroke. */
static void
test_tables(void)
{
	struct text_rules rules = { .languages = 0x3ffe, .separate = true, .counter = 4 };
	static const char *const words[] = { "\xe0\xa6\x86\xe0\xa6\xae\xe0\xa6\xbf ", /* Bengali */
		"\xc4\x9f\xc5\x9f\xc4\xb1 ", "\xe0\xa4\xa8\xe0\xa4\xae ", "\xd8\xa7\xd8\xb1 " };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const char *text = times(words[i], 120);
		struct text_alphabet a, one;
		struct buf pieces;
		bool right = true;
		size_t n;

		text_choose(text, strlen(text), &rules, &a);
		buf_init(&pieces, sizeof out);
		n = pieces_of_text(text, strlen(text), &a, &pieces);
		for (char *rest = pieces.data, *p; (p = strsep(&rest, PIECES_END));)
			right = right && text_choose(p, strlen(p), &rules, &one).segments == 1;
		ok(a.encoding == TEXT_GSM7 && n > 1 && right, "language %u: %zu messages of one segment each",
		    a.locking ? a.locking : a.single, n);
		buf_free(&pieces);
	}
}

/* Pictures (p), and sounds (s), of so many kB each; how they go in MMS of 300 kB. */
static const struct {
	const char *parts;
	unsigned most;
	size_t text;
	const char *want;
} spreads[] = {
	{ "p50", 3, 0, "0 1" },
	{ "p50 p50 p50", 3, 0, "0 3" },
	{ "p5000", 3, 0, "0 1" },
	{ "p500 p500 p500", 3, 0, "0 3" },
	{ "p500 p500 p500", 3, 20000, "0 3" },
	{ "p500 p500 p500", 3, 60000, "0 1|1 3" }, /* the text takes room from the first */
	{ "p500 p500 p500 p500", 3, 0, "0 2|2 4" }, /* and none is crowded while another has room */
	{ "p500 p500 p500 p500", 1, 0, "0 4" },
	{ "p500 p500 p500 p500", 0, 0, "0 4" },
	{ "p500 p500 p500 p500 p500 p500 p500", 2, 0, "0 4|4 7" },
	{ "p500 p500 p500 p500 p500 p500 p500", 3, 0, "0 3|3 6|6 7" },
	{ "p500 p500 p500 p500 p500 p500 p500 p500", 9, 0, "0 3|3 6|6 8" },
	{ "s250 p500 s250", 3, 0, "0 1|1 2|2 3" },
	{ "s250 p500 s250", 2, 0, "0 2|2 3" },
	{ "s250 p40 s250", 9, 0, "0 2|2 3" },
	{ "s301 p500", 3, 0, "0 2" }, /* what never fits takes no room, and is told with the others */
	{ "p500 s5000 p500 p500", 3, 0, "0 4" },
};

static void
test_media(void)
{
	for (size_t i = 0; i < sizeof spreads / sizeof spreads[0]; i++) {
		struct style style = { .mms = spreads[i].most, .mms_size = 300 * 1000 };
		struct msg_part parts[MSG_MAX_PARTS];
		char text[64 * 1024] = "";
		struct msg m = { .text = text, .parts = parts, .nparts = 0 };
		struct buf got;
		char *s;

		memset(text, 'x', spreads[i].text);
		for (const char *p = spreads[i].parts; p; p = strchr(p, ' ')) {
			p += *p == ' ';
			parts[m.nparts++] = (struct msg_part){ .type = *p == 'p' ? "image/jpeg" : "audio/amr",
				.len = strtoul(p + 1, NULL, 10) * 1000 };
		}
		buf_init(&got, 1000);
		pieces_of_media(&m, &style, &got);
		for (s = got.data; (s = strchr(s, TRAIL_END)); )
			*s = '|';
		is_str(buf_str(&got), spreads[i].want, spreads[i].parts);
		buf_free(&got);
	}
}

static void
test_narrow(void)
{
	struct msg_part parts[4] = { { .name = "a" }, { .name = "b" }, { .name = "c" }, { .name = "d" } };
	struct msg whole = { .text = "Look", .parts = parts, .nparts = 3, .nfiles = 1 }, m = whole;

	pieces_narrow(&m, "0 2");
	ok(m.nparts == 2 && m.parts == parts && strcmp(m.text, "Look") == 0 && m.nfiles == 0, "the first has the text");
	m = whole;
	pieces_narrow(&m, "2 3");
	ok(m.nparts == 1 && strcmp(m.parts[0].name, "c") == 0 && !*m.text, "another has not");
	m = whole;
	pieces_narrow(&m, "2 4");
	ok(m.nparts == 3, "more than there is, is nothing");
}

int
main(void)
{
	test_text();
	test_room();
	test_blank();
	test_tables();
	test_media();
	test_narrow();
	return tap_done();
}
