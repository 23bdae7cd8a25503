/*
 * http_where.c - where a daemon listens, as the configuration has it.
 */
#include "bridge/base/http.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/verdict.h"

/* Whether text is http[s]://host:port, with no more than a slash behind it. */
static bool
is_base_url(const char *text)
{
	const char *host = text + (strncmp(text, "https://", 8) == 0 ? 8 : 7);
	const char *port;
	unsigned long number;
	char *end;

	if (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0)
		return false;
	if (*host == '[')
		port = host + 1 + strspn(host + 1, "0123456789abcdefABCDEF:.%") + 1;
	else
		port = host + strspn(host, "0123456789abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_");
	if (port == host || (*host == '[' && port[-1] != ']') || *port != ':')
		return false;
	number = strtoul(port + 1, &end, 10);
	return port[1] >= '0' && port[1] <= '9' && number > 0 && number < 65536 &&
	       (!*end || strcmp(end, "/") == 0);
}

int
http_where(const char *where, const char **unix_path, char *url, size_t room, struct verdict *v)
{
	const char *text = where;
	size_t len;

	*unix_path = NULL;
	if (strncmp(where, "unix:", 5) == 0) {
		if (!where[5])
			return never(v, "5.3.5", "%s: no path", where);
		*unix_path = where + 5;
		text = "http://localhost";
	} else if (!is_base_url(where)) {
		return never(v, "5.3.5",
		    "%s: not \"unix:/path\", \"http://host:port\" or \"https://host:port\"", where);
	}
	len = strlen(text);
	if (len && text[len - 1] == '/')
		len--;
	if (len >= room)
		return never(v, "5.3.5", "%s: too long", where);
	memcpy(url, text, len);
	url[len] = '\0';
	return 0;
}
