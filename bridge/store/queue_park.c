/*
 * queue_park.c - messages that wait outside the queue, as it were, until something was fetched for them.
 */
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "bridge/store/ledger.h"
#include "bridge/store/park.h"
#include "bridge/store/queue_request.h"

static void
answer_done(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	r->tell.on_done(r->arg, v);
}

static int
run_park(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;

	return park_write(&r->queue->ledger->shelf, r->text, r->phone, &r->record, v);
}

void
queue_park(struct queue *q, const char *transport, const struct msg *m, const char *link,
    void (*on_done)(void *arg, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_park, answer_done);

	r->text = xstrdup(transport);
	r->phone = xstrdup(m->id);
	buf_init(&r->record, SHELF_RECORD);
	park_format(m, link, &r->record);
	r->tell.on_done = on_done;
	r->arg = arg;
	if (!queue_has_room(q)) {
		later(&r->op.v, "4.3.1", "the queue's disk is full");
		writer_refuse(q->writer, &r->op);
		return;
	}
	writer_take(q->writer, &r->op);
}

static int
run_unpark(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;

	return park_drop(&r->queue->ledger->shelf, r->text, r->phone, v);
}

void
queue_unpark(struct queue *q, const char *transport, const char *id)
{
	struct request *r = request_new(q, run_unpark, NULL);

	r->op.must = r->op.lazy = true;
	r->text = xstrdup(transport);
	r->phone = xstrdup(id);
	writer_take(q->writer, &r->op);
}

static int
run_parked(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int n = park_read(&r->queue->ledger->shelf, r->text, &r->parked, v);

	r->nparked = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

static void
undo_parked(struct op *op)
{
	struct request *r = (struct request *)op;

	parked_free(r->parked, r->nparked);
	r->parked = NULL;
	r->nparked = 0;
}

static void
answer_parked(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	r->tell.on_parked(r->arg, r->parked, r->nparked, v);
}

void
queue_parked(struct queue *q, const char *transport,
    void (*on_parked)(void *arg, struct parked *list, size_t n, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_parked, answer_parked);

	r->op.undo = undo_parked;
	r->text = xstrdup(transport);
	r->tell.on_parked = on_parked;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}
