/*
 * shape.c - a message made into what its destination shows.
 *
 * Nothing here but the message and the style decides, so that `triviumctl preview` tells the truth.
 */
#include "bridge/flow/shape.h"

#include <stddef.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/pieces.h"
#include "bridge/message/gsm.h"
#include "bridge/message/heading.h"
#include "bridge/message/msg.h"

enum {
	SUBJECT_MOST = 1000, /* bytes: more than any SMS shows */
	NAME_MOST = 100,     /* bytes of the sender's name: it must leave room for what it is about */
};

const struct setting shape_rows[] = {
	{ "lead", CONF_STRING, offsetof(struct shape_settings, lead), "subject", NULL, NULL,
	    "what stands before the text of a mail: subject, from, both in either order, or none" },
	{ "text", CONF_BOOL, offsetof(struct shape_settings, text), "yes", NULL, NULL,
	    "show the text, and not only what leads it" },
	{ "segments", CONF_INT, offsetof(struct shape_settings, segments), "6", "1", "255",
	    "the most segments an SMS may have; what is longer is cut with an ellipsis" },
	{ "smart", CONF_BOOL, offsetof(struct shape_settings, smart), "no", NULL, NULL,
	    "look-alikes stand for characters that the 7 bit alphabets lack, where that saves UCS-2" },
	{ "cut", CONF_CHOICE, offsetof(struct shape_settings, cut), "ellipsis", "ellipsis link", NULL,
	    "what ends a text that is too long: an ellipsis, or a link to all of it and its attachments" },
	{ "national", CONF_STRING, offsetof(struct shape_settings, national), "", NULL, NULL,
	    "languages whose 7 bit tables the platform and the phones have" },
	{ "reference", CONF_CHOICE, offsetof(struct shape_settings, reference), "8", "8 16", NULL,
	    "bits of the number by which segments of one message know each other" },
	{ "concatenate", CONF_BOOL, offsetof(struct shape_settings, concatenate), "yes", NULL, NULL,
	    "the platform joins the segments of a long text; no: each is sent as a message of its own" },
	{ "counters", CONF_BOOL, offsetof(struct shape_settings, counters), "no", NULL, NULL,
	    "such messages begin with their number, 1/3, where there are several" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

const struct style shape_default = { .lead = { STYLE_SUBJECT }, .text = true, .segments = 6, .mms = 1,
	.mms_size = 300 * 1000 };

int
shape_style(const struct shape_settings *settings, struct style *s, struct verdict *v)
{
	const char *wrong;
	size_t n;

	*s = (struct style){ .text = settings->text, .segments = (unsigned)settings->segments,
		.counters = settings->counters, .mms = shape_default.mms,
		.mms_size = shape_default.mms_size };
	s->rules.smart = settings->smart;
	s->rules.separate = !settings->concatenate;
	s->rules.ref16 = settings->reference == SHAPE_16;
	s->link = settings->cut == SHAPE_LINK;
	if ((wrong = style_lead(settings->lead, s->lead)))
		return never(v, "5.3.5", "lead = \"%.80s\": %s", settings->lead, wrong);
	if ((wrong = gsm_languages(settings->national, &s->rules.languages, &n)))
		return never(v, "5.3.5", "national: there are no tables of \"%.*s\"",
		    n > 80 ? 80 : (int)n, wrong);
	return 0;
}

struct style
shape_style_of(const struct style *platform, const struct msg_rcpt *r)
{
	struct style s = *platform, changed = s;

	/* It was checked when the route was read; what an older version does not know, it leaves. */
	if (r->style && !style_parse(r->style, &changed))
		s = changed;
	return s;
}

/* Append a cleaned line of at most so many bytes. Its end may be a character cut short. */
static void
add_line(const char *line, size_t most, struct buf *out)
{
	size_t n = strnlen(line, most);

	while (n && line[n] && ((unsigned char)line[n] & 0xC0) == 0x80)
		n--;
	text_clean(line, n, out);
}

static void
add_name(const struct msg *m, struct buf *out)
{
	const char *colon = m->from ? strchr(m->from, ':') : NULL;

	if (m->name && *m->name)
		add_line(m->name, NAME_MOST, out);
	else if (colon)
		add_line(colon + 1, NAME_MOST, out);
}

/* What a message has to show, cleaned. */
struct pieces {
	struct buf name, subject, text;
};

/* Does it go on in a conversation: "Re: SMS from +49…", an answer to a mail that we made? */
static bool
goes_on(const struct msg *m)
{
	const char *id = m->in_reply_to ? strchr(m->in_reply_to, '<') : NULL;
	char ours[MSG_ID] = "";

	if (!id || !m->subject || strnlen(id, MSG_ID + 1) <= MSG_ID || id[MSG_ID] != '@')
		return false;
	memcpy(ours, id + 1, MSG_ID - 1);
	return msg_id_time(ours) >= 0 &&
	       heading_bare(m->subject) != m->subject + strspn(m->subject, " \t");
}

static void
pieces_take(struct pieces *p, const struct msg *m)
{
	buf_init(&p->name, NAME_MOST);
	buf_init(&p->subject, SUBJECT_MOST);
	buf_init(&p->text, MSG_MAX_TEXT);
	add_name(m, &p->name);
	/* The phone knows what it wrote, and its subject was our own words. */
	if (m->subject && !goes_on(m))
		add_line(heading_bare(m->subject), SUBJECT_MOST, &p->subject);
	if (m->text)
		text_clean(m->text, strlen(m->text), &p->text);
}

static void
pieces_free(struct pieces *p)
{
	buf_free(&p->name);
	buf_free(&p->subject);
	buf_free(&p->text);
}

/* What of the pieces is shown: as the style says, but never nothing when there is something. */
static struct style
choose(const struct pieces *p, const struct style *style)
{
	struct style s = *style;
	bool subject = s.lead[0] == STYLE_SUBJECT || s.lead[1] == STYLE_SUBJECT;

	s.text = s.text && p->text.len;
	if (s.text || (subject && p->subject.len))
		return s;
	if (p->text.len)
		s.text = true;
	else if (!subject)
		s.lead[s.lead[0] ? 1 : 0] = STYLE_SUBJECT;
	return s;
}

/* What leads, and the text, with "Name: " and a line for the subject. */
static void
compose(const struct pieces *p, const struct style *wanted, struct buf *out)
{
	struct style style = choose(p, wanted);
	const char *text = buf_str(&p->text), *before = "";

	for (int i = 0; i < STYLE_LEADS && style.lead[i]; i++) {
		bool subject = style.lead[i] == STYLE_SUBJECT;
		const struct buf *piece = subject ? &p->subject : &p->name;

		if (!piece->len || (subject && style.text && heading_repeated(buf_str(piece), text)))
			continue;
		buf_adds(out, before);
		buf_add(out, piece->data, piece->len);
		before = subject ? "\n" : ": ";
	}
	if (style.text) {
		buf_adds(out, before);
		buf_adds(out, text);
	}
}

/* How many characters are in a cleaned text, which has no bad bytes. */
static size_t
characters(const char *utf8, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)utf8[i] & 0xC0) != 0x80;
	return n;
}

