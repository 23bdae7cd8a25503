/*
 * queue.c - requests to the queue, made into transactions by one writer thread.
 *
 * Requests wait in a list. The writer takes all that wait, runs them one after another in one
 * transaction, commits it with one flush of the disk, and hands them back to the loop to be
 * answered. While it flushes, the next ones gather: the busier the queue, the fewer the flushes.
 *
 * A transaction that fails is undone whole. What only asks (an addition, a look) is then answered
 * "later"; what must be written (a job's outcome) is tried again until it can be: the other side's
 * "yes" is known already and must not be forgotten.
 */
#include "bridge/store/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/fault.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/ledger.h"

enum {
	BATCH = 256,	 /* requests in one transaction, so that none waits for ever */
	LOOK_MOST = 1000, /* jobs in one answer */
	TRIM_EVERY = 60 * 1000,
	TRIM_MOST = 500,
	AGAIN_MS = 500, /* between tries to write when the disk refuses */
};

const struct setting queue_rows[] = {
	{ "history", CONF_TIME, offsetof(struct queue_settings, history), "7 d", "1 h", "3650 d",
	    "how long a finished message can be shown, and a repeated submission is recognised" },
	{ "reserve", CONF_SIZE, offsetof(struct queue_settings, reserve), "100 MB", "0", NULL,
	    "bytes that must be free on the queue's disk for a message to be taken" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

/* A request. It is whoever's turn it is: the loop's, then the writer's, then the loop's again. */
struct op {
	struct op *next;
	struct queue *queue;
	int (*run)(struct queue *q, struct op *op, struct verdict *v);
	void (*answer)(struct op *op, const struct verdict *v); /* NULL: nobody waits */
	void (*undo)(struct op *op); /* the transaction it ran in is gone; NULL: nothing to undo */
	bool must;	/* tried until it is written */
	bool alone;	/* runs between transactions */
	struct verdict v;

	/* What each kind needs. */
	struct msg *msg;
	bool *lend;
	struct queue_added added;
	char first_id[MSG_ID];
	int64_t settle_at, expires, deadline, due;
	struct job *job;
	struct job **jobs;
	size_t njobs;
	char *text; /* a transport, a name, a directory */
	unsigned char key[JOB_KEY];
	bool from_start;
	unsigned most, changed;
	enum queue_order order;
	int rcpt;
	union { /* whom to tell */
		void (*on_added)(void *arg, const struct queue_added *added, const struct verdict *v);
		void (*on_due)(void *arg, struct job **jobs, size_t n, int64_t next);
		void (*on_lent)(void *arg, struct job *j);
		void (*on_order)(void *arg, unsigned changed, const struct verdict *v);
		void (*on_found)(void *arg, struct job **jobs, size_t n);
		void (*on_backup)(void *arg, const struct verdict *v);
	} tell;
	void *arg;
};

struct queue {
	struct loop *loop;
	struct queue_settings settings;
	const struct store_driver *driver;
	void *store;
	struct ledger *ledger;
	int lock_fd;
	struct timer trim;
	void (*on_news)(void *arg, const char *transport);
	void *news_arg;

	pthread_t writer;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t work;
	struct op *first, **last;	       /* for the writer */
	struct op *finished, **last_finished; /* for the loop */
	bool stop;

	_Atomic uint64_t commits, requests;
	atomic_bool full;
};

static int64_t
wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct op *
op_new(struct queue *q, int (*run)(struct queue *q, struct op *op, struct verdict *v),
    void (*answer)(struct op *op, const struct verdict *v))
{
	struct op *op = xcalloc(1, sizeof *op);

	op->queue = q;
	op->run = run;
	op->answer = answer;
	return op;
}

static void
op_free(struct op *op)
{
	msg_free(op->msg);
	free(op->lend);
	free(op->added.lent);
	free(op->jobs);
	free(op->text);
	free(op);
}

static void
submit(struct queue *q, struct op *op)
{
	pthread_mutex_lock(&q->lock);
	*q->last = op;
	q->last = &op->next;
	pthread_cond_signal(&q->work);
	pthread_mutex_unlock(&q->lock);
}

/* The writer. */

/* Take what waits, at most a batch; an op that runs alone comes alone. NULL: nothing, and stop. */
static struct op *
take(struct queue *q)
{
	struct op *batch, **end;

	pthread_mutex_lock(&q->lock);
	while (!q->first && !q->stop)
		pthread_cond_wait(&q->work, &q->lock);
	batch = q->first;
	end = batch ? &batch->next : &batch;
	if (batch && !batch->alone)
		for (int n = 1; *end && !(*end)->alone && n < BATCH; n++)
			end = &(*end)->next;
	q->first = *end;
	*end = NULL;
	if (!q->first)
		q->last = &q->first;
	pthread_mutex_unlock(&q->lock);
	return batch;
}

/* Run the batch as one transaction. 0, or -1 and *v: nothing of it happened. */
static int
transact(struct queue *q, struct op *batch, struct verdict *v)
{
	if (q->driver->begin(q->store, v) < 0)
		return -1;
	for (struct op *op = batch; op; op = op->next) {
		done(&op->v, "2.0.0", "ok");
		if (op->run(q, op, v) < 0)
			goto failed;
		q->requests++;
	}
	if (fault("queue.full"))
		later(v, "4.3.1", "queue: the disk is full, says the test");
	else if (depth_write(q->ledger->depths, &q->ledger->shelf, v) == 0) {
		fault("queue.before-commit");
		if (q->driver->commit(q->store, v) == 0) {
			fault("queue.after-commit");
			depth_settle(q->ledger->depths, true);
			q->commits++;
			return 0;
		}
	}
failed:
	q->driver->abort(q->store);
	depth_settle(q->ledger->depths, false);
	for (struct op *op = batch; op; op = op->next)
		if (op->undo)
			op->undo(op);
	return -1;
}

/* Answer what the writer is done with, on the loop. */
static void
on_finished(void *arg)
{
	struct queue *q = arg;
	struct op *op, *next;

	pthread_mutex_lock(&q->lock);
	op = q->finished;
	q->finished = NULL;
	q->last_finished = &q->finished;
	pthread_mutex_unlock(&q->lock);
	for (; op; op = next) {
		next = op->next;
		if (op->answer)
			op->answer(op, &op->v);
		op_free(op);
	}
}

/* Hand a batch over to be answered. */
static void
finish_batch(struct queue *q, struct op *batch)
{
	bool first;

	if (!batch)
		return;
	pthread_mutex_lock(&q->lock);
	first = !q->finished;
	*q->last_finished = batch;
	for (; batch; batch = batch->next)
		q->last_finished = &batch->next;
	pthread_mutex_unlock(&q->lock);
	if (first)
		loop_post(q->loop, on_finished, q);
}

/* The transaction failed. Answer those that can wait for another time; the others stay. */
static struct op *
fail_batch(struct queue *q, struct op *batch, const struct verdict *v)
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
	finish_batch(q, answered);
	return kept;
}

static void
note_full(struct queue *q, const struct verdict *v)
{
	bool full = v && strcmp(v->dsn, "4.3.1") == 0;

	if (full && !q->full)
		log_error("%s; no message is taken until there is room", v->text);
	else if (!full && q->full)
		log_info("queue: there is room again");
	q->full = full;
}

/* Wait a little before the next try; false when the queue is being closed. */
static bool
nap(struct queue *q)
{
	bool stop;

	usleep(AGAIN_MS * 1000);
	pthread_mutex_lock(&q->lock);
	stop = q->stop;
	pthread_mutex_unlock(&q->lock);
	return !stop;
}

static void *
write_batches(void *arg)
{
	struct queue *q = arg;
	struct verdict v;
	struct op *batch;

	while ((batch = take(q))) {
		if (batch->alone) {
			batch->run(q, batch, &batch->v);
			finish_batch(q, batch);
			continue;
		}
		while (batch && transact(q, batch, &v) < 0) {
			log_warn("%s", v.text);
			note_full(q, &v);
			if ((batch = fail_batch(q, batch, &v)) && !nap(q))
				return batch; /* the restart finds these jobs as they were lent */
		}
		if (batch) {
			note_full(q, NULL);
			finish_batch(q, batch);
		}
		q->driver->tidy(q->store);
	}
	return NULL;
}

/* Opening and closing. */

/* Only one process may have the queue; the kernel gives the lock back when that one dies. */
static int
lock_dir(const char *dir, struct verdict *v)
{
	char *path = xasprintf("%s/LOCK", dir);
	int fd;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		never(v, "5.3.0", "queue: %s: %s", dir, strerror(errno));
		free(path);
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		never(v, "5.3.0", "queue: %s: %s", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		never(v, "5.3.0", "queue: %s is in use by another triviumd", dir);
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

static void trim_later(struct queue *q, int64_t ms);

static struct queue *
open_on(struct loop *l, const struct queue_settings *s, const struct store_driver *driver,
    struct verdict *v)
{
	struct queue *q = xcalloc(1, sizeof *q);
	/* Not the process number, which may come back. */
	uint64_t run = (uint64_t)wall_ms() << 16 | (uint64_t)(getpid() & 0xffff);

	q->loop = l;
	q->settings = *s;
	q->driver = driver;
	q->last = &q->first;
	q->last_finished = &q->finished;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->work, NULL);
	if ((q->lock_fd = lock_dir(s->dir, v)) < 0 || !(q->store = driver->open(s->dir, v)) ||
	    !(q->ledger = ledger_open(driver, q->store, run, v))) {
		if (q->store)
			driver->close(q->store);
		if (q->lock_fd >= 0)
			close(q->lock_fd);
		free(q);
		return NULL;
	}
	if ((errno = pthread_create(&q->writer, NULL, write_batches, q)) != 0) {
		log_error("queue: no thread: %s", strerror(errno));
		abort();
	}
	trim_later(q, TRIM_EVERY);
	return q;
}

struct queue *
queue_open(struct loop *l, const struct queue_settings *s, struct verdict *v)
{
	return open_on(l, s, &store_bdb, v);
}

struct queue *
queue_open_mem(struct loop *l, const struct queue_settings *s, struct verdict *v)
{
	return open_on(l, s, &store_mem, v);
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
		job_free(op->job);
		op_free(op);
	}
}

void
queue_close(struct queue *q)
{
	void *unwritten;

	if (!q)
		return;
	timer_clear(q->loop, &q->trim);
	pthread_mutex_lock(&q->lock);
	q->stop = true;
	pthread_cond_signal(&q->work);
	pthread_mutex_unlock(&q->lock);
	pthread_join(q->writer, &unwritten);
	drop(unwritten);
	drop(q->first);
	drop(q->finished);
	ledger_close(q->ledger);
	q->driver->close(q->store);
	close(q->lock_fd);
	pthread_mutex_destroy(&q->lock);
	pthread_cond_destroy(&q->work);
	free(q);
}

void
queue_watch(struct queue *q, void (*on_news)(void *arg, const char *transport), void *arg)
{
	q->on_news = on_news;
	q->news_arg = arg;
}

static void
tell_news(struct queue *q, const char *transport)
{
	if (q->on_news)
		q->on_news(q->news_arg, transport);
}

/* Adding. */

static bool
disk_has_room(struct queue *q)
{
	struct statvfs fs;

	return statvfs(q->settings.dir, &fs) < 0 ||
	       (int64_t)(fs.f_bavail * fs.f_frsize) >= q->settings.reserve;
}

static int
run_add(struct queue *q, struct op *op, struct verdict *v)
{
	struct msg *m = op->msg;
	int64_t now = wall_ms();

	if (op->deadline && loop_ms() > op->deadline) {
		later(&op->v, "4.3.0", "the queue was too slow; nothing was taken");
		return 0;
	}
	for (size_t i = 0; i < m->nrcpts; i++) {
		int rc = ledger_add(q->ledger, m, i, op->lend && op->lend[i], now, op->settle_at,
		    op->expires, &op->added.lent[i], op->first_id, v);

		if (rc < 0)
			return -1;
		if (rc)
			op->added.added++;
		else
			op->added.repeated++;
	}
	return op->added.added ? ledger_body(q->ledger, m, op->added.added, v) : 0;
}

static void
undo_add(struct op *op)
{
	for (size_t i = 0; i < op->added.nrcpts; i++) {
		job_free(op->added.lent[i]);
		op->added.lent[i] = NULL;
	}
	op->added.added = op->added.repeated = 0;
}

/* What was lent gets its text, which the caller's message has already. */
static void
answer_add(struct op *op, const struct verdict *v)
{
	const struct msg *m = op->msg;

	for (size_t i = 0; i < op->added.nrcpts; i++) {
		struct job *j = op->added.lent[i];

		if (!j) {
			tell_news(op->queue, m->rcpts[i].transport);
			continue;
		}
		j->msg->text = arena_strdup(j->msg->arena, m->text);
		j->msg->subject = arena_strdup(j->msg->arena, m->subject);
	}
	op->added.id = op->added.added || !*op->first_id ? m->id : op->first_id;
	op->tell.on_added(op->arg, v->is == DONE ? &op->added : NULL, v);
}

void
queue_add(struct queue *q, struct msg *m, const bool *lend, int64_t settle_at, int64_t expires,
    int64_t deadline,
    void (*on_added)(void *arg, const struct queue_added *added, const struct verdict *v), void *arg)
{
	struct op *op = op_new(q, run_add, answer_add);

	op->msg = m;
	op->undo = undo_add;
	op->settle_at = settle_at;
	op->expires = expires;
	op->deadline = deadline;
	op->added.nrcpts = m->nrcpts;
	op->added.lent = xcalloc(m->nrcpts, sizeof *op->added.lent);
	if (lend) {
		op->lend = xcalloc(m->nrcpts, sizeof *lend);
		memcpy(op->lend, lend, m->nrcpts * sizeof *lend);
	}
	op->tell.on_added = on_added;
	op->arg = arg;
	if (!disk_has_room(q)) {
		later(&op->v, "4.3.1", "the queue's disk is full");
		finish_batch(q, op);
		return;
	}
	submit(q, op);
}

/* Lending. */

static int
run_due(struct queue *q, struct op *op, struct verdict *v)
{
	int n = ledger_due(q->ledger, op->text, op->due, op->most, op->jobs, &op->settle_at, v);

	op->njobs = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

static void
undo_look(struct op *op)
{
	while (op->njobs > 0)
		job_free(op->jobs[--op->njobs]);
}

static void
answer_due(struct op *op, const struct verdict *v)
{
	/* When the store could not tell, look again soon. */
	int64_t next = v->is == DONE ? op->settle_at : wall_ms() + AGAIN_MS;

	op->tell.on_due(op->arg, op->jobs, op->njobs, next);
}

void
queue_due(struct queue *q, const char *transport, int64_t until, unsigned most,
    void (*on_due)(void *arg, struct job **jobs, size_t n, int64_t next), void *arg)
{
	struct op *op = op_new(q, run_due, answer_due);

	op->undo = undo_look;
	op->text = xstrdup(transport);
	op->due = until;
	op->most = most;
	op->jobs = xcalloc(most, sizeof *op->jobs);
	op->tell.on_due = on_due;
	op->arg = arg;
	submit(q, op);
}

static int
run_lend(struct queue *q, struct op *op, struct verdict *v)
{
	return ledger_lend(q->ledger, &op->job, op->settle_at, v);
}

static void
answer_lend(struct op *op, const struct verdict *v)
{
	(void)v; /* it must be written, so it was */
	op->tell.on_lent(op->arg, op->job);
}

void
queue_lend(struct queue *q, struct job *j, int64_t settle_at,
    void (*on_lent)(void *arg, struct job *j), void *arg)
{
	struct op *op = op_new(q, run_lend, answer_lend);

	op->must = true;
	op->job = j;
	op->settle_at = settle_at;
	op->tell.on_lent = on_lent;
	op->arg = arg;
	submit(q, op);
}

/* Taking back. */

static int
run_back(struct queue *q, struct op *op, struct verdict *v)
{
	int rc = ledger_back(q->ledger, op->job, op->due, v);

	op->changed = rc == 1;
	return rc < 0 ? -1 : 0;
}

static void
answer_back(struct op *op, const struct verdict *v)
{
	(void)v;
	if (op->changed)
		tell_news(op->queue, job_rcpt(op->job)->transport);
	job_free(op->job);
}

static void
give_back(struct queue *q, struct job *j, enum job_state state, int64_t due, const char *why)
{
	struct op *op = op_new(q, run_back, answer_back);

	op->must = true;
	op->job = j;
	op->due = j->due; /* the one under which the store has it */
	j->state = state;
	j->due = due;
	job_note(j, why);
	submit(q, op);
}

void
queue_retry(struct queue *q, struct job *j, int64_t due, bool counted, const char *why)
{
	j->tries += counted;
	give_back(q, j, JOB_QUEUED, due, why);
}

void
queue_uncertain(struct queue *q, struct job *j, int64_t due, const char *why)
{
	j->unknowns++;
	j->again = true;
	give_back(q, j, JOB_UNCERTAIN, due, why);
}

void
queue_hold(struct queue *q, struct job *j, const char *why)
{
	give_back(q, j, JOB_HELD, wall_ms(), why);
}

void
queue_end(struct queue *q, struct job *j, enum job_state final, const char *request,
    const char *why)
{
	if (request)
		j->request = arena_strdup(j->msg->arena, request);
	give_back(q, j, final, wall_ms(), why);
}

/* An administrator's orders and questions. */

static int
run_order(struct queue *q, struct op *op, struct verdict *v)
{
	struct job *jobs[LOOK_MOST];
	int n = 1, rc = 0;

	op->changed = 0;
	if (op->rcpt >= 0) {
		rc = ledger_order(q->ledger, op->order, op->key, wall_ms(), v);
		op->changed += rc == 1;
		return rc < 0 ? -1 : 0;
	}
	n = ledger_find(q->ledger, op->text, LOOK_MOST, jobs, v);
	for (int i = 0; i < n; i++) {
		unsigned char key[JOB_KEY];

		job_key(jobs[i]->msg->id, jobs[i]->rcpt, key);
		if (rc >= 0) {
			rc = ledger_order(q->ledger, op->order, key, wall_ms(), v);
			op->changed += rc == 1;
		}
		job_free(jobs[i]);
	}
	return n < 0 || rc < 0 ? -1 : 0;
}

static void
answer_order(struct op *op, const struct verdict *v)
{
	if (op->changed)
		tell_news(op->queue, NULL);
	op->tell.on_order(op->arg, v->is == DONE ? op->changed : 0, v);
}

void
queue_order(struct queue *q, enum queue_order order, const char *id, int rcpt,
    void (*on_done)(void *arg, unsigned changed, const struct verdict *v), void *arg)
{
	struct op *op = op_new(q, run_order, answer_order);

	op->order = order;
	op->rcpt = msg_id_time(id) < 0 ? -1 : rcpt;
	op->text = xstrdup(id);
	if (op->rcpt >= 0)
		job_key(id, (unsigned)rcpt, op->key);
	op->tell.on_order = on_done;
	op->arg = arg;
	submit(q, op);
}

static int
run_find(struct queue *q, struct op *op, struct verdict *v)
{
	int n = ledger_find(q->ledger, op->text, op->most, op->jobs, v);

	op->njobs = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

static int
run_list(struct queue *q, struct op *op, struct verdict *v)
{
	int n = ledger_list(q->ledger, op->from_start ? NULL : op->key, op->most, op->jobs, v);

	op->njobs = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

static void
answer_look(struct op *op, const struct verdict *v)
{
	(void)v;
	op->tell.on_found(op->arg, op->jobs, op->njobs);
}

static struct op *
look(struct queue *q, int (*run)(struct queue *q, struct op *op, struct verdict *v), unsigned most,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg)
{
	struct op *op = op_new(q, run, answer_look);

	op->undo = undo_look;
	op->most = most < LOOK_MOST ? most : LOOK_MOST;
	op->jobs = xcalloc(op->most, sizeof *op->jobs);
	op->tell.on_found = on_found;
	op->arg = arg;
	return op;
}

void
queue_find(struct queue *q, const char *what,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg)
{
	struct op *op = look(q, run_find, LOOK_MOST, on_found, arg);

	op->text = xstrdup(what);
	submit(q, op);
}

void
queue_list(struct queue *q, const char *after_id, unsigned after_rcpt, unsigned most,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg)
{
	struct op *op = look(q, run_list, most, on_found, arg);

	op->from_start = !after_id || msg_id_time(after_id) < 0;
	if (!op->from_start)
		job_key(after_id, after_rcpt, op->key);
	submit(q, op);
}

static int
run_backup(struct queue *q, struct op *op, struct verdict *v)
{
	done(&op->v, "2.0.0", "ok");
	return q->driver->backup(q->store, op->text, v);
}

static void
answer_backup(struct op *op, const struct verdict *v)
{
	op->tell.on_backup(op->arg, v);
}

void
queue_backup(struct queue *q, const char *dir,
    void (*on_done)(void *arg, const struct verdict *v), void *arg)
{
	struct op *op = op_new(q, run_backup, answer_backup);

	op->alone = true;
	op->text = xstrdup(dir);
	op->tell.on_backup = on_done;
	op->arg = arg;
	submit(q, op);
}

/* Forgetting. */

static int
run_trim(struct queue *q, struct op *op, struct verdict *v)
{
	int n = ledger_trim(q->ledger, wall_ms() - q->settings.history, TRIM_MOST, v);

	op->changed = n < 0 ? 0 : (unsigned)n;
	return n < 0 ? -1 : 0;
}

static void
answer_trim(struct op *op, const struct verdict *v)
{
	(void)v;
	/* While there is more, a little at a time: the writer has other work. */
	trim_later(op->queue, op->changed ? 10 : TRIM_EVERY);
}

static void
on_trim(void *arg)
{
	struct queue *q = arg;

	submit(q, op_new(q, run_trim, answer_trim));
}

static void
trim_later(struct queue *q, int64_t ms)
{
	timer_set(q->loop, &q->trim, ms, on_trim, q);
}

struct queue_counts
queue_counts(struct queue *q)
{
	return (struct queue_counts){
		.commits = q->commits,
		.requests = q->requests,
		.jobs = depth_of(q->ledger->depths, NULL),
		.full = q->full || !disk_has_room(q),
	};
}

uint64_t
queue_depth(struct queue *q, const char *transport)
{
	return depth_of(q->ledger->depths, transport);
}
