/*
 * decode.c - a part's transfer encoding, undone on the way to where its bytes go.
 */
#include "bridge/message/decode.h"

#include <ctype.h>
#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/message/parts.h"

struct decoder {
	GMimeEncoding state;
	enum encoding encoding;
	bool text;
	bool begun; /* a line that is not empty was read */
	int (*put)(void *to, const char *bytes, size_t len);
	void *to;
	char room[PARTS_BUFFER +
		  16]; /* no encoding makes more of a piece: g_mime_encoding_outlen() */
};

void
decode_start(void)
{
	g_mime_init();
}

enum encoding
decode_encoding(const char *value)
{
	static const struct {
		const char
		    *part; /* of the word in small letters, without what is no letter or digit */
		enum encoding encoding;
	} rows[] = {
		{ "base64", ENCODING_BASE64 },
		{ "quotedprint", ENCODING_QUOTED },
		{ "uue", ENCODING_UUENCODE },
		{ "uucode", ENCODING_UUENCODE },
	};
	char word[32];
	size_t n = 0;

	for (; value && *value && n + 1 < sizeof word; value++)
		if (isalnum((unsigned char)*value))
			word[n++] = (char)tolower((unsigned char)*value);
	word[n] = '\0';
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strstr(word, rows[i].part))
			return rows[i].encoding;
	return ENCODING_NONE;
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

static bool
in_base64(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '/';
}

/* Is a line, said to be base64, plain text? Foreign bytes alone do not tell, since they may be
 * noise; words do. */
static bool
is_plain(const char *s, size_t len)
{
	size_t foreign = 0, blanks = 0;

	for (size_t i = 0; i < len; i++) {
		blanks += s[i] == ' ' && i && i + 1 < len && s[i - 1] > ' ' && s[i + 1] > ' ';
		foreign += !in_base64(s[i]) && !strchr("=\r\n\t ", s[i]);
	}
	return blanks >= 2 || (blanks && foreign && !memchr(s, '=', len)) || foreign * 3 > len;
}

/* Is a line of a text, said to be in no encoding, base64 of a text? */
static bool
is_base64(const char *s, size_t len)
{
	GMimeEncoding state;
	char text[128];
	size_t n, upper = 0, lower = 0;

	while (len && (s[len - 1] == '\n' || s[len - 1] == '\r'))
		len--;
	if (len < 40 || len > 100 || len % 4)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!in_base64(s[i]) && !(s[i] == '=' && i + 2 >= len))
			return false;
		upper += isupper((unsigned char)s[i]) != 0;
		lower += islower((unsigned char)s[i]) != 0;
	}
	g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
	n = g_mime_encoding_step(&state, s, len, text);
	for (size_t i = 0, k; i < n; i += k) {
		k = utf8_valid(text + i, n - i);
		if (k == 0 && n - i < 4)
			break; /* cut */
		if (k == 0 || (unsigned char)text[i] < 9 || text[i] == 0x7f)
			return false;
	}
	return upper > len / 8 && lower > len / 8;
}

static void
set_encoding(struct decoder *d, enum encoding encoding)
{
	static const GMimeContentEncoding of[] = {
		[ENCODING_NONE] = GMIME_CONTENT_ENCODING_DEFAULT,
		[ENCODING_BASE64] = GMIME_CONTENT_ENCODING_BASE64,
		[ENCODING_QUOTED] = GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE,
		[ENCODING_UUENCODE] = GMIME_CONTENT_ENCODING_UUENCODE,
	};

	d->encoding = encoding;
	g_mime_encoding_init_decode(&d->state, of[encoding]);
}

/* The first line that is not empty shows whether the encoding is what it is said to be. */
static void
check_encoding(struct decoder *d, const struct piece *line)
{
	size_t blank = 0;

	while (blank < line->len && strchr("\r\n\t ", line->bytes[blank]) && line->bytes[blank])
		blank++;
	if (blank == line->len)
		return;
	d->begun = true;
	if (d->encoding == ENCODING_BASE64 && d->text && is_plain(line->bytes, line->len))
		set_encoding(d, ENCODING_NONE);
	else if (d->encoding == ENCODING_NONE && d->text && is_base64(line->bytes, line->len))
		set_encoding(d, ENCODING_BASE64);
}

static int
feed_line(struct decoder *d, const struct piece *line)
{
	if (!d->begun && d->text)
		check_encoding(d, line);
	switch (d->encoding) {
	case ENCODING_BASE64:
		return feed_base64(d, line->bytes, line->len);
	case ENCODING_UUENCODE:
		return feed_uuencode(d, line);
	case ENCODING_QUOTED:
		return feed(d, line->bytes, line->len);
	case ENCODING_NONE:
		break;
	}
	return d->put(d->to, line->bytes, line->len);
}

void
decode_part(struct parts *in, enum encoding encoding, bool text,
    int (*put)(void *to, const char *bytes, size_t len), void *to)
{
	struct decoder *d = xmalloc(sizeof *d);
	struct piece line;
	int rc = 0;

	d->put = put;
	d->to = to;
	d->text = text;
	d->begun = false;
	set_encoding(d, encoding);
	while (rc == 0 && parts_line(in, &line) > 0)
		rc = feed_line(d, &line);
	if (rc == 0 && d->encoding == ENCODING_BASE64)
		end_base64(d);
	free(d);
	parts_skip(in);
}
