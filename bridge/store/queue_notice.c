/*
 * queue_notice.c - questions to the queue: what is there to tell whom?
 */
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/ledger.h"
#include "bridge/store/queue_request.h"

enum {
	AGAIN_MS = 500, /* before it is asked again when it could not tell */
	DELAYS = 200,   /* jobs looked at for having waited long */
};

void
queue_watch_notices(struct queue *q, void (*on_notice)(void *arg, int64_t at), void *arg)
{
	q->on_notice = on_notice;
	q->notice_arg = arg;
}

static int
run_notice(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int n;

	if (ledger_delays(r->queue->ledger, r->due, DELAYS, v) < 0)
		return -1;
	n = ledger_notice(r->queue->ledger, r->due, r->most, r->jobs, &r->body, &r->settle_at, v);
	r->njobs = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

static void
undo_notice(struct op *op)
{
	struct request *r = (struct request *)op;

	request_undo_look(op);
	body_free(r->body);
	r->body = NULL;
}

static void
answer_notice(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;
	int64_t next = v->is == DONE ? r->settle_at : loop_wall_ms() + AGAIN_MS;

	r->tell.on_notice(r->arg, r->jobs, r->njobs, body_msg(r->body), next);
}

void
queue_notice(struct queue *q, int64_t now,
    void (*on_notice)(void *arg, struct job **jobs, size_t n, const struct msg *m, int64_t next),
    void *arg)
{
	struct request *r = request_new(q, run_notice, answer_notice);

	r->op.undo = undo_notice;
	r->due = now;
	r->most = MSG_MAX_RCPTS;
	r->jobs = xcalloc(r->most, sizeof *r->jobs);
	r->tell.on_notice = on_notice;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}

static int
run_put_off(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;

	return ledger_put_off(r->queue->ledger, r->text, r->due, v);
}

void
queue_put_off(struct queue *q, const char *id, int64_t until)
{
	struct request *r = request_new(q, run_put_off, NULL);

	r->text = xstrdup(id);
	r->due = until;
	writer_take(q->writer, &r->op);
}
