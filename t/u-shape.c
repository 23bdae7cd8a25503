/*
 * u-shape.c - what a phone shows of a message: what leads its text, by the platform's section and the
 * route's words, and how much was cut.
 */
#include "bridge/flow/shape.h"

#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/heading.h"
#include "bridge/message/msg.h"
#include "t/tap.h"

/* clang-format off */
static const struct {
	const char *subject, *bare;
} bares[] = {
	{ "Lunch", "Lunch" },
	{ "", "" },
	{ "Re: Lunch", "Lunch" },
	{ "RE:Lunch", "Lunch" },
	{ "Re : Lunch", "Lunch" },
	{ "  re:  Re: fwd: Lunch", "Lunch" },
	{ "Re[2]: Lunch", "Lunch" },
	{ "Re(12): Lunch", "Lunch" },
	{ "Re^3: Lunch", "Lunch" },
	{ "AW: WG: Lunch", "Lunch" },
	{ "Antw: Lunch", "Lunch" },
	{ "SV: VS: Lunch", "Lunch" },
	{ "R: I: Pranzo", "Pranzo" },
	{ "回复：午饭", "午饭" },
	{ "答复: 转发: 午饭", "午饭" },
	{ "Отв: Обед", "Обед" },
	{ "İlt: Ynt: Yemek", "Yemek" },
	{ "ΑΠ: Απ: ΠΡΘ: x", "x" },
	{ "Re:", "" },
	{ "Re", "Re" },
	{ "Reply: Lunch", "Reply: Lunch" },
	{ "Report: Re: x", "Report: Re: x" },
	{ "Re[x]: Lunch", "Re[x]: Lunch" },
	{ "Re[12345]: Lunch", "Re[12345]: Lunch" },
	{ "Re[2: Lunch", "Re[2: Lunch" },
	{ "[CRITICAL] Re: disk", "[CRITICAL] Re: disk" },
	{ "Re\xc2\xa0:\xc2\xa0Lunch", "Lunch" },
};

static const struct {
	const char *from, *name;
} names[] = {
	{ "Maria Lopez <maria@example.com>", "Maria Lopez" },
	{ "\"Lopez, Maria\" <maria@example.com>", "Lopez, Maria" },
	{ "Lopez, Maria <maria@example.com>", "Lopez, Maria" },
	{ "\"Maria \\\"M\\\" Lopez\" <maria@example.com>", "Maria \"M\" Lopez" },
	{ "<maria@example.com>", "maria@example.com" },
	{ "maria@example.com", "maria@example.com" },
	{ "\"\" <maria@example.com>", "maria@example.com" },
	{ "maria@example.com (Maria Lopez)", "Maria Lopez" },
	{ "maria@example.com ()", "maria@example.com ()" },
	{ "张三 <zhang@example.com>", "张三" },
	{ "  Maria  ", "Maria" },
	{ "Maria <maria@example.com", "Maria" },
	{ "\"Maria", "Maria" },
	{ "\"Maria\\", "Maria\\" },
	{ "<", "" },
	{ "", "" },
};

static const struct {
	const char *subject, *text;
	bool repeated;
} repeats[] = {
	{ "Lunch", "Lunch at noon", true },
	{ "Lunch", "lunch", true },
	{ "Lunch  today", "Lunch\ntoday?", true },
	{ "Lunch", "Lunchtime", false },
	{ "Über", "Übersicht", false },
	{ "Caf", "Café", false },
	{ "Lunch today", "Lunchtoday", false },
	{ "会议", "会议改到三点", true },
	{ "Lunch", "At noon", false },
	{ "Lunch", "Lun", false },
	{ "", "Lunch", false },
	{ " ", "Lunch", false },
	{ "Lunch", "", false },
};

