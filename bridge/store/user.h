/*
 * user.h - the users table: who is who in mail, on the phone and in IM.
 *
 * A key is one of a user's identities: a name (bob), a mail address, a number (+8613800138000), a JID.
 * A value is words KEY=VALUE, in quotes where there are blanks in it: name="Bob Brown"
 * mail=bob@example.com tel=+8613800138000 im=bob@im.example.org class=staff zone=Europe/Berlin. `triviumctl map` makes
 * each of these identities a key of its own, too, so that a user is found by any of them; other tools
 * make only the keys that stand there.
 */
#ifndef BRIDGE_USER_H
#define BRIDGE_USER_H

#include "bridge/message/addr.h"
#include "bridge/store/zones.h"

struct table;
struct verdict;

enum { USER_NAME = 128, USER_CLASS = 64 };

/* What the table says of a user; "" where it says nothing. */
struct user {
	char name[USER_NAME];	 /* as people read it, UTF-8 */
	char mail[ADDR_MAILBOX]; /* bob@example.com */
	char tel[ADDR_NUMBER];	 /* +8613800138000 */
	char im[ADDR_MAILBOX];	 /* a bare JID */
	char class[USER_CLASS];	 /* of the policy table */
	char zone[ZONE_NAME];	 /* where the user is, "Europe/Berlin" */
};

/*
 * Find a user by an identity: a URI ("mailto:bob@example.com", "tel:+8613800138000",
 * "xmpp:bob@im.example.org/phone", of which the resource does not count), or a name ("bob"); letter
 * case is of no matter. 1 and *u; 0: none is known (also when users is NULL: there is no table); -1
 * and *v: LATER 4.3.0 (the table could not tell) or 4.3.5 (its row is wrong, names it).
 */
int user_find(struct table *users, const char *identity, struct user *u, struct verdict *v);
/* Has the text the form of a bare JID (RFC 7622)? */
bool user_is_jid(const char *s);
/* Check a key and a value, as `triviumctl map users` does. 0, or -1 and *v (NEVER). */
int user_check(const char *key, const char *value, struct verdict *v);
/*
 * The n-th (from 0) identity of a row other than its key, as a key: 1, and it is in out; 0: there are
 * no more. For `triviumctl map users`.
 */
int user_other_key(const char *key, const char *value, unsigned n, char out[ADDR_MAILBOX]);

#endif
