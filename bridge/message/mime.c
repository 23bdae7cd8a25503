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
#include "bridge/message/charset.h"
#include "bridge/message/flatten.h"
#include "bridge/message/msg.h"
#include "bridge/message/parts.h"

enum {
	FIELD_MAX = 16 * 1024, /* bytes kept of a header field */
	SUBJECT_MAX = 2000,
	RAW_MAX = 998, /* of Message-ID and Date: a line of RFC 5322 */
	MESSAGES_MAX = 8, /* messages within messages */
};

enum field { SUBJECT, MESSAGE_ID, DATE, FROM, TYPE, ENCODING, DISPOSITION, CONTENT_ID, FIELDS };

static const char *const field_names[FIELDS] = {
	[SUBJECT] = "Subject",
	[MESSAGE_ID] = "Message-ID",
	[DATE] = "Date",
	[FROM] = "From",
	[TYPE] = "Content-Type",
	[ENCODING] = "Content-Transfer-Encoding",
	[DISPOSITION] = "Content-Disposition",
	[CONTENT_ID] = "Content-ID",
};

/* The fields of a header that matter, unfolded no further than to drop what does not fit. */
struct head {
	struct buf field[FIELDS];
};

/* What a part has to show, by how much one would rather see it. */
enum kind { NOTHING, OTHER, HTML, PLAIN };

struct shown {
	struct buf text;
	enum kind kind;
};

struct mail {
	struct parts in;
	GMimeParserOptions *options;
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

static void read_body(struct mail *mail, const struct entity *e, unsigned messages,
    struct shown *out);

void
mime_start(void)
{
	g_mime_init();
}

static void
shown_init(struct shown *s)
{
	buf_init(&s->text, MSG_MAX_TEXT);
	s->kind = NOTHING;
}

static void
head_free(struct head *h)
{
	for (size_t i = 0; i < FIELDS; i++)
		buf_free(&h->field[i]);
}

/* The length of a field's name when the line is the beginning of a field, else 0. */
static size_t
name_length(const char *line, size_t len)
{
	size_t n = 0, end;

	while (n < len && line[n] > ' ' && line[n] < 0x7f && line[n] != ':')
		n++;
	for (end = n; end < len && (line[end] == ' ' || line[end] == '\t'); end++)
		;
	return end < len && line[end] == ':' ? n : 0;
}

/* The field that the line begins, or FIELDS when it is of no interest: unknown, or there already
 * (of two that contradict each other the first counts). *value is where its value begins. */
static size_t
which_field(struct head *h, const struct piece *line, size_t n, size_t *value)
{
	const char *colon = memchr(line->bytes, ':', line->len);

	*value = (size_t)(colon - line->bytes) + 1;
	for (size_t i = 0; i < FIELDS; i++)
		if (strlen(field_names[i]) == n && strncasecmp(line->bytes, field_names[i], n) == 0)
			return h->field[i].data ? FIELDS : i;
	return FIELDS;
}

/* Read a header up to and with the empty line behind it. Where there is none, the first line that
 * can be no header is the body's. */
static void
head_read(struct head *h, struct parts *in)
{
	struct piece line;
	size_t field = FIELDS;
	bool first = true;

	for (size_t i = 0; i < FIELDS; i++)
		buf_init(&h->field[i], FIELD_MAX);
	while (parts_line(in, &line) > 0) {
		size_t at = 0, n;

		if (line.starts) {
			if (line.bytes[0] == '\n' || (line.bytes[0] == '\r' && line.len <= 2))
				return;
			n = name_length(line.bytes, line.len);
			if (n) {
				field = which_field(h, &line, n, &at);
			} else if (first && line.len > 5 && memcmp(line.bytes, "From ", 5) == 0) {
				continue; /* of a mailbox file */
			} else if (first || (line.bytes[0] != ' ' && line.bytes[0] != '\t')) {
				parts_unread(in, &line);
				return;
			}
			first = false;
		}
		if (field < FIELDS)
			flatten_add(&h->field[field], line.bytes + at, line.len - at);
	}
}

/* A field's value as GMime reads one: a string, without NULs. NULL when the field is not there. */
static char *
field_value(struct head *h, enum field f)
{
	struct buf *b = &h->field[f];

	if (!b->data)
		return NULL;
	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] == '\0')
			b->data[i] = ' ';
	return b->data;
}

