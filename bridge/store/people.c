/*
 * people.c - who somebody is.
 */
#include "bridge/store/people.h"

#include <stdio.h>
#include <string.h>

#include "bridge/store/binding.h"
#include "bridge/store/user.h"

/* A number, or a JID without resource, as bindings are found by; "" for what cannot be bound. */
static void
bindable(const char *identity, char out[ADDR_MAILBOX])
{
	*out = '\0';
	if (strncmp(identity, "tel:", 4) == 0)
		snprintf(out, ADDR_MAILBOX, "%s", identity + 4);
	else if (strncmp(identity, "xmpp:", 5) == 0)
		snprintf(out, ADDR_MAILBOX, "%.*s", (int)strcspn(identity + 5, "/"), identity + 5);
}

static void
fill(char *to, size_t room, const char *what)
{
	if (!*to)
		snprintf(to, room, "%s", what);
}

/* The other side of a binding is in the table, perhaps. As user_find(). */
static int
find_other(const struct people *p, const struct binding *b, const char *known, struct user *u,
    struct verdict *v)
{
	char other[ADDR_MAILBOX + 8];

	if (*known == '+')
		snprintf(other, sizeof other, "xmpp:%s", b->jid);
	else
		snprintf(other, sizeof other, "tel:%s", b->number);
	return user_find(p->table, other, u, v);
}

int
people_find(const struct people *p, const char *identity, struct user *u, struct verdict *v)
{
	int rc = user_find(p->table, identity, u, v);
	char known[ADDR_MAILBOX];
	const struct binding *b;

	if (rc < 0 || !p->bindings || (rc == 1 && *u->tel && *u->im))
		return rc;
	bindable(identity, known);
	if (rc == 1)
		snprintf(known, sizeof known, "%s", *u->im ? u->im : u->tel);
	b = *known ? bindings_of(p->bindings, known) : NULL;
	if (!b)
		return rc;
	if (rc == 0) {
		*u = (struct user){ .name = "" };
		if (find_other(p, b, known, u, v) < 0)
			return -1;
	}
	fill(u->tel, sizeof u->tel, b->number);
	fill(u->im, sizeof u->im, b->jid);
	return 1;
}
