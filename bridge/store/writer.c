/*
 * writer.c - the one thread that writes into the store.
 *
 * Requests wait in a list. The writer takes all that wait, runs them one after another in one
 * transaction, commits it with one flush of the disk, and hands them back to the loop to be
 * answered. While it flushes, the next ones gather: the busier the queue, the fewer the flushes.
 */
#include "bridge/store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/fault.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/store/ledger.h"
#include "bridge/store/queue_store.h"

enum {
	BATCH = 64,	/* requests in one transaction, so that none waits for ever */
	AGAIN_MS = 500, /* between tries to write when the disk refuses */
	FULL_MS = 1000, /* how long a full disk is believed in */
	COMPLAIN_MS = 60 * 1000,
	LAZY_MS = 4,	/* how long the lazy ones wait for others to come along */
	HAND_OVER = 16, /* requests that the loop gathers for the thread */
};

struct writer {
	struct loop *loop;
	struct ledger *ledger;
	char complaint[sizeof ((struct verdict *)0)->text]; /* the last one; the thread's */
	int64_t complained;				    /* when, monotonic ms */
	struct op *taken, **last_taken;			    /* the loop's, to be handed over */
	unsigned ntaken, urgent_taken;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t work;
	struct op *first, **last;	      /* for the thread */
	unsigned urgent;		      /* of those: not lazy */
	struct op *finished, **last_finished; /* for the loop */
	bool stop;
	_Atomic uint64_t commits, requests;
	bool full;		       /* the thread's: so the log says it once */
	_Atomic int64_t full_until;    /* monotonic ms: for so long nothing need be tried */
};

/* Wait, with the lock held, until there is work. What is lazy is work after a while: when the disk is
 * busy with other things anyway, it costs no flush of its own. */
static void
wait_for_work(struct writer *w)
{
	struct timespec until;

	while (!w->first && !w->stop)
		pthread_cond_wait(&w->work, &w->lock);
	if (w->urgent || w->stop)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LAZY_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	while (!w->urgent && !w->stop &&
	    pthread_cond_timedwait(&w->work, &w->lock, &until) != ETIMEDOUT)
		;
}

/* Take what waits, at most a batch; an op that runs alone comes alone. NULL: nothing, and stop. */
static struct op *
take(struct writer *w)
{
	struct op *batch, **end;

	pthread_mutex_lock(&w->lock);
	wait_for_work(w);
	batch = w->first;
	end = batch ? &batch->next : &batch;
	if (batch && !batch->alone)
		for (int n = 1; *end && !(*end)->alone && n < BATCH; n++)
			end = &(*end)->next;
	for (struct op *op = batch; op && op != *end; op = op->next)
		w->urgent -= !op->lazy;
	w->first = *end;
	*end = NULL;
	if (!w->first)
		w->last = &w->first;
	pthread_mutex_unlock(&w->lock);
	return batch;
}

static int
commit(struct writer *w, struct verdict *v)
{
	struct shelf *s = &w->ledger->shelf;

	if (fault("queue.full"))
		return later(v, "4.3.1", "queue: the disk is full, says the test");
	if (depth_write(w->ledger->depths, s, v) < 0)
		return -1;
	fault("queue.before-commit");
	if (shelf_commit(s, v) < 0)
		return -1;
	fault("queue.after-commit");
	ledger_settle(w->ledger, true);
	w->commits++;
	return 0;
}

/* Run the batch as one transaction. 0, or -1 and *v: nothing of it happened. */
static int
transact(struct writer *w, struct op *batch, struct verdict *v)
{
	struct shelf *s = &w->ledger->shelf;

	if (shelf_begin(s, v) < 0)
		return -1;
	for (struct op *op = batch; op; op = op->next) {
		done(&op->v, "2.0.0", "ok");
		if (op->run(op, v) < 0)
			goto failed;
		w->requests++;
	}
	if (commit(w, v) == 0)
		return 0;
failed:
	shelf_abort(s);
	ledger_settle(w->ledger, false);
	for (struct op *op = batch; op; op = op->next)
		if (op->undo)
			op->undo(op);
	return -1;
}

/* Answer what the writer is done with, on the loop. */
static void
on_finished(void *arg)
{
	struct writer *w = arg;
	struct op *op, *next;

	pthread_mutex_lock(&w->lock);
	op = w->finished;
	w->finished = NULL;
	w->last_finished = &w->finished;
	pthread_mutex_unlock(&w->lock);
	for (; op; op = next) {
		next = op->next;
		if (op->answer)
			op->answer(op, &op->v);
		op->free(op);
	}
}

/* Hand a batch over to be answered. */
static void
finish_batch(struct writer *w, struct op *batch)
{
	bool first;

	if (!batch)
		return;
	pthread_mutex_lock(&w->lock);
	first = !w->finished;
	*w->last_finished = batch;
	for (; batch; batch = batch->next)
		w->last_finished = &batch->next;
	pthread_mutex_unlock(&w->lock);
	if (first)
		loop_post(w->loop, on_finished, w);
}

