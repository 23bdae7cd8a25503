/*
 * queue_report.c - reports of networks, brought to the queue; and those that never came.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/fault.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/ledger.h"
#include "bridge/store/queue_request.h"
#include "bridge/store/report.h"

/* A report with strings of its own, in one block, for free(). */
static struct report *
copy_report(const struct report *from)
{
	const char *strings[] = { from->correlator, from->request, from->transport, from->address,
		from->dsn, from->code, from->text };
	enum { STRINGS = sizeof strings / sizeof strings[0] };
	size_t room = sizeof *from;
	struct report *r;
	char *at;

	for (int i = 0; i < STRINGS; i++)
		room += strings[i] ? strlen(strings[i]) + 1 : 0;
	r = xcalloc(1, room);
	at = (char *)(r + 1);
	for (int i = 0; i < STRINGS; i++) {
		const char *s = strings[i];

		strings[i] = s ? at : NULL;
		if (s)
			at = stpcpy(at, s) + 1;
	}
	*r = (struct report){ strings[0], strings[1], strings[2], strings[3], from->is, strings[4],
		strings[5], strings[6] };
	return r;
}

static int
run_report(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	bool turn;
	int rc;

	request_begin_notices(r);
	rc = ledger_report(
	    r->queue->ledger, r->report, loop_wall_ms(), &r->job, &r->heard_as, &turn, v);
	request_end_notices(r);
	if (rc != 1)
		r->job = NULL;
	r->changed = rc == 1 && turn;
	return rc < 0 ? -1 : 0;
}

static void
undo_report(struct op *op)
{
	struct request *r = (struct request *)op;

	job_free(r->job);
	r->job = NULL;
}

static const char *
report_word(enum report_is is)
{
	switch (is) {
	case REPORT_DELIVERED:
		return "delivered";
	case REPORT_FAILED:
		return "failed";
	case REPORT_RELAYED:
		return "relayed";
	case REPORT_WAITING:
		break;
	}
	return "waiting";
}

/* What was said: the network's own word, else a sentence. */
static const char *
said(const struct job *j)
{
	return j->code ? j->code : j->said ? j->said : "";
}

void
queue_log_report(const struct job *j)
{
	const char *status = job_state_name(j->state);

	if (j->state == JOB_SENT && !j->awaits)
		status = "relayed";
	log_event(j->msg->id, "to=<%s>, transport=%s, delay=%lld, dsn=%s, status=%s (%s)",
	    job_rcpt(j)->to, job_rcpt(j)->transport, (long long)(time(NULL) - j->msg->arrived),
	    j->dsn ? j->dsn : "-", status, said(j));
}

static void
answer_report(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;
	const struct job *j = r->job;

	fault("report.committed");
	if (j && r->heard_as == HEARD_NEWS)
		queue_log_report(j);
	if (j && r->heard_as == HEARD_TOO_LATE)
		log_event(j->msg->id,
		    "to=<%s>, transport=%s, status=%s (a report says %s, which is too late)",
		    job_rcpt(j)->to, job_rcpt(j)->transport, job_state_name(j->state),
		    report_word(r->report->is));
	if (r->changed)
		queue_tell_news(r->queue, job_rcpt(j)->transport);
	request_tell_notices(r);
	r->tell.on_report(r->arg, j ? j->msg->id : NULL, j && r->heard_as == HEARD_NEWS, v);
}

void
queue_report(struct queue *q, const struct report *r,
    void (*on_done)(void *arg, const char *id, bool changed, const struct verdict *v), void *arg)
{
	struct request *request = request_new(q, run_report, answer_report);

	request->op.undo = undo_report;
	request->report = copy_report(r);
	request->tell.on_report = on_done;
	request->arg = arg;
	writer_take(q->writer, &request->op);
}

/* No report. */

static int
run_awaiting(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int n;

	request_begin_notices(r);
	n = ledger_awaiting(
	    r->queue->ledger, r->text, r->due, r->most, r->inquire, r->jobs, &r->settle_at, v);
	request_end_notices(r);
	r->njobs = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

static void
answer_awaiting(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	for (size_t i = 0; i < r->njobs; i++)
		if (r->jobs[i]->state == JOB_NO_REPORT)
			queue_log_report(r->jobs[i]);
	request_tell_notices(r);
	/* When the store could not tell: soon again. */
	r->tell.on_due(r->arg, r->jobs, r->njobs, v->is == DONE ? r->settle_at : r->due);
}

void
queue_awaiting(struct queue *q, const char *transport, int64_t now, unsigned most, long inquire,
    void (*on_awaiting)(void *arg, struct job **jobs, size_t n, int64_t next), void *arg)
{
	struct request *r = request_new(q, run_awaiting, answer_awaiting);

	r->op.undo = request_undo_look;
	r->text = xstrdup(transport);
	r->due = now;
	r->most = most;
	r->inquire = inquire;
	r->jobs = xcalloc(most, sizeof *r->jobs);
	r->tell.on_due = on_awaiting;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}
