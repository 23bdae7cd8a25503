/*
 * compose.c - a mail made of a message, with GMime.
 *
 * It is the second file that knows GMime, besides mime.c, which reads what this one writes; no
 * function of the one hands an object to the other. Header fields are set only through GMime, which
 * encodes them, and only after what a stranger wrote has been made one line.
 */
#include "bridge/message/compose.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/message/flatten.h"
#include "bridge/message/msg.h"
#include "bridge/message/safe.h"

enum {
	NAME_MOST = 200, /* bytes of a person's name */
	SUBJECT_MOST = 1000,
	REFERENCES_MOST = 16 * 1024,
	LINE_MOST = 900, /* bytes of a line that is not encoded; RFC 5322 2.1.1 allows 998 */
};

/* One mail being made. */
struct work {
	const struct msg *m;
	const struct compose *c;
	GMimeMessage *mail;
	char from[ADDR_MAILBOX], to[ADDR_MAILBOX];
};

/* Fields. */

/*
 * A stranger's words on one line, for free(); NULL when they show nothing. What looks like an encoded
 * word is parted, since readers undo it even where it was quoted, and anything may be in it.
 */
static char *
one_line(const char *text, size_t most)
{
	struct buf line, parted;

	buf_init(&line, most);
	buf_init(&parted, 2 * most);
	if (text)
		flatten_line(&line, text, strlen(text));
	for (size_t i = 0; i < line.len; i++) {
		buf_add(&parted, line.data + i, 1);
		if (line.data[i] == '=' && line.data[i + 1] == '?')
			buf_add(&parted, " ", 1);
	}
	buf_free(&line);
	return parted.data;
}

static void
add_address(struct work *w, GMimeAddressType type, const char *name, const char *address)
{
	char *line = one_line(name, NAME_MOST);
	InternetAddress *ia = internet_address_mailbox_new(line, address);

	internet_address_set_charset(ia, "utf-8");
	internet_address_list_add(g_mime_message_get_addresses(w->mail, type), ia);
	g_object_unref(ia);
	free(line);
}

static void
set_field(struct work *w, const char *name, const char *value)
{
	g_mime_object_set_header(GMIME_OBJECT(w->mail), name, value, NULL);
}

/* When it was written, as its network says, else when it came to us. A date that GMime cannot read
 * is given as 1970 or not at all. */
static void
set_date(struct work *w)
{
	GDateTime *date = w->m->date ? g_mime_utils_header_decode_date(w->m->date) : NULL;

	if (date && g_date_time_get_year(date) < 1990) {
		g_date_time_unref(date);
		date = NULL;
	}
	if (!date)
		date = g_date_time_new_from_unix_utc(w->m->arrived);
	g_mime_message_set_date(w->mail, date);
	g_date_time_unref(date);
}

/* The id is made of the message's own, so that what is sent again is known to be the same. */
static void
set_thread(struct work *w)
{
	const char *kept = w->m->mail_id && *w->m->mail_id == '<' ? w->m->mail_id : NULL;
	char *id = kept ? xstrndup(kept + 1, strcspn(kept + 1, ">"))
			: xasprintf("%s@%s", w->m->id, w->c->domains.phones);
	struct buf ids;

	g_mime_message_set_message_id(w->mail, id);
	free(id);
	buf_init(&ids, REFERENCES_MOST);
	if (w->m->in_reply_to)
		safe_ids(w->m->in_reply_to, &ids);
	if (ids.len)
		set_field(w, "In-Reply-To", ids.data);
	buf_reset(&ids);
	if (w->m->references)
		safe_ids(w->m->references, &ids);
	else if (w->m->in_reply_to)
		safe_ids(w->m->in_reply_to, &ids);
	if (ids.len)
		set_field(w, "References", ids.data);
	buf_free(&ids);
}

static void
set_subject(struct work *w, const char *before)
{
	char *line = one_line(w->m->subject, SUBJECT_MOST);
	bool phone = strncmp(w->m->from, "tel:", 4) == 0;
	char *whole;

	if (line)
		whole = xasprintf("%s%s", before, line);
	else
		whole = xasprintf("%s%s from %s", before,
		    !phone ? "Message" : w->m->nparts ? "MMS" : "SMS", phone ? w->m->from + 4 : w->from);
	g_mime_message_set_subject(w->mail, whole, "utf-8");
	free(whole);
	free(line);
}

/* Parts. */

static void
set_content(GMimePart *part, const char *bytes, size_t len, GMimeContentEncoding encoding)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, len);
	GMimeDataWrapper *content =
	    g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_object_unref(stream);
	g_mime_part_set_content(part, content);
	g_object_unref(content);
	if (encoding == GMIME_CONTENT_ENCODING_DEFAULT)
		encoding = g_mime_part_get_best_content_encoding(part, GMIME_ENCODING_CONSTRAINT_7BIT);
	if (encoding == GMIME_CONTENT_ENCODING_DEFAULT)
		encoding = GMIME_CONTENT_ENCODING_7BIT;
	g_mime_part_set_content_encoding(part, encoding);
}

