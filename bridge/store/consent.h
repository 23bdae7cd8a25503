/*
 * consent.h - which phones want no messages, from which of our numbers and from whom, and what they
 * said when. The book on the loop's thread answers; the store has each word as evidence.
 */
#ifndef BRIDGE_CONSENT_H
#define BRIDGE_CONSENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct consents;
struct shelf;
struct verdict;

#define CONSENT_ALL "*" /* as a peer: whoever writes by that number */

enum { CONSENT_TEXT = 160 }; /* bytes kept of what the phone said */

/* One decision. */
struct consent {
	const char *phone;   /* "tel:+8613800138000" */
	const char *service; /* digits of our number: "10690123" */
	const char *peer;    /* URI of who wrote, or CONSENT_ALL */
	bool stop;	     /* no more from now on; false: again from now on */
	int64_t at;	     /* seconds since 1970 */
	const char *text;    /* what the phone said; "" when an administrator did */
	const char *once;    /* by what its message is known when it comes again; NULL: always a new one */
	int64_t once_ms;     /* for so long; 0: for ever. Neither is read back */
};

/* An empty book. For consents_free(). */
struct consents *consents_new(void);
/* Accepts NULL. */
void consents_free(struct consents *c);
/* Enter a decision; the last one about the same counts. START from all also ends each peer's STOP. */
void consents_set(struct consents *c, const struct consent *d);
/* Does the phone refuse messages of that peer from that number? */
bool consents_refused(
    const struct consents *c, const char *phone, const char *service, const char *peer);

/* On the queue's writer thread, in its transaction. */

/* Add the decision to what is kept, unless its message has come before (of one that has no `once`: unless
 * the same was said in that second). 1: it is added; 0: it was there, and whatever the phone has said since
 * counts; -1 and *v (LATER). */
int consent_write(struct shelf *s, const struct consent *d, struct verdict *v);
/* Every decision kept, the oldest of each phone, number and peer first: each(arg, d), which lends d.
 * 0, or -1 and *v. */
int consent_each(struct shelf *s, void (*each)(void *arg, const struct consent *d), void *arg,
    struct verdict *v);
/* Forget every decision of a phone, or about a peer (a URI). How many, or -1 and *v. */
int consent_forget(struct shelf *s, const char *who, struct verdict *v);

#endif
