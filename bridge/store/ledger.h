/*
 * ledger.h - what is written in the store at each step of a job's life, and what is read back. Runs
 * on the queue's writer thread, inside a transaction that the queue begins and ends.
 *
 * Every function here returns 0 (or the count or truth it says), or -1 and *v (LATER) when the store
 * could not: then the queue aborts the whole transaction.
 */
#ifndef BRIDGE_LEDGER_H
#define BRIDGE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/store/depth.h"
#include "bridge/store/job.h"
#include "bridge/store/queue_store.h"
#include "bridge/store/shelf.h"

struct report;
struct verdict;

/* What became of a report. */
enum heard {
	HEARD_NOTHING,	/* it changes nothing: a repetition, or not the last word */
	HEARD_PARKED,	/* its job is being sent: it is kept until that is over */
	HEARD_NEWS,	/* the job's state is another one now */
	HEARD_TOO_LATE, /* it contradicts what is final */
};

/* For the ledger's own files (ledger*.c). */
struct ledger {
	struct shelf shelf;
	struct depths *depths;
	const struct queue_settings *settings;
	uint64_t run;			/* this process's number */
	unsigned char trim_at[JOB_KEY]; /* where the last trimming stopped */
	unsigned char late_at[JOB_KEY]; /* up to where delays have been noticed */
	struct touched {
		unsigned char key[JOB_KEY];
		bool back; /* it came back in the transaction under way */
	} *touched; /* lent jobs whose record says more than the one lent */
	size_t ntouched, touched_room;
	unsigned folded;   /* what the last ledger_add() said of storm.h: so often the same text came */
	int64_t notice_at; /* the earliest notice made since this was last set to INT64_MAX */
};
/* Is the job being sent by this very process? */
bool ledger_is_lent(const struct ledger *g, const struct job *j);
/* Write a job that may be lent at the moment: what is new is then not lost when it comes back. */
int ledger_write(struct ledger *g, const struct job *j, struct verdict *v);
/* The job, which the caller writes afterwards, has come to a final state, or to another one: from
 * then on it counts as what it is, awaits its report, or is settled, and its sender may have to be
 * told. was_final, was_settled: what it was before. now: ms. */
int ledger_end(struct ledger *g, struct job *j, bool was_final, bool was_settled, int64_t now,
    struct verdict *v);
/* Its state becomes that one, awaiting a report or not, as what job_say() noted says; it leaves the times and
 * turns in which it stands. The caller writes it. 1: the next job of its conversation is due; 0; -1. */
int ledger_change(struct ledger *g, struct job *j, enum job_state to, bool awaits, int64_t now,
    struct verdict *v);
/* Take a report about a job that goes in parts and is not lent, or about a part of it that is taken; writes
 * the job. 1: a job is due; 0; -1. */
int ledger_part_report(struct ledger *g, struct job *j, const struct report *r, int64_t now,
    enum heard *heard, struct verdict *v);
/* Let what was reported of such a job's parts while one was lent decide; record: as the store has the job,
 * NULL when that is j itself, which a process before lent. 1: it did, and its history says so; 0. */
int ledger_part_back(struct job *j, const struct job *record);
/* Have the identifiers of its taken parts lead to the job; or, when it is forgotten, no more. */
int ledger_part_names(struct ledger *g, const struct job *j, struct verdict *v);
int ledger_part_unname(struct ledger *g, const struct job *j, struct verdict *v);
/* Its sender is to be told that, unless it does not want to know, or knows it. settled: no more will
 * become known of the job. */
int ledger_news(struct ledger *g, struct job *j, enum job_news news, bool settled, int64_t now,
    struct verdict *v);
/* All jobs of the message are settled: its notice, when there is one, need not wait any longer. 1:
 * there is one, and the body is needed for it; 0; -1. */
int ledger_hurry_notice(struct ledger *g, const struct job *j, int64_t now, struct verdict *v);
/* Let a report decide that came while the job was being sent. 1: it did, and its history says so. */
int ledger_unpark(struct job *j);
/* What the record of a job says that was lent, and the job does not, since it came meanwhile, comes
 * to the job. 1: with that came a report, and the job's state is another one; 0; -1. */
int ledger_catch_up(struct ledger *g, struct job *j, struct verdict *v);

/* A ledger on a store, by those settings (both lent). run: the number of this process, which tells the
 * jobs that it lent from those that a process before it had lent. For ledger_close(); NULL and *v. */
struct ledger *ledger_open(const struct store_driver *driver, void *store,
    const struct queue_settings *s, uint64_t run, struct verdict *v);