/* Text as a part of that type: readable as it stands where it is ASCII, else in the shorter of two
 * encodings. In base64 its lines end in CR LF (RFC 2045 section 6.8). */
static GMimeObject *
text_part(const char *subtype, const char *text, size_t len)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);
	struct buf body, crlf;

	buf_init(&body, 3 * len + 1);
	safe_body(text, len, &body);
	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
	set_content(part, body.data, body.len, GMIME_CONTENT_ENCODING_DEFAULT);
	if (g_mime_part_get_content_encoding(part) == GMIME_CONTENT_ENCODING_BASE64) {
		buf_init(&crlf, 2 * body.len);
		for (const char *p = body.data; *p; p++)
			buf_add(&crlf, *p == '\n' ? "\r\n" : p, *p == '\n' ? 2 : 1);
		set_content(part, crlf.data, crlf.len, GMIME_CONTENT_ENCODING_BASE64);
		buf_free(&crlf);
	}
	buf_free(&body);
	return GMIME_OBJECT(part);
}

static bool
is_utf8(const char *s, size_t len)
{
	for (size_t n; len; s += n, len -= n)
		if (!(n = *s ? utf8_valid(s, len) : 0))
			return false;
	return true;
}

/* Is the part a text that a reader wants to see in its place? */
static bool
is_text(const struct msg_part *p)
{
	return strcmp(p->type, "text/plain") == 0 && is_utf8(p->bytes, p->len);
}

/* Is its text in the message's own, which stands before all parts? */
static bool
is_told(const struct msg *m, const struct msg_part *p)
{
	const char *text = m->full ? m->full : m->text;
	size_t len = p->len;

	while (len && strchr(" \t\r\n", p->bytes[len - 1]))
		len--;
	return len == 0 || (text && memmem(text, strlen(text), p->bytes, len));
}

static GMimeObject *
attachment(const struct msg_part *p, unsigned number)
{
	const char *type = safe_type(p->type) ? p->type : "application/octet-stream";
	const char *slash = strchr(type, '/');
	char major[100], name[SAFE_NAME];
	GMimePart *part;

	memcpy(major, type, (size_t)(slash - type));
	major[slash - type] = '\0';
	part = g_mime_part_new_with_type(major, slash + 1);
	safe_name(p->name, type, number, name);
	g_mime_object_set_disposition(GMIME_OBJECT(part),
	    strcmp(major, "image") == 0 ? GMIME_DISPOSITION_INLINE : GMIME_DISPOSITION_ATTACHMENT);
	g_mime_part_set_filename(part, name);
	set_content(part, p->bytes, p->len, GMIME_CONTENT_ENCODING_BASE64);
	return GMIME_OBJECT(part);
}

static void
add_part(GMimeMultipart *to, GMimeObject *part)
{
	g_mime_multipart_add(to, part);
	g_object_unref(part);
}

/* The parts in their order. A phone's own order of show (SMIL) is of no use to a reader of mail. */
static void
add_parts(const struct msg *m, GMimeMultipart *to)
{
	unsigned number = 0;

	for (size_t i = 0; i < m->nparts; i++) {
		const struct msg_part *p = &m->parts[i];

		if (strcmp(p->type, "application/smil") == 0)
			continue;
		number++;
		if (!is_text(p))
			add_part(to, attachment(p, number));
		else if (!is_told(m, p))
			add_part(to, text_part("plain", p->bytes, p->len));
	}
}

static GMimeObject *
body_of(const struct msg *m)
{
	const char *text = m->full ? m->full : m->text ? m->text : "";
	GMimeMultipart *mixed;
	GMimeObject *first;

	if (!m->nparts)
		return text_part("plain", text, strlen(text));
	mixed = g_mime_multipart_new_with_subtype("mixed");
	if (*text)
		add_part(mixed, text_part("plain", text, strlen(text)));
	add_parts(m, mixed);
	if (g_mime_multipart_get_count(mixed) > 1)
		return GMIME_OBJECT(mixed);
	if (g_mime_multipart_get_count(mixed) == 0)
		add_part(mixed, text_part("plain", text, strlen(text)));
	first = g_object_ref(g_mime_multipart_get_part(mixed, 0));
	g_object_unref(mixed);
	return first;
}

/* Reports. */

/* Fields as a part of a report. They are ASCII (RFC 3464 2.1): what is not shows as '?'; and a line
 * that is too long for a mail goes on in a fold. */
