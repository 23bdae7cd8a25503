/*
 * field.c - structured fields of a header.
 */
#include "bridge/message/field.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/message/charset.h"
#include "bridge/message/flatten.h"
#include "bridge/message/encoded.h"

enum {
	PIECES = 100,      /* of one parameter that are looked at */
	VALUE = 16 * 1024, /* bytes of a parameter */
};

/* One parameter as it stands there, lent by the field. */
struct piece {
	const char *name, *value;
	size_t nname, nvalue;
	bool quoted;
	bool extended; /* name*=… or name*N*=… */
	int number;    /* of name*N; -1: none */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Blanks and comments. */
static const char *
skip_blanks(const char *s)
{
	int depth = 0;

	for (; *s; s++) {
		if (*s == '(')
			depth++;
		else if (*s == ')' && depth)
			depth--;
		else if (*s == '\\' && depth && s[1])
			s++;
		else if (!depth && !is_blank(*s))
			break;
	}
	return s;
}

const char *
field_word(const char *value, char skip, char word[FIELD_TOKEN])
{
	const char *s = skip_blanks(value);
	size_t n = 0;

	word[0] = '\0';
	if (skip && *s != skip)
		return s;
	if (skip)
		s = skip_blanks(s + 1);
	s += *s == '"';
	for (; *s && !is_blank(*s) && !strchr(";/,\"()<>", *s); s++)
		if (n + 1 < FIELD_TOKEN && *s > ' ' && *s < 0x7f)
			word[n++] = (char)tolower((unsigned char)*s);
	word[n] = '\0';
	return s + (*s == '"');
}

/* Do blanks at s part two parameters? Then behind them stands "name=". */
static bool
begins_parameter(const char *s)
{
	size_t n;

	s += strspn(s, " \t\r\n");
	n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-*_");
	return n && s[n] == '=' && s[n + 1] != '=' && s[n + 1] != '?';
}

/* The end of a value without quotes: blanks may be in it, but none before another parameter. */
static const char *
bare_end(const char *s)
{
	while (*s && *s != ';') {
		size_t n = *s == '=' ? encoded_length(s, strlen(s)) : 0;

		if (n) {
			s += n;
		} else if (is_blank(*s) && begins_parameter(s)) {
			break;
		} else if (is_blank(*s)) {
			s += strspn(s, " \t\r\n");
			if (*s == '(')
				break;
		} else {
			s++;
		}
	}
	return s;
}

/* The value at s, into p. Returns what is behind it. */
static const char *
take_value(const char *s, struct piece *p)
{
	const char *end;

	p->quoted = *s == '"';
	if (!p->quoted) {
		end = bare_end(s);
		p->value = s;
		p->nvalue = (size_t)(end - s);
		while (p->nvalue && is_blank(s[p->nvalue - 1]))
			p->nvalue--;
		return end;
	}
	p->value = ++s;
	for (end = s; *end && *end != '"'; end++)
		if (*end == '\\' && end[1])
			end++;
	if (!*end) /* a quote that never ends: up to the next parameter */
		end = s + strcspn(s, ";\r\n");
	p->nvalue = (size_t)(end - s);
	return *end == '"' ? end + 1 : end;
}

/* The next parameter from *at on. */
static bool
next_piece(const char **at, struct piece *p)
{
	const char *s = *at, *star;

	for (;;) {
		s = skip_blanks(s);
		if (*s == ';' || *s == ',') {
			s++;
			continue;
		}
		if (!*s)
			return false;
		p->name = s;
		p->nname = strcspn(s, "=; \t\r\n\"");
		s = skip_blanks(s + p->nname);
		if (*s == '=')
			break;
		/* A word without a value is of no use. */
		s += *s == '"';
	}
	s = take_value(skip_blanks(s + 1), p);
	*at = s;
	p->extended = p->nname && p->name[p->nname - 1] == '*';
	p->nname -= p->extended;
	p->number = -1;
	star = memchr(p->name, '*', p->nname);
	if (star) {
		p->number = atoi(star + 1);
		p->nname = (size_t)(star - p->name);
	}
	return true;
}

static int
hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

/* Append a piece's bytes: backslashes undone (but not those of a path of DOS), %XX when extended.
 */
static void
add_piece(const struct piece *p, const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (p->quoted && c == '\\' && i + 1 < len && strchr("\"\\", s[i + 1])) {
			c = s[++i];
		} else if (p->extended && c == '%' && i + 2 < len && hex(s[i + 1]) >= 0 &&
			   hex(s[i + 2]) >= 0) {
			c = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
			i += 2;
		} else if (c == '\r' || c == '\n') {
			continue; /* a fold within the value */
		}
		buf_add(out, &c, 1);
	}
}

static int
by_number(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->number != y->number ? (x->number > y->number) - (x->number < y->number)
				      : (x->value > y->value) - (x->value < y->value);
}

/* Pieces with a charset or numbers, joined: charset'language'text, where the first is extended. */
static void
join_pieces(struct piece *pieces, size_t n, struct buf *out)
{
	char label[CHARSET_LABEL] = "";
	struct buf bytes;

	buf_init(&bytes, VALUE);
	qsort(pieces, n, sizeof *pieces, by_number);
	for (size_t i = 0; i < n; i++) {
		const struct piece *p = &pieces[i];
		const char *s = p->value, *first, *second = NULL;
		size_t len = p->nvalue;

		if (i && p->number == pieces[i - 1].number)
			continue;
		first = p->extended ? memchr(s, '\'', len) : NULL;
		if (first)
			second = memchr(first + 1, '\'', len - (size_t)(first + 1 - s));
		if (second && (i == 0 || !*label)) {
			size_t k = (size_t)(first - s);

			k = k < sizeof label ? k : sizeof label - 1;
			memcpy(label, s, k);
			label[k] = '\0';
			len -= (size_t)(second + 1 - s);
			s = second + 1;
		}
		add_piece(p, s, len, &bytes);
	}
	if (*label)
		charset_text(label, buf_str(&bytes), bytes.len, out);
	else
		encoded_decode(buf_str(&bytes), bytes.len, NULL, out);
	buf_free(&bytes);
}

bool
field_parameter(const char *value, const char *name, struct buf *out)
{
	struct piece p, pieces[PIECES], plain = { .value = NULL };
	const char *at = value + strcspn(value, ";");
	size_t n = 0;

	/* A field of parameters alone, or one whose first ';' was forgotten. */
	if (!*at) {
		char word[FIELD_TOKEN];

		at = field_word(value, 0, word);
		at = field_word(at, '/', word);
	}
	while (next_piece(&at, &p)) {
		if (p.nname != strlen(name) || strncasecmp(p.name, name, p.nname) != 0)
			continue;
		if (!p.extended && p.number < 0) {
			if (!plain.value)
				plain = p;
		} else if (n < PIECES) {
			pieces[n++] = p;
		}
	}
	if (n) {
		join_pieces(pieces, n, out);
	} else if (plain.value) {
		struct buf bytes;

		buf_init(&bytes, VALUE);
		add_piece(&plain, plain.value, plain.nvalue, &bytes);
		encoded_decode(buf_str(&bytes), bytes.len, NULL, out);
		buf_free(&bytes);
	}
	return n > 0 || plain.value;
}

const char *
field_option(const char *value, const char *name, char word[FIELD_TOKEN])
{
	struct buf text;
	bool there;

	buf_init(&text, VALUE);
	there = value && field_parameter(value, name, &text);
	if (there)
		field_word(buf_str(&text), 0, word);
	buf_free(&text);
	return there ? word : NULL;
}
