/*
 * pump.h - takes jobs from the queue when they are due and lends them to their transport: so many at
 * a time, so many a second, one at a time of each conversation. When the transport as a whole fails
 * it is paused and probed with one job.
 */
#ifndef BRIDGE_PUMP_H
#define BRIDGE_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/conf.h"
#include "bridge/message/style.h"
#include "bridge/store/retry.h"

struct job;
struct loop;
struct pump;
struct queue;
struct space;
struct tally;
struct transport;

/* The rows that every sdp and im section has besides its driver's. */
struct pump_settings {
	const char *driver;
	long concurrency;  /* jobs lent at a time */
	long rate;	   /* jobs a second; 0: no limit */
	struct style style; /* of what it sends to phones; made of its section's shape_rows, no row of its own */
	long extensions;   /* digits that may be added to the sender's number */
	const char *numbers; /* a pool of sender numbers instead; "": none */
	int on_unknown;	   /* PUMP_RETRY, PUMP_HOLD */
	long unknown_wait; /* ms that a job of unknown outcome waits before it is settled */
	int reports;	   /* PUMP_REPORT_…: what the platform reports on */
	long inquire;	   /* ms from a message's sending until its network is asked about it; 0: never */
	long unknown_tries; /* unknown outcomes after which a job is held whatever on_unknown says */
};
enum { PUMP_RETRY, PUMP_HOLD };
enum { PUMP_REPORT_MESSAGE, PUMP_REPORT_SEGMENT }; /* in the order of the row's choices */
extern const struct setting pump_rows[];

/* A pump for a transport (whose `pump` it sets). Lent settings must outlive it. Nothing is sent
 * before pump_start(). For pump_free(). */
struct pump *pump_new(struct loop *l, struct queue *q, struct transport *t,
    const struct pump_settings *s, const struct retry *retry);
/* Begin with what the queue has. */
void pump_start(struct pump *p);
/* Lend nothing any more from now on. */
void pump_stop(struct pump *p);
/* How many jobs are lent or about to be. */
unsigned pump_busy(const struct pump *p);
/* Accepts NULL. Frees the jobs that wait in memory. */
void pump_free(struct pump *p);

/*
 * May a message that is just arriving be lent at once? If so a place is taken for it, to be given
 * back by pump_lent() or pump_unreserve(). Says no when older ones stand in the window.
 */
bool pump_reserve(struct pump *p);
void pump_unreserve(struct pump *p);
/* The reserved place is filled: the queue has added the job as lent. Takes the job. */
void pump_lent(struct pump *p, struct job *j);
/* How long after a message was sent its network is asked what became of it, when it has not reported
 * (see queue_awaiting()), ms; 0: it is not, or cannot be. */
long pump_inquire(const struct pump *p);
/* Ask it about that job (lent for the call only). What it says comes as any report does. */
void pump_ask_after(struct pump *p, const struct job *j);
/* The transport's name, and the MSG_* kinds it carries. */
const char *pump_name(const struct pump *p);
unsigned pump_carries(const struct pump *p);
/* How its section says that phones show its messages. Lent. */
const struct style *pump_style(const struct pump *p);
/* What it has done, to be read, and added to by those who know more of it (intake, reports). Lent. */
const struct tally *pump_tally_of(const struct pump *p);
struct tally *pump_tally(struct pump *p);
/* The numbers that phones see its messages come from. Lent. */
const struct space *pump_space(const struct pump *p);
/* When a send that starts now has to be settled if nothing more is heard: ms since 1970. */
int64_t pump_settle_at(const struct pump *p);
/* There may be something new in the queue for this transport. Cheap. */
void pump_wake(struct pump *p);
/* A job that it gave back to the queue is on the disk. Only then its place is free: so no more than
 * `concurrency` messages can be of unknown outcome after a crash. */
void pump_returned(struct pump *p);
/* An administrator says: probe at once instead of when the pause is over. */
void pump_probe(struct pump *p);

/* What `triviumctl transports` shows. */
struct pump_state {
	const char *name, *driver;
	bool paused;		/* and why: */
	const char *reason;	/* lent; "" when not paused */
	int64_t probe_in;	/* ms until the next probe; 0 when not paused */
	unsigned busy;		/* jobs lent */
	uint64_t sent, failed, deferred, uncertain; /* since the start */
};
void pump_look(const struct pump *p, struct pump_state *s);

#endif