/*
 * An encoded word as GMime can decode it: with the charset's name that is meant rather than the one
 * written, and with base64 filled up, since GMime drops what is short of four characters. Returns
 * the bytes of s that are the word, or 0 when it is none.
 */
static size_t
mend_word(const char *s, struct buf *out)
{
	char name[CHARSET_LABEL];
	size_t label = strcspn(s + 2, "? \t\r\n"), data, n;
	const char *text;

	if (s[2 + label] != '?' || !s[3 + label] || s[4 + label] != '?')
		return 0;
	text = s + 5 + label;
	n = data = strcspn(text, "?");
	if (text[data] != '?' || text[data + 1] != '=' || !charset_name(s + 2, name))
		return 0;
	buf_addf(out, "=?%s?%c?", name, s[3 + label]);
	if (strchr("bB", s[3 + label]))
		while (n && strchr("= ", text[n - 1]))
			n--;
	buf_add(out, text, n);
	if (strchr("bB", s[3 + label]) && n % 4)
		buf_add(out, "===", 4 - n % 4);
	buf_adds(out, "?=");
	return 7 + label + data;
}

/* Append a field's text to out: decoded (RFC 2047), in UTF-8, one line, at most max bytes. */
static void
decode_field(struct mail *mail, const char *value, size_t max, struct buf *out)
{
	struct buf mended, line;
	char *text;

	buf_init(&mended, (size_t)FIELD_MAX * 4);
	buf_init(&line, max);
	while (*value) {
		size_t n = strncmp(value, "=?", 2) == 0 ? mend_word(value, &mended) : 0;

		if (n == 0)
			buf_add(&mended, value, n = 1);
		value += n;
	}
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
	const char *value = field_value(h, DISPOSITION);
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
	const char *value = field_value(h, TYPE), *id = field_value(h, CONTENT_ID);

	/* GMime makes application/octet-stream of what has no slash, and RFC 2045 5.2 text. */
	if (!value || !strchr(value, '/'))
		value = fallback;
	*e = (struct entity){ .type = g_mime_content_type_parse(mail->options, value) };
	e->major = g_mime_content_type_get_media_type(e->type);
	e->minor = g_mime_content_type_get_media_subtype(e->type);
	value = field_value(h, ENCODING);
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

/* A part's transfer encoding (RFC 2045 section 6), undone on the way to a struct flatten. */
struct decoder {
	GMimeEncoding state;
	struct flatten *to;
	char room[PARTS_BUFFER + 16]; /* no encoding makes more of a piece, see g_mime_encoding_outlen() */
};

static int
feed(struct decoder *d, const char *bytes, size_t len)
{
	return flatten_feed(d->to, d->room, g_mime_encoding_step(&d->state, bytes, len, d->room));
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

/* The lines of a text part, decoded and flattened into out. */
static void
read_lines(struct mail *mail, const struct entity *e, enum flatten_how how, struct buf *out)
{
	struct decoder *d = xcalloc(1, sizeof *d);
	struct piece line;
	int rc = 0;

	d->to = flatten_begin(parameter(e, "charset"), how, out);
	g_mime_encoding_init_decode(&d->state, e->encoding);
	while (rc == 0 && parts_line(&mail->in, &line) > 0)
		switch (e->encoding) {
		case GMIME_CONTENT_ENCODING_BASE64:
			rc = feed_base64(d, line.bytes, line.len);
			break;
		case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
		case GMIME_CONTENT_ENCODING_UUENCODE:
			rc = feed(d, line.bytes, line.len);
			break;
		case GMIME_CONTENT_ENCODING_DEFAULT:
		case GMIME_CONTENT_ENCODING_7BIT:
		case GMIME_CONTENT_ENCODING_8BIT:
		case GMIME_CONTENT_ENCODING_BINARY:
			rc = flatten_feed(d->to, line.bytes, line.len);
			break;
		}
	if (rc == 0 && e->encoding == GMIME_CONTENT_ENCODING_BASE64)
		end_base64(d);
	flatten_end(d->to);
	free(d);
	parts_skip(&mail->in);
}

static void
read_text(struct mail *mail, const struct entity *e, struct shown *out)
{
	const char *format = parameter(e, "format"), *delsp = parameter(e, "delsp");
	enum flatten_how how = FLATTEN_PLAIN;
	struct buf text;

	if (is_type(e, "text", "html") || is_type(e, "application", "xhtml+xml")) {
		how = FLATTEN_HTML;
		out->kind = HTML;
	} else {
		out->kind = is_type(e, "text", "plain") ? PLAIN : OTHER;
		if (out->kind == PLAIN && format && strcasecmp(format, "flowed") == 0)
			how = delsp && strcasecmp(delsp, "yes") == 0 ? FLATTEN_DELSP : FLATTEN_FLOWED;
	}
	buf_init(&text, MSG_MAX_TEXT);
	read_lines(mail, e, how, &text);
	flatten_join(&out->text, buf_str(&text), text.len);
	buf_free(&text);
	if (out->text.len == 0)
		out->kind = NOTHING;
	else
		mail->any_text = true;
}

/* How the parts of a multipart make one text. */
enum mix {
	ALL,	/* one after the other */
	FIRST,	/* the others are its signature, or what it reports of */
	CHOICE, /* the best of them */
	ROOT,	/* the named one, else the first; the others are its pictures */
};

/* Is b the better choice than a, which stands before it? */
static bool
is_better(const struct shown *a, const struct shown *b)
{
	const struct shown *plain = a->kind == PLAIN ? a : b, *html = a->kind == PLAIN ? b : a;
	size_t words;

	if (a->kind == b->kind)
		return false;
	if (plain->kind != PLAIN || html->kind != HTML)
		return b->kind > a->kind;
	/* A plain text that is a stub ("your program cannot show HTML") loses against the page. */
	words = flatten_words(buf_str(&plain->text), plain->text.len);
	if (words < 40 && words * 5 < flatten_words(buf_str(&html->text), html->text.len))
		return b == html;
	return b == plain;
}

/* Add a part's text to those before it. */
static void
mix_in(struct shown *out, struct shown *part, enum mix mix, bool first, bool is_root)
{
	struct shown old = *out;

	if (mix == ALL || (mix == FIRST && first)) {
		flatten_join(&out->text, buf_str(&part->text), part->text.len);
		if (part->kind > out->kind)
			out->kind = part->kind;
	} else if ((mix == CHOICE && is_better(out, part)) || (mix == ROOT && (first || is_root))) {
		*out = *part;
		*part = old;
	}
}

/* Read a part: its header, and its body's text into out. */
static void
read_part(struct mail *mail, const char *fallback, unsigned messages, const char *start,
    struct shown *out, bool *is_root)
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

static enum mix
mix_of(const struct entity *e)
{
	if (is_type(e, "multipart", "alternative"))
		return CHOICE;
	if (is_type(e, "multipart", "related"))
		return ROOT;
	if (is_type(e, "multipart", "signed") || is_type(e, "multipart", "report"))
		return FIRST;
	return ALL;
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
read_multipart(struct mail *mail, const struct entity *e, unsigned messages, struct shown *out)
{
	const char *fallback = is_type(e, "multipart", "digest") ? "message/rfc822" : "text/plain";
	char start[128] = "";
	const char *given = parameter(e, "start");
	struct shown before;
	bool first = true;

	if (given) {
		given += strspn(given, " <");
		snprintf(start, sizeof start, "%.*s", (int)strcspn(given, "> "), given);
	}
	shown_init(&before);
	read_preamble(mail, &before.text);
	for (; parts_next(&mail->in) > 0; first = false) {
		struct shown part;
		bool is_root;

		shown_init(&part);
		read_part(mail, fallback, messages, start, &part, &is_root);
		mix_in(out, &part, mix_of(e), first, is_root);
		buf_free(&part.text);
	}
	if (first) {
		before.kind = before.text.len ? PLAIN : NOTHING;
		mix_in(out, &before, ALL, true, false);
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
		return smime && strcasecmp(smime, "signed-data") == 0 ? "[signed message, cannot be read here]"
								      : "[encrypted message]";
	if (is_type(e, "message", "partial"))
		return "[a piece of a longer message]";
	if (is_type(e, "message", "external-body"))
		return "[message kept elsewhere]";
	return NULL;
}

/* A message within a message: who wrote it and about what, then its text. */
static void
read_message(struct mail *mail, unsigned messages, struct shown *out)
{
	struct head h;
	struct entity e;
	struct buf top;
	const char *value;

	head_read(&h, &mail->in);
	buf_init(&top, (size_t)SUBJECT_MAX * 2 + 64);
	if ((value = field_value(&h, FROM))) {
		buf_adds(&top, "From: ");
		decode_field(mail, value, SUBJECT_MAX, &top);
	}
	if ((value = field_value(&h, SUBJECT))) {
		buf_adds(&top, top.len ? "\nSubject: " : "Subject: ");
		decode_field(mail, value, SUBJECT_MAX, &top);
	}
	flatten_join(&out->text, buf_str(&top), top.len);
	buf_free(&top);
	entity_init(&e, mail, &h, "text/plain");
	head_free(&h);
	out->kind = PLAIN;
	read_body(mail, &e, messages, out);
	entity_free(&e);
}

static void
read_body(struct mail *mail, const struct entity *e, unsigned messages, struct shown *out)
{
	const char *boundary = parameter(e, "boundary");
	const char *why = unreadable(e);

	if (why) {
		flatten_join(&out->text, why, strlen(why));
		out->kind = PLAIN;
	} else if (is_type(e, "multipart", NULL) && boundary) {
		if (parts_begin(&mail->in, boundary) == 0)
			read_multipart(mail, e, messages, out);
	} else if (is_type(e, "message", "rfc822") || is_type(e, "message", "global")) {
		if (messages < MESSAGES_MAX)
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
	const char *value = field_value(h, SUBJECT);

	if (value) {
		struct buf line;

		buf_init(&line, SUBJECT_MAX);
		decode_field(mail, value, SUBJECT_MAX, &line);
		if (line.len)
			m->subject = arena_strndup(m->arena, line.data, line.len);
		buf_free(&line);
	}
	m->message_id = raw_field(m->arena, field_value(h, MESSAGE_ID));
	m->date = raw_field(m->arena, field_value(h, DATE));
}

int
mime_read(struct msg *m, int fd, struct verdict *v)
{
	static const char *const fallback[] = { "utf-8", "windows-1252", NULL };
	struct mail mail = { .in = { .fd = fd, .max_parts = MIME_MAX_PARTS } };
	struct head h;
	struct entity e;
	struct shown shown;
	int rc = 0;

	mail.options = g_mime_parser_options_new();
	g_mime_parser_options_set_fallback_charsets(mail.options, (const char **)(uintptr_t)fallback);
	shown_init(&shown);
	head_read(&h, &mail.in);
	take_head(&mail, &h, m);
	entity_init(&e, &mail, &h, "text/plain");
	head_free(&h);
	read_body(&mail, &e, 0, &shown);
	m->text = arena_strndup(m->arena, buf_str(&shown.text), shown.text.len);
	if (mail.in.error)
		rc = later(v, "4.3.0", "read the mail: %s", strerror(mail.in.error));
	else if (mail.in.offset == 0)
		rc = never(v, "5.6.0", "the mail is empty");
	entity_free(&e);
	buf_free(&shown.text);
	g_mime_parser_options_free(mail.options);
	parts_free(&mail.in);
	return rc;
}
