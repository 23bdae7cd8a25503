/*
 * mime.c - a mail's parts, and what each gives to its text.
 *
 * parts.c walks over the file; each part's header fields that matter are read into bounded room,
 * its text is decoded piece by piece and flattened as it comes. Nothing of a mail is ever held but
 * its open multiparts, the text that may be shown, and one part of those kinds that can only be
 * read as a whole.
 */
#include "bridge/message/mime.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/armor.h"
#include "bridge/message/card.h"
#include "bridge/message/charset.h"
#include "bridge/message/decode.h"
#include "bridge/message/encoded.h"
#include "bridge/message/enriched.h"
#include "bridge/message/entity.h"
#include "bridge/message/flatten.h"
#include "bridge/message/head.h"
#include "bridge/message/heading.h"
#include "bridge/message/mix.h"
#include "bridge/message/msg.h"
#include "bridge/message/parts.h"
#include "bridge/message/pkcs7.h"
#include "bridge/message/rtf.h"
#include "bridge/message/tnef.h"

enum {
	SUBJECT_MAX = 2000,
	LINE_MAX_BYTES = 64 * 1024, /* of a list of addresses that is shown */
	RAW_MAX = 998,              /* of Message-ID and Date: a line of RFC 5322 */
	MESSAGES_MAX = 8,           /* messages within messages */
	EVENTS_MAX = 16 * 1024,     /* bytes about what is in calendars and cards */
	WHOLE_SHORT = 1 << 20,      /* bytes looked at of a part that is read as a whole */
	WHOLE_LONG = 16 << 20,      /* the same, where all of its text is wanted */
	LIST_MAX = 256 * 1024,      /* bytes of the list of attachments */
};

_Static_assert((int)PARTS_MAX_DEPTH == (int)MIME_MAX_DEPTH, "mime.h promises what parts.h does");

/* What is gathered besides the text, from the mail and the messages within it. */
struct gathered {
	bool any_text;     /* a text was shown, so that a named one behind it is an attachment */
	struct buf events; /* lines about calendars and cards */
	struct buf *attachments; /* lines about them; NULL: not asked for */
};

struct mail {
	struct parts in;
	size_t max;    /* bytes of text wanted at most */
	bool no_pages; /* there is a better form of them */
	struct gathered *g;
};

static void read_body(
    struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);

void
mime_start(void)
{
	decode_start();
}

/* Append a field's text to out: decoded (RFC 2047), in UTF-8, one line, at most max bytes. */
static void
decode_field(const char *value, size_t max, struct buf *out)
{
	struct buf text, line;

	buf_init(&text, (size_t)HEAD_FIELD * 4);
	buf_init(&line, max);
	encoded_decode(value, strlen(value), NULL, &text);
	flatten_line(&line, buf_str(&text), text.len);
	flatten_add(out, buf_str(&line), line.len);
	buf_free(&line);
	buf_free(&text);
}

/* Copy a field as it was written, but on one line. NULL when it is not there or empty. */
static const char *
raw_field(struct arena *a, const char *value)
{
	struct buf line;
	const char *copy;

	if (!value)
		return NULL;
	buf_init(&line, RAW_MAX);
	flatten_line(&line, value, strlen(value));
	copy = line.len ? arena_strndup(a, line.data, line.len) : NULL;
	buf_free(&line);
	return copy;
}

/* A line of the list of attachments, when one is asked for. name: "" for none. */
static void
list_attachment(struct mail *mail, const char *name, const char *major, const char *minor)
{
	if (mail->g->attachments)
		buf_addf(mail->g->attachments, "Attachment: %s%s(%s/%s)\n", name, *name ? " " : "",
		    major, minor);
}

static void
list_entity(struct mail *mail, const struct entity *e)
{
	bool crypto = strncmp(e->minor, "pgp", 3) == 0 || strstr(e->minor, "pkcs7");
	bool of_text = *e->id || entity_is(e, "text", NULL) || entity_is(e, "message", NULL);

	if (e->name || e->attached || (!of_text && !crypto))
		list_attachment(mail, e->name ? e->name : "", e->major, e->minor);
}