void ledger_close(struct ledger *g);
/* The transaction is over: committed, or undone. */
void ledger_settle(struct ledger *g, bool committed);
/* Add recipient i of m; what a phone wrote is given the thread of its conversation. now: ms. 1: added; *lent is the job when `lend` was asked for and its turn
 * has come, else NULL. 0: it came before, first_id says with which message. LEDGER_JOINED: its text
 * stands behind that of message first_id now, or is counted there, see g->folded. */
enum { LEDGER_JOINED = 2 };
int ledger_add(struct ledger *g, struct msg *m, size_t i, bool lend, int64_t now,
    int64_t settle_at, int64_t expires, struct job **lent, char first_id[MSG_ID],
    struct verdict *v);
/* Keep the body of m, which has `n` jobs; not needed when ledger_add() lent the only one. */
int ledger_body(struct ledger *g, const struct msg *m, unsigned n, struct verdict *v);
/* Jobs due, as queue_due() says. The count, or -1; jobs has room for `most`. */
int ledger_due(struct ledger *g, const char *transport, int64_t until, unsigned most,
    struct job **jobs, int64_t *next, struct verdict *v);
/* Bring *j up to date and write its send, as queue_lend() says; *j may be replaced. 1: a report that
 * came before has settled it; 0; -1. */
int ledger_lend(struct ledger *g, struct job **j, int64_t settle_at, int64_t now, struct verdict *v);
/* Write a job that its transport has given back; its state and due are the new ones, was_due is the
 * time under which the store has it. 1: the next one of its conversation is due now; 0; -1. *heard:
 * its state is not the one given, but what a report said that came before. */
int ledger_back(struct ledger *g, struct job *j, int64_t was_due, int64_t now, bool *heard,
    struct verdict *v);

/* Take a report, as queue_report() says. 1: *j is the job that it is about, for job_free(), and
 * *heard what it did; 0: it is about none; -1. *turn: the next job of its conversation is due. */
int ledger_report(struct ledger *g, const struct report *r, int64_t now, struct job **j,
    enum heard *heard, bool *turn, struct verdict *v);
/* Jobs that wait for their reports, as queue_awaiting() says. */
int ledger_awaiting(struct ledger *g, const char *transport, int64_t now, unsigned most, long inquire,
    struct job **jobs, int64_t *next, struct verdict *v);
/* Does the sender of the job's message want to be told that? tell: enum queue_tell, for those who do
 * not say by NOTIFY (RFC 3461, 4.1); without one, failures and delays are told (as 6.1 has it). */
bool news_wanted(const struct job *j, enum job_news news, int tell);
/* Make news of jobs that have waited longer than delay_notice, of the `most` oldest that were not
 * looked at yet. How many were looked at, or -1. */
int ledger_delays(struct ledger *g, int64_t now, unsigned most, struct verdict *v);
/* What there is to tell of one message, as queue_notice() says. */
int ledger_notice(struct ledger *g, int64_t now, unsigned most, struct job **jobs,
    struct body **body, int64_t *next, struct verdict *v);
/* Its notice is due then and not before. */
int ledger_put_off(struct ledger *g, const char *id, int64_t until, struct verdict *v);
/* The sender of the message with these jobs has been told the news that they have. */
int ledger_told(struct ledger *g, struct job *const *jobs, size_t n, int64_t now, struct verdict *v);
/* Do an administrator's order (enum queue_order) to one job. 1: changed; 0: not; -1. */
int ledger_order(struct ledger *g, int order, const unsigned char key[JOB_KEY], int64_t now,
    struct verdict *v);
/* The jobs of a message, or of any of its names, at most `most`. The count, or -1. */
int ledger_find(struct ledger *g, const char *what, unsigned most, struct job **jobs,
    struct verdict *v);
/* Jobs that are not final behind `after` (NULL: from the start), at most `most`. */
int ledger_list(struct ledger *g, const unsigned char *after, unsigned most, struct job **jobs,
    struct verdict *v);
/* Forget the jobs from or to somebody (a URI) that are settled, of the next `most` from *at on, which is moved
 * on. *gone and *waiting (those that are not settled) grow. 1: there may be more; 0: that was the end; -1. */
int ledger_forget(struct ledger *g, const char *who, struct key *at, unsigned most, unsigned *gone,
    unsigned *waiting, struct verdict *v);
/* Forget final jobs whose messages came before `before` (ms), at most `most`. The count, or -1. */
int ledger_trim(struct ledger *g, int64_t before, unsigned most, struct verdict *v);

#endif