/* The message has the subject, the sender's name and the text, NULL: none. */
static const struct {
	const char *what, *lead;
	bool text;
	const char *route; /* its words */
	const char *subject, *name, *body, *want;
} rows[] = {
	{ "the subject, then the text", "subject", true, NULL, "Lunch", "Maria", "At noon?", "Lunch\nAt noon?" },
	{ "none", "none", true, NULL, "Lunch", "Maria", "At noon?", "At noon?" },
	{ "from", "from", true, NULL, "Lunch", "Maria", "At noon?", "Maria: At noon?" },
	{ "from, subject", "from,subject", true, NULL, "Lunch", "Maria", "At noon?", "Maria: Lunch\nAt noon?" },
	{ "subject, from", "subject,from", true, NULL, "Lunch", "Maria", "At noon?", "Lunch\nMaria: At noon?" },
	{ "an answer", "subject", true, NULL, "Re: AW: Lunch", "Maria", "At noon?", "Lunch\nAt noon?" },
	{ "nothing but Re:", "subject", true, NULL, "Re:", "Maria", "At noon?", "At noon?" },
	{ "no subject", "from,subject", true, NULL, NULL, "Maria", "At noon?", "Maria: At noon?" },
	{ "no name", "from", true, NULL, "Lunch", NULL, "At noon?", "maria@example.com: At noon?" },
	{ "the text begins with the subject", "subject", true, NULL, "Re: Lunch", "Maria", "LUNCH at noon?", "LUNCH at noon?" },
	{ "likewise, from", "from,subject", true, NULL, "Lunch", "Maria", "Lunch at noon?", "Maria: Lunch at noon?" },
	{ "no text", "subject", true, NULL, "Lunch", "Maria", "", "Lunch" },
	{ "no text, from", "from,subject", true, NULL, "Lunch", "Maria", NULL, "Maria: Lunch" },
	{ "no text, and the subject does not lead", "none", true, NULL, "Lunch", "Maria", " \n", "Lunch" },
	{ "no text, and only from leads", "from", true, NULL, "Lunch", "Maria", "", "Maria: Lunch" },
	{ "an alarm's subject", "subject", false, NULL, "DISK FULL", "Monitor", "long story", "DISK FULL" },
	{ "an alarm's sender and subject", "from,subject", false, NULL, "DISK FULL", "Monitor", "long story", "Monitor: DISK FULL" },
	{ "an alarm's subject and sender", "subject,from", false, NULL, "DISK FULL", "Monitor", "long story", "DISK FULL\nMonitor" },
	{ "its text repeats the subject", "subject", false, NULL, "DISK FULL", "Monitor", "DISK FULL on a", "DISK FULL" },
	{ "an alarm without a subject", "subject", false, NULL, NULL, "Monitor", "story", "story" },
	{ "an alarm with nothing wanted", "none", false, NULL, "DISK FULL", "Monitor", "story", "story" },
	{ "an alarm with nothing else", "none", false, NULL, "DISK FULL", "Monitor", "", "DISK FULL" },
	{ "nothing at all", "subject", true, NULL, NULL, NULL, NULL, "" },
	{ "the route: none", "subject", true, "lead=none", "Lunch", "Maria", "At noon?", "At noon?" },
	{ "the route: an alarm", "none", true, "lead=subject text=no", "DISK FULL", "Monitor", "story", "DISK FULL" },
	{ "the route's prefix counts last", "none", true, "lead=subject lead=from", "Lunch", "Maria", "a", "Maria: a" },
	{ "the route of a newer version", "subject", true, "lead=from colour=red", "Lunch", "Maria", "a", "Lunch\na" },
	{ "the route: smart", "none", true, "smart=yes", NULL, NULL, "“a” – b", "\"a\" - b" },
	{ "not smart", "none", true, NULL, NULL, NULL, "“a” – b", "“a” – b" },
	{ "a subject of two lines", "subject", true, NULL, "Lunch\r\nBcc: x", NULL, "a", "Lunch\nBcc: x\na" },
};
/* clang-format on */

static void
test_headings(void)
{
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof bares / sizeof bares[0]; i++)
		is_str(heading_bare(bares[i].subject), bares[i].bare, bares[i].subject);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		buf_reset(&out);
		heading_name(names[i].from, &out);
		is_str(buf_str(&out), names[i].name, names[i].from);
	}
	buf_reset(&out);
	buf_adds(&out, "before ");
	heading_name("<>", &out);
	is_str(buf_str(&out), "before ", "what was there stays");
	for (size_t i = 0; i < sizeof repeats / sizeof repeats[0]; i++)
		ok(heading_repeated(repeats[i].subject, repeats[i].text) == repeats[i].repeated,
		    "\"%s\" %s \"%s\"", repeats[i].subject,
		    repeats[i].repeated ? "leads" : "does not lead", repeats[i].text);
	buf_free(&out);
}

static void
test_shapes(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct shape_settings settings = { .lead = rows[i].lead, .text = rows[i].text,
			.segments = 6, .national = "" };
		struct msg m = { .from = "mailto:maria@example.com", .subject = rows[i].subject,
			.name = rows[i].name, .text = rows[i].body };
		struct msg_rcpt r = { .style = rows[i].route };
		struct style style, one;
		struct verdict v;
		struct buf out;
		struct shaped s;

		buf_init(&out, 1000);
		ok(shape_style(&settings, &style, &v) == 0, "a section with lead = %s", rows[i].lead);
		one = shape_style_of(&style, &r);
		s = shape_sms(&m, &one, &out);
		is_str(buf_str(&out), rows[i].want, rows[i].what);
		is_int((long long)s.cut, 0, "  nothing is cut");
		buf_free(&out);
	}
}