/* The first `keep` bytes or less of a text: whole characters, and whole words where one ends near. */
static size_t
whole_words(const char *text, size_t keep)
{
	size_t at, least;

	while (keep && ((unsigned char)text[keep] & 0xC0) == 0x80)
		keep--;
	least = keep > 24 ? keep - 24 : 0;
	for (at = keep; at > least && text[at] != ' ' && text[at] != '\n'; at--)
		;
	return at > least ? at : keep;
}

/* The text and the link behind it, the text cut as far as that needs. Returns how many bytes of it are
 * kept. */
static size_t
fit_with_link(const struct buf *all, const char *link, const struct style *style, size_t keep,
    struct buf *out, struct text_fitted *fitted)
{
	struct buf whole;
	size_t start = out->len;

	buf_init(&whole, MSG_MAX_TEXT + SUBJECT_MOST + NAME_MOST + 1024);
	for (;;) {
		buf_reset(&whole);
		buf_add(&whole, buf_str(all), keep);
		buf_adds(&whole, keep < all->len ? "... " : keep ? "\n" : "");
		buf_adds(&whole, link);
		out->len = start;
		text_fit(buf_str(&whole), whole.len, &style->rules, style->segments, out, fitted);
		if (fitted->kept == whole.len || keep == 0)
			break;
		keep = whole_words(buf_str(all), keep > 16 ? keep - 16 : 0);
	}
	buf_free(&whole);
	return keep;
}

