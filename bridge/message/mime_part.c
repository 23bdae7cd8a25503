/*
 * mime_part.c - the parts of a mail that hold others: multiparts, messages, signed ones; and which
 * part is read how.
 */
#include "bridge/message/mime_part.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/message/encoded.h"
#include "bridge/message/entity.h"
#include "bridge/message/flatten.h"
#include "bridge/message/head.h"
#include "bridge/message/pkcs7.h"

enum { MESSAGES_MAX = 8 }; /* messages within messages */

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
	mime_part_body(mail, &e, messages, out);
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
	mime_gather(mail, e, &bytes);
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
	mime_give_notice(out, "[encrypted message]");
}

/* A line about a message within a message. */
static void
add_heading(struct buf *top, const char *name, const char *value, bool addresses)
{
	struct buf line;

	if (!value)
		return;
	buf_init(&line, MIME_SUBJECT);
	if (addresses)
		encoded_addresses(value, &line);
	else
		mime_decode_field(value, MIME_SUBJECT, &line);
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
	buf_init(&top, (size_t)MIME_SUBJECT * 4);
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
	mime_part_body(mail, &e, messages, out);
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
		mime_list(mail, e->name ? e->name : "", e->major, e->minor);
	if (messages >= MESSAGES_MAX)
		return;
	if (e->encoding == ENCODING_NONE) {
		read_inner(mail, messages + 1, out);
		return;
	}
	/* One that is encoded: RFC 2046 5.2.1 forbids that and some do it. */
	mime_gather(mail, e, &bytes);
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
		mime_list_entity(mail, e);
	mime_gather(mail, e, &bytes);
	is = pkcs7_open(bytes.data, bytes.len, &len);
	if (is == PKCS7_UNKNOWN && type && strcasecmp(type, "signed-data") == 0)
		is = PKCS7_SIGNED;
	if (is == PKCS7_SIGNED && len && messages < MESSAGES_MAX)
		read_bytes(mail, &bytes, 0, len, messages + 1, out, read_signed);
	else if (is == PKCS7_SIGNED)
		mime_give_notice(out, "[signed message, cannot be read here]");
	else if (is == PKCS7_COMPRESSED)
		mime_give_notice(out, "[compressed message, cannot be read here]");
	else if (is != PKCS7_CERTIFICATES)
		mime_give_notice(out, "[encrypted message]");
	buf_free(&bytes);
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
	{ "message", "partial", true, mime_leaf_partial },
	{ "message", "external-body", true, mime_leaf_external },
	{ "message", NULL, false, mime_leaf_text },
	{ "text", "calendar", true, mime_leaf_card },
	{ "text", "x-vcalendar", true, mime_leaf_card },
	{ "application", "ics", true, mime_leaf_card },
	{ "text", "vcard", true, mime_leaf_card },
	{ "text", "x-vcard", true, mime_leaf_card },
	{ "text", "directory", true, mime_leaf_card },
	{ "application", "vcard", true, mime_leaf_card },
	{ "application", "pkcs7-mime", true, read_pkcs7 },
	{ "application", "x-pkcs7-mime", true, read_pkcs7 },
	{ "application", "ms-tnef", true, mime_leaf_tnef },
	{ "application", "vnd.ms-tnef", true, mime_leaf_tnef },
	{ "text", "enriched", false, mime_leaf_enriched },
	{ "text", "richtext", false, mime_leaf_enriched },
	{ "text", "rtf", false, mime_leaf_rtf },
	{ "application", "rtf", false, mime_leaf_rtf },
	{ "text", "css", false, mime_leaf_nothing },
	{ "text", "javascript", false, mime_leaf_nothing },
	{ "text", "watch-html", false, mime_leaf_nothing },
	{ "text", "x-amp-html", false, mime_leaf_nothing },
	{ "text", "x-watch-html", false, mime_leaf_nothing },
	{ "text", NULL, false, mime_leaf_text },
	{ "application", "xhtml+xml", false, mime_leaf_text },
	{ "application", "pgp", false, mime_leaf_text },
	{ "application", "pgp-encrypted", true, mime_leaf_pgp },
};

/* What it is by the name of its file alone. */
static const struct named {
	const char *ending;
	struct kind kind;
} by_name[] = {
	{ "winmail.dat", { "application", NULL, true, mime_leaf_tnef } },
	{ "win.dat", { "application", NULL, true, mime_leaf_tnef } },
	{ ".p7m", { "application", "octet-stream", true, read_pkcs7 } },
	{ ".ics", { "application", "octet-stream", true, mime_leaf_card } },
	{ ".vcf", { "application", "octet-stream", true, mime_leaf_card } },
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

void
mime_part_body(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	const struct kind *kind = find_kind(mail, e);

	if (kind)
		kind->read(mail, e, messages, out);
	else
		mime_list_entity(mail, e);
	parts_skip(&mail->in);
}
