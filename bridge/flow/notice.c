/*
 * notice.c - sees that whoever wrote a message learns what became of it.
 *
 * One message at a time: what the queue says there is to tell stays so until a report that tells it
 * is on the disk, in one transaction. A crash in between costs nothing but the time to say it
 * again.
 */
#include "bridge/flow/notice.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/fault.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/intake.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/report.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"

enum {
	LOOK_MS = 10 * 1000,  /* between looks for what nobody wakes us for: delays */
	AGAIN_MS = 60 * 1000, /* before another try to tell what could not be taken */
};

struct notice {
	struct loop *loop;
	const struct intake *in;
	const char *hostname;
	struct timer timer;
	bool started;
	bool busy;        /* the queue works on it */
	char id[MSG_ID];  /* of the message whose sender is being told */
	char *to;         /* that sender */
	const char *what; /* the gravest of the news */
};

static void look(void *arg);

/* At a wall time, at the latest. */
static void
look_by(struct notice *n, int64_t at)
{
	int64_t ms = at - loop_wall_ms();

	if (ms > LOOK_MS)
		ms = LOOK_MS;
	if (ms < 0)
		ms = 0;
	if (n->started && (!n->timer.slot || n->timer.at > loop_ms() + ms))
		timer_set(n->loop, &n->timer, ms, look, n);
}

/* The name of a transport's driver. */
static const char *
driver_of(void *arg, const char *transport)
{
	const struct notice *n = arg;

	for (size_t i = 0; i < n->in->npumps; i++) {
		struct pump_state s;

		pump_look(n->in->pumps[i], &s);
		if (strcmp(s.name, transport) == 0)
			return s.driver;
	}
	return NULL;
}

static void
on_told(void *arg, const char *id, bool repeated, const struct verdict *v)
{
	struct notice *n = arg;

	(void)repeated;
	fault("notice.told");
	n->busy = false;
	if (v->is == DONE) {
		if (id)
			log_event(n->id, "from=<%s>, status=told (%s, by %s)", n->to, n->what, id);
		look_by(n, 0);
		return;
	}
	log_event(n->id, "from=<%s>, status=untold (%s), and told later", n->to, v->text);
	queue_put_off(n->in->queue, n->id, loop_wall_ms() + AGAIN_MS);
	look_by(n, 0);
}

static void
on_notice(void *arg, struct job **jobs, size_t count, const struct msg *m, int64_t next)
{
	struct notice *n = arg;
	const struct report_about about = { .msg = m,
		.jobs = jobs,
		.n = count,
		.hostname = n->hostname,
		.driver = driver_of,
		.arg = n };
	struct msg *report;

	if (count == 0 || !n->started) {
		for (size_t i = 0; i < count; i++)
			job_free(jobs[i]);
		n->busy = false;
		look_by(n, next);
		return;
	}
	memcpy(n->id, jobs[0]->msg->id, sizeof n->id);
	free(n->to);
	n->to = xstrdup(jobs[0]->msg->from);
	n->what = report_gravest(&about);
	report = report_new(&about);
	fault("notice.composed");
	intake_report(n->in, report, jobs, count, on_told, n);
}

static void
look(void *arg)
{
	struct notice *n = arg;

	if (!n->started || n->busy)
		return; /* whoever ends that looks again */
	n->busy = true;
	queue_notice(n->in->queue, loop_wall_ms(), on_notice, n);
}

static void
on_made(void *arg, int64_t at)
{
	look_by(arg, at);
}

struct notice *
notice_new(struct loop *l, const struct intake *in, const char *hostname)
{
	struct notice *n = xcalloc(1, sizeof *n);

	n->loop = l;
	n->in = in;
	n->hostname = hostname;
	queue_watch_notices(in->queue, on_made, n);
	return n;
}

void
notice_start(struct notice *n)
{
	n->started = true;
	look_by(n, 0);
}

void
notice_stop(struct notice *n)
{
	n->started = false;
	timer_clear(n->loop, &n->timer);
}

void
notice_free(struct notice *n)
{
	if (!n)
		return;
	notice_stop(n);
	free(n->to);
	free(n);
}