/* What is left of the part, decoded, as far as it is wanted. For buf_free(). */
static void
gather(struct mail *mail, const struct entity *e, struct buf *bytes)
{
	buf_init(bytes, mail->max > MSG_MAX_TEXT ? WHOLE_LONG : WHOLE_SHORT);
	decode_part(&mail->in, e->encoding, entity_is(e, "text", NULL), flatten_put, bytes);
}

/* The text of a part is complete. */
static void
give_text(struct mail *mail, enum mix_kind kind, const struct buf *text, struct mix *out)
{
	flatten_join(&out->text, buf_str(text), text->len);
	out->kind = out->text.len ? kind : MIX_NOTHING;
	mail->g->any_text |= out->text.len > 0;
}

static void
give_notice(struct mix *out, const char *notice)
{
	flatten_join(&out->text, notice, strlen(notice));
	out->kind = MIX_PLAIN;
}

/* A file that stood in the text of a part. */
static void
on_file(void *mail, const char *name)
{
	list_attachment(mail, name, "application", "octet-stream");
}

static int
put_flatten(void *to, const char *bytes, size_t len)
{
	return flatten_feed(to, bytes, len);
}

static void
read_text(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	char charset[FIELD_TOKEN], word[FIELD_TOKEN];
	const char *format = entity_option(e, "format", word);
	enum flatten_how how = FLATTEN_PLAIN;
	struct flatten *f;
	struct buf text;

	(void)messages;
	if (strstr(e->minor, "html")) {
		how = FLATTEN_HTML;
		if (mail->no_pages)
			return;
	} else if (format && strcasecmp(format, "flowed") == 0) {
		format = entity_option(e, "delsp", word);
		how = format && strcasecmp(format, "yes") == 0 ? FLATTEN_DELSP : FLATTEN_FLOWED;
	}
	buf_init(&text, mail->max);
	f = flatten_begin(entity_option(e, "charset", charset), how, &text);
	decode_part(&mail->in, e->encoding, true, put_flatten, f);
	how = flatten_end(f);
	if (how != FLATTEN_HTML)
		armor_remove(&text, on_file, mail);
	give_text(mail,
	    how == FLATTEN_HTML          ? MIX_HTML
	    : entity_is(e, "text", NULL) ? MIX_PLAIN
					 : MIX_OTHER,
	    &text, out);
	buf_free(&text);
}

/* Text with marks of its own, turned to plain text by convert(). raw: in its own bytes, not UTF-8.
 */
static void
read_marked(struct mail *mail, const struct entity *e, bool raw,
    void (*convert)(const char *s, size_t len, struct buf *out), struct mix *out)
{
	char charset[FIELD_TOKEN];
	struct buf bytes, utf8, text;

	gather(mail, e, &bytes);
	buf_init(&utf8, bytes.len * CHARSET_GROWTH + 16);
	buf_init(&text, mail->max);
	if (!raw)
		charset_text(
		    entity_option(e, "charset", charset), buf_str(&bytes), bytes.len, &utf8);
	convert(raw ? buf_str(&bytes) : buf_str(&utf8), raw ? bytes.len : utf8.len, &text);
	give_text(mail, MIX_OTHER, &text, out);
	buf_free(&text);
	buf_free(&utf8);
	buf_free(&bytes);
}

static void
read_enriched(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)messages;
	read_marked(mail, e, false,
	    strcmp(e->minor, "richtext") == 0 ? enriched_richtext : enriched_text, out);
}

static void
read_rtf(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)messages;
	read_marked(mail, e, true, rtf_text, out);
}

/* A calendar or a card: a line about it goes behind the mail's text, once. */
static void
read_card(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	bool any_text = mail->g->any_text;
	struct mix card;

	(void)messages;
	(void)out;
	list_entity(mail, e);
	mix_init(&card, EVENTS_MAX);
	read_marked(mail, e, false, any_text ? card_text : card_whole, &card);
	mail->g->any_text = any_text;
	if (card.text.len && !strstr(buf_str(&mail->g->events), card.text.data))
		flatten_join(&mail->g->events, card.text.data, card.text.len);
	buf_free(&card.text);
}

