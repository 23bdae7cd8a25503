/*
 * squeeze.c - an HTML page without what shows nothing and what a parser stumbles over.
 *
 * libxml2 keeps a tag in memory until its end has come, and compares each attribute with all before
 * it: 100,000 of them in one tag take it eight seconds. Fed in pieces, it misses the end of a
 * script that lies across two; it shows <![if !mso]> as text, and nothing of what stands behind
 * </html>, where mailing lists put their footers. This follows the page just well enough to know
 * tags, values, comments and scripts apart (WHATWG HTML 13.2.5).
 */
#include "bridge/message/squeeze.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "bridge/base/buf.h"

/* The ends of the elements whose content is no markup and not shown. */
static const char *const raw_ends[] = { "</script", "</style", "</title", "</iframe" };

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

/* Write what was held back, which turned out to be of use. */
static char *
release(struct squeeze *s, char *out)
{
	memcpy(out, s->held, s->nheld);
	out += s->nheld;
	s->nheld = 0;
	return out;
}

/* A byte of a <style>, its attributes or its content, is kept. Other elements' are not. */
static void
keep(struct squeeze *s, char c)
{
	if (s->sheets && s->raw && s->raw[2] == 's' && s->raw[3] == 't')
		buf_add(s->sheets, &c, 1);
}

/* The <style> is over: without its end, and with a NUL instead. */
static void
end_sheet(struct squeeze *s)
{
	size_t n = strlen(s->raw);

	if (!s->sheets || !s->sheets->len || s->raw[2] != 's' || s->raw[3] != 't')
		return;
	s->sheets->len -= n < s->sheets->len ? n : s->sheets->len;
	buf_add(s->sheets, "", 1);
}

static void
end_tag(struct squeeze *s)
{
	keep(s, '>');
	s->where = s->raw && !just_read(s, "/>") ? SQUEEZE_RAW : SQUEEZE_TEXT;
}

/* The name is over with the byte that was read last. */
static void
end_name(struct squeeze *s)
{
	/* What is held, in lower case: "<name" and one byte. */
	char name[SQUEEZE_HELD];
	size_t n = s->nheld - 1;

	for (size_t i = 0; i < n; i++)
		name[i] = (char)tolower((unsigned char)s->held[i]);
	name[n] = '\0';
	s->raw = NULL;
	for (size_t i = 0; i < sizeof raw_ends / sizeof *raw_ends; i++)
		if (strcmp(name + 1, raw_ends[i] + 2) == 0)
			s->raw = raw_ends[i];
	s->where = SQUEEZE_TAG_REST;
	s->len = n;
	if (strcmp(name, "</body") == 0 || strcmp(name, "</html") == 0) {
		s->where = SQUEEZE_DROPPED;
		s->nheld = 0;
	}
}

/* A byte from '<' to the end of the name. */
static char *
in_name(struct squeeze *s, char c, char *out)
{
	size_t n = s->nheld;

	if (n == 1 && (c == '!' || c == '?')) {
		s->where = SQUEEZE_DROPPED;
		s->nheld = 0;
		return out;
	}
	if (n == 1 && !isalpha((unsigned char)c) && c != '/') {
		/* No tag: a '<' of the text, and perhaps one more. */
		out = release(s, out);
		if (c == '<')
			s->held[s->nheld++] = c;
		else
			*out++ = c;
		s->where = c == '<' ? SQUEEZE_NAME : SQUEEZE_TEXT;
		return out;
	}
	s->held[s->nheld++] = c;
	if (is_blank(c) || c == '>' || (c == '/' && n > 1) || s->nheld == SQUEEZE_HELD) {
		end_name(s);
		out = release(s, out);
		if (c == '>')
			end_tag(s);
	}
	return out;
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

static char *
in_tag(struct squeeze *s, char c, char *out)
{
	bool kept = s->len++ < SQUEEZE_TAG;

	if (c != '>')
		keep(s, c);
	if (c == '>') {
		end_tag(s);
		kept = true;
	} else if ((c == '"' || c == '\'') && begins_value(s)) {
		s->quote = c;
		s->value = 0;
		s->where = SQUEEZE_QUOTED;
	}
	if (kept)
		*out++ = c;
	return out;
}

static char *
in_value(struct squeeze *s, char c, char *out)
{
	keep(s, c);
	/* The quote at its end is kept if that at its beginning was. */
	if (c == s->quote)
		s->where = SQUEEZE_TAG_REST;
	else
		s->value++;
	if (s->len <= SQUEEZE_TAG && (c == s->quote || s->value <= SQUEEZE_VALUE))
		*out++ = c;
	return out;
}

static char *
take(struct squeeze *s, char c, char *out)
{
	switch (s->where) {
	case SQUEEZE_TEXT:
		if (c != '<') {
			*out++ = c;
			return out;
		}
		s->held[s->nheld++] = c;
		s->where = SQUEEZE_NAME;
		return out;
	case SQUEEZE_NAME:
		return in_name(s, c, out);
	case SQUEEZE_TAG_REST:
		return in_tag(s, c, out);
	case SQUEEZE_QUOTED:
		return in_value(s, c, out);
	case SQUEEZE_DROPPED:
		if (just_read(s, "<!--"))
			s->where = SQUEEZE_COMMENT;
		else if (c == '>')
			s->where = SQUEEZE_TEXT;
		return out;
	case SQUEEZE_COMMENT:
		if (just_read(s, "-->"))
			s->where = SQUEEZE_TEXT;
		return out;
	case SQUEEZE_RAW:
		keep(s, c);
		if (!just_read(s, s->raw))
			return out;
		end_sheet(s);
		memcpy(out, s->raw, strlen(s->raw));
		out += strlen(s->raw);
		s->len = strlen(s->raw);
		s->raw = NULL;
		s->where = SQUEEZE_TAG_REST;
		return out;
	}
	return out;
}

size_t
squeeze(struct squeeze *s, const char *bytes, size_t len, char *out)
{
	char *to = out;

	for (size_t i = 0; i < len; i++) {
		if (s->where == SQUEEZE_TEXT && bytes[i] != '<' && bytes[i]) {
			size_t run = 1;

			while (i + run < len && bytes[i + run] != '<' && bytes[i + run])
				run++;
			memcpy(to, bytes + i, run);
			to += run;
			i += run - 1;
			continue;
		}
		if (bytes[i] == '\0')
			continue;
		s->last = s->last << 8 | (unsigned char)tolower((unsigned char)bytes[i]);
		to = take(s, bytes[i], to);
	}
	return (size_t)(to - out);
}
