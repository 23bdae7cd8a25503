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

struct verdict;

/* For the ledger's own files (ledger*.c). */
struct ledger {
	struct shelf shelf;
	struct depths *depths;
	uint64_t run;			/* this process's number */
	unsigned char trim_at[JOB_KEY]; /* where the last trimming stopped */
};
/* Is the job being sent by this very process? */
bool ledger_is_lent(const struct ledger *g, const struct job *j);
/* The job is final: it counts no more, and with the message's last one the body goes. */
int ledger_finish(struct ledger *g, struct job *j, struct verdict *v);

/* A ledger on a store (lent). run: the number of this process, which tells the jobs that it lent
 * from those that a process before it had lent. For ledger_close(); NULL and *v. */
struct ledger *ledger_open(const struct store_driver *driver, void *store, uint64_t run,
    struct verdict *v);
void ledger_close(struct ledger *g);
/* Add recipient i of m. now: ms. 1: added; *lent is the job when `lend` was asked for and its turn
 * has come, else NULL. 0: it came before, first_id says with which message. LEDGER_JOINED: its text
 * stands behind that of message first_id now. */
enum { LEDGER_JOINED = 2 };
int ledger_add(struct ledger *g, const struct msg *m, size_t i, bool lend, int64_t now,
    int64_t settle_at, int64_t expires, struct job **lent, char first_id[MSG_ID],
    struct verdict *v);
/* Keep the body of m, which has `n` jobs. */
int ledger_body(struct ledger *g, const struct msg *m, unsigned n, struct verdict *v);
/* Jobs due, as queue_due() says. The count, or -1; jobs has room for `most`. */
int ledger_due(struct ledger *g, const char *transport, int64_t until, unsigned most,
    struct job **jobs, int64_t *next, struct verdict *v);
/* Bring *j up to date and write its send, as queue_lend() says; *j may be replaced. */
int ledger_lend(struct ledger *g, struct job **j, int64_t settle_at, struct verdict *v);
/* Write a job that its transport has given back; its state and due are the new ones, was_due is the
 * time under which the store has it. 1: the next one of its conversation is due now; 0; -1. */
int ledger_back(struct ledger *g, struct job *j, int64_t was_due, struct verdict *v);
/* Do an administrator's order (enum queue_order) to one job. 1: changed; 0: not; -1. */
int ledger_order(struct ledger *g, int order, const unsigned char key[JOB_KEY], int64_t now,
    struct verdict *v);
/* The jobs of a message, or of any of its names, at most `most`. The count, or -1. */
int ledger_find(struct ledger *g, const char *what, unsigned most, struct job **jobs,
    struct verdict *v);
/* Jobs that are not final behind `after` (NULL: from the start), at most `most`. */
int ledger_list(struct ledger *g, const unsigned char *after, unsigned most, struct job **jobs,
    struct verdict *v);
/* Forget final jobs whose messages came before `before` (ms), at most `most`. The count, or -1. */
int ledger_trim(struct ledger *g, int64_t before, unsigned most, struct verdict *v);

#endif
