/*
 * swa.c - SOAP messages with attachments.
 *
 * What others write is read leniently: boundaries quoted or not, bare LF line ends, no `start`, ids
 * without <>. Nested multiparts are not followed: an MMS has none.
 */
#include "bridge/message/swa.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/message/head.h"
#include "bridge/message/parts.h"

enum {
	RANDOM = 12,
	BOUNDARY = 8 + 2 * RANDOM,
	LINE = 57,	/* bytes that make a line of base64 (RFC 2045 6.8: 76 characters) */
	MAX_PARAM = 256,
	MAX_NAME = 200,
	BOUNDARIES = 2 * SWA_PARTS,
};

#define ROOT_ID "root@trivium"

/* Writing. */

/* A boundary that stands in none of the parts: 96 random bits do not, but that can be seen to. */
static void
make_boundary(const struct swa_part *parts, size_t n, char out[BOUNDARY])
{
	unsigned char random[RANDOM];
	bool taken;

	do {
		taken = getrandom(random, sizeof random, 0) != sizeof random;
		memcpy(out, "=_swa_", 6);
		digest_hex(random, sizeof random, out + 6);
		for (size_t i = 0; i < n && !taken; i++)
			taken = memmem(parts[i].bytes, parts[i].len, out, strlen(out)) != NULL;
	} while (taken);
}

static void
add_base64(struct buf *out, const char *bytes, size_t len)
{
	char line[4 * ((LINE + 2) / 3) + 1];

	while (len) {
		size_t n = len < LINE ? len : LINE;

		digest_base64((const unsigned char *)bytes, n, line);
		buf_addf(out, "%s\r\n", line);
		bytes += n;
		len -= n;
	}
}

static void
add_part(struct buf *out, const char *boundary, const struct swa_part *p, bool binary)
{
	bool text = strncmp(p->type, "text/", 5) == 0;

	buf_addf(out, "--%s\r\nContent-Type: %s%s%s", boundary, p->type,
	    *p->charset ? "; charset=" : "", p->charset);
	buf_addf(out, "%s%s%s\r\n", text ? "" : "; name=\"", text ? "" : p->id, text ? "" : "\"");
	buf_addf(out, "Content-Transfer-Encoding: %s\r\nContent-ID: <%s>\r\nContent-Location: %s\r\n\r\n",
	    binary ? "binary" : "base64", p->id, p->id);
	if (binary) {
		buf_add(out, p->bytes, p->len);
		buf_adds(out, "\r\n");
	} else {
		add_base64(out, p->bytes, p->len);
	}
}

int
swa_write(const char *envelope, size_t len, const struct swa_part *parts, size_t n, bool binary,
    struct buf *out, char content_type[SWA_TYPE])
{
	char boundary[BOUNDARY];

	make_boundary(parts, n, boundary);
	snprintf(content_type, SWA_TYPE, "multipart/related; type=\"text/xml\"; start=\"<" ROOT_ID
	    ">\"; boundary=\"%s\"", boundary);
	buf_addf(out, "--%s\r\nContent-Type: text/xml; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: 8bit\r\nContent-ID: <" ROOT_ID ">\r\n\r\n", boundary);
	buf_add(out, envelope, len);
	buf_adds(out, "\r\n");
	for (size_t i = 0; i < n; i++)
		add_part(out, boundary, &parts[i], binary);
	buf_addf(out, "--%s--\r\n", boundary);
	return out->over ? -1 : 0;
}

/* Reading. */

/* The value of a parameter of a field such as Content-Type, unquoted, or "". */
static const char *
parameter(struct arena *a, const char *field, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = strchr(field, ';'); s; s = strchr(s, ';')) {
		char value[MAX_PARAM];
		size_t len = 0;

		s += 1 + strspn(s + 1, " \t\r\n");
		if (strncasecmp(s, name, n) != 0 || s[n + strspn(s + n, " \t\r\n")] != '=')
			continue;
		s = strchr(s, '=') + 1;
		s += strspn(s, " \t\r\n");
		if (*s != '"')
			return arena_strndup(a, s, strcspn(s, "; \t\r\n"));
		for (s++; *s && *s != '"' && len + 1 < sizeof value; s++) {
			if (*s == '\\' && s[1])
				s++;
			if (*s != '\r' && *s != '\n')
				value[len++] = *s;
		}
		return arena_strndup(a, value, len);
	}
	return "";
}

/* A file name: plain, or after RFC 2231 in UTF-8; what is written otherwise is not worth it. */
static const char *
file_name(struct arena *a, const char *disposition, const char *type)
{
	const char *name = parameter(a, disposition, "filename");
	const char *coded = parameter(a, disposition, "filename*");
	char *out;
	size_t n = 0;

	if (!*coded)
		coded = parameter(a, type, "name*");
	if (strncasecmp(coded, "utf-8'", 6) == 0 && strchr(coded + 6, '\'')) {
		coded = strchr(coded + 6, '\'') + 1;
		out = arena_alloc(a, strlen(coded) + 1);
		for (; *coded; n++) {
			unsigned char byte;
			char pair[3] = { coded[0] == '%' ? coded[1] : '\0', '\0', '\0' };

			if (*pair && (pair[1] = coded[2]) && digest_unhex(pair, &byte, 1) == 0) {
				out[n] = (char)byte;
				coded += 3;
			} else {
				out[n] = *coded++;
			}
		}
		name = out;
	}
	if (!*name)
		name = parameter(a, type, "name");
	if (strncmp(name, "=?", 2) == 0)
		return "";
	out = arena_strndup(a, name, strnlen(name, MAX_NAME));
	utf8_line(out);
	return out;
}

