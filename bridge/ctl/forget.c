/*
 * forget.c - `triviumctl forget`: what is kept of a person is removed.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/base/verdict.h"
#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"
#include "bridge/store/table.h"
#include "bridge/store/user.h"

enum { WHO = ADDR_MAILBOX + 8 };

static const struct {
	const char *name, *one, *many;
} counts[] = {
	{ "jobs", "message", "messages" },
	{ "conversations", "conversation", "conversations" },
	{ "links", "link", "links" },
	{ "quotas", "count of a quota", "counts of quotas" },
	{ "bindings", "registration", "registrations" },
	{ "decisions", "decision", "decisions" },
};

/* "alice@example.com: 3 messages, 1 link forgotten" */
static void
say(const char *who, const struct value *answer)
{
	const char *between = "";

	printf("%s: ", who);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		int64_t n = value_number(answer, counts[i].name);

		if (n == 0)
			continue;
		printf("%s%" PRId64 " %s", between, n, n == 1 ? counts[i].one : counts[i].many);
		between = ", ";
	}
	puts(*between ? " forgotten" : "nothing to forget");
}

static int
forget_uri(struct ctl *c, const char *uri, bool consent)
{
	const char *const parameters[] = { "who", uri, consent ? "consent" : NULL, "yes", NULL };
	struct value *answer;
	int64_t waiting;
	int rc = ask(c, true, "/forget", parameters, &answer);

	if (rc)
		return rc;
	say(uri, answer);
	if ((waiting = value_number(answer, "waiting")))
		rc = ctl_error(c, CTL_NO, "%s: %" PRId64 " message%s left, since more will become of %s: "
		    "cancel, or ask again later", uri, waiting, waiting == 1 ? " is" : "s are",
		    waiting == 1 ? "it" : "them");
	ask_free(answer);
	return rc;
}

/* What of it the administrator has written down. */
static void
look_into_users(struct ctl *c, const char *uri)
{
	struct table *t;
	struct verdict v;
	struct user u;

	if (!*c->tables.users || !(t = table_open(c->tables.users, &v)))
		return;
	if (user_find(t, uri, &u, &v) == 1)
		ctl_error(c, 0, "%s: it stands in the users table still (mail=%s tel=%s im=%s)", uri, u.mail, u.tel, u.im);
	table_close(t);
}

/* An address as people write it: a number, or a mailbox, which may be a JID just as well. */
static int
forget(struct ctl *c, const char *address, bool consent)
{
	static const char *const schemes[] = { "mailto:", "xmpp:", "tel:" };
	char number[ADDR_NUMBER], uri[WHO];
	struct verdict v;
	int rc = 0, one;
	bool known = false;

	for (size_t i = 0; i < 3; i++) {
		bool is_tel = i == 2, named = strncmp(address, schemes[i], strlen(schemes[i])) == 0;
		const char *bare = named ? address + strlen(schemes[i]) : address;

		if (!named && (strchr(address, ':') || is_tel == (strchr(address, '@') != NULL)))
			continue;
		known = true;
		if (is_tel && addr_number(bare, &c->rules, number, &v) < 0)
			return ctl_error(c, EX_DATAERR, "%s: %s", address, v.text);
		if (!is_tel && (!strchr(bare, '@') || strlen(bare) >= ADDR_MAILBOX))
			return ctl_error(c, EX_DATAERR, "%s: it is no address", address);
		snprintf(uri, sizeof uri, "%s%s", schemes[i], is_tel ? number : bare);
		for (char *p = uri; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		if ((one = forget_uri(c, uri, consent)))
			rc = one;
		look_into_users(c, uri);
	}
	if (!known)
		return ctl_error(c, EX_DATAERR, "%s: expected a number, a mailbox, mailto:, xmpp: or tel:", address);
	return rc;
}

int
ctl_forget(struct ctl *c, char **words)
{
	bool consent = strcmp(words[0], "--consent") == 0;
	int rc = ctl_configure(c);

	if (rc)
		return rc;
	if (consent && !words[1])
		return ctl_error(c, EX_USAGE, "whom?");
	for (words += consent; *words; words++) {
		int one = forget(c, *words, consent);

		if (one)
			rc = one;
	}
	return rc;
}
