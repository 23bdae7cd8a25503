/*
 * writer.h - the one thread that writes into the store: takes requests from the loop, makes all that
 * wait one transaction, and gives them back to the loop to be answered.
 *
 * A transaction that fails is undone whole. What only asks (an addition, a look) is then answered
 * "later"; what must be written (a job's outcome) is tried again until it can be: the other side's
 * "yes" is known already and must not be forgotten.
 */
#ifndef BRIDGE_WRITER_H
#define BRIDGE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/verdict.h"

struct ledger;
struct loop;
struct writer;

/* A request; the first member of whatever it is about. It belongs to the loop, then to the writer,
 * then to the loop again. */
struct op {
	struct op *next;
	/* On the writer's thread, in a transaction: 0, or -1 and *v when the store could not, which
	 * undoes the transaction. A refusal that is not the store's is put into op->v, with 0. */
	int (*run)(struct op *op, struct verdict *v);
	/* Its transaction is gone: give back what run() made. NULL: nothing to give back. */
	void (*undo)(struct op *op);
	/* On the loop, when it is committed (v->is is DONE or run()'s own refusal) or was undone. */
	void (*answer)(struct op *op, const struct verdict *v);
	/* Always the last. */
	void (*free)(struct op *op);
	bool must;  /* is never answered before it is written */
	bool alone; /* runs between transactions */
	bool lazy;  /* waits a few milliseconds for a transaction to ride in */
	struct verdict v;
};

/* Start the thread on a ledger (lent). For writer_stop(). */
struct writer *writer_start(struct loop *l, struct ledger *g);
/* Take a request: it will be answered, on the loop, after all that came before it. */
void writer_take(struct writer *w, struct op *op);
/* Answer a request that never ran, on the loop, with what stands in op->v. */
void writer_refuse(struct writer *w, struct op *op);
/* Write what waits, end the thread. What was not answered by then never will be. */
void writer_stop(struct writer *w);
/* Transactions committed, and requests in them, since the start; and whether the last one failed for
 * want of room on the disk, within the last second. Any thread. */
void writer_count(struct writer *w, uint64_t *commits, uint64_t *requests, bool *full);

#endif
