/*
 * mailbox.c - as which mailbox a party appears in mail.
 */
#include "bridge/message/mailbox.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/verdict.h"

/* Is it a dot-string of RFC 5321, which needs no quotes? Bytes beyond ASCII are RFC 6531's. */
static bool
is_dot_string(const char *local)
{
	size_t len = strlen(local);

	if (!len || local[0] == '.' || local[len - 1] == '.' || strstr(local, ".."))
		return false;
	for (const char *p = local; *p; p++)
		if ((unsigned char)*p < 0x80 && !isalnum((unsigned char)*p) &&
		    !strchr("!#$%&'*+-/=?^_`{|}~.", *p))
			return false;
	return true;
}

int
mailbox_write(const char *local, const char *domain, char out[ADDR_MAILBOX])
{
	bool plain = is_dot_string(local);
	size_t n = 0;
	int len;

	if (strlen(local) + strlen(domain) + 4 > ADDR_MAILBOX || !*domain)
		return -1;
	if (!plain)
		out[n++] = '"';
	for (const char *p = local; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f || n + 4 > ADDR_MAILBOX)
			return -1;
		if (*p == '"' || *p == '\\')
			out[n++] = '\\';
		out[n++] = *p;
	}
	if (!plain)
		out[n++] = '"';
	for (const char *p = domain; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("<>@\"\\", *p))
			return -1;
	len = snprintf(out + n, ADDR_MAILBOX - n, "@%s", domain);
	return len > 0 && (size_t)len < ADDR_MAILBOX - n ? 0 : -1;
}

static int
of_mail(const char *address, char out[ADDR_MAILBOX], struct verdict *v)
{
	struct mailbox m;

	*out = '\0';
	if (!*address)
		return 0;
	if (addr_mailbox(address, &m, v) < 0)
		return -1;
	if (mailbox_write(m.local, m.domain, out) < 0)
		return never(v, "5.1.3", "%.200s is no mail address", address);
	return 0;
}

static int
of_jid(const char *jid, const char *domain, char out[ADDR_MAILBOX], struct verdict *v)
{
	size_t bare = strcspn(jid, "/?");
	const char *at = memchr(jid, '@', bare);
	char local[ADDR_MAILBOX];
	size_t host;

	if (!at || !*domain || bare >= sizeof local)
		return never(v, "5.1.3", "%.200s has no mailbox here", jid);
	host = bare - (size_t)(at + 1 - jid);
	if (host == strlen(domain) && strncasecmp(at + 1, domain, host) == 0)
		snprintf(local, sizeof local, "%.*s", (int)(at - jid), jid);
	else
		snprintf(local, sizeof local, "%.*s%%%.*s", (int)(at - jid), jid, (int)host, at + 1);
	if (mailbox_write(local, domain, out) < 0)
		return never(v, "5.1.3", "%.200s has no mailbox here", jid);
	return 0;
}

int
mailbox_of(const char *uri, const struct mailbox_domains *d, char out[ADDR_MAILBOX],
    struct verdict *v)
{
	if (strncmp(uri, "mailto:", 7) == 0)
		return of_mail(uri + 7, out, v);
	if (strncmp(uri, "xmpp:", 5) == 0)
		return of_jid(uri + 5, d->im, out, v);
	if (strncmp(uri, "tel:", 4) == 0 && uri[4] && mailbox_write(uri + 4, d->phones, out) == 0)
		return 0;
	return never(v, "5.1.3", "%.200s has no mailbox here", uri);
}
