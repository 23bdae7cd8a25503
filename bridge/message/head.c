/*
 * head.c - the header of a mail or of one of its parts.
 */
#include "bridge/message/head.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "bridge/message/charset.h"
#include "bridge/message/flatten.h"
#include "bridge/message/parts.h"

static const char *const field_names[HEAD_FIELDS] = {
	[HEAD_SUBJECT] = "Subject",
	[HEAD_MESSAGE_ID] = "Message-ID",
	[HEAD_DATE] = "Date",
	[HEAD_FROM] = "From",
	[HEAD_TYPE] = "Content-Type",
	[HEAD_ENCODING] = "Content-Transfer-Encoding",
	[HEAD_DISPOSITION] = "Content-Disposition",
	[HEAD_CONTENT_ID] = "Content-ID",
};

void
head_free(struct head *h)
{
	for (size_t i = 0; i < HEAD_FIELDS; i++)
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

/* The field that the line begins, or HEAD_FIELDS when it is of no interest: unknown, or there
 * already (of two that contradict each other the first counts). *value is where its value begins.
 */
static size_t
which_field(struct head *h, const struct piece *line, size_t n, size_t *value)
{
	const char *colon = memchr(line->bytes, ':', line->len);

	*value = (size_t)(colon - line->bytes) + 1;
	for (size_t i = 0; i < HEAD_FIELDS; i++)
		if (strlen(field_names[i]) == n && strncasecmp(line->bytes, field_names[i], n) == 0)
			return h->field[i].data ? HEAD_FIELDS : i;
	return HEAD_FIELDS;
}

void
head_read(struct head *h, struct parts *in)
{
	struct piece line;
	size_t field = HEAD_FIELDS;
	bool first = true;

	for (size_t i = 0; i < HEAD_FIELDS; i++)
		buf_init(&h->field[i], HEAD_FIELD);
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
		if (field < HEAD_FIELDS)
			flatten_add(&h->field[field], line.bytes + at, line.len - at);
	}
}

const char *
head_value(struct head *h, enum head_field f)
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
 * An encoded word as a decoder must see it: with the charset's name that is meant rather than the
 * one written, and with base64 filled up, since decoders drop what is short of four characters.
 * Returns the bytes of s that are the word, or 0 when it is none.
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

void
head_mend(const char *value, struct buf *out)
{
	while (*value) {
		size_t n = strncmp(value, "=?", 2) == 0 ? mend_word(value, out) : 0;

		if (n == 0)
			buf_add(out, value, n = 1);
		value += n;
	}
}