/* The transaction failed. Answer those that can wait for another time; the others stay. */
static struct op *
fail_batch(struct writer *w, struct op *batch, const struct verdict *v)
{
	struct op *answered = NULL, **a = &answered, *kept = NULL, **k = &kept;

	for (struct op *op = batch; op; op = op->next) {
		if (op->must) {
			*k = op;
			k = &op->next;
		} else {
			op->v = *v;
			*a = op;
			a = &op->next;
		}
	}
	*a = *k = NULL;
	finish_batch(w, answered);
	return kept;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Whether there is room is known only by trying. So a full disk is believed in for a moment: were
 * every message refused until one is committed, none ever would be. */
static void
note_full(struct writer *w, const struct verdict *v)
{
	bool full = v && strcmp(v->dsn, "4.3.1") == 0;

	if (full && !w->full)
		log_error("%s; no message is taken until there is room", v->text);
	else if (!full && w->full)
		log_info("queue: there is room again");
	w->full = full;
	w->full_until = full ? now_ms() + FULL_MS : 0;
}

/* Say what is wrong, but the same only once a minute: the log may be on the same disk. */
static void
complain(struct writer *w, const struct verdict *v)
{
	int64_t now = loop_ms();

	if (strcmp(w->complaint, v->text) == 0 && now - w->complained < COMPLAIN_MS)
		return;
	snprintf(w->complaint, sizeof w->complaint, "%s", v->text);
	w->complained = now;
	log_warn("%s", v->text);
}

/* Wait a little before the next try; false when the queue is being closed. */
static bool
nap(struct writer *w)
{
	bool stop;

	usleep(AGAIN_MS * 1000);
	pthread_mutex_lock(&w->lock);
	stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return !stop;
}

static int
flush(struct writer *w, struct verdict *v)
{
	const struct store_driver *driver = w->ledger->shelf.driver;

	if (fault("queue.unflushed"))
		return later(v, "4.3.1", "queue: what is committed is not on the disk, says the test");
	return driver->flush ? driver->flush(w->ledger->shelf.store, v) : 0;
}

/* What is committed has happened, and cannot be undone; but nobody may be told before it is on the
 * disk. false: the queue is being closed, and it still is not. */
static bool
wait_for_disk(struct writer *w)
{
	struct verdict v;

	while (flush(w, &v) < 0) {
		complain(w, &v);
		note_full(w, &v);
		if (!nap(w))
			return false;
	}
	return true;
}

static void *
write_batches(void *arg)
{
	struct writer *w = arg;
	struct verdict v;
	struct op *batch;

	while ((batch = take(w))) {
		if (batch->alone) {
			batch->run(batch, &batch->v);
			finish_batch(w, batch);
			continue;
		}
		while (batch && transact(w, batch, &v) < 0) {
			complain(w, &v);
			note_full(w, &v);
			if ((batch = fail_batch(w, batch, &v)) && !nap(w))
				return batch; /* the restart finds these jobs as they were lent */
		}
		if (batch) {
			if (!wait_for_disk(w))
				return batch;
			note_full(w, NULL);
			finish_batch(w, batch);
		}
		w->ledger->shelf.driver->tidy(w->ledger->shelf.store);
	}
	return NULL;
}

/* Hand over to the thread what the loop has taken since the last time: the thread is woken once for
 * all of it, and does not begin a batch with the first one alone. */
static void
hand_over(void *arg)
{
	struct writer *w = arg;
	bool wake;

	if (!w->taken)
		return;
	pthread_mutex_lock(&w->lock);
	wake = !w->first || w->urgent_taken;
	*w->last = w->taken;
	w->last = w->last_taken;
	w->urgent += w->urgent_taken;
	pthread_mutex_unlock(&w->lock);
	if (wake)
		pthread_cond_signal(&w->work);
	w->taken = NULL;
	w->last_taken = &w->taken;
	w->ntaken = w->urgent_taken = 0;
}

struct writer *
writer_start(struct loop *l, struct ledger *g)
{
	struct writer *w = xcalloc(1, sizeof *w);
	pthread_condattr_t clock;

	w->loop = l;
	w->ledger = g;
	w->last = &w->first;
	w->last_taken = &w->taken;
	w->last_finished = &w->finished;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&w->work, &clock);
	pthread_condattr_destroy(&clock);
	if ((errno = pthread_create(&w->thread, NULL, write_batches, w)) != 0) {
		log_error("queue: no thread: %s", strerror(errno));
		abort();
	}
	loop_each_turn(l, hand_over, w);
	return w;
}

void
writer_take(struct writer *w, struct op *op)
{
	*w->last_taken = op;
	w->last_taken = &op->next;
	w->urgent_taken += !op->lazy;
	if (++w->ntaken == HAND_OVER)
		hand_over(w);
}

void
writer_refuse(struct writer *w, struct op *op)
{
	finish_batch(w, op);
}

/* Nobody will be told any more. */
static void
drop(struct op *op)
{
	struct op *next;

	for (; op; op = next) {
		next = op->next;
		if (op->undo)
			op->undo(op);
		op->free(op);
	}
}

void
writer_stop(struct writer *w)
{
	void *unwritten;

	hand_over(w);
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, &unwritten);
	drop(unwritten);
	drop(w->first);
	drop(w->finished);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	free(w);
}

void
writer_count(struct writer *w, uint64_t *commits, uint64_t *requests, bool *full)
{
	*commits = w->commits;
	*requests = w->requests;
	*full = now_ms() < w->full_until;
}