/* Outlook's own form of a mail, TNEF: its text counts when there is no other. */
static void
on_tnef_file(void *mail, const char *name)
{
	list_attachment(mail, name, "application", "octet-stream");
}

static void
read_tnef(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	struct buf bytes, text;

	(void)messages;
	list_entity(mail, e);
	gather(mail, e, &bytes);
	buf_init(&text, mail->max);
	tnef_text(buf_str(&bytes), bytes.len, &text, on_tnef_file, mail);
	if (!mail->g->any_text)
		give_text(mail, MIX_OTHER, &text, out);
	buf_free(&text);
	buf_free(&bytes);
}

/* Read a part: its header, and its body's text into out. */
static void
read_part(struct mail *mail, const char *fallback, unsigned messages, const char *start,
    struct mix *out, bool *is_root)
{
	struct head h;
	struct entity e;

	head_read(&h, &mail->in);
	entity_init(&e, &h, fallback);
	head_free(&h);
	*is_root = start && *e.id && strcmp(start, e.id) == 0;
	read_body(mail, &e, messages, out);
	entity_free(&e);
}

/* The boundary of a multipart is what stands at the beginning of a line behind "--" and before a
 * header, whatever it was said to be. Returns whether the line was one; parts_next() is next then.
 */
static bool
finds_boundary(struct parts *in, const struct piece *line)
{
	char boundary[PARTS_MAX_BOUNDARY + 1];
	size_t n = line->len, ahead;
	const char *next;

	if (!line->starts || n < 4 || memcmp(line->bytes, "--", 2) != 0)
		return false;
	while (n && strchr(" \t\r\n", line->bytes[n - 1]))
		n--;
	next = parts_ahead(in, &ahead);
	if (n < 3 || n - 2 > PARTS_MAX_BOUNDARY || memchr(line->bytes, ' ', n) || ahead < 8 ||
	    strncasecmp(next, "content-", 8) != 0)
		return false;
	memcpy(boundary, line->bytes + 2, n - 2);
	boundary[n - 2] = '\0';
	return parts_turn(in, boundary) == 0;
}

static void
read_preamble(struct mail *mail, struct buf *out)
{
	struct flatten *f = flatten_begin(NULL, FLATTEN_PLAIN, out);
	struct piece line;
	bool turned = false;

	while (!turned && parts_line(&mail->in, &line) > 0 &&
	       flatten_feed(f, line.bytes, line.len) == 0)
		turned = finds_boundary(&mail->in, &line);
	flatten_end(f);
	if (!turned)
		parts_skip(&mail->in);
}

/* Read the parts of a multipart that has begun. Its preamble is its text when no part follows: a
 * wrong boundary, or none that is ever used. */
static void
read_parts(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	const char *fallback =
	    entity_is(e, "multipart", "digest") ? "message/rfc822" : "text/plain";
	char start[ENTITY_ID] = "";
	struct buf given;
	struct mix before;
	bool first = true, no_pages = mail->no_pages;

	buf_init(&given, ENTITY_ID);
	if (entity_parameter(e, "start", &given)) {
		const char *s = buf_str(&given) + strspn(buf_str(&given), " <");

		snprintf(start, sizeof start, "%.*s", (int)strcspn(s, "> "), s);
	}
	buf_free(&given);
	mix_init(&before, mail->max);
	read_preamble(mail, &before.text);
	for (; parts_next(&mail->in) > 0; first = false) {
		struct mix part;
		bool is_root;

		mix_init(&part, mail->max);
		read_part(mail, fallback, messages, start, &part, &is_root);
		mix_in(out, &part, mix_of(e->minor), first, is_root);
		buf_free(&part.text);
		/* A page costs more than all the rest, so one that will not be chosen is not read.
		 */
		if (mix_of(e->minor) == MIX_CHOICE && !mail->no_pages)
			mail->no_pages = mix_is_enough(out);
	}
	if (first) {
		before.kind = before.text.len ? MIX_PLAIN : MIX_NOTHING;
		mix_in(out, &before, MIX_ALL, true, false);
	}
	mail->no_pages = no_pages;
	buf_free(&before.text);
}

