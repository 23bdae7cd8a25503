/*
 * errand.h - what a user has proven or wishes is put on the disk, and the user is answered when it is
 * there.
 */
#ifndef IM_ERRAND_H
#define IM_ERRAND_H

#include <stdbool.h>

struct binding;
struct gateway;
struct question;
struct verdict;

/* The errands under way at one gateway. */
struct errands;

/* None; for errands_free(). */
struct errands *errands_new(void);
/* Nobody who still waits is answered. Accepts NULL. */
void errands_free(struct errands *e);
/* Keep what the user (a JID without resource) has; the question and all else is copied. Whoever registers
 * or is registered no more hears it by presence, too (XEP-0100 4.1, 4.3). Then the user is answered: *v is
 * DONE, or says why not; q may be NULL, for a user who wrote a message. */
void errand_run(struct gateway *g, const struct binding *b, const struct question *q,
    void (*answer)(struct gateway *g, const char *user, const struct question *q,
	const struct verdict *v));

#endif
