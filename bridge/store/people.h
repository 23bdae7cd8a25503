/*
 * people.h - who somebody is: by the users table, and by what users have registered themselves.
 */
#ifndef BRIDGE_PEOPLE_H
#define BRIDGE_PEOPLE_H

struct bindings;
struct table;
struct user;
struct verdict;

/* Where is looked. Both are lent, and may be NULL. */
struct people {
	struct table *table;
	const struct bindings *bindings;
};

/*
 * Find a user by an identity, as user_find() of user.h, where what the table does not say of a number or a
 * JID is filled in by who has registered: a JID that is bound to a number in the table is that row's
 * user. What the table says counts more.
 */
int people_find(const struct people *p, const char *identity, struct user *u, struct verdict *v);

#endif
