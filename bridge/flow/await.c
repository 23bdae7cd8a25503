/*
 * await.c - sees to messages whose networks were asked to report, and have not.
 *
 * Each transport is looked at on its own timer: when its first message is due, or after a while,
 * since those that are sent meanwhile are due later than that. A portion at a time, and the network
 * answers by way of receive_report(), as if it had called.
 */
#include "bridge/flow/await.h"

#include <stdbool.h>
#include <stdlib.h>

#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/tally.h"
#include "bridge/store/queue.h"

enum {
	ASKED = 50,          /* messages asked about at a time */
	ASKED_MS = 1000,     /* between two times: what is asked for is answered meanwhile */
	GIVEN_UP = 500,      /* messages given up at a time, where nothing is asked */
	LOOK_MS = 20 * 1000, /* between two looks, at most */
	LOOK_LEAST_MS = 50,
};

struct awaited {
	struct await *await;
	struct pump *pump;
	struct timer timer;
};

struct await {
	struct loop *loop;
	struct queue *queue;
	struct awaited *all;
	size_t n;
	long look_ms;
	bool started;
};

static void look(void *arg);

static void
look_in(struct awaited *a, int64_t ms)
{
	if (a->await->started)
		timer_set(a->await->loop, &a->timer, ms, look, a);
}

static void
on_awaiting(void *arg, struct job **jobs, size_t n, int64_t next)
{
	struct awaited *a = arg;
	long most = pump_inquire(a->pump);
	int64_t ms = next == INT64_MAX ? LOOK_MS : next - loop_wall_ms();

	for (size_t i = 0; i < n; i++) {
		if (a->await->started && jobs[i]->state == JOB_SENT)
			pump_ask_after(a->pump, jobs[i]);
		pump_tally(a->pump)->no_report += jobs[i]->state == JOB_NO_REPORT;
		job_free(jobs[i]);
	}
	/* What is sent just now is to be asked about, or given up, after so long. */
	if (most == 0 || most > a->await->look_ms)
		most = a->await->look_ms;
	if (ms > most)
		ms = most;
	if (n == ASKED && pump_inquire(a->pump))
		ms = ASKED_MS;
	look_in(a, ms < LOOK_LEAST_MS ? LOOK_LEAST_MS : ms);
}

static void
look(void *arg)
{
	struct awaited *a = arg;

	queue_awaiting(a->await->queue, pump_name(a->pump), loop_wall_ms(),
	    pump_inquire(a->pump) ? ASKED : GIVEN_UP, pump_inquire(a->pump), on_awaiting, a);
}

struct await *
await_new(
    struct loop *l, struct queue *q, struct pump *const *pumps, size_t npumps, long report_wait)
{
	struct await *a = xcalloc(1, sizeof *a);

	a->loop = l;
	a->queue = q;
	a->n = npumps;
	a->look_ms = report_wait < LOOK_MS ? report_wait : LOOK_MS;
	a->all = xcalloc(npumps + 1, sizeof *a->all);
	for (size_t i = 0; i < npumps; i++) {
		a->all[i].await = a;
		a->all[i].pump = pumps[i];
	}
	return a;
}

void
await_start(struct await *a)
{
	a->started = true;
	for (size_t i = 0; i < a->n; i++)
		look_in(&a->all[i], 0);
}

void
await_stop(struct await *a)
{
	a->started = false;
	for (size_t i = 0; i < a->n; i++)
		timer_clear(a->loop, &a->all[i].timer);
}

void
await_free(struct await *a)
{
	if (!a)
		return;
	await_stop(a);
	free(a->all);
	free(a);
}
