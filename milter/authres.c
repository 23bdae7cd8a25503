/*
 * authres.c - what our own mail server's verifier found.
 *
 * The value is cut into words once: comments in parentheses are left out, quoted strings lose their
 * quotes, and ";" is a word. What then does not read as method=result with its properties is passed
 * over: a result that is not understood is no pass.
 */
#include "milter/authres.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "bridge/message/msg.h"

enum { WORD = 256, VALUE = 8192 }; /* bytes of a word and of a field that are looked at */

struct words {
	const char *at, *end;
	char word[WORD];
};

/* Over white space and comments, which nest. */
static void
skip(struct words *w)
{
	unsigned depth = 0;

	for (; w->at < w->end; w->at++) {
		if (*w->at == '(')
			depth++;
		else if (*w->at == ')' && depth)
			depth--;
		else if (depth == 0 && !isspace((unsigned char)*w->at))
			return;
	}
}

/* The next word: true, or false at the end. "=" and "." stay inside a word, so that
 * smtp.mailfrom=a@b is one. */
static bool
next(struct words *w)
{
	size_t n = 0;
	bool quoted = false;

	skip(w);
	if (w->at == w->end)
		return false;
	if (*w->at == ';') {
		w->at++;
		strcpy(w->word, ";");
		return true;
	}
	for (; w->at < w->end; w->at++) {
		char c = *w->at;

		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && c == '\\' && w->at + 1 < w->end)
			c = *++w->at;
		else if (!quoted && (c == ';' || c == '(' || isspace((unsigned char)c)))
			break;
		if (n < WORD - 1)
			w->word[n++] = c;
	}
	w->word[n] = '\0';
	return true;
}

static bool
is_listed(const char *id, const char *ids)
{
	while (*(ids += strspn(ids, " \t,"))) {
		size_t n = strcspn(ids, " \t,");

		if (strlen(id) == n && strncasecmp(id, ids, n) == 0)
			return true;
		ids += n;
	}
	return false;
}

static const char *
domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at ? at + 1 : address;
}

/* Is `domain` that of the sender, or one above it (but for a bare top level)? */
static bool
is_aligned(const char *domain, const char *sender, bool above)
{
	const char *own = domain_of(sender);
	size_t n = strlen(domain), m = strlen(own);

	if (strcasecmp(domain, own) == 0)
		return n > 0;
	return above && n < m && strchr(domain, '.') && own[m - n - 1] == '.' &&
	       strcasecmp(own + m - n, domain) == 0;
}

static const struct {
	const char *method, *property;
	unsigned bit;
	bool above;
} methods[] = {
	{ "dkim=", "header.d=", AUTH_DKIM, true },
	{ "spf=", "smtp.mailfrom=", AUTH_SPF, false },
	{ "dmarc=", "header.from=", AUTH_DMARC, false },
};
enum { METHODS = sizeof methods / sizeof methods[0] };

/* One "method=result property=value …", its first word read, up to the next ";". */
static void
look_at_result(struct authres *a, struct words *w, const char *sender)
{
	bool pass, aligned = false;
	int m = 0;

	while (m < METHODS && strncasecmp(w->word, methods[m].method, strlen(methods[m].method)) != 0)
		m++;
	pass = m < METHODS && strcasecmp(strchr(w->word, '=') + 1, "pass") == 0;
	while (next(w) && strcmp(w->word, ";") != 0) {
		size_t n = m < METHODS ? strlen(methods[m].property) : 0;

		if (n && strncasecmp(w->word, methods[m].property, n) == 0)
			aligned = aligned || is_aligned(domain_of(w->word + n), sender, methods[m].above);
	}
	if (m == METHODS)
		return;
	/* A mail may have several signatures, each with a result in this field: one good one is enough.
	 * But what a field above said of this method stands. */
	if (pass && aligned)
		a->pass |= methods[m].bit;
	a->seen |= methods[m].bit;
}

void
authres_look(struct authres *a, const char *value, const char *ids, const char *sender)
{
	struct words w = { .at = value, .end = value + strnlen(value, VALUE) };
	struct authres here = { 0 };

	if (!next(&w) || !is_listed(w.word, ids))
		return;
	while (next(&w) && strcmp(w.word, ";") != 0) /* the version */
		;
	while (next(&w))
		if (strcmp(w.word, ";") != 0)
			look_at_result(&here, &w, sender);
	a->pass |= here.pass & ~a->seen;
	a->seen |= here.seen;
}
