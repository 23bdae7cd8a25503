/*
 * evidence.c - who sent a mail, read from the Received fields of our own mail server.
 *
 * Postfix puts its field above all that came with the mail, so the uppermost one is true and anyone
 * may have made up the others. It writes one of
 *
 *	from HELO (NAME [ADDRESS])			by HOST (Postfix, from userid NUMBER)
 *	<TAB>(using TLSv1.3 with ...			<TAB>id ID; DATE
 *	<TAB> key-exchange ...)
 *	<TAB>(No client certificate requested)
 *	<TAB>(Authenticated sender: LOGIN)
 *	<TAB>by HOST (Postfix) with ESMTPSA id ID	by HOST (Postfix)
 *	<TAB>for <RECIPIENT>; DATE			<TAB>id ID; DATE
 *
 * and Sendmail, as etc/sendmail/trivium.mc has it,
 *
 *	from HELO (NAME [ADDRESS] (may be forged))	(from USER@localhost)
 *	<TAB>(Authenticated sender: LOGIN)		<TAB>by HOST (VERSION) id ID; DATE
 *	<TAB>by HOST (VERSION) with ESMTPSA id ID
 *	<TAB>(version=TLSv1.3 cipher=...)
 *	<TAB>for <RECIPIENT>; DATE
 *
 * without "NAME " when the client has none. HELO can hold neither blanks nor parentheses (Postfix makes
 * them '?', Sendmail refuses it), and a comment stands on a line of its own, or on several when it is
 * that of TLS. Anything else is not believed.
 */
#include "milter/evidence.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
begins(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(text, with, n) == 0;
}

/* "by HOST (…": is it our host? */
static bool
by_us(const char *line, size_t len, const char *host)
{
	size_t n = strlen(host);

	return begins(line, len, "by ") && len > n + 4 && strncasecmp(line + 3, host, n) == 0 &&
	       line[n + 3] == ' ' && line[n + 4] == '(';
}

static bool
ends(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(text + len - n, with, n) == 0;
}

/* "from HELO (NAME [ADDRESS])": put the address into out. Whether it is one. */
static bool
take_address(const char *line, size_t len, char out[EVIDENCE_NAME])
{
	static const char doubt[] = " (may be forged))";
	const char *end = line + len, *p = line + 5, *open;
	size_t n;

	/* The name, that is, which says nothing to us. */
	if (ends(line, len, doubt))
		end -= sizeof doubt - 2;
	else if (!ends(line, len, "])"))
		return false;
	if (!begins(line, len, "from "))
		return false;
	/* HELO may be an address literal, in brackets. */
	while (p < end && !strchr(" ()", *p))
		p++;
	if (end - p < 6 || memcmp(p, " (", 2) != 0 || end[-2] != ']')
		return false;
	p += 2;
	open = memchr(p, '[', (size_t)(end - p));
	/* One pair of brackets, behind "NAME " or nothing; nothing that parts words inside NAME. */
	if (!open || (open > p && open[-1] != ' '))
		return false;
	for (const char *q = p; q + 1 < open; q++)
		if (strchr(" ()[]", *q))
			return false;
	n = (size_t)(end - 2 - (open + 1));
	if (n == 0 || n >= EVIDENCE_NAME || memchr(open + 1, '[', n) || memchr(open + 1, ']', n))
		return false;
	memcpy(out, open + 1, n);
	out[n] = '\0';
	return true;
}

/* A comment line that names the login, into out. 1 there is, 0 it is another comment, -1 too long.
 */
static int
take_login(const char *line, size_t len, char out[EVIDENCE_NAME])
{
	static const char is[] = "(Authenticated sender: ";
	size_t n = sizeof is - 1;

	if (!begins(line, len, is))
		return 0;
	if (len < n + 2 || line[len - 1] != ')' || len - n - 1 >= EVIDENCE_NAME)
		return -1;
	memcpy(out, line + n, len - n - 1);
	out[len - n - 1] = '\0';
	return 1;
}

/* One line of the field, without the blanks around it; *value goes behind it. */
static const char *
next_line(const char **value, size_t *len)
{
	const char *line = *value;
	size_t n = strcspn(line, "\n");

	*value += n + (line[n] == '\n');
	while (n > 0 && isspace((unsigned char)*line)) {
		line++;
		n--;
	}
	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	*len = n;
	return line;
}

/* One of the lines between "from …" and "by …": a comment, or the rest of the one about TLS. */
static bool
is_comment(const char *line, size_t len, bool *tls)
{
	if (len > 0 && *line == '(') {
		*tls = begins(line, len, "(using ");
		return true;
	}
	return *tls &&
	       (begins(line, len, "key-exchange ") || begins(line, len, "client-signature "));
}

/* The lines behind "from …": comments, then "by our host". */
static bool
take_rest(struct evidence *e, const char *value, const char *host)
{
	bool tls = false;

	while (*value) {
		size_t len;
		const char *line = next_line(&value, &len);

		if (begins(line, len, "by "))
			return by_us(line, len, host);
		if (!is_comment(line, len, &tls) || take_login(line, len, e->login) < 0)
			return false;
	}
	return false;
}

/* "by HOST (Postfix, from userid 0)" */
static bool
from_user(const char *line, size_t len)
{
	static const char is[] = ", from userid ";
	const char *p = memmem(line, len, is, sizeof is - 1);

	if (!p)
		return false;
	p += sizeof is - 1;
	if (p == line + len || !isdigit((unsigned char)*p))
		return false;
	while (p < line + len && isdigit((unsigned char)*p))
		p++;
	return p == line + len - 1 && *p == ')';
}

/* "(from USER@HOST)", and behind it "by our host": Sendmail's of a user here. Of a client without HELO it
 * writes "(from NAME [ADDRESS])", which is neither this nor believed. */
static bool
from_sendmail(const char *line, size_t len, const char *value, const char *host)
{
	static const char is[] = "(from ";
	size_t n = sizeof is - 1, nlen;
	const char *next = next_line(&value, &nlen);

	if (!begins(line, len, is) || line[len - 1] != ')' || !memchr(line, '@', len))
		return false;
	for (const char *p = line + n; p < line + len - 1; p++)
		if (strchr(" ()[]", *p))
			return false;
	return by_us(next, nlen, host);
}

/* This very host, as Postfix writes it. */
static bool
is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcasecmp(address, "IPv6:::1") == 0;
}

void
evidence_look(struct evidence *e, const char *value, const char *host)
{
	size_t len;
	const char *line = next_line(&value, &len);
	struct evidence seen = { .settled = true };

	if (e->settled)
		return;
	if (from_sendmail(line, len, value, host)) {
		*e = (struct evidence){ .is = EVIDENCE_LOCAL, .settled = true };
		return;
	}
	if (by_us(line, len, host)) {
		if (from_user(line, len))
			*e = (struct evidence){ .is = EVIDENCE_LOCAL, .settled = true };
		else if (e->is == EVIDENCE_NONE)
			e->is = EVIDENCE_INTERNAL;
		return;
	}
	if (take_address(line, len, seen.address) && take_rest(&seen, value, host)) {
		*e = seen;
		e->is = EVIDENCE_CLIENT;
		/* A content filter on this host hands mail back from here: who brought it to us
		 * first stands further down, above all that he may have made up. */
		e->settled = *e->login || !is_loopback(e->address);
		return;
	}
	/* The filter has a field of its own, which is none of our mail server's. */
	if (e->is == EVIDENCE_CLIENT)
		return;
	*e = (struct evidence){ .is = EVIDENCE_FOREIGN, .settled = true };
}
