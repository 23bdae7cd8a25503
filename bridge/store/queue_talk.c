/*
 * queue_talk.c - the queue is asked for a phone's conversations.
 */
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/ledger.h"
#include "bridge/store/queue_request.h"
#include "bridge/store/talk.h"

static int
run_talks(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;

	return talk_read(&r->queue->ledger->shelf, r->text, r->phone, &r->talks, v);
}

static void
undo_talks(struct op *op)
{
	struct request *r = (struct request *)op;

	talks_free(r->talks);
	r->talks = NULL;
}

static void
answer_talks(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;
	struct talks *t = r->talks;

	r->talks = NULL; /* it is the callee's */
	r->tell.on_talks(r->arg, t, v);
}

void
queue_talks(struct queue *q, const char *transport, const char *phone,
    void (*on_talks)(void *arg, struct talks *t, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_talks, answer_talks);

	r->op.undo = undo_talks;
	r->text = xstrdup(transport);
	r->phone = xstrdup(phone);
	r->tell.on_talks = on_talks;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}
