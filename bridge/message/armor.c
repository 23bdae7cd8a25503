/*
 * armor.c - what programs have put into the text of a mail.
 *
 * The text is rewritten in place: what is written never overtakes what is read, since each block is
 * longer than the line that stands for it.
 */
#include "bridge/message/armor.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/message/flatten.h"

enum { NAME = 200 }; /* bytes of a file's name */

struct armor {
	const char *at, *end; /* what is not read yet */
	char *to;             /* where the next byte is written */
	bool is_signed;       /* within a signed text, whose lines are dash-escaped */
	void (*on_file)(void *to, const char *name);
	void *file_to;
};

/* A line without its end. */
struct line {
	const char *s;
	size_t len;
};

/* The line at `at`, and where the next one is. */
static const char *
next_line(const char *at, const char *end, struct line *l)
{
	const char *eol = memchr(at, '\n', (size_t)(end - at));

	l->s = at;
	l->len = (size_t)((eol ? eol : end) - at);
	return eol ? eol + 1 : end;
}

static bool
starts(const struct line *l, const char *what)
{
	return l->len >= strlen(what) && memcmp(l->s, what, strlen(what)) == 0;
}

static void
put(struct armor *a, const char *s, size_t len)
{
	memmove(a->to, s, len);
	a->to += len;
}

static void
put_line(struct armor *a, const char *s)
{
	put(a, s, strlen(s));
	put(a, "\n", 1);
}

/* Go behind the line that begins so; to the end when there is none. */
static void
skip_to(struct armor *a, const char *ending)
{
	struct line l;

	while (a->at < a->end) {
		a->at = next_line(a->at, a->end, &l);
		if (starts(&l, ending))
			return;
	}
}

/* A line of PGP's armor: what stands behind it up to its end goes. */
static bool
take_pgp(struct armor *a, const struct line *l)
{
	static const struct {
		const char *begin, *end, *instead;
	} blocks[] = {
		{ "-----BEGIN PGP MESSAGE", "-----END PGP MESSAGE", "[encrypted message]" },
		{ "-----BEGIN PGP PUBLIC KEY", "-----END PGP PUBLIC KEY", "[PGP key]" },
		{ "-----BEGIN PGP PRIVATE KEY", "-----END PGP PRIVATE KEY", "[PGP key]" },
		{ "-----BEGIN PGP SIGNATURE", "-----END PGP SIGNATURE", NULL },
		{ "-----BEGIN PKCS7", "-----END PKCS7", "[encrypted message]" },
	};
	struct line header;

	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		if (!starts(l, blocks[i].begin))
			continue;
		skip_to(a, blocks[i].end);
		if (blocks[i].instead)
			put_line(a, blocks[i].instead);
		a->is_signed = false;
		return true;
	}
	if (!starts(l, "-----BEGIN PGP SIGNED MESSAGE"))
		return false;
	/* "Hash: …" up to an empty line. */
	while (a->at < a->end) {
		const char *next = next_line(a->at, a->end, &header);

		if (header.len && !memchr(header.s, ':', header.len))
			break;
		a->at = next;
		if (!header.len)
			break;
	}
	a->is_signed = true;
	return true;
}

/* Is it a line of uuencode? Its first character says how many bytes it holds; blanks at its end may
 * be lost. */
static bool
is_uu(const struct line *l)
{
	size_t n, most;

	if (l->len == 0 || l->s[0] <= ' ' || l->s[0] > '`')
		return false;
	n = (size_t)(l->s[0] - ' ') & 63;
	most = (n + 2) / 3 * 4 + 1;
	if (l->len > most + 1 || (l->len < most && l->len * 2 < most))
		return false;
	for (size_t i = 0; i < l->len; i++)
		if (l->s[i] < ' ' || l->s[i] > '`')
			return false;
	return true;
}

static bool
is_base64(const struct line *l)
{
	return l->len > 0 && strspn(l->s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789+/=") >= l->len;
}

/* The name of the file that a line begins, or NULL: "begin 644 name", "begin-base64 644 name". */
static const char *
begun_file(const struct line *l, bool *base64)
{
	const char *s = l->s, *end = l->s + l->len;
	size_t digits = 0;

	*base64 = starts(l, "begin-base64 ");
	if (!*base64 && !starts(l, "begin "))
		return NULL;
	for (s += *base64 ? 13 : 6; s < end && *s >= '0' && *s <= '7'; s++)
		digits++;
	if (digits < 3 || digits > 4 || end - s < 2 || *s != ' ')
		return NULL;
	return s + 1;
}

static void
put_file(struct armor *a, const char *name, size_t len)
{
	char line[NAME + 32];
	struct buf clean;

	buf_init(&clean, NAME);
	flatten_line(&clean, name, len < NAME ? len : NAME);
	a->on_file(a->file_to, buf_str(&clean));
	snprintf(line, sizeof line, "[attachment: %s]", buf_str(&clean));
	put_line(a, line);
	buf_free(&clean);
}

/* A file in the text, if lines of its kind follow up to its end or that of the text. */
static bool
take_uu(struct armor *a, const struct line *l)
{
	bool base64, ended = false;
	const char *name = begun_file(l, &base64), *at = a->at;
	struct line data;
	size_t lines = 0;

	if (!name)
		return false;
	while (at < a->end && !ended) {
		at = next_line(at, a->end, &data);
		ended = base64 ? starts(&data, "====") : data.len == 3 && starts(&data, "end");
		if (ended || data.len == 0)
			continue;
		if (!(base64 ? is_base64(&data) : is_uu(&data)) && at < a->end)
			break;
		lines += data.len > 4;
	}
	if (lines == 0 || (!ended && at < a->end))
		return false;
	a->at = at;
	put_file(a, name, (size_t)(l->s + l->len - name));
	return true;
}

static bool
take_yenc(struct armor *a, const struct line *l)
{
	const char *name;

	if (!starts(l, "=ybegin ") || !memmem(l->s, l->len, " size=", 6) ||
	    !(name = memmem(l->s, l->len, " name=", 6)))
		return false;
	skip_to(a, "=yend");
	put_file(a, name + 6, (size_t)(l->s + l->len - name) - 6);
	return true;
}

/* Does the text hold anything of interest? Most does not, and is left alone. */
static bool
has_any(const struct buf *text)
{
	static const char *const marks[] = { "-----BEGIN P", "begin ", "begin-base64 ",
		"=ybegin " };

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (memmem(buf_str(text), text->len, marks[i], strlen(marks[i])))
			return true;
	return false;
}

void
armor_remove(struct buf *text, void (*on_file)(void *to, const char *name), void *to)
{
	struct armor a = { .at = text->data, .to = text->data, .on_file = on_file, .file_to = to };
	struct line l;

	if (!has_any(text))
		return;
	a.end = text->data + text->len;
	while (a.at < a.end) {
		a.at = next_line(a.at, a.end, &l);
		if ((*l.s == '-' && take_pgp(&a, &l)) || (*l.s == 'b' && take_uu(&a, &l)) ||
		    (*l.s == '=' && take_yenc(&a, &l)))
			continue;
		if (a.is_signed && starts(&l, "- ")) {
			l.s += 2;
			l.len -= 2;
		}
		put(&a, l.s, (size_t)(a.at - l.s));
	}
	text->len = (size_t)(a.to - text->data);
	text->data[text->len] = '\0';
}