/* Where a multipart begins, in the mail's own bytes or in others. */
static void
begin_multipart(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	struct buf boundary;

	buf_init(&boundary, PARTS_MAX_BOUNDARY);
	/* Where none is given, any line may turn out to be it. */
	if (!entity_parameter(e, "boundary", &boundary) || !boundary.len)
		buf_adds(&boundary, "\1");
	if (parts_begin(&mail->in, buf_str(&boundary)) == 0)
		read_parts(mail, e, messages, out);
	buf_free(&boundary);
}

/* One that is encoded as a whole: RFC 2045 6.4 forbids that, and some do it. */
static void
read_multipart(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	struct mail inner = { .max = mail->max, .no_pages = mail->no_pages, .g = mail->g };
	struct buf bytes;
	size_t len;
	const char *s = parts_ahead(&mail->in, &len);

	for (; len && (*s == '\r' || *s == '\n'); len--)
		s++;
	/* Said to be, and not done, is what others do. */
	if (e->encoding != ENCODING_BASE64 || (len && *s == '-') || messages >= MESSAGES_MAX) {
		begin_multipart(mail, e, messages, out);
		return;
	}
	gather(mail, e, &bytes);
	inner.in = (struct parts){
		.text = buf_str(&bytes), .text_len = bytes.len, .max_parts = mail->in.max_parts
	};
	begin_multipart(&inner, e, messages + 1, out);
	parts_free(&inner.in);
	buf_free(&bytes);
}

static void
read_encrypted(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	struct mix unread;

	mix_init(&unread, mail->max);
	read_multipart(mail, e, messages, &unread);
	buf_free(&unread.text);
	give_notice(out, "[encrypted message]");
}

/* A line about a message within a message. */
static void
add_heading(struct buf *top, const char *name, const char *value, bool addresses)
{
	struct buf line;

	if (!value)
		return;
	buf_init(&line, SUBJECT_MAX);
	if (addresses)
		encoded_addresses(value, &line);
	else
		decode_field(value, SUBJECT_MAX, &line);
	if (line.len)
		buf_addf(top, "%s%s: %s", top->len ? "\n" : "", name, buf_str(&line));
	buf_free(&line);
}

/* A message within a message: who wrote it and about what, then its text. */
static void
read_inner(struct mail *mail, unsigned messages, struct mix *out)
{
	struct head h;
	struct entity e;
	struct buf top;

	head_read(&h, &mail->in);
	buf_init(&top, (size_t)SUBJECT_MAX * 4);
	add_heading(&top, "From", head_value(&h, HEAD_FROM), true);
	add_heading(&top, "Subject", head_value(&h, HEAD_SUBJECT), false);
	add_heading(&top, "Date", head_value(&h, HEAD_DATE), false);
	flatten_join(&out->text, buf_str(&top), top.len);
	buf_free(&top);
	entity_init(&e, &h, "text/plain");
	head_free(&h);
	/* A message that is sent on as one part that is a file is still to be read. */
	e.attached = e.attached && !entity_is(&e, "text", NULL);
	mail->g->any_text = false;
	read_body(mail, &e, messages, out);
	out->kind = MIX_PLAIN;
	mail->g->any_text = true;
	entity_free(&e);
}

/* Read bytes that hold a part of their own: message or not, as read() knows. */
static void
read_bytes(struct mail *mail, const struct buf *bytes, size_t at, size_t len, unsigned messages,
    struct mix *out, void (*read)(struct mail *inner, unsigned messages, struct mix *out))
{
	struct mail inner = { .max = mail->max, .g = mail->g };