/* The media type in lower case, without parameters. */
static const char *
media_type(struct arena *a, const char *field)
{
	char *type;

	field += strspn(field, " \t\r\n");
	type = arena_strndup(a, field, strcspn(field, "; \t\r\n"));
	for (char *s = type; *s; s++)
		*s = (char)tolower((unsigned char)*s);
	return *type ? type : "text/plain";
}

/* A field's value without white space and <> around it. */
static const char *
bare(struct arena *a, const char *value)
{
	size_t n;

	value += strspn(value, " \t\r\n<");
	n = strcspn(value, "\r\n");
	n = n < MAX_NAME ? n : MAX_NAME;
	while (n && strchr(" \t\r\n>", value[n - 1]))
		n--;
	return arena_strndup(a, value, n);
}

static int
base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Decode in place: the result is never longer. What is no base64 is passed over. */
static size_t
undo_base64(char *bytes, size_t len)
{
	unsigned long word = 0;
	unsigned bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < len && bytes[i] != '='; i++) {
		int digit = base64_digit(bytes[i]);

		if (digit < 0)
			continue;
		word = (word << 6 | (unsigned)digit) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[n++] = (char)(word >> bits & 0xff);
		}
	}
	return n;
}

/* The same for quoted-printable (RFC 2045 6.7). */
static size_t
undo_quoted(char *bytes, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char pair[3] = "";
		unsigned char byte;
		size_t soft;

		if (bytes[i] != '=' || i + 1 >= len) {
			bytes[n++] = bytes[i];
			continue;
		}
		soft = bytes[i + 1] == '\n' ? 1 : bytes[i + 1] == '\r' && i + 2 < len &&
		    bytes[i + 2] == '\n' ? 2 : 0;
		if (i + 2 < len)
			memcpy(pair, bytes + i + 1, 2);
		if (soft)
			i += soft;
		else if (digest_unhex(pair, &byte, 1) == 0)
			bytes[n++] = (char)byte, i += 2;
		else
			bytes[n++] = '=';
	}
	return n;
}

/* What is left of the part that in is at. The line end before a boundary is the boundary's. */
static void
read_body(struct arena *a, struct parts *in, const char *encoding, struct swa_part *p)
{
	struct piece line;
	struct buf body;
	char *bytes;

	buf_init(&body, in->text_len);
	while (parts_line(in, &line) > 0)
		buf_add(&body, line.bytes, line.len);
	if (body.len && body.data[body.len - 1] == '\n')
		body.len -= body.len > 1 && body.data[body.len - 2] == '\r' ? 2 : 1;
	bytes = arena_alloc(a, body.len + 1);
	if (body.len)
		memcpy(bytes, body.data, body.len);
	p->len = body.len;
	encoding += strspn(encoding, " \t");
	if (strncasecmp(encoding, "base64", 6) == 0)
		p->len = undo_base64(bytes, p->len);
	else if (strncasecmp(encoding, "quoted-printable", 16) == 0)
		p->len = undo_quoted(bytes, p->len);
	bytes[p->len] = '\0';
	p->bytes = bytes;
	buf_free(&body);
}

static const char *
value_or(struct head *h, enum head_field f)
{
	const char *value = head_value(h, f);

	return value ? value : "";
}

static void
read_part(struct arena *a, struct parts *in, struct swa_part *p)
{
	struct head h;
	const char *type;

	head_read(&h, in);
	type = value_or(&h, HEAD_TYPE);
	p->type = media_type(a, type);
	p->charset = parameter(a, type, "charset");
	p->id = bare(a, value_or(&h, HEAD_CONTENT_ID));
	p->location = bare(a, value_or(&h, HEAD_CONTENT_LOCATION));
	p->name = file_name(a, value_or(&h, HEAD_DISPOSITION), type);
	read_body(a, in, value_or(&h, HEAD_ENCODING), p);
	head_free(&h);
}

/* Which part is the root: what start names, else the first. */
static size_t
find_root(const struct swa_part *parts, size_t n, const char *start)
{
	for (size_t i = 0; i < n; i++)
		if (*start && strcmp(parts[i].id, start) == 0)
			return i;
	return 0;
}

int
swa_read(struct arena *a, const char *content_type, const char *bytes, size_t len, struct swa *out,
    struct verdict *v)
{
	const char *type = media_type(a, content_type);
	const char *boundary = parameter(a, content_type, "boundary");
	struct parts in = { .text = bytes, .text_len = len, .max_parts = BOUNDARIES };
	size_t root;

	*out = (struct swa){ .root = { type, parameter(a, content_type, "charset"), "", "", "",
	    bytes, len } };
	if (strncmp(type, "multipart/", 10) != 0)
		return 0;
	if (!*boundary || parts_begin(&in, boundary) < 0)
		return never(v, "5.6.0", "the multipart has no boundary");
	while (out->n < SWA_PARTS && parts_next(&in) > 0)
		read_part(a, &in, &out->parts[out->n++]);
	parts_free(&in);
	if (out->n == 0)
		return never(v, "5.6.0", "the multipart has no part");
	root = find_root(out->parts, out->n, bare(a, parameter(a, content_type, "start")));
	out->root = out->parts[root];
	out->n--;
	memmove(out->parts + root, out->parts + root + 1, (out->n - root) * sizeof *out->parts);
	return 0;
}