/* "10/12 ", the longest that such a number becomes. */
static unsigned char
counter_width(const struct style *style)
{
	unsigned digits = style->segments < 10 ? 1 : style->segments < 100 ? 2 : 3;

	return style->counters && style->rules.separate ? (unsigned char)(2 * digits + 2) : 0;
}

struct shaped
shape_sms(const struct msg *m, const struct style *wanted, struct buf *out)
{
	struct style counted = *wanted, *style = &counted;
	struct text_fitted fitted;
	struct pieces p;
	struct buf all;
	size_t cut, keep, start = out->len;

	style->rules.counter = counter_width(wanted);
	pieces_take(&p, m);
	buf_init(&all, MSG_MAX_TEXT + SUBJECT_MOST + NAME_MOST + 4);
	compose(&p, style, &all);
	pieces_free(&p);
	text_fit(buf_str(&all), all.len, &style->rules, style->segments, out, &fitted);
	keep = fitted.kept;
	if (style->link && m->link) {
		out->len = start;
		keep = fit_with_link(&all, m->link, style, keep, out, &fitted);
	}
	cut = characters(buf_str(&all) + keep, all.len - keep);
	buf_free(&all);
	return (struct shaped){ fitted.alphabet, fitted.size, cut };
}

/* Could anything of the message be cut for that style, by its bytes alone? */
static bool
may_be_cut(const struct msg *m, const struct style *style)
{
	size_t most = (size_t)style->segments * 62; /* the fewest characters that a segment holds */

	return strlen(m->text) + (m->subject ? strlen(m->subject) : 0) + (m->name ? strlen(m->name) : 0) >
	       most;
}

bool
shape_is_sms(const struct msg *m, const struct msg_rcpt *r)
{
	return r->shaping && strncmp(r->to, "tel:", 4) == 0 && r->how != MSG_MMS &&
	       !(r->how == MSG_PHONE && m->nparts);
}

/* An MMS costs as much as a segment. */
static void
cost_media(struct msg *m, const struct msg_rcpt *r, const struct style *style)
{
	long n = r->how & MSG_MMS ? (long)pieces_of_media(m, style, NULL) : 1;

	if (n > m->cost)
		m->cost = n;
}

void
shape_ahead(struct msg *m, bool cost)
{
	struct buf text;

	m->cost = 1;
	buf_init(&text, MSG_MAX_TEXT + 1024);
	for (size_t i = 0; i < m->nrcpts; i++) {
		struct msg_rcpt *r = &m->rcpts[i];
		struct style style;
		struct shaped s;

		if (!r->shaping)
			continue;
		style = shape_style_of(r->shaping, r);
		if (!shape_is_sms(m, r)) {
			cost_media(m, r, &style);
			continue;
		}
		if (!cost && !may_be_cut(m, &style))
			continue;
		buf_reset(&text);
		s = shape_sms(m, &style, &text);
		r->cut = (unsigned)s.cut;
		if ((long)s.size.segments > m->cost)
			m->cost = (long)s.size.segments;
	}
	buf_free(&text);
}
