/*
 * register.h - a user ties a JID to a phone number (XEP-0077, XEP-0100 section 4.1): a code is sent to
 * the phone by SMS, and whoever knows it has both.
 */
#ifndef IM_REGISTER_H
#define IM_REGISTER_H

#include <stdbool.h>

struct gateway;
struct question;
struct register_desk;
struct verdict;

enum {
	REGISTER_CODE = 7,	    /* six digits and NUL */
	REGISTER_VALID_S = 10 * 60, /* how long a code is good */
	REGISTER_TRIES = 5,	    /* wrong codes until it is no more */
	REGISTER_HOURLY = 3,	    /* codes sent for one user, and to one number, in an hour */
	REGISTER_PENDING = 1000,    /* users who have a code and have not shown it */
};

/* A desk with nobody at it, for register_desk_free(). */
struct register_desk *register_desk_new(void);
/* Accepts NULL. */
void register_desk_free(struct register_desk *d);

/* Send a code for that user to that number, in any form. 0, or -1 and *v: NEVER, no number, or too
 * many; LATER. That it was sent does not mean that it arrives. */
int register_begin(struct gateway *g, const char *user, const char *number, struct verdict *v);
/* The user shows a code. When it is the right one, the user is registered. It is answered as by
 * errand_run(), now or later: DONE, NEVER (wrong or too old), or LATER (the disk). */
void register_finish(struct gateway *g, const char *user, const char *code, const struct question *q,
    void (*answer)(struct gateway *g, const char *user, const struct question *q,
	const struct verdict *v));
/* Forget the user; likewise. */
void register_remove(struct gateway *g, const char *user, const struct question *q,
    void (*answer)(struct gateway *g, const char *user, const struct question *q,
	const struct verdict *v));

/* Answer a question of jabber:iq:register. */
void register_iq(struct gateway *g, const struct question *q);
/* A user (a JID without resource) has written to the gateway itself: a code, or one of a few words.
 * Returns whether it meant something; then it is answered. */
bool register_text(struct gateway *g, const char *user, const char *text);

#endif
