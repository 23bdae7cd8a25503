/*
 * claim.h - which recipients are ours, and who may send to them.
 */
#ifndef MILTER_CLAIM_H
#define MILTER_CLAIM_H

#include <stdbool.h>

struct milter;
struct route;
struct verdict;

/* Who brings a mail, as far as it is known. */
struct bearer {
	bool local;         /* a process of this host */
	const char *client; /* its address; NULL: none known */
	const char *login;  /* its SASL login; NULL: none */
};

/*
 * Is the recipient (as the mail server gave it) ours? 1: yes, *r says where it goes; 0: no, and it
 * must be left alone; -1: yes, but it is refused with *v. A table that could not tell is LATER.
 */
int claim(const struct milter *m, const char *given, struct route *r, struct verdict *v);
/* What proves who they are: AUTH_SASL, AUTH_IP (this host or the configured networks); 0: nothing. */
long claim_auth(const struct milter *m, const struct bearer *b);
/* May they send to a phone? Closed by default: a client of the configured networks, a login, or
 * this host. 0, or -1 and *v (NEVER 5.7.1). */
int claim_allows(const struct milter *m, const struct bearer *b, struct verdict *v);

#endif