	inner.in = (struct parts){
		.text = buf_str(bytes) + at, .text_len = len, .max_parts = mail->in.max_parts
	};
	read(&inner, messages, out);
	parts_free(&inner.in);
}

static void
read_message(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	struct buf bytes;

	if (e->name || e->attached)
		list_attachment(mail, e->name ? e->name : "", e->major, e->minor);
	if (messages >= MESSAGES_MAX)
		return;
	if (e->encoding == ENCODING_NONE) {
		read_inner(mail, messages + 1, out);
		return;
	}
	/* One that is encoded: RFC 2046 5.2.1 forbids that and some do it. */
	gather(mail, e, &bytes);
	read_bytes(mail, &bytes, 0, bytes.len, messages + 1, out, read_inner);
	buf_free(&bytes);
}

/* The part that stands in another one's bytes. */
static void
read_signed(struct mail *inner, unsigned messages, struct mix *out)
{
	bool is_root;

	read_part(inner, "text/plain", messages, NULL, out, &is_root);
}

/* S/MIME in one piece (RFC 8551 3.4 and 3.5.2). */
static void
read_pkcs7(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	struct buf bytes;
	char word[FIELD_TOKEN];
	const char *type = entity_option(e, "smime-type", word);
	size_t len = 0;
	enum pkcs7 is;

	if (strcmp(e->minor, "octet-stream") != 0 || e->name)
		list_entity(mail, e);
	gather(mail, e, &bytes);
	is = pkcs7_open(bytes.data, bytes.len, &len);
	if (is == PKCS7_UNKNOWN && type && strcasecmp(type, "signed-data") == 0)
		is = PKCS7_SIGNED;
	if (is == PKCS7_SIGNED && len && messages < MESSAGES_MAX)
		read_bytes(mail, &bytes, 0, len, messages + 1, out, read_signed);
	else if (is == PKCS7_SIGNED)
		give_notice(out, "[signed message, cannot be read here]");
	else if (is == PKCS7_COMPRESSED)
		give_notice(out, "[compressed message, cannot be read here]");
	else if (is != PKCS7_CERTIFICATES)
		give_notice(out, "[encrypted message]");
	buf_free(&bytes);
}

/* The mark of a message encrypted by PGP, whose multipart some servers make another one. */
static void
read_pgp(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)messages;
	list_entity(mail, e);
	give_notice(out, "[encrypted message]");
}

static void
read_partial(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)mail;
	(void)e;
	(void)messages;
	give_notice(out, "[a piece of a longer message]");
}

/* RFC 2046 5.2.3: what is kept elsewhere is not fetched, but said to be there. */
static void
read_external(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	static const char *const places[] = { "url", "site", "server", "directory", "name",
		"filename" };
	struct buf text, value;

	(void)messages;
	buf_init(&text, SUBJECT_MAX);
	buf_adds(&text, "[message kept elsewhere");
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct buf line;

		buf_init(&value, SUBJECT_MAX / 8);
		buf_init(&line, SUBJECT_MAX / 8);
		if (entity_parameter(e, places[i], &value)) {
			flatten_line(&line, buf_str(&value), value.len);
			if (line.len)
				buf_addf(&text, "%s%s", strchr(buf_str(&text), ':') ? " " : ": ",
				    buf_str(&line));
		}
		buf_free(&line);
		buf_free(&value);
	}
	buf_adds(&text, "]");
	give_notice(out, buf_str(&text));
	list_entity(mail, e);
	buf_free(&text);
}

/* Text that is of use to programs only, or that repeats a better part of the same mail. */
static void
read_nothing(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)messages;
	(void)out;
	list_entity(mail, e);
}

