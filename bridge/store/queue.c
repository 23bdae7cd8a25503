/*
 * queue.c - the queue's requests: each is filled in here, done by the ledger on the writer's thread,
 * and answered here.
 */
#include "bridge/store/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/ledger.h"
#include "bridge/store/link.h"
#include "bridge/store/queue_request.h"
#include "bridge/store/trail.h"

enum {
	TRIM_EVERY = 60 * 1000,
	TRIM_MOST = 500,
	ROOM_MS = 100,
	AGAIN_MS = 500, /* before the queue is looked at again when it could not tell */
};

const struct setting queue_rows[] = {
	{ "history", CONF_TIME, offsetof(struct queue_settings, history), "7 d", "1 h", "3650 d",
	    "how long a finished message can be shown, and a repeated submission is recognised" },
	{ "reserve", CONF_SIZE, offsetof(struct queue_settings, reserve), "100 MB", "0", NULL,
	    "bytes that must be free on the queue's disk for a message to be taken" },
	{ "report", CONF_CHOICE, offsetof(struct queue_settings, report), "failed", "failed all digest",
	    NULL, "what whoever wrote a message is told without having asked: failures and delays, also "
	    "that it was delivered, or all of that at once when it is known of every recipient" },
	{ "report_gather", CONF_TIME, offsetof(struct queue_settings, report_gather), "1 m", "0", "1 d",
	    "how long news of one recipient wait for those of the message's others, to be told with them" },
	{ "report_wait", CONF_TIME, offsetof(struct queue_settings, report_wait), "3 d", "1 s", "30 d",
	    "how long a platform's delivery report is waited for" },
	{ "report_cut", CONF_BOOL, offsetof(struct queue_settings, report_cut), "yes", NULL, NULL,
	    "who wrote a message that a phone got less than all of is told what was left out: how much "
	    "text, which attachments" },
	{ "delay_notice", CONF_TIME, offsetof(struct queue_settings, delay_notice), "4 h", "1 s", "30 d",
	    "whoever wrote a message that has not been sent by then is told so, once" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

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
	uint64_t run = (uint64_t)loop_wall_ms() << 16 | (uint64_t)(getpid() & 0xffff);

	q->loop = l;
	q->settings = *s;
	q->driver = driver;
	if ((q->lock_fd = lock_dir(s->dir, v)) < 0 || !(q->store = driver->open(s->dir, v)) ||
	    !(q->ledger = ledger_open(driver, q->store, &q->settings, run, v))) {
		if (q->store)
			driver->close(q->store);
		if (q->lock_fd >= 0)
			close(q->lock_fd);
		free(q);
		return NULL;
	}
	q->writer = writer_start(l, q->ledger);
	q->room_at = -ROOM_MS;
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

void
queue_close(struct queue *q)
{
	if (!q)
		return;
	timer_clear(q->loop, &q->trim);
	writer_stop(q->writer);
	ledger_close(q->ledger);
	q->driver->close(q->store);
	close(q->lock_fd);
	free(q);
}

void
queue_watch(struct queue *q, void (*on_news)(void *arg, const char *transport),
    void (*on_back)(void *arg, const char *transport), void *arg)
{
	q->on_news = on_news;
	q->on_back = on_back;
	q->watch_arg = arg;
}

/* Lending. */

static int
run_due(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int n = ledger_due(r->queue->ledger, r->text, r->due, r->most, r->jobs, &r->settle_at, v);

	r->njobs = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

static void
answer_due(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;
	/* When the store could not tell, look again soon. */
	int64_t next = v->is == DONE ? r->settle_at : loop_wall_ms() + AGAIN_MS;

	r->tell.on_due(r->arg, r->jobs, r->njobs, next);
}

void
queue_due(struct queue *q, const char *transport, int64_t until, unsigned most,
    void (*on_due)(void *arg, struct job **jobs, size_t n, int64_t next), void *arg)
{
	struct request *r = request_new(q, run_due, answer_due);

	r->op.undo = request_undo_look;
	r->text = xstrdup(transport);
	r->due = until;
	r->most = most;
	r->jobs = xcalloc(most, sizeof *r->jobs);
	r->tell.on_due = on_due;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}

static int
run_lend(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;

	int rc;

	request_begin_notices(r);
	rc = ledger_lend(r->queue->ledger, &r->job, r->settle_at, loop_wall_ms(), v);
	request_end_notices(r);
	r->heard = rc == 1;
	return rc < 0 ? -1 : 0;
}

static void
answer_lend(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	(void)v; /* it must be written, so it was */
	if (r->heard) {
		queue_log_report(r->job);
		queue_tell_news(r->queue, job_rcpt(r->job)->transport);
	}
	request_tell_notices(r);
	r->tell.on_lent(r->arg, r->job);
	r->job = NULL; /* it is the callee's */
}

void
queue_lend(struct queue *q, struct job *j, int64_t settle_at,
    void (*on_lent)(void *arg, struct job *j), void *arg)
{
	struct request *r = request_new(q, run_lend, answer_lend);

	r->op.must = true;
	r->job = j;
	r->settle_at = settle_at;
	r->tell.on_lent = on_lent;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}

/* Taking back. */

static int
run_back(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int rc;

	request_begin_notices(r);
	rc = ledger_back(r->queue->ledger, r->job, r->due, loop_wall_ms(), &r->heard, v);
	request_end_notices(r);
	r->changed = rc == 1;
	return rc < 0 ? -1 : 0;
}

static void
answer_back(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	(void)v;
	if (r->heard)
		queue_log_report(r->job);
	request_tell_notices(r);
	if (r->queue->on_back)
		r->queue->on_back(r->queue->watch_arg, job_rcpt(r->job)->transport);
	if (r->changed)
		queue_tell_news(r->queue, job_rcpt(r->job)->transport);
}

static void
give_back(struct queue *q, struct job *j, enum job_state state, int64_t due, const char *why)
{
	struct request *r = request_new(q, run_back, answer_back);

	r->op.must = r->op.lazy = true;
	r->job = j;
	r->due = j->due; /* the one under which the store has it */
	j->state = state;
	j->due = due;
	job_note(j, why);
	writer_take(q->writer, &r->op);
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
	j->released = false;
	give_back(q, j, JOB_UNCERTAIN, due, why);
}

void
queue_hold(struct queue *q, struct job *j, const char *why)
{
	j->released = false;
	give_back(q, j, JOB_HELD, loop_wall_ms(), why);
}

void
queue_end(struct queue *q, struct job *j, enum job_state final, const char *request,
    const char *why)
{
	if (request)
		j->request = arena_strdup(j->msg->arena, request);
	give_back(q, j, final, loop_wall_ms(), why);
}

void
queue_taken(struct queue *q, struct job *j, const char *request, const char *why)
{
	char line[JOB_WHY];

	snprintf(line, sizeof line, "part %u of %u: %s", trail_taken(j) + 1, j->parts, why);
	if (request)
		j->request = arena_strdup(j->msg->arena, request);
	trail_take(j, request, j->awaits);
	give_back(q, j, trail_state(j), loop_wall_ms(), line);
}

/* Forgetting. */

static int
run_trim(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int n = ledger_trim(r->queue->ledger, loop_wall_ms() - r->queue->settings.history, TRIM_MOST, v);

	int links = n < 0 ? -1 : link_trim(&r->queue->ledger->shelf, loop_wall_ms() / 1000, TRIM_MOST, v);

	r->changed = links < 0 ? 0 : (unsigned)(n + links);
	return links < 0 ? -1 : 0;
}

static void
answer_trim(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	(void)v;
	/* While there is more, a little at a time: the writer has other work. */
	trim_later(r->queue, r->changed ? 10 : TRIM_EVERY);
}

static void
on_trim(void *arg)
{
	struct queue *q = arg;

	writer_take(q->writer, &request_new(q, run_trim, answer_trim)->op);
}

static void
trim_later(struct queue *q, int64_t ms)
{
	timer_set(q->loop, &q->trim, ms, on_trim, q);
}

/* Counting. */

/* Asked for every message, and looked up ten times a second: the reserve is larger than what can be
 * written in between. */
bool
queue_has_room(struct queue *q)
{
	struct statvfs fs;
	int64_t now = loop_ms();

	if (now - q->room_at >= ROOM_MS) {
		q->room_at = now;
		q->room = statvfs(q->settings.dir, &fs) < 0 ||
			  (int64_t)(fs.f_bavail * fs.f_frsize) >= q->settings.reserve;
	}
	return q->room;
}

struct queue_counts
queue_counts(struct queue *q)
{
	struct queue_counts c = { .jobs = depth_of(q->ledger->depths, NULL) };

	writer_count(q->writer, &c.commits, &c.requests, &c.full);
	c.full = c.full || !queue_has_room(q);
	return c;
}

uint64_t
queue_depth(struct queue *q, const char *transport)
{
	return depth_of(q->ledger->depths, transport);
}