static GMimeObject *
fields_part(const char *major, const char *minor, const char *fields)
{
	GMimePart *part = g_mime_part_new_with_type(major, minor);
	struct buf body, lines;

	buf_init(&body, strlen(fields) * 3 + 1);
	safe_body(fields, strlen(fields), &body);
	buf_init(&lines, 2 * body.len);
	for (size_t i = 0, column = 0; i < body.len; i++, column++) {
		char c = (unsigned char)body.data[i] < 0x80 ? body.data[i] : '?';

		if (column == LINE_MOST && c != '\n') {
			buf_adds(&lines, "\n ");
			column = 1;
		}
		buf_add(&lines, &c, 1);
		if (c == '\n')
			column = (size_t)-1;
	}
	set_content(part, lines.data, lines.len, GMIME_CONTENT_ENCODING_7BIT);
	buf_free(&lines);
	buf_free(&body);
	return GMIME_OBJECT(part);
}

/* What the report is about: as much of the mail as we had (RET=FULL), or its header. */
static void
add_subject_matter(const struct msg *m, GMimeMultipart *to)
{
	if (m->nparts && strcmp(m->parts[0].type, "message/rfc822") == 0)
		add_part(to, fields_part("message", "rfc822", m->parts[0].bytes));
	else if (m->head && *m->head)
		add_part(to, text_part("rfc822-headers", m->head, strlen(m->head)));
}

/* RFC 6522 and 3464: words for people, fields for programs, and what it is about. */
static GMimeObject *
report_of(const struct msg *m)
{
	GMimeMultipart *report = g_mime_multipart_new_with_subtype("report");

	g_mime_object_set_content_type_parameter(
	    GMIME_OBJECT(report), "report-type", "delivery-status");
	add_part(report, text_part("plain", m->text ? m->text : "", m->text ? strlen(m->text) : 0));
	if (m->report)
		add_part(report, fields_part("message", "delivery-status", m->report));
	add_subject_matter(m, report);
	return GMIME_OBJECT(report);
}

static const char *
before_subject(const char *action)
{
	static const struct {
		const char *action, *before;
	} words[] = { { "failed", "Undelivered: " }, { "delayed", "Delayed: " },
		{ "delivered", "Delivered: " }, { "relayed", "Relayed: " },
		{ "shortened", "Shortened: " } };

	for (size_t i = 0; action && i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].action, action) == 0)
			return words[i].before;
	return "Report: ";
}

/* The whole. */

static void
set_head(struct work *w)
{
	const struct msg *m = w->m;

	if (m->about)
		add_address(w, GMIME_ADDRESS_TYPE_FROM, "Mail Delivery System", w->from);
	else
		add_address(w, GMIME_ADDRESS_TYPE_FROM, m->name, w->from);
	if (m->about && *w->c->postmaster)
		add_address(w, GMIME_ADDRESS_TYPE_REPLY_TO, NULL, w->c->postmaster);
	add_address(w, GMIME_ADDRESS_TYPE_TO, NULL, w->to);
	set_date(w);
	set_subject(w, m->about ? before_subject(m->action) : "");
	set_thread(w);
	if (*w->c->domains.phones)
		set_field(w, LOOP_FIELD, w->c->domains.phones);
	/* RFC 3834 section 5; Exchange goes by a field of its own. */
	if (m->about || m->automatic) {
		set_field(w, "Auto-Submitted", m->about ? "auto-replied" : "auto-generated");
		set_field(w, "X-Auto-Response-Suppress", "All");
	}
}

static int
write_out(GMimeMessage *mail, struct buf *out, struct verdict *v)
{
	GMimeFormatOptions *options = g_mime_format_options_new();
	GMimeStream *stream = g_mime_stream_mem_new();
	GByteArray *bytes;

	g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
	g_mime_format_options_set_param_encoding_method(
	    options, GMIME_PARAM_ENCODING_METHOD_RFC2231);
	g_mime_object_write_to_stream(GMIME_OBJECT(mail), options, stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	buf_add(out, bytes->data, bytes->len);
	g_object_unref(stream);
	g_mime_format_options_free(options);
	return out->over ? never(v, "5.3.4", "the mail would be too long") : 0;
}

int
compose(const struct msg *m, const struct compose *c, struct buf *out, struct verdict *v)
{
	struct work w = { .m = m, .c = c };
	const struct msg_rcpt *rcpt = m->rcpts;
	GMimeObject *body;
	int rc;

	if (mailbox_of(rcpt->to ? rcpt->to : rcpt->given, &c->domains, w.to, v) < 0)
		return -1;
	if (m->about)
		mailbox_write("MAILER-DAEMON", c->domains.phones, w.from);
	else if (mailbox_of(m->from, &c->domains, w.from, v) < 0)
		return -1;
	w.mail = g_mime_message_new(FALSE);
	set_head(&w);
	body = m->about && m->report ? report_of(m) : body_of(m);
	g_mime_message_set_mime_part(w.mail, body);
	g_object_unref(body);
	rc = write_out(w.mail, out, v);
	g_object_unref(w.mail);
	return rc;
}
