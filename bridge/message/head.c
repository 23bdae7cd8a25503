/*
 * head.c - the header of a mail or of one of its parts.
 */
#include "bridge/message/head.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "bridge/message/flatten.h"
#include "bridge/message/parts.h"

static const char *const field_names[HEAD_FIELDS] = {
	[HEAD_SUBJECT] = "Subject",
	[HEAD_MESSAGE_ID] = "Message-ID",
	[HEAD_DATE] = "Date",
	[HEAD_FROM] = "From",
	[HEAD_TO] = "To",
	[HEAD_TYPE] = "Content-Type",
	[HEAD_ENCODING] = "Content-Transfer-Encoding",
	[HEAD_DISPOSITION] = "Content-Disposition",
	[HEAD_CONTENT_ID] = "Content-ID",
	[HEAD_CONTENT_LOCATION] = "Content-Location",
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
			return h->field[i].data && i != HEAD_TO ? HEAD_FIELDS : i;
	return HEAD_FIELDS;
}

/* Do fields go on behind a line that is none, so that it is a fold without its blank, or dirt? */
static bool
goes_on(struct parts *in)
{
	static const char *const names[] = { "content-", "mime-version:", "from:", "to:",
		"subject:", "date:", "message-id:", "received:", "x-" };
	const char *s, *end, *eol;
	size_t len;

	s = parts_ahead(in, &len);
	end = s + len;
	for (int i = 0; i < 8 && (eol = memchr(s, '\n', (size_t)(end - s))); i++, s = eol + 1) {
		if (*s == '\n' || (*s == '\r' && eol == s + 1))
			return false;
		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			if ((size_t)(eol - s) > strlen(names[k]) &&
			    strncasecmp(s, names[k], strlen(names[k])) == 0 &&
			    name_length(s, (size_t)(eol - s)))
				return true;
	}
	return false;
}

/* A field begins: part it from one of its name before it. */
static void
begin_field(struct head *h, size_t field)
{
	if (field < HEAD_FIELDS && h->field[field].len)
		flatten_add(&h->field[field], ",", 1);
}

/* Where in a header a line stands. */
enum place { VERY_FIRST, FIRST, WITHIN };

/* Whether a line that is no field is passed over, or taken without its blanks, at a mail's very
 * beginning: of a mailbox file, or dirt before the header. */
static bool
is_before(struct parts *in, struct piece *line, enum place place)
{
	if (line->len > 5 && memcmp(line->bytes, "From ", 5) == 0)
		return true;
	if (place != VERY_FIRST || !goes_on(in))
		return false;
	while (line->len > 1 && *line->bytes && strchr(" \t\xef\xbb\xbf", *line->bytes)) {
		line->bytes++;
		line->len--;
	}
	return true;
}

/* Does the header end here? Else *field is the one that the line belongs to, *at where it begins.
 */
static bool
ends(struct head *h, struct parts *in, struct piece *line, enum place place, size_t *field,
    size_t *at)
{
	bool fold = line->bytes[0] == ' ' || line->bytes[0] == '\t';
	bool empty = line->bytes[0] == '\n' || (line->bytes[0] == '\r' && line->len <= 2);
	struct piece whole = *line;
	size_t n = name_length(line->bytes, line->len);

	if (!n && place != WITHIN && is_before(in, line, place))
		n = name_length(line->bytes, line->len);
	else if (empty)
		return true;
	else if (!n && (place != WITHIN || (!fold && !goes_on(in)))) {
		parts_unread(in, &whole);
		return true;
	}
	if (n) {
		*field = which_field(h, line, n, at);
		begin_field(h, *field);
	}
	return false;
}

static void
read_head(struct head *h, struct parts *in, enum place place)
{
	struct piece line;
	size_t field = HEAD_FIELDS;

	for (size_t i = 0; i < HEAD_FIELDS; i++)
		buf_init(&h->field[i], HEAD_FIELD);
	while (parts_line(in, &line) > 0) {
		size_t at = 0;

		if (line.starts && ends(h, in, &line, place, &field, &at))
			return;
		place = WITHIN;
		if (field < HEAD_FIELDS)
			flatten_add(&h->field[field], line.bytes + at, line.len - at);
	}
}

void
head_read(struct head *h, struct parts *in)
{
	read_head(h, in, FIRST);
}

void
head_read_outermost(struct head *h, struct parts *in)
{
	read_head(h, in, VERY_FIRST);
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
