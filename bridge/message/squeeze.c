/*
 * squeeze.c - an HTML page without what makes a parser slow and shows nothing.
 *
 * libxml2 keeps a tag in memory until its end has come, and compares each attribute with all before
 * it: 100,000 of them in one tag take it eight seconds. This follows the page just well enough to
 * know tags, values, comments and scripts apart (WHATWG HTML 13.2.5), and touches only long ones.
 */
#include "bridge/message/squeeze.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* The ends of the elements whose content is no markup. */
static const char *const raw_ends[] = { "</script", "</style", "</title", "</xmp", "</iframe" };

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Were these up to 8 bytes the last to be read? */
static bool
just_read(const struct squeeze *s, const char *what)
{
	uint64_t last = s->last;

	for (size_t i = strlen(what); i > 0; i--, last >>= 8)
		if ((char)(last & 0xff) != what[i - 1])
			return false;
	return true;
}

static void
enter(struct squeeze *s, enum squeeze_where where)
{
	s->where = where;
	s->len = 0;
}

/* The byte behind a '<'. */
static void
open_tag(struct squeeze *s, char c)
{
	if (isalpha((unsigned char)c) || c == '/' || c == '!' || c == '?') {
		enter(s, SQUEEZE_IN_TAG);
		s->len = 1;
		memset(s->name, 0, sizeof s->name);
		s->name[0] = (char)tolower((unsigned char)c);
	} else if (c != '<') {
		enter(s, SQUEEZE_TEXT);
	}
}

static void
end_tag(struct squeeze *s)
{
	enter(s, SQUEEZE_TEXT);
	for (size_t i = 0; i < sizeof raw_ends / sizeof *raw_ends; i++)
		if (strcmp(s->name, raw_ends[i] + 2) == 0) {
			s->raw = raw_ends[i];
			enter(s, SQUEEZE_RAW);
		}
}

/* A quote begins a value behind '=', with white space between or not. */
static bool
begins_value(const struct squeeze *s)
{
	uint64_t before = s->last >> 8;

	while (is_blank((char)(before & 0xff)))
		before >>= 8;
	return (before & 0xff) == '=';
}

/* A byte of a tag. Returns whether to keep it, as those that follow do. */
static bool
in_tag(struct squeeze *s, char c)
{
	size_t n = s->len++;

	if (c == '>') {
		end_tag(s);
		return true;
	}
	/* The name ends for good where a NUL is left in it. */
	if (n < sizeof s->name - 1 && s->name[n - 1] && !is_blank(c) && c != '/')
		s->name[n] = (char)tolower((unsigned char)c);
	if (n == 2 && just_read(s, "<!--")) {
		enter(s, SQUEEZE_IN_COMMENT);
	} else if ((c == '"' || c == '\'') && s->name[0] != '/' && begins_value(s)) {
		s->quote = c;
		s->value = 0;
		s->where = SQUEEZE_IN_VALUE;
	}
	return n < SQUEEZE_TAG;
}

static bool
in_value(struct squeeze *s, char c)
{
	bool kept = s->len <= SQUEEZE_TAG;

	if (c == s->quote) {
		s->where = SQUEEZE_IN_TAG;
		return kept;
	}
	return kept && s->value++ < SQUEEZE_VALUE;
}

static bool
in_comment(struct squeeze *s, char c)
{
	if (just_read(s, "-->")) {
		enter(s, SQUEEZE_TEXT);
		return true;
	}
	/* Every dash is kept, since two of them are of the comment's end. */
	return s->len++ < SQUEEZE_COMMENT || c == '-';
}

static bool
keep(struct squeeze *s, char c)
{
	switch (s->where) {
	case SQUEEZE_TEXT:
		if (c == '<')
			s->where = SQUEEZE_OPEN;
		return true;
	case SQUEEZE_OPEN:
		open_tag(s, c);
		return true;
	case SQUEEZE_IN_TAG:
		return in_tag(s, c);
	case SQUEEZE_IN_VALUE:
		return in_value(s, c);
	case SQUEEZE_IN_COMMENT:
		return in_comment(s, c);
	case SQUEEZE_RAW:
		if (just_read(s, s->raw)) {
			enter(s, SQUEEZE_IN_TAG);
			s->len = strlen(s->raw);
			memcpy(s->name, "/", 2);
		}
		return true;
	}
	return true;
}

size_t
squeeze(struct squeeze *s, const char *bytes, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\0')
			continue;
		s->last = s->last << 8 | (unsigned char)tolower((unsigned char)bytes[i]);
		if (keep(s, bytes[i]))
			out[n++] = bytes[i];
	}
	return n;
}
