/*
 * intake.h - where every message enters: it is routed, authorised, given its keys, and put on the
 * disk. "Received" may be said to whoever brought it only after this has said so.
 */
#ifndef BRIDGE_INTAKE_H
#define BRIDGE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/message/addr.h"
#include "bridge/store/people.h"

struct job;
struct authorise;
struct links;
struct loop;
struct msg;
struct msg_rcpt;
struct pump;
struct recent;
struct queue;
struct returnpath;
struct table;
struct verdict;

/* What the room works with; all of it is lent. */
struct intake {
	struct queue *queue;
	struct table *routes;
	struct table *users; /* whose names stand in addresses, see user.h; NULL: none */
	struct people people;	   /* the same, with what users have registered */
	struct bindings *bindings; /* that; NULL: nobody can */
	struct addr_rules rules;
	struct pump *const *pumps; /* of all transports */
	size_t npumps;
	const struct links *links; /* NULL: nothing can be read elsewhere */
	struct pumping *pumping;     /* NULL: nothing is suspicious */
	const char *postmaster;	     /* who is told of what is held; NULL, "": nobody */
	struct recent *recent;	     /* NULL: every repetition is judged again */
	struct authorise *authorise; /* NULL: all are allowed all, as in tests */
	int64_t lifetime; /* ms */
	const char *mail_domain; /* of the mail that we make; "": none is made */
	const struct returnpath *returnpath; /* by which reports about it are known; NULL: none come */
	struct table *inbound; /* service numbers and keywords, see trivium-tables(5); NULL: none */
};

/*
 * Would this recipient of m be taken now? Evidence in the mail's header may still come. Its row is filled in as way_find() does. 0, or -1 and *v (NEVER 5.x.x: why not; LATER: cannot tell,
 * or the queue's disk is full).
 */
int intake_would_take(const struct intake *in, struct msg *m, size_t i, struct verdict *v);

/* The same for a message's first recipient, each step told: see authorise_explain(). */
int intake_explain(const struct intake *in, struct msg *m,
    void (*step)(void *arg, const char *what, const char *said), void *arg, struct verdict *v);

/* Can the recipient, whose row is filled in, read all of a message: on IM, or at a link? */
bool intake_shows_all(const struct intake *in, const struct msg_rcpt *r);

/*
 * Take a message (its ownership, whatever comes of it) for all its recipients, or for none. Calls
 * on_taken(arg, id, repeated, v) once, now or later: v->is DONE when it is on the disk by the id
 * given, `repeated` when every recipient had come before (then id is that of the first time); else
 * NEVER or LATER. deadline: monotonic ms after which nothing is taken; 0: none.
 */
void intake(const struct intake *in, struct msg *m, int64_t deadline,
    void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v), void *arg);

/*
 * Take a report (its ownership) that tells the sender of other jobs' message the news that they have;
 * the jobs are taken over, too, and are told in the transaction that adds it (see queue_tell()). When
 * it can go nowhere (NEVER), they count as told all the same. on_taken as above.
 */
void intake_report(const struct intake *in, struct msg *m, struct job **about, size_t n,
    void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v), void *arg);

#endif
