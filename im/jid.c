/*
 * jid.c - addresses of XMPP.
 */
#include "im/jid.h"

#include <stdio.h>
#include <string.h>

#include "bridge/base/utf8.h"

/* What RFC 7622 3.3.1 forbids in a local part, and the backslash that escapes it (XEP-0106 4.1). */
static const struct {
	char c;
	char code[3];
} codes[] = {
	{ ' ', "20" }, { '"', "22" }, { '&', "26" }, { '\'', "27" }, { '/', "2f" },
	{ ':', "3a" }, { '<', "3c" }, { '>', "3e" }, { '@', "40" }, { '\\', "5c" },
};
enum { CODES = sizeof codes / sizeof codes[0] };

static const char *
code_of(char c)
{
	for (size_t i = 0; i < CODES; i++)
		if (codes[i].c == c)
			return codes[i].code;
	return NULL;
}

/* The character whose code stands at s, or NUL. */
static char
coded(const char *s)
{
	for (size_t i = 0; i < CODES; i++)
		if (s[0] == codes[i].code[0] && s[1] == codes[i].code[1])
			return codes[i].c;
	return '\0';
}

static void
lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s |= 0x20;
}

/* Are these len bytes fit for a JID: strict UTF-8 without controls and what steers them? */
static bool
is_fit(const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end) {
		uint32_t c;

		if (!utf8_valid(s, (size_t)(end - s)))
			return false;
		c = utf8_next(&s, end);
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
		    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
		    (c >= 0xfff0 && c <= 0xffff))
			return false;
	}
	return true;
}

static bool
take(char out[JID_PART], const char *s, size_t len)
{
	if (len >= JID_PART || !is_fit(s, len))
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

bool
jid_parse(const char *s, struct jid *j)
{
	const char *slash = strchrnul(s, '/'), *at = memchr(s, '@', (size_t)(slash - s));
	const char *domain = at ? at + 1 : s;

	j->local[0] = '\0';
	if (!take(j->domain, domain, (size_t)(slash - domain)) || !j->domain[0] ||
	    j->domain[strcspn(j->domain, "@ \"&'<>:")] ||
	    !take(j->resource, *slash ? slash + 1 : slash, *slash ? strlen(slash + 1) : 0))
		return false;
	if (at && (!take(j->local, s, (size_t)(at - s)) || !j->local[0] ||
	    j->local[strcspn(j->local, " \"&'/:<>@")]))
		return false;
	lower(j->local);
	lower(j->domain);
	return true;
}

bool
jid_bare(const struct jid *j, char *out, size_t room)
{
	int n = snprintf(out, room, "%s%s%s", j->local, *j->local ? "@" : "", j->domain);

	return n >= 0 && (size_t)n < room;
}

bool
jid_escape(const char *plain, char out[JID_PART])
{
	size_t n = 0, len = strlen(plain);
	char small[JID_PART];

	if (!len || !take(small, plain, len) || plain[0] == ' ' || plain[len - 1] == ' ')
		return false;
	/* First of all, or \5C would not be seen to be like a code. */
	lower(small);
	for (const char *p = small; *p; p++) {
		const char *code = code_of(*p);

		/* A backslash stands for itself unless that could be misread. */
		if (*p == '\\' && !coded(p + 1))
			code = NULL;
		if (n + (code ? 3 : 1) >= JID_PART)
			return false;
		if (code) {
			out[n++] = '\\';
			out[n++] = code[0];
			out[n++] = code[1];
		} else {
			out[n++] = *p;
		}
	}
	out[n] = '\0';
	return true;
}

void
jid_unescape(const char *local, char out[JID_PART])
{
	size_t n = 0;

	while (*local && n < JID_PART - 1) {
		char c = *local == '\\' ? coded(local + 1) : '\0';

		out[n++] = c ? c : *local;
		local += c ? 3 : 1;
	}
	out[n] = '\0';
}
