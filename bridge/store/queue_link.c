/*
 * queue_link.c - the queue is asked for what can be read at a link.
 */
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/ledger.h"
#include "bridge/store/link.h"
#include "bridge/store/queue_request.h"

static int
run_link(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;

	return link_read(&r->queue->ledger->shelf, r->text, &r->msg, &r->due, v) < 0 ? -1 : 0;
}

static void
undo_link(struct op *op)
{
	struct request *r = (struct request *)op;

	msg_free(r->msg);
	r->msg = NULL;
}

static void
answer_link(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	r->tell.on_link(r->arg, r->msg, r->due, v);
}

void
queue_link(struct queue *q, const char *token,
    void (*on_link)(void *arg, const struct msg *m, int64_t until, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_link, answer_link);

	r->op.undo = undo_link;
	r->text = xstrdup(token);
	r->tell.on_link = on_link;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}
