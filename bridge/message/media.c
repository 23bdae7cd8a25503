/*
 * media.c - pictures, sound and video of a mail.
 *
 * A pass of its own over the mail, made only when a recipient can see any of it: most mails are for
 * phones that get SMS.
 */
#include "bridge/message/media.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/head.h"
#include "bridge/message/image.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"
#include "bridge/message/parts.h"
#include "bridge/message/safe.h"

enum {
	MESSAGES = 8, /* mails within mails */
	TYPE = 100,
	SPACER = 2,	/* pixels: no picture is that small */
	ICON = 100,	/* pixels of its shorter side: what HTML shows so small is an ornament */
	ICON_BYTES = 32 * 1024,
};

/* One mail's media. */
struct gather {
	struct msg *m;
	struct parts in;
	struct buf *missing;
	struct buf bytes; /* of the part in hand */
	size_t used;	  /* bytes taken so far */
	unsigned seen;	  /* media found, taken or not */
};

/* Types that have come under another name, by how the file's name ends. */
static const struct {
	const char *ending, *type;
} endings[] = { { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" }, { ".png", "image/png" },
	{ ".gif", "image/gif" }, { ".webp", "image/webp" }, { ".heic", "image/heic" },
	{ ".mp4", "video/mp4" }, { ".3gp", "video/3gpp" }, { ".mov", "video/quicktime" },
	{ ".amr", "audio/amr" }, { ".mp3", "audio/mpeg" }, { ".m4a", "audio/mp4" },
	{ ".wav", "audio/wav" }, { ".ogg", "audio/ogg" } };

/* Copy the value's first word, in small letters: "image/jpeg" of a Content-Type. */
static void
first_word(const char *value, char out[TYPE])
{
	size_t n = 0;

	value += strspn(value, " \t\r\n");
	for (; *value && !strchr("; \t\r\n", *value) && n < TYPE - 1; value++)
		out[n++] = (char)tolower((unsigned char)*value);
	out[n] = '\0';
}

/* A parameter's value as it stands, for free(). NULL when it is not there, or is encoded in a way of
 * RFC 2231: then the part gets a name of ours. */
static char *
parameter(const char *value, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = value; p && (p = strcasestr(p, name)); p += n) {
		const char *v = p + n + strspn(p + n, " \t");
		bool begins = p > value && strchr("; \t\r\n", p[-1]);

		if (!begins || *v != '=')
			continue;
		v += 1 + strspn(v + 1, " \t");
		return *v == '"' ? xstrndup(v + 1, strcspn(v + 1, "\"")) : xstrndup(v, strcspn(v, "; \t\r\n"));
	}
	return NULL;
}

/* The name of the part's file, for free(), or NULL. */
static char *
name_of(struct head *h)
{
	char *name = parameter(head_value(h, HEAD_DISPOSITION), "filename");

	if (!name)
		name = parameter(head_value(h, HEAD_TYPE), "name");
	/* An encoded word would show as it is. */
	if (name && strstr(name, "=?")) {
		free(name);
		name = NULL;
	}
	return name;
}

static bool
is_media(const char *type)
{
	return (strncmp(type, "image/", 6) == 0 || strncmp(type, "audio/", 6) == 0 ||
		   strncmp(type, "video/", 6) == 0) && strcmp(type, "image/svg+xml") != 0;
}

/* What goes by no type of its own may be a picture by its name. */
static void
mend_type(char type[TYPE], const char *name)
{
	size_t len = name ? strlen(name) : 0;

	if (strcmp(type, "application/octet-stream") != 0)
		return;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t n = strlen(endings[i].ending);

		if (len > n && strcasecmp(name + len - n, endings[i].ending) == 0)
			snprintf(type, TYPE, "%s", endings[i].type);
	}
}

/* Decoding. */

