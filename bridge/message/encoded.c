/*
 * encoded.c - what a header field says.
 *
 * Programs cut encoded words within a character, within a group of base64, and put them where none
 * may be; so the bytes of words side by side are joined before their charset is decoded, and a word
 * is known by its form alone.
 */
#include "bridge/message/encoded.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/message/charset.h"
#include "bridge/message/flatten.h"

enum { WORD = 8192 }; /* bytes looked at for a word's end; RFC 2047 allows 75 */

/* A word's pieces, lent by the text it stands in. */
struct word {
	const char *charset, *text;
	size_t ncharset, ntext;
	char encoding; /* 'b' or 'q' */
	size_t len;    /* of the whole */
};

/* Words side by side, as far as they are of one charset. */
struct run {
	char charset[CHARSET_LABEL];
	struct buf bytes;
	unsigned bits, nbits; /* of base64 that goes on in the next word */
	bool any;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the text of a word ends: before "?=", or where the field does. `len` is never passed. */
static size_t
text_length(const char *s, size_t len, char encoding, bool *closed)
{
	size_t n;

	if (len > WORD)
		len = WORD;
	*closed = true;
	for (n = 0; n + 1 < len; n++) {
		if (s[n] != '?' || s[n + 1] != '=')
			continue;
		/* "?=41" may be a question mark and an encoded byte of a Q word. */
		if (encoding == 'q' && n + 3 < len && isxdigit((unsigned char)s[n + 2]) &&
		    isxdigit((unsigned char)s[n + 3]) && memmem(s + n + 2, len - n - 2, "?=", 2))
			if (!memmem(s + n + 2, len - n - 2, "=?", 2))
				continue;
		return n;
	}
	*closed = false;
	for (n = 0; n < len && !is_blank(s[n]); n++)
		;
	return n;
}

static bool
parse_word(const char *s, size_t len, struct word *w)
{
	size_t n = 2;
	bool closed;

	if (len < 6 || s[0] != '=' || s[1] != '?')
		return false;
	w->charset = s + n;
	while (n < len && s[n] != '?' && s[n] > ' ' && s[n] < 0x7f && n < 2 + CHARSET_LABEL * 2)
		n++;
	w->ncharset = n - 2;
	if (w->ncharset == 0 || n + 3 > len || s[n] != '?' || s[n + 2] != '?')
		return false;
	w->encoding = (char)tolower((unsigned char)s[n + 1]);
	if (w->encoding != 'b' && w->encoding != 'q')
		return false;
	n += 3;
	w->text = s + n;
	w->ntext = text_length(s + n, len - n, w->encoding, &closed);
	w->len = n + w->ntext + (closed ? 2 : 0);
	return closed || w->ntext > 0;
}

size_t
encoded_length(const char *s, size_t len)
{
	struct word w;

	return parse_word(s, len, &w) ? w.len : 0;
}

static int
hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

static void
decode_q(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i] == '_' ? ' ' : s[i];

		if (s[i] == '\r' || s[i] == '\n')
			continue;
		if (s[i] == '=' && i + 2 < len && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			c = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
			i += 2;
		} else if (s[i] == '=' && i + 1 < len && is_blank(s[i + 1])) {
			continue; /* a soft line break, which has no place here */
		}
		buf_add(out, &c, 1);
	}
}

static int
base64_value(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static void
decode_b(struct run *r, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int v = base64_value(s[i]);

		if (s[i] == '=')
			r->nbits = 0;
		if (v < 0)
			continue;
		r->bits = (r->bits << 6 | (unsigned)v) & 0xffffff;
		r->nbits += 6;
		if (r->nbits >= 8) {
			char byte;

			r->nbits -= 8;
			byte = (char)(r->bits >> r->nbits & 0xff);
			buf_add(&r->bytes, &byte, 1);
		}
	}
}

/* The run is over: its text goes out. */
static void
end_run(struct run *r, struct buf *out)
{
	if (r->any)
		charset_text(r->charset, buf_str(&r->bytes), r->bytes.len, out);
	buf_reset(&r->bytes);
	r->any = false;
	r->nbits = 0;
}

static void
add_word(struct run *r, const struct word *w, struct buf *out)
{
	char label[CHARSET_LABEL];
	const char *star = memchr(w->charset, '*', w->ncharset); /* a language, RFC 2231 5 */
	size_t n = star ? (size_t)(star - w->charset) : w->ncharset;

	if (n >= sizeof label)
		n = sizeof label - 1;
	memcpy(label, w->charset, n);
	label[n] = '\0';
	if (r->any && strcasecmp(label, r->charset) != 0)
		end_run(r, out);
	memcpy(r->charset, label, n + 1);
	r->any = true;
	if (w->encoding == 'b') {
		/* Zeros left over fill up a last group that has no '='; others are of a group that
		 * was cut, and goes on here. */
		if ((r->bits & ((1u << r->nbits) - 1)) == 0)
			r->nbits = 0;
		decode_b(r, w->text, w->ntext);
	} else {
		r->nbits = 0;
		decode_q(w->text, w->ntext, &r->bytes);
	}
}

/* Text that is no encoded word. */
static void
add_raw(const char *s, size_t len, const char *charset, struct buf *out)
{
	for (size_t i = 0; i < len; i++)
		if ((s[i] & 0x80) || s[i] == 0x1b) {
			charset_text(charset, s, len, out);
			return;
		}
	flatten_add(out, s, len);
}

void
encoded_decode(const char *s, size_t len, const char *charset, struct buf *out)
{
	const char *end = s + len, *raw = s;
	struct run r = { .any = false };

	buf_init(&r.bytes, len + 1);
	while (s < end) {
		struct word w;

		if (*s != '=' || !parse_word(s, (size_t)(end - s), &w)) {
			s++;
			continue;
		}
		/* Blanks between two words are not of the text. */
		for (const char *p = raw; p < s && r.any; p++)
			if (!is_blank(*p)) {
				end_run(&r, out);
				break;
			}
		if (!r.any)
			add_raw(raw, (size_t)(s - raw), charset, out);
		add_word(&r, &w, out);
		s += w.len;
		raw = s;
	}
	end_run(&r, out);
	add_raw(raw, (size_t)(end - raw), charset, out);
	buf_free(&r.bytes);
}
