/*
 * user.c - the users table.
 */
#include "bridge/store/user.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/store/pairs.h"
#include "bridge/store/table.h"

/* What is wrong with a value, or NULL. */

static const char *
wrong_mail(const char *s)
{
	struct mailbox m;
	struct verdict v;

	return addr_mailbox(s, &m, &v) < 0 || !m.domain[0] ? "is no mail address" : NULL;
}

static const char *
wrong_tel(const char *s)
{
	size_t n = *s == '+' ? strspn(s + 1, "0123456789") : 0;

	return n < 7 || n > 15 || s[1 + n] || s[1] == '0' ? "is no number with + and country code" : NULL;
}

bool
user_is_jid(const char *s)
{
	const char *at = strchr(s, '@');

	return at && at > s && at[1] && !strpbrk(s, "/ \"<>");
}

static const char *
wrong_im(const char *s)
{
	return user_is_jid(s) ? NULL : "is no bare JID";
}

static const char *
wrong_name(const char *s)
{
	for (size_t n, len = strlen(s); len; s += n, len -= n)
		if (!(n = utf8_valid(s, len)) || (unsigned char)*s < ' ' || *s == 0x7f)
			return "is not UTF-8 without controls";
	return NULL;
}

static const char *
wrong_class(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_")] ? "is no class: it has small "
	    "letters, digits, - and _" : NULL;
}

static const char *
wrong_zone(const char *s)
{
	return zone_is_name(s) ? NULL : "is no time zone like Europe/Berlin";
}

static const struct word {
	const char *key;
	size_t offset, room;
	const char *(*wrong)(const char *s);
	bool folded; /* letter case is of no matter */
} words[] = {
	{ "name", offsetof(struct user, name), USER_NAME, wrong_name, false },
	{ "mail", offsetof(struct user, mail), ADDR_MAILBOX, wrong_mail, true },
	{ "tel", offsetof(struct user, tel), ADDR_NUMBER, wrong_tel, false },
	{ "im", offsetof(struct user, im), ADDR_MAILBOX, wrong_im, true },
	{ "class", offsetof(struct user, class), USER_CLASS, wrong_class, false },
	{ "zone", offsetof(struct user, zone), ZONE_NAME, wrong_zone, false },
};
enum { WORDS = sizeof words / sizeof *words };

static void
lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s |= 0x20;
}

/* Read a row. 0, or -1 and *v (NEVER). */
static int
parse(const char *row, struct user *u, struct verdict *v)
{
	unsigned had = 0;
	size_t n;

	*u = (struct user){ .name = "" };
	while (pairs_key(&row, &n)) {
		unsigned w = 0;
		const char *wrong;
		char *to;

		while (w < WORDS && (strlen(words[w].key) != n || strncmp(words[w].key, row, n) != 0))
			w++;
		if (w == WORDS || row[n] != '=')
			return never(v, "5.3.5", "\"%.*s\" is none of name=, mail=, tel=, im=, class=, zone=",
			    (int)(n < 80 ? n : 80), row);
		if (had & 1u << w)
			return never(v, "5.3.5", "%s stands twice", words[w].key);
		had |= 1u << w;
		row += n + 1;
		to = (char *)u + words[w].offset;
		wrong = pairs_value(&row, to, words[w].room);
		if (!wrong && *to)
			wrong = words[w].wrong(to);
		if (wrong)
			return never(v, "5.3.5", "%s %s", words[w].key, wrong);
		if (words[w].folded)
			lower(to);
	}
	return 0;
}

int
user_find(struct table *users, const char *identity, struct user *u, struct verdict *v)
{
	static const char *const schemes[] = { "mailto:", "tel:", "xmpp:" };
	char key[ADDR_MAILBOX], row[TABLE_VALUE];
	struct verdict wrong;
	int rc;

	if (!users)
		return 0;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strncmp(identity, schemes[i], strlen(schemes[i])) == 0)
			identity += strlen(schemes[i]);
	snprintf(key, sizeof key, "%s", identity);
	key[strcspn(key, "/")] = '\0';
	lower(key);
	if (!*key)
		return 0;
	if ((rc = table_get(users, key, row, sizeof row, v)) <= 0)
		return rc;
	if (parse(row, u, &wrong) < 0)
		return later(v, "4.3.5", "table %.80s, key %.80s: %s", table_name(users), key, wrong.text);
	return 1;
}

/* The form alone counts when a row is used; a slip is found when the table is made. */
static int
check_zone(const char *key, const char *zone, struct verdict *v)
{
	struct zones *z = zones_new();
	bool known = zones_know(z, zone);

	zones_free(z);
	return known ? 0 : never(v, "5.3.5", "key %.80s: the system knows no time zone %s", key, zone);
}

int
user_check(const char *key, const char *value, struct verdict *v)
{
	struct user u;
	struct verdict wrong;

	if (strlen(key) >= ADDR_MAILBOX)
		return never(v, "5.3.5", "key %.80s…: it is too long", key);
	if (*key == '+' && !strchr(key, '@') && wrong_tel(key))
		return never(v, "5.3.5", "key %.80s: it %s", key, wrong_tel(key));
	if (parse(value, &u, &wrong) < 0)
		return never(v, "5.3.5", "key %.80s: %s", key, wrong.text);
	return *u.zone ? check_zone(key, u.zone, v) : 0;
}

int
user_other_key(const char *key, const char *value, unsigned n, char out[ADDR_MAILBOX])
{
	struct user u;
	struct verdict v;
	const char *all[3] = { u.mail, u.tel, u.im };

	if (parse(value, &u, &v) < 0)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (!*all[i] || strcmp(all[i], key) == 0 || n--)
			continue;
		snprintf(out, ADDR_MAILBOX, "%s", all[i]);
		return 1;
	}
	return 0;
}
