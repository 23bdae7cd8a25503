/*
 * pairs.c - words KEY=VALUE.
 */
#include "bridge/store/pairs.h"

#include <string.h>

#include "bridge/base/buf.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
pairs_key(const char **at, size_t *len)
{
	*at += strspn(*at, " \t");
	*len = strcspn(*at, "= \t");
	return **at;
}

const char *
pairs_value(const char **at, char *out, size_t room)
{
	const char *p = *at;
	bool quoted = *p == '"';
	size_t n = 0;

	for (p += quoted; *p && (quoted ? *p != '"' : !is_blank(*p)); p++) {
		if (quoted && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		if (n + 1 == room)
			return "is too long";
		out[n++] = *p;
	}
	out[n] = '\0';
	if (quoted && *p != '"')
		return "lacks its closing quote";
	p += quoted;
	if (*p && !is_blank(*p))
		return "has something behind its closing quote";
	*at = p;
	return NULL;
}

void
pairs_add(struct buf *out, const char *key, const char *value)
{
	bool quoted = !*value || strpbrk(value, " \"\\") != NULL;

	for (const char *p = value; *p && !quoted; p++)
		quoted = (unsigned char)*p < ' ' || *p == 0x7f;
	buf_addf(out, "%s%s=%s", out->len ? " " : "", key, quoted ? "\"" : "");
	for (; *value; value++) {
		bool control = (unsigned char)*value < ' ' || *value == 0x7f;

		if (quoted && (*value == '"' || *value == '\\'))
			buf_add(out, "\\", 1);
		buf_add(out, control ? " " : value, 1);
	}
	if (quoted)
		buf_add(out, "\"", 1);
}