/* What is read how; the first row that fits. special: also when it is meant to be a file. */
static const struct kind {
	const char *major, *minor; /* minor NULL: any */
	bool special;
	void (*read)(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);
} kinds[] = {
	{ "multipart", "encrypted", true, read_encrypted },
	{ "multipart", NULL, true, read_multipart },
	{ "message", "rfc822", true, read_message },
	{ "message", "global", true, read_message },
	{ "message", "news", true, read_message },
	{ "message", "partial", true, read_partial },
	{ "message", "external-body", true, read_external },
	{ "message", NULL, false, read_text },
	{ "text", "calendar", true, read_card },
	{ "text", "x-vcalendar", true, read_card },
	{ "application", "ics", true, read_card },
	{ "text", "vcard", true, read_card },
	{ "text", "x-vcard", true, read_card },
	{ "text", "directory", true, read_card },
	{ "application", "vcard", true, read_card },
	{ "application", "pkcs7-mime", true, read_pkcs7 },
	{ "application", "x-pkcs7-mime", true, read_pkcs7 },
	{ "application", "ms-tnef", true, read_tnef },
	{ "application", "vnd.ms-tnef", true, read_tnef },
	{ "text", "enriched", false, read_enriched },
	{ "text", "richtext", false, read_enriched },
	{ "text", "rtf", false, read_rtf },
	{ "application", "rtf", false, read_rtf },
	{ "text", "css", false, read_nothing },
	{ "text", "javascript", false, read_nothing },
	{ "text", "watch-html", false, read_nothing },
	{ "text", "x-amp-html", false, read_nothing },
	{ "text", "x-watch-html", false, read_nothing },
	{ "text", NULL, false, read_text },
	{ "application", "xhtml+xml", false, read_text },
	{ "application", "pgp", false, read_text },
	{ "application", "pgp-encrypted", true, read_pgp },
};

/* What it is by the name of its file alone. */
static const struct named {
	const char *ending;
	struct kind kind;
} by_name[] = {
	{ "winmail.dat", { "application", NULL, true, read_tnef } },
	{ "win.dat", { "application", NULL, true, read_tnef } },
	{ ".p7m", { "application", "octet-stream", true, read_pkcs7 } },
	{ ".ics", { "application", "octet-stream", true, read_card } },
	{ ".vcf", { "application", "octet-stream", true, read_card } },
};

/* How a part is to be read; NULL: it is a file. */
static const struct kind *
find_kind(struct mail *mail, const struct entity *e)
{
	bool file = e->attached || (e->name && mail->g->any_text && !e->inlined);

	for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++)
		if (entity_ends(e, by_name[i].ending) &&
		    entity_is(e, by_name[i].kind.major, by_name[i].kind.minor))
			return &by_name[i].kind;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (entity_is(e, kinds[i].major, kinds[i].minor))
			return kinds[i].special || !file ? &kinds[i] : NULL;
	return NULL;
}

static void
read_body(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	const struct kind *kind = find_kind(mail, e);

	if (kind)
		kind->read(mail, e, messages, out);
	else
		list_entity(mail, e);
	parts_skip(&mail->in);
}

/* Does a body that is said to be of no type begin as a multipart does, whose header was lost? */
static bool
is_headless(const struct mail *mail)
{
	size_t len;
	const char *s = parts_ahead(&mail->in, &len), *eol = memchr(s, '\n', len);

	return len > 4 && memcmp(s, "--", 2) == 0 && eol && !memchr(s, ' ', (size_t)(eol - s)) &&
	       s + len - eol > 8 && strncasecmp(eol + 1, "content-", 8) == 0;
}

/* The outermost header's fields, into the message. */
static void
take_head(struct head *h, struct msg *m)
{
	const char *value = head_value(h, HEAD_SUBJECT);
	struct buf line, name;

	buf_init(&line, SUBJECT_MAX);
	buf_init(&name, SUBJECT_MAX);
	if (value)
		decode_field(value, SUBJECT_MAX, &line);
	if (line.len)
		m->subject = arena_strndup(m->arena, line.data, line.len);
	buf_reset(&line);
	if ((value = head_value(h, HEAD_FROM)))
		encoded_addresses(value, &line);
	heading_name(buf_str(&line), &name);
	if (name.len)
		m->name = arena_strndup(m->arena, name.data, name.len);
	buf_free(&line);
	buf_free(&name);
	m->message_id = raw_field(m->arena, head_value(h, HEAD_MESSAGE_ID));
	m->date = raw_field(m->arena, head_value(h, HEAD_DATE));
}

