/*
 * mime.c - a mail's fields, and its parts as one text.
 *
 * parts.c walks over the file; each part's header fields that matter are read into bounded room,
 * its text is decoded piece by piece and flattened as it comes. Nothing of a mail is ever held but
 * its open multiparts, the text that may be shown, and one part of those kinds that can only be
 * read as a whole.
 */
#include "bridge/message/mime.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/decode.h"
#include "bridge/message/encoded.h"
#include "bridge/message/entity.h"
#include "bridge/message/flatten.h"
#include "bridge/message/head.h"
#include "bridge/message/heading.h"
#include "bridge/message/mime_part.h"
#include "bridge/message/msg.h"

enum {
	LINE_MAX_BYTES = 64 * 1024, /* of a list of addresses that is shown */
	RAW_MAX = 998,              /* of Message-ID and Date: a line of RFC 5322 */
	LIST_MAX = 256 * 1024,      /* bytes of the list of attachments */
};

_Static_assert((int)PARTS_MAX_DEPTH == (int)MIME_MAX_DEPTH, "mime.h promises what parts.h does");

void
mime_start(void)
{
	decode_start();
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

	buf_init(&line, MIME_SUBJECT);
	buf_init(&name, MIME_SUBJECT);
	if (value)
		mime_decode_field(value, MIME_SUBJECT, &line);
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
read_mail(int fd, size_t max, struct buf *text, struct buf *attachments, bool *attached,
    void (*take)(void *to, struct head *h), void *to, struct verdict *v)
{
	struct gathered g = { .attachments = attachments };
	struct mail mail = { .in = { .fd = fd, .max_parts = MIME_MAX_PARTS }, .max = max, .g = &g };
	struct head h;
	struct entity e;
	struct mix shown;
	int rc = 0;

	buf_init(&g.events, MIME_EVENTS);
	mix_init(&shown, max);
	head_read_outermost(&h, &mail.in);
	take(to, &h);
	entity_init(&e, &h, "text/plain");
	head_free(&h);
	if (!e.typed && is_headless(&mail))
		snprintf(e.major, sizeof e.major, "multipart");
	/* A mail that is nothing but a text is one to be read, whatever it says. */
	if (e.attached && entity_is(&e, "text", NULL))
		mime_list_entity(&mail, &e);
	e.attached = e.attached && !entity_is(&e, "text", NULL);
	mime_part_body(&mail, &e, 0, &shown);
	entity_free(&e);
	add_events(&g, &shown);
	if (mail.in.error)
		rc = later(v, "4.3.0", "read the mail: %s", strerror(mail.in.error));
	else if (mail.in.offset == 0)
		rc = never(v, "5.6.0", "the mail is empty");
	*text = shown.text;
	if (attached)
		*attached = g.listed;
	parts_free(&mail.in);
	return rc;
}

static void
take_msg(void *to, struct head *h)
{
	take_head(h, to);
}

int
mime_read(struct msg *m, int fd, bool *attached, struct verdict *v)
{
	struct buf text;
	int rc = read_mail(fd, MSG_MAX_TEXT, &text, NULL, attached, take_msg, m, v);

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
	return read_mail(fd, out->max, out, NULL, NULL, take_nothing, NULL, v);
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
			mime_decode_field(value, LINE_MAX_BYTES, &line);
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
	rc = read_mail(fd, MSG_MAX_TEXT, &text, &attachments, NULL, take_lines, out, v);
	buf_add(out, buf_str(&attachments), attachments.len);
	buf_free(&attachments);
	buf_free(&text);
	return rc;
}
