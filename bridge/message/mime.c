/*
 * mime.c - a mail read with GMime: its types, encodings and encoded words.
 *
 * parts.c walks over the file; each part's header fields that matter are read into bounded room and
 * parsed by GMime, its text is decoded by GMime piece by piece and flattened as it comes. Nothing
 * of a mail is ever held but its open multiparts and the text that may be shown.
 */
#include "bridge/message/mime.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/flatten.h"
#include "bridge/message/head.h"
#include "bridge/message/heading.h"
#include "bridge/message/mix.h"
#include "bridge/message/msg.h"
#include "bridge/message/parts.h"

enum {
	SUBJECT_MAX = 2000,
	RAW_MAX = 998,            /* of Message-ID and Date: a line of RFC 5322 */
	MESSAGES_MAX = 8,         /* messages within messages */
	ENCODED_MAX = 256 * 1024, /* bytes looked at of a message that is encoded as a whole */
};

_Static_assert((int)PARTS_MAX_DEPTH == (int)MIME_MAX_DEPTH, "mime.h promises what parts.h does");

struct mail {
	struct parts in;
	GMimeParserOptions *options;
	size_t max;    /* bytes of text wanted at most */
	bool any_text; /* a text was shown, so that a named one behind it is an attachment */
};

/* One part, once its header is read. */
struct entity {
	GMimeContentType *type;
	const char *major, *minor; /* lent by type */
	GMimeContentEncoding encoding;
	bool attachment;
	char id[128]; /* Content-ID without <>, "" when there is none */
};

static void read_body(
    struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);

void
mime_start(void)
{
	g_mime_init();
}

