/*
 * queue_request.c - what all requests to the queue have in common.
 */
#include "bridge/store/queue_request.h"

#include <stdlib.h>

#include "bridge/base/mem.h"
#include "bridge/store/ledger.h"
#include "bridge/store/park.h"
#include "bridge/store/talk.h"

static void
request_free(struct op *op)
{
	struct request *r = (struct request *)op;

	msg_free(r->msg);
	job_free(r->job);
	free(r->lend);
	for (size_t i = 0; i < r->ntold; i++)
		job_free(r->told[i]);
	free(r->told);
	free(r->report);
	body_free(r->body);
	free(r->added.lent);
	free(r->jobs);
	free(r->text);
	free(r->phone);
	talks_free(r->talks);
	recall_free(r->recall);
	forget_free(r->forget);
	parked_free(r->parked, r->nparked);
	buf_free(&r->record);
	free(r);
}

struct request *
request_new(struct queue *q, int (*run)(struct op *op, struct verdict *v),
    void (*answer)(struct op *op, const struct verdict *v))
{
	struct request *r = xcalloc(1, sizeof *r);

	r->op = (struct op){ .run = run, .answer = answer, .free = request_free };
	r->queue = q;
	r->notice_at = INT64_MAX;
	return r;
}

void
request_begin_notices(struct request *r)
{
	r->queue->ledger->notice_at = INT64_MAX;
}

void
request_end_notices(struct request *r)
{
	r->notice_at = r->queue->ledger->notice_at;
}

void
request_tell_notices(const struct request *r)
{
	if (r->notice_at != INT64_MAX && r->queue->on_notice)
		r->queue->on_notice(r->queue->notice_arg, r->notice_at);
}

void
request_undo_look(struct op *op)
{
	struct request *r = (struct request *)op;

	while (r->njobs > 0)
		job_free(r->jobs[--r->njobs]);
}

void
queue_tell_news(struct queue *q, const char *transport)
{
	if (q->on_news)
		q->on_news(q->watch_arg, transport);
}
