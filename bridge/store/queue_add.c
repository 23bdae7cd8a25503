/*
 * queue_add.c - messages put into the queue, and reports with what they tell of.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/ledger.h"
#include "bridge/store/link.h"
#include "bridge/store/queue_request.h"
#include "bridge/store/quota.h"

static int
run_add(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	struct msg *m = r->msg;
	int64_t now = loop_wall_ms();

	if (r->deadline && loop_ms() > r->deadline) {
		later(&r->op.v, "4.3.0", "the queue was too slow; nothing was taken");
		return 0;
	}
	for (size_t i = 0; m && i < m->nrcpts; i++) {
		int rc = ledger_add(r->queue->ledger, m, i, r->lend && r->lend[i], now,
		    r->settle_at, r->expires, &r->added.lent[i], r->first_id, v);

		if (rc < 0)
			return -1;
		if (r->queue->ledger->folded > r->added.folded)
			r->added.folded = r->queue->ledger->folded;
		if (rc == LEDGER_JOINED)
			r->added.joined++;
		else if (rc)
			r->added.added++;
		else
			r->added.repeated++;
	}
	if (r->added.added && !(m->nrcpts == 1 && r->added.lent[0]) &&
	    ledger_body(r->queue->ledger, m, r->added.added, v) < 0)
		return -1;
	if (m && m->link_token && r->added.added && link_write(&r->queue->ledger->shelf, m, v) < 0)
		return -1;
	if (m && m->payer && r->added.added &&
	    quota_charge(&r->queue->ledger->shelf, m->payer, now / 1000, r->added.added,
		r->added.added * m->cost, v) < 0)
		return -1;
	return r->ntold ? ledger_told(r->queue->ledger, r->told, r->ntold, now, v) : 0;
}

static void
undo_add(struct op *op)
{
	struct request *r = (struct request *)op;

	for (size_t i = 0; i < r->added.nrcpts; i++) {
		job_free(r->added.lent[i]);
		r->added.lent[i] = NULL;
	}
	r->added.added = r->added.repeated = r->added.joined = r->added.folded = 0;
}

/* What was lent is made whole by the caller's message. */
static void
answer_add(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;
	const struct msg *m = r->msg;

	if (m) {
		r->body = body_new(r->msg);
		r->msg = NULL;
	}
	for (size_t i = 0; i < r->added.nrcpts; i++) {
		if (r->added.lent[i])
			job_fill(r->added.lent[i], r->body);
		else
			queue_tell_news(r->queue, m->rcpts[i].transport);
	}
	if (m)
		r->added.id = r->added.added || !*r->first_id ? m->id : r->first_id;
	request_tell_notices(r);
	r->tell.on_added(r->arg, v->is == DONE ? &r->added : NULL, v);
}

static struct request *
request_add(struct queue *q, struct msg *m, const bool *lend, int64_t settle_at, int64_t expires)
{
	struct request *r = request_new(q, run_add, answer_add);

	r->msg = m;
	r->op.undo = undo_add;
	r->settle_at = settle_at;
	r->expires = expires;
	r->added.nrcpts = m ? m->nrcpts : 0;
	r->added.lent = xcalloc(r->added.nrcpts + 1, sizeof *r->added.lent);
	if (lend) {
		r->lend = xcalloc(r->added.nrcpts + 1, sizeof *lend);
		memcpy(r->lend, lend, r->added.nrcpts * sizeof *lend);
	}
	return r;
}

void
queue_add(struct queue *q, struct msg *m, const bool *lend, int64_t settle_at, int64_t expires,
    int64_t deadline,
    void (*on_added)(void *arg, const struct queue_added *added, const struct verdict *v),
    void *arg)
{
	struct request *r = request_add(q, m, lend, settle_at, expires);

	r->deadline = deadline;
	r->tell.on_added = on_added;
	r->arg = arg;
	if (!queue_has_room(q)) {
		later(&r->op.v, "4.3.1", "the queue's disk is full");
		writer_refuse(q->writer, &r->op);
		return;
	}
	writer_take(q->writer, &r->op);
}

void
queue_tell(struct queue *q, struct msg *m, struct job **about, size_t n, const bool *lend,
    int64_t settle_at, int64_t expires,
    void (*on_added)(void *arg, const struct queue_added *added, const struct verdict *v),
    void *arg)
{
	struct request *r = request_add(q, m, lend, settle_at, expires);

	r->told = xcalloc(n + 1, sizeof(struct job *));
	memcpy(r->told, about, n * sizeof(struct job *));
	r->ntold = n;
	r->tell.on_added = on_added;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}