/* Append a field's text to out: decoded (RFC 2047), in UTF-8, one line, at most max bytes. */
static void
decode_field(struct mail *mail, const char *value, size_t max, struct buf *out)
{
	struct buf mended, line;
	char *text;

	buf_init(&mended, (size_t)HEAD_FIELD * 4);
	buf_init(&line, max);
	head_mend(value, &mended);
	text = g_mime_utils_header_decode_text(mail->options, buf_str(&mended));
	if (text)
		flatten_line(&line, text, strlen(text));
	flatten_add(out, buf_str(&line), line.len);
	g_free(text);
	buf_free(&line);
	buf_free(&mended);
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

static bool
is_type(const struct entity *e, const char *major, const char *minor)
{
	return strcasecmp(e->major, major) == 0 && (!minor || strcasecmp(e->minor, minor) == 0);
}

static const char *
parameter(const struct entity *e, const char *name)
{
	return g_mime_content_type_get_parameter(e->type, name);
}

/* Is the part there to be kept in a file rather than read? */
static bool
is_attachment(struct mail *mail, struct head *h, const struct entity *e)
{
	const char *value = head_value(h, HEAD_DISPOSITION);
	GMimeContentDisposition *d;
	bool named, attached;

	named = parameter(e, "name") != NULL;
	attached = false;
	if (value) {
		d = g_mime_content_disposition_parse(mail->options, value);
		attached = g_mime_content_disposition_is_attachment(d);
		named = named || g_mime_content_disposition_get_parameter(d, "filename");
		g_object_unref(d);
	}
	/* A message that is sent on as an attachment is still what its sender wants to be read. */
	if (is_type(e, "message", "rfc822"))
		return false;
	return attached || (named && mail->any_text && is_type(e, "text", NULL));
}

/* Understand a header. fallback is the type of a part that does not say. For entity_free(). */
static void
entity_init(struct entity *e, struct mail *mail, struct head *h, const char *fallback)
{
	const char *value = head_value(h, HEAD_TYPE), *id = head_value(h, HEAD_CONTENT_ID);

	/* GMime makes application/octet-stream of what has no slash, and RFC 2045 5.2 text. */
	if (!value || !strchr(value, '/'))
		value = fallback;
	*e = (struct entity){ .type = g_mime_content_type_parse(mail->options, value) };
	e->major = g_mime_content_type_get_media_type(e->type);
	e->minor = g_mime_content_type_get_media_subtype(e->type);
	value = head_value(h, HEAD_ENCODING);
	if (value)
		e->encoding = g_mime_content_encoding_from_string(value);
	e->attachment = is_attachment(mail, h, e);
	if (id) {
		id += strspn(id, " \t\r\n<");
		snprintf(e->id, sizeof e->id, "%.*s", (int)strcspn(id, "> \t\r\n"), id);
	}
}

static void
entity_free(struct entity *e)
{
	g_object_unref(e->type);
}

/* A part's transfer encoding (RFC 2045 section 6), undone on the way to where its bytes go. */
struct decoder {
	GMimeEncoding state;
	int (*put)(void *to, const char *bytes, size_t len); /* -1 when no more is needed */
	void *to;
	char room[PARTS_BUFFER +
		  16]; /* no encoding makes more of a piece: g_mime_encoding_outlen() */
};

static int
put_flatten(void *to, const char *bytes, size_t len)
{
	return flatten_feed(to, bytes, len);
}

static int
put_buf(void *to, const char *bytes, size_t len)
{
	return flatten_add(to, bytes, len);
}

static int
feed(struct decoder *d, const char *bytes, size_t len)
{
	return d->put(d->to, d->room, g_mime_encoding_step(&d->state, bytes, len, d->room));
}

/* A run of base64 is over, padded or not. */
static int
end_base64(struct decoder *d)
{
	int have = abs(d->state.state), rc = 0;

	if (have)
		rc = feed(d, "===", (size_t)(4 - have));
	g_mime_encoding_init_decode(&d->state, GMIME_CONTENT_ENCODING_BASE64);
	return rc;
}

/* As feed(), but padding only ends a run: senders join base64 that was padded before. */
static int
feed_base64(struct decoder *d, const char *bytes, size_t len)
{
	int rc = 0;

	while (len && rc == 0) {
		const char *pad = memchr(bytes, '=', len);
		size_t n = pad ? (size_t)(pad - bytes) : len;

		rc = feed(d, bytes, n);
		if (pad && rc == 0)
			rc = end_base64(d);
		bytes += n + (pad != NULL);
		len -= n + (pad != NULL);
	}
	return rc;
}

/* As feed(), from the line behind "begin 644 name" on, which GMime leaves to its callers to find.
 */
static int
feed_uuencode(struct decoder *d, const struct piece *line)
{
	/* GMime takes a CR for the length of a line. */
	size_t len = line->len >= 2 && memcmp(line->bytes + line->len - 2, "\r\n", 2) == 0
			 ? line->len - 2
			 : line->len;

	if (d->state.state & GMIME_UUDECODE_STATE_BEGIN)
		return feed(d, line->bytes, len) < 0 || feed(d, "\n", 1) < 0 ? -1 : 0;
	if (line->starts && line->len > 6 && memcmp(line->bytes, "begin ", 6) == 0)
		d->state.state |= GMIME_UUDECODE_STATE_BEGIN;
	return 0;
}

static int
feed_line(struct decoder *d, const struct piece *line)
{
	switch (d->state.encoding) {
	case GMIME_CONTENT_ENCODING_BASE64:
		return feed_base64(d, line->bytes, line->len);
	case GMIME_CONTENT_ENCODING_UUENCODE:
		return feed_uuencode(d, line);
	case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
		return feed(d, line->bytes, line->len);
	case GMIME_CONTENT_ENCODING_DEFAULT:
	case GMIME_CONTENT_ENCODING_7BIT:
	case GMIME_CONTENT_ENCODING_8BIT:
	case GMIME_CONTENT_ENCODING_BINARY:
		break;
	}
	return d->put(d->to, line->bytes, line->len);
}

/* The bytes of a part, decoded, as far as they are wanted. */
static void
decode_body(struct mail *mail, const struct entity *e,
    int (*put)(void *to, const char *bytes, size_t len), void *to)
{
	struct decoder *d = xcalloc(1, sizeof *d);
	struct piece line;
	int rc = 0;

	d->put = put;
	d->to = to;
	g_mime_encoding_init_decode(&d->state, e->encoding);
	while (rc == 0 && parts_line(&mail->in, &line) > 0)
		rc = feed_line(d, &line);
	if (rc == 0 && e->encoding == GMIME_CONTENT_ENCODING_BASE64)
		end_base64(d);
	free(d);
	parts_skip(&mail->in);
}

static void
read_text(struct mail *mail, const struct entity *e, struct mix *out)
{
	const char *format = parameter(e, "format"), *delsp = parameter(e, "delsp");
	enum flatten_how how = FLATTEN_PLAIN;
	struct flatten *f;
	struct buf text;

	if (is_type(e, "text", "html") || is_type(e, "application", "xhtml+xml")) {
		how = FLATTEN_HTML;
		out->kind = MIX_HTML;
	} else {
		out->kind = is_type(e, "text", "plain") ? MIX_PLAIN : MIX_OTHER;
		if (out->kind == MIX_PLAIN && format && strcasecmp(format, "flowed") == 0)
			how =
			    delsp && strcasecmp(delsp, "yes") == 0 ? FLATTEN_DELSP : FLATTEN_FLOWED;
	}
	buf_init(&text, mail->max);
	f = flatten_begin(parameter(e, "charset"), how, &text);
	decode_body(mail, e, put_flatten, f);
	flatten_end(f);
	flatten_join(&out->text, buf_str(&text), text.len);
	buf_free(&text);
	if (out->text.len == 0)
		out->kind = MIX_NOTHING;
	else
		mail->any_text = true;
}

/* Read a part: its header, and its body's text into out. */
static void
read_part(struct mail *mail, const char *fallback, unsigned messages, const char *start,
    struct mix *out, bool *is_root)
{
	struct head h;
	struct entity e;

	head_read(&h, &mail->in);
	entity_init(&e, mail, &h, fallback);
	head_free(&h);
	*is_root = start && *e.id && strcmp(start, e.id) == 0;
	if (e.attachment)
		parts_skip(&mail->in);
	else
		read_body(mail, &e, messages, out);
	entity_free(&e);
}

static void
read_preamble(struct mail *mail, struct buf *out)
{
	struct flatten *f = flatten_begin(NULL, FLATTEN_PLAIN, out);
	struct piece line;

	while (parts_line(&mail->in, &line) > 0 && flatten_feed(f, line.bytes, line.len) == 0)
		;
	flatten_end(f);
	parts_skip(&mail->in);
}

/* Read the parts of a multipart that has begun. Its preamble is its text when no part follows: a
 * wrong boundary, or none that is ever used. */
static void
read_multipart(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	const char *fallback = is_type(e, "multipart", "digest") ? "message/rfc822" : "text/plain";
	char start[128] = "";
	const char *given = parameter(e, "start");
	struct mix before;
	bool first = true;

	if (given) {
		given += strspn(given, " <");
		snprintf(start, sizeof start, "%.*s", (int)strcspn(given, "> "), given);
	}
	mix_init(&before, mail->max);
	read_preamble(mail, &before.text);
	for (; parts_next(&mail->in) > 0; first = false) {
		struct mix part;
		bool is_root;

		mix_init(&part, mail->max);
		read_part(mail, fallback, messages, start, &part, &is_root);
		mix_in(out, &part, mix_of(e->minor), first, is_root);
		buf_free(&part.text);
	}
	if (first) {
		before.kind = before.text.len ? MIX_PLAIN : MIX_NOTHING;
		mix_in(out, &before, MIX_ALL, true, false);
	}
	buf_free(&before.text);
}

/* Text that is of use to programs only, or that repeats a better part of the same mail. */
static bool
is_for_programs(const char *minor)
{
	static const char *const minors[] = { "calendar", "css", "directory", "javascript", "rtf",
		"vcard", "watch-html", "x-amp-html", "x-vcard" };

	for (size_t i = 0; i < sizeof minors / sizeof *minors; i++)
		if (strcasecmp(minors[i], minor) == 0)
			return true;
	return false;
}

/* Is its content beyond reading, and what to say of it; else NULL. */
static const char *
unreadable(const struct entity *e)
{
	const char *smime = parameter(e, "smime-type");

	if (is_type(e, "multipart", "encrypted"))
		return "[encrypted message]";
	if (is_type(e, "application", "pkcs7-mime") || is_type(e, "application", "x-pkcs7-mime"))
		return smime && strcasecmp(smime, "signed-data") == 0
			   ? "[signed message, cannot be read here]"
			   : "[encrypted message]";
	if (is_type(e, "message", "partial"))
		return "[a piece of a longer message]";
	if (is_type(e, "message", "external-body"))
		return "[message kept elsewhere]";
	return NULL;
}

/* A message within a message: who wrote it and about what, then its text. */
static void
read_message(struct mail *mail, unsigned messages, struct mix *out)
{
	struct head h;
	struct entity e;
	struct buf top;
	const char *value;

	head_read(&h, &mail->in);
	buf_init(&top, (size_t)SUBJECT_MAX * 2 + 64);
	if ((value = head_value(&h, HEAD_FROM))) {
		buf_adds(&top, "From: ");
		decode_field(mail, value, SUBJECT_MAX, &top);
	}
	if ((value = head_value(&h, HEAD_SUBJECT))) {
		buf_adds(&top, top.len ? "\nSubject: " : "Subject: ");
		decode_field(mail, value, SUBJECT_MAX, &top);
	}
	flatten_join(&out->text, buf_str(&top), top.len);
	buf_free(&top);
	entity_init(&e, mail, &h, "text/plain");
	head_free(&h);
	out->kind = MIX_PLAIN;
	read_body(mail, &e, messages, out);
	entity_free(&e);
}

/* As read_message(), of one that is encoded: RFC 2046 5.2.1 forbids that and some do it. */
static void
read_encoded(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	struct mail inner = {
		.options = mail->options, .max = mail->max, .any_text = mail->any_text
	};
	struct buf bytes;

	buf_init(&bytes, ENCODED_MAX);
	decode_body(mail, e, put_buf, &bytes);
	inner.in = (struct parts){
		.text = buf_str(&bytes), .text_len = bytes.len, .max_parts = mail->in.max_parts
	};
	read_message(&inner, messages, out);
	parts_free(&inner.in);
	buf_free(&bytes);
}

static bool
is_encoded(const struct entity *e)
{
	return e->encoding == GMIME_CONTENT_ENCODING_BASE64 ||
	       e->encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
	       e->encoding == GMIME_CONTENT_ENCODING_UUENCODE;
}

static void
read_body(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	const char *boundary = parameter(e, "boundary");
	const char *why = unreadable(e);

	if (why) {
		flatten_join(&out->text, why, strlen(why));
		out->kind = MIX_PLAIN;
	} else if (is_type(e, "multipart", NULL) && boundary) {
		if (parts_begin(&mail->in, boundary) == 0)
			read_multipart(mail, e, messages, out);
	} else if (is_type(e, "message", "rfc822") || is_type(e, "message", "global")) {
		if (messages < MESSAGES_MAX && is_encoded(e))
			read_encoded(mail, e, messages + 1, out);
		else if (messages < MESSAGES_MAX)
			read_message(mail, messages + 1, out);
	} else if ((is_type(e, "text", NULL) && !is_for_programs(e->minor)) ||
		   is_type(e, "message", NULL) || is_type(e, "multipart", NULL) ||
		   is_type(e, "application", "xhtml+xml")) {
		read_text(mail, e, out);
	}
	parts_skip(&mail->in);
}

/* The outermost header's fields, into the message. */
static void
take_head(struct mail *mail, struct head *h, struct msg *m)
{
	const char *value = head_value(h, HEAD_SUBJECT);
	struct buf line, name;

	buf_init(&line, SUBJECT_MAX);
	buf_init(&name, SUBJECT_MAX);
	if (value)
		decode_field(mail, value, SUBJECT_MAX, &line);
	if (line.len)
		m->subject = arena_strndup(m->arena, line.data, line.len);
	buf_reset(&line);
	if ((value = head_value(h, HEAD_FROM)))
		decode_field(mail, value, SUBJECT_MAX, &line);
	heading_name(buf_str(&line), &name);
	if (name.len)
		m->name = arena_strndup(m->arena, name.data, name.len);
	buf_free(&line);
	buf_free(&name);
	m->message_id = raw_field(m->arena, head_value(h, HEAD_MESSAGE_ID));
	m->date = raw_field(m->arena, head_value(h, HEAD_DATE));
}

/* Begin to read the mail at fd. For mail_close(). */
static void
mail_open(struct mail *mail, int fd, size_t max)
{
	static const char *const fallback[] = { "utf-8", "windows-1252", NULL };

	*mail = (struct mail){ .in = { .fd = fd, .max_parts = MIME_MAX_PARTS }, .max = max };
	mail->options = g_mime_parser_options_new();
	g_mime_parser_options_set_fallback_charsets(
	    mail->options, (const char **)(uintptr_t)fallback);
}

static void
mail_close(struct mail *mail)
{
	g_mime_parser_options_free(mail->options);
	parts_free(&mail->in);
}

/* The whole mail: its header's fields into m, what it shows into shown. */
static int
read_mail(struct mail *mail, struct msg *m, struct mix *shown, struct verdict *v)
{
	struct head h;
	struct entity e;

	head_read(&h, &mail->in);
	take_head(mail, &h, m);
	entity_init(&e, mail, &h, "text/plain");
	head_free(&h);
	read_body(mail, &e, 0, shown);
	entity_free(&e);
	if (mail->in.error)
		return later(v, "4.3.0", "read the mail: %s", strerror(mail->in.error));
	if (mail->in.offset == 0)
		return never(v, "5.6.0", "the mail is empty");
	return 0;
}

int
mime_read(struct msg *m, int fd, struct verdict *v)
{
	struct mail mail;
	struct mix shown;
	int rc;

	mail_open(&mail, fd, MSG_MAX_TEXT);
	mix_init(&shown, mail.max);
	rc = read_mail(&mail, m, &shown, v);
	m->text = arena_strndup(m->arena, buf_str(&shown.text), shown.text.len);
	buf_free(&shown.text);
	mail_close(&mail);
	return rc;
}

int
mime_full(int fd, struct buf *out, struct verdict *v)
{
	struct msg *m = msg_new();
	struct mail mail;
	struct mix shown;
	int rc;

	mail_open(&mail, fd, out->max);
	mix_init(&shown, mail.max);
	rc = read_mail(&mail, m, &shown, v);
	*out = shown.text;
	mail_close(&mail);
	msg_free(m);
	return rc;
}

int
mime_headers(int fd, struct buf *out, struct verdict *v)
{
	struct msg *m = msg_new();
	struct mail mail;
	struct mix shown;
	int rc;

	mail_open(&mail, fd, 0);
	mix_init(&shown, mail.max);
	rc = read_mail(&mail, m, &shown, v);
	if (m->subject)
		buf_addf(out, "Subject: %s\n", m->subject);
	buf_free(&shown.text);
	mail_close(&mail);
	msg_free(m);
	return rc;
}