static int
digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* base64 (RFC 2045 6.8), what is none of its characters passed over. */
static void
put_base64(struct buf *out, const struct piece *line, unsigned *held, unsigned *bits)
{
	for (size_t i = 0; i < line->len; i++) {
		int digit = digit_of(line->bytes[i]);
		unsigned char byte;

		if (digit < 0)
			continue;
		*held = *held << 6 | (unsigned)digit;
		*bits += 6;
		if (*bits < 8)
			continue;
		*bits -= 8;
		byte = (unsigned char)(*held >> *bits);
		buf_add(out, &byte, 1);
	}
}

/* Read the part's bytes. -1 when they are too many, or encoded in a way that media never are. */
static int
read_bytes(struct gather *g, const char *encoding)
{
	unsigned held = 0, bits = 0;
	struct piece line;
	char word[TYPE];

	first_word(encoding ? encoding : "", word);
	buf_reset(&g->bytes);
	if (strcmp(word, "quoted-printable") == 0 || strncmp(word, "x-", 2) == 0)
		return -1;
	while (parts_line(&g->in, &line) > 0 && !g->bytes.over) {
		if (strcmp(word, "base64") == 0)
			put_base64(&g->bytes, &line, &held, &bits);
		else
			buf_add(&g->bytes, line.bytes, line.len);
	}
	return g->bytes.over ? -1 : 0;
}

/* Taking. */

/* Is it there to adorn? shown: the mail's HTML shows it. */
static bool
is_ornament(const struct gather *g, bool shown)
{
	unsigned width, height;

	if (!image_size(buf_str(&g->bytes), g->bytes.len, &width, &height))
		return false;
	if (width <= SPACER || height <= SPACER)
		return true;
	return shown && (width <= ICON || height <= ICON) && g->bytes.len <= ICON_BYTES;
}

static void
tell_missing(struct gather *g, const char *name)
{
	buf_addf(g->missing, "[%s is not shown here]\n", name);
}

static void
take(struct gather *g, struct head *h, char type[TYPE], const char *given, bool shown)
{
	char name[SAFE_NAME];
	int rc = read_bytes(g, head_value(h, HEAD_ENCODING));

	if (rc == 0 && (g->bytes.len == 0 || is_ornament(g, shown)))
		return;
	safe_name(given, type, ++g->seen, name);
	if (rc < 0 || g->used + g->bytes.len > MSG_MAX_MEDIA ||
	    !msg_add_part(g->m, type, name, g->bytes.data, g->bytes.len))
		tell_missing(g, name);
	else
		g->used += g->bytes.len;
}

/* One part, and those within it. shown: it is of a multipart/related, whose root shows the others. */
static void
walk(struct gather *g, unsigned messages, bool shown)
{
	char type[TYPE], *name, *boundary = NULL;
	const char *value;
	struct head h;

	head_read(&h, &g->in);
	value = head_value(&h, HEAD_TYPE);
	first_word(value ? value : "", type);
	name = name_of(&h);
	mend_type(type, name);
	if (strncmp(type, "multipart/", 10) == 0)
		boundary = parameter(value, "boundary");
	else if (is_media(type) && safe_type(type))
		take(g, &h, type, name, shown && head_value(&h, HEAD_CONTENT_ID));
	free(name);
	head_free(&h);
	if (boundary && parts_begin(&g->in, boundary) == 0)
		while (parts_next(&g->in) > 0)
			walk(g, messages, shown || strcmp(type, "multipart/related") == 0);
	else if (strcmp(type, "message/rfc822") == 0 && messages < MESSAGES)
		walk(g, messages + 1, false);
	free(boundary);
	parts_skip(&g->in);
}

int
media_read(struct msg *m, int fd, struct buf *missing, struct verdict *v)
{
	struct gather g = { .m = m, .in = { .fd = fd, .max_parts = MIME_MAX_PARTS }, .missing = missing };
	int error;

	buf_init(&g.bytes, MSG_MAX_MEDIA);
	walk(&g, 0, false);
	error = g.in.error;
	parts_free(&g.in);
	buf_free(&g.bytes);
	return error ? later(v, "4.3.0", "read the mail: %s", strerror(error)) : 0;
}