/* The lines about calendars and cards, as far as the text does not have them. */
static void
add_events(struct gathered *g, struct mix *shown)
{
	if (g->events.len && !strstr(buf_str(&shown->text), g->events.data))
		flatten_join(&shown->text, g->events.data, g->events.len);
	buf_free(&g->events);
}

/* The mail at fd: its header for take(to, …), and its text, at most max bytes, into *text, which is
 * the caller's to free. attachments: where to list them, or NULL. */
static int
read_mail(int fd, size_t max, struct buf *text, struct buf *attachments,
    void (*take)(void *to, struct head *h), void *to, struct verdict *v)
{
	struct gathered g = { .attachments = attachments };
	struct mail mail = { .in = { .fd = fd, .max_parts = MIME_MAX_PARTS }, .max = max, .g = &g };
	struct head h;
	struct entity e;
	struct mix shown;
	int rc = 0;

	buf_init(&g.events, EVENTS_MAX);
	mix_init(&shown, max);
	head_read_outermost(&h, &mail.in);
	take(to, &h);
	entity_init(&e, &h, "text/plain");
	head_free(&h);
	if (!e.typed && is_headless(&mail))
		snprintf(e.major, sizeof e.major, "multipart");
	/* A mail that is nothing but a text is one to be read, whatever it says. */
	if (e.attached && entity_is(&e, "text", NULL))
		list_entity(&mail, &e);
	e.attached = e.attached && !entity_is(&e, "text", NULL);
	read_body(&mail, &e, 0, &shown);
	entity_free(&e);
	add_events(&g, &shown);
	if (mail.in.error)
		rc = later(v, "4.3.0", "read the mail: %s", strerror(mail.in.error));
	else if (mail.in.offset == 0)
		rc = never(v, "5.6.0", "the mail is empty");
	*text = shown.text;
	parts_free(&mail.in);
	return rc;
}

static void
take_msg(void *to, struct head *h)
{
	take_head(h, to);
}

int
mime_read(struct msg *m, int fd, struct verdict *v)
{
	struct buf text;
	int rc = read_mail(fd, MSG_MAX_TEXT, &text, NULL, take_msg, m, v);

	m->text = arena_strndup(m->arena, buf_str(&text), text.len);
	buf_free(&text);
	return rc;
}

static void
take_nothing(void *to, struct head *h)
{
	(void)to;
	(void)h;
}

int
mime_full(int fd, struct buf *out, struct verdict *v)
{
	return read_mail(fd, out->max, out, NULL, take_nothing, NULL, v);
}

/* The fields a reader would see, as lines. */
static void
take_lines(void *to, struct head *h)
{
	static const struct {
		const char *name;
		enum head_field field;
	} rows[] = { { "From", HEAD_FROM }, { "To", HEAD_TO }, { "Subject", HEAD_SUBJECT } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *value = head_value(h, rows[i].field);
		struct buf line;

		if (!value)
			continue;
		buf_init(&line, LINE_MAX_BYTES);
		if (rows[i].field == HEAD_SUBJECT)
			decode_field(value, LINE_MAX_BYTES, &line);
		else
			encoded_addresses(value, &line);
		buf_addf(to, "%s:%s%s\n", rows[i].name, line.len ? " " : "", buf_str(&line));
		buf_free(&line);
	}
}

int
mime_headers(int fd, struct buf *out, struct verdict *v)
{
	struct buf text, attachments;
	int rc;

	buf_init(&attachments, LIST_MAX);
	rc = read_mail(fd, MSG_MAX_TEXT, &text, &attachments, take_lines, out, v);
	buf_add(out, buf_str(&attachments), attachments.len);
	buf_free(&attachments);
	buf_free(&text);
	return rc;
}