/* An answer to what came from a phone has a subject of our words. */
static void
test_answers(void)
{
	static const struct {
		const char *subject, *in_reply_to, *want;
	} answers[] = {
		{ "Re: SMS from +491", "<01ARZ3NDEKTSV4RRFFQ69G5FAV@sms.example.com>", "Yes" },
		{ "AW: SMS from +491", "<01ARZ3NDEKTSV4RRFFQ69G5FAV@sms.example.com> <x@y>", "Yes" },
		{ "Party", "<01ARZ3NDEKTSV4RRFFQ69G5FAV@sms.example.com>", "Party\nYes" },
		{ "Re: Lunch", "<CAF0123456789012345678901@mail.example>", "Lunch\nYes" },
		{ "Re: Lunch", "<01ARZ3NDEKTSV4RRFFQ69G5FAVX@mail.example>", "Lunch\nYes" },
		{ "Re: Lunch", "<01ARZ3NDEKTSV4RRFFQ69G5FA@mail.example>", "Lunch\nYes" },
		{ "Re: Lunch", "<01ARZ3NDEKTSV4RRFFQ69G5FAV", "Lunch\nYes" },
		{ "Re: Lunch", "<", "Lunch\nYes" },
		{ "Re: Lunch", "", "Lunch\nYes" },
		{ "Re: Lunch", NULL, "Lunch\nYes" },
	};

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct msg m = { .subject = answers[i].subject, .text = "Yes",
			.in_reply_to = answers[i].in_reply_to };
		struct buf out;

		buf_init(&out, 1000);
		shape_sms(&m, &shape_default, &out);
		is_str(buf_str(&out), answers[i].want,
		    answers[i].in_reply_to ? answers[i].in_reply_to : "an answer to nothing");
		buf_free(&out);
	}
}

static void
test_cut(void)
{
	struct style style = { .lead = { STYLE_SUBJECT }, .text = true, .segments = 1 };
	char text[401] = "";
	struct msg m = { .subject = "Lunch", .text = text };
	struct shaped s;
	struct buf out;

	buf_init(&out, 4000);
	memset(text, 'a', 400);
	s = shape_sms(&m, &style, &out);
	/* 160 is "Lunch\n", 151 letters and the dots. */
	is_int((long long)s.cut, 400 - 151, "the characters that were cut are told");
	is_int(s.size.segments, 1, "and it is one segment");
	ok(out.len == 160 && strcmp(out.data + 157, "...") == 0, "with an ellipsis");
	memset(text, 'a', 170);
	text[170] = '\0';
	memcpy(text + 50, "\xc4\x9f\xc4\x9f", 4);
	buf_reset(&out);
	style.rules.languages = 1 << 1;
	s = shape_sms(&m, &style, &out);
	ok(s.size.encoding == TEXT_GSM7 && s.alphabet.single + s.alphabet.locking > 0 &&
		s.size.segments == 1 && s.cut > 0,
	    "a table of the language is used");
	style.segments = 2;
	buf_reset(&out);
	s = shape_sms(&m, &style, &out);
	ok(s.cut == 0 && s.size.segments == 2, "and there is room in two segments");
	m.subject = NULL;
	memset(text, 'a', 400);
	memcpy(text, "\xe2\x80\x9c", 3);
	style = (struct style){ .text = true, .segments = 2 };
	buf_reset(&out);
	s = shape_sms(&m, &style, &out);
	ok(s.size.encoding == TEXT_UCS2 && s.cut > 200, "a curly quote costs more than half");
	style.rules.smart = true;
	buf_reset(&out);
	s = shape_sms(&m, &style, &out);
	ok(s.size.encoding == TEXT_GSM7 && s.cut == 398 - 303, "a straight one does not");
	buf_free(&out);
}

static void
test_sections(void)
{
	static const struct {
		const char *lead, *national, *wrong;
	} sections[] = {
		{ "subject", "", NULL },
		{ "from,subject", "tr, Hindi", NULL },
		{ "none", "", NULL },
		{ "", "", "lead" },
		{ "subject from", "", "lead" },
		{ "subject,subject", "", "lead" },
		{ "none,from", "", "lead" },
		{ "subject", "tr xx", "\"xx\"" },
	};

	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
		struct shape_settings settings = { .lead = sections[i].lead, .text = true,
			.segments = 6, .national = sections[i].national, .reference = SHAPE_16 };
		struct style style;
		struct verdict v = { .text = "" };
		int rc = shape_style(&settings, &style, &v);

		ok(sections[i].wrong ? rc < 0 && strstr(v.text, sections[i].wrong) != NULL
				     : rc == 0 && style.segments == 6 && style.rules.ref16,
		    "lead = \"%s\", national = \"%s\": %s", sections[i].lead, sections[i].national,
		    v.text);
	}
}

int
main(void)
{
	test_headings();
	test_shapes();
	test_answers();
	test_cut();
	test_sections();
	return tap_done();
}
