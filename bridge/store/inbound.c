/*
 * inbound.c - the inbound table.
 */
#include "bridge/store/inbound.h"

#include <stdio.h>
#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/message/addr.h"
#include "bridge/store/table.h"

enum { KEY = 160 };

/* What is wrong with a value, or NULL. */
static const char *
value_wrong(const char *value)
{
	struct mailbox m;
	struct verdict v;
	const char *colon = strchr(value, ':');

	if (strncmp(value, "mailto:", 7) != 0 && strncmp(value, "xmpp:", 5) != 0)
		return "is not mailto:ADDRESS or xmpp:JID (a keyword stands behind its number with a slash, "
		       "10690123/HELP)";
	return addr_mailbox(colon + 1, &m, &v) < 0 || !*m.domain ? "has no address behind the colon" : NULL;
}

int
inbound_find(struct table *inbound, const char *number, const char *word, char *to, size_t room,
    struct verdict *v)
{
	static const char *const between[] = { "/", " " };
	char key[KEY], value[TABLE_VALUE];
	const char *wrong;
	int rc = 0;

	for (int i = 0; rc == 0 && i < (*word ? 2 : 1); i++) {
		if (snprintf(key, sizeof key, "%s%s%s", number, *word ? between[i] : "", word) >= KEY)
			return 0;
		rc = table_get(inbound, key, value, sizeof value, v);
	}
	if (rc <= 0)
		return rc;
	if ((wrong = value_wrong(value)) || strlen(value) >= room)
		return later(v, "4.3.5", "table %s, key %s: \"%.80s\" %s", table_name(inbound), key, value,
		    wrong ? wrong : "is too long");
	memcpy(to, value, strlen(value) + 1);
	return 1;
}

int
inbound_check(const char *key, const char *value, struct verdict *v)
{
	size_t digits = strspn(key, "0123456789");
	const char *wrong = value_wrong(value);

	if (digits == 0 || (key[digits] && key[digits] != '/' && key[digits] != ' ') ||
	    (key[digits] && !key[digits + 1]))
		return never(v, "5.3.5", "key %.80s: a number of ours is digits, and a keyword stands behind a "
		    "slash", key);
	if (wrong)
		return never(v, "5.3.5", "value %.80s of key %.80s: it %s", value, key, wrong);
	return 0;
}
