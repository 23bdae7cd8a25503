/*
 * queue_admin.c - an administrator's orders and questions to the queue.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/ledger.h"
#include "bridge/store/queue_request.h"
#include "bridge/store/queue_store.h"

enum { LOOK_MOST = 1000 }; /* jobs in one answer */

static int
order_all(struct request *r, struct verdict *v)
{
	struct job *jobs[LOOK_MOST];
	int n = 1, rc = 0;

	r->changed = 0;
	if (r->rcpt >= 0) {
		rc = ledger_order(r->queue->ledger, r->order, r->key, loop_wall_ms(), v);
		r->changed += rc == 1;
		return rc < 0 ? -1 : 0;
	}
	n = ledger_find(r->queue->ledger, r->text, LOOK_MOST, jobs, v);
	for (int i = 0; i < n; i++) {
		unsigned char key[JOB_KEY];

		job_key(jobs[i]->msg->id, jobs[i]->rcpt, key);
		if (rc >= 0) {
			rc = ledger_order(r->queue->ledger, r->order, key, loop_wall_ms(), v);
			r->changed += rc == 1;
		}
		job_free(jobs[i]);
	}
	return n < 0 || rc < 0 ? -1 : 0;
}

static int
run_order(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int rc;

	request_begin_notices(r);
	rc = order_all(r, v);
	request_end_notices(r);
	return rc;
}

static void
answer_order(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	if (r->changed)
		queue_tell_news(r->queue, NULL);
	request_tell_notices(r);
	r->tell.on_order(r->arg, v->is == DONE ? r->changed : 0, v);
}

void
queue_order(struct queue *q, enum queue_order order, const char *id, int rcpt,
    void (*on_done)(void *arg, unsigned changed, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_order, answer_order);

	r->order = order;
	r->rcpt = msg_id_time(id) < 0 ? -1 : rcpt;
	r->text = xstrdup(id);
	if (r->rcpt >= 0)
		job_key(id, (unsigned)rcpt, r->key);
	r->tell.on_order = on_done;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}

static int
run_find(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int n = ledger_find(r->queue->ledger, r->text, r->most, r->jobs, v);

	r->njobs = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

static int
run_list(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int n = ledger_list(r->queue->ledger, r->from_start ? NULL : r->key, r->most, r->jobs, v);

	r->njobs = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

static void
answer_look(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	(void)v;
	r->tell.on_found(r->arg, r->jobs, r->njobs);
}

static struct request *
look(struct queue *q, int (*run)(struct op *op, struct verdict *v), unsigned most,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg)
{
	struct request *r = request_new(q, run, answer_look);

	r->op.undo = request_undo_look;
	r->most = most < LOOK_MOST ? most : LOOK_MOST;
	r->jobs = xcalloc(r->most, sizeof *r->jobs);
	r->tell.on_found = on_found;
	r->arg = arg;
	return r;
}

void
queue_find(struct queue *q, const char *what,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg)
{
	struct request *r = look(q, run_find, LOOK_MOST, on_found, arg);

	r->text = xstrdup(what);
	writer_take(q->writer, &r->op);
}

void
queue_list(struct queue *q, const char *after_id, unsigned after_rcpt, unsigned most,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg)
{
	struct request *r = look(q, run_list, most, on_found, arg);

	r->from_start = !after_id || msg_id_time(after_id) < 0;
	if (!r->from_start)
		job_key(after_id, after_rcpt, r->key);
	writer_take(q->writer, &r->op);
}

static int
run_backup(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;

	done(&r->op.v, "2.0.0", "ok");
	return r->queue->driver->backup(r->queue->store, r->text, v);
}

static void
answer_backup(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	r->tell.on_done(r->arg, v);
}

void
queue_backup(struct queue *q, const char *dir,
    void (*on_done)(void *arg, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_backup, answer_backup);

	r->op.alone = true;
	r->text = xstrdup(dir);
	r->tell.on_done = on_done;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}
