/*
 * u-links.c - the link that a shortened message ends in, and which attachments its recipients go without.
 */
#include "bridge/flow/links.h"

#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/left.h"
#include "bridge/flow/shape.h"
#include "bridge/message/msg.h"
#include "t/tap.h"

static const struct links_settings settings = { "https://a.example/t", 3600 * 1000 };
static const struct links_settings none = { "", 3600 * 1000 };

static struct msg *
message(const char *text, const struct style *style, enum msg_how how)
{
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, "x");

	m->from = "mailto:a@example.org";
	m->text = arena_strdup(m->arena, text);
	r->to = "tel:+4915550001";
	r->how = how;
	r->shaping = style;
	return m;
}

/* What the phone gets once the links' room has seen the message; for buf_free(). */
static struct buf
sent(struct msg *m, const struct links_settings *s, struct shaped *shaped)
{
	struct links *l = links_new(NULL, s);
	struct buf out;

	shape_ahead(m, true);
	links_make(l, m);
	links_free(l);
	for (size_t i = 0; i < m->nrcpts; i++)
		left_for(m, i);
	buf_init(&out, MSG_MAX_TEXT);
	*shaped = shape_sms(m, m->rcpts[0].shaping, &out);
	return out;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcmp(s + n - k, end) == 0;
}

/* However long the text is, the link is whole, the segments are as allowed, and no word is torn near
 * the cut. */
static void
test_fits(void)
{
	for (size_t words = 1; words < 120; words++) {
		struct style style = { .text = true, .segments = 1 + words % 4, .link = true };
		char text[2000] = "";
		struct msg *m;
		struct shaped s;
		struct buf out;
		bool whole;

		for (size_t i = 0; i < words; i++)
			strcat(text, i % 7 == 3 ? "gr\xc3\xbc\xc3\x9f " : "seven-x ");
		m = message(text, &style, MSG_SMS);
		out = sent(m, &settings, &s);
		whole = !m->link;
		ok(s.size.segments <= style.segments && (whole ? s.cut == 0 : ends_with(buf_str(&out), m->link)),
		    "%zu words in %u segments end %s", words, style.segments, whole ? "as they are" : "in the link");
		if (!whole)
			ok(strstr(buf_str(&out), "... https://a.example/t/") && s.cut > 0 &&
				(long)s.size.segments == m->cost, "cut %zu, and counted as %ld", s.cut, m->cost);
		buf_free(&out);
		msg_free(m);
	}
}

static void
test_made(void)
{
	const struct style linked = { .text = true, .segments = 1, .link = true },
			   plain = { .text = true, .segments = 1 };
	const char *text = "A text that has room in one segment.";
	char longer[400];
	struct shaped s;
	struct msg *m;
	struct buf out;

	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	m = message(longer, &plain, MSG_SMS);
	out = sent(m, &settings, &s);
	ok(!m->link, "no link where the style wants none");
	buf_free(&out);
	msg_free(m);
	m = message(longer, &linked, MSG_SMS);
	out = sent(m, &none, &s);
	ok(!m->link && ends_with(buf_str(&out), "..."), "none without an address, but an ellipsis");
	buf_free(&out);
	msg_free(m);

	m = message(text, &linked, MSG_SMS);
	m->link_parts = msg_add_file(m, "application/pdf", "report.pdf", "x", 1) != NULL;
	m->nfiles = 0;
	out = sent(m, &settings, &s);
	ok(m->link && ends_with(buf_str(&out), m->link) && s.cut == 0, "a link for a file alone: %s", buf_str(&out));
	ok(!m->rcpts[0].left, "which is not left out then");
	buf_free(&out);
	msg_free(m);
}

static void
test_left(void)
{
	const struct style plain = { .text = true, .segments = 1 };
	struct shaped s;
	struct msg *m = message("See these.", &plain, MSG_PHONE);
	struct buf out;
	const char *names = NULL;

	msg_add_file(m, "application/pdf", "report.pdf", "x", 1);
	msg_add_part(m, "image/png", "photo.png", "x", 1);
	is_str(m->parts[0].name, "photo.png", "media stand before files");
	m->left = "film.mkv";
	out = sent(m, &settings, &s);
	is_str(m->rcpts[0].left, "film.mkv", "with MMS, what is in no part");
	buf_free(&out);
	m->rcpts[0].how = MSG_SMS;
	out = sent(m, &settings, &s);
	is_str(m->rcpts[0].left, "film.mkv, photo.png, report.pdf", "with SMS, all");
	buf_free(&out);
	for (int i = 0; i < 100; i++)
		msg_leave_out(m, &names, "a-rather-long-name.pdf");
	ok(strlen(names) < MSG_LEFT && ends_with(names, ", \xe2\x80\xa6"), "many names end in an ellipsis");
	names = NULL;
	msg_leave_out(m, &names, memset(arena_alloc(m->arena, 500), 'n', 499));
	is_str(names, "\xe2\x80\xa6", "a name too long is none");
	msg_free(m);
}

int
main(void)
{
	test_fits();
	test_made();
	test_left();
	return tap_done();
}
