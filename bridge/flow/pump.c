/*
 * pump.c - takes jobs from the queue when they are due and lends them to their transport.
 *
 * A job walks: window (in memory, due) -> lent by the queue (its send is on the disk) -> the
 * transport -> finish(). A job of unknown outcome walks the same way, and is asked about first.
 *
 * A pause is the transport's own trouble: connections refused, logins rejected, one unknown outcome
 * after another. While it lasts, one job at a time goes out as a probe; the first that is answered
 * ends it.
 */
#include "bridge/flow/pump.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/flow/pump_inside.h"
#include "bridge/flow/transport.h"
#include "bridge/store/trail.h"

enum {
	WINDOW = 256,
	SWEEP_MS = 60 * 1000, /* how often a paused transport's window is looked at for expired jobs */
};

const struct setting pump_rows[] = {
	{ "driver", CONF_STRING, offsetof(struct pump_settings, driver), NULL, NULL, NULL,
	    "the protocol: the name of a driver" },
	{ "concurrency", CONF_INT, offsetof(struct pump_settings, concurrency), "32", "1", "1000",
	    "messages under way to it at a time" },
	{ "rate", CONF_INT, offsetof(struct pump_settings, rate), "0", "0", "100000",
	    "messages a second, as the contract allows; 0: no limit" },
	{ "extensions", CONF_INT, offsetof(struct pump_settings, extensions), "0", "0", "2",
	    "digits that the platform lets us add to the sender's number, so that each of a phone's "
	    "correspondents has a number of their own" },
	{ "numbers", CONF_STRING, offsetof(struct pump_settings, numbers), "", NULL, NULL,
	    "sender numbers for that purpose, parted by blanks, where the platform allows no "
	    "extensions" },
	{ "on_unknown", CONF_CHOICE, offsetof(struct pump_settings, on_unknown), "retry", "retry hold",
	    NULL, "what becomes of a message of unknown outcome when the platform cannot say: sent "
	    "again (with the same correlator, where callback is set), or held for an administrator" },
	{ "unknown_wait", CONF_TIME, offsetof(struct pump_settings, unknown_wait), "30 s", "10 ms",
	    "1 d", "how long a message of unknown outcome waits for a report before that" },
	{ "unknown_tries", CONF_INT, offsetof(struct pump_settings, unknown_tries), "3", "1", "100",
	    "unknown outcomes after which a message is held whatever on_unknown says" },
	{ "reports", CONF_CHOICE, offsetof(struct pump_settings, reports), "message",
	    "message segment", NULL, "whether the platform reports once that a long SMS was delivered, "
	    "or that each of its segments was" },
	{ "inquire", CONF_TIME, offsetof(struct pump_settings, inquire), "0", "0", "1 d",
	    "how long after a message was sent the platform is asked what became of it, where it can "
	    "be asked and has not reported it; then after 4, 25, 60, 60, … times as long; 0: never" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

static void run(struct pump *p);

static void
on_timer(void *arg)
{
	run(arg);
}

static void
on_due_time(void *arg)
{
	struct pump *p = arg;

	p->behind = true;
	run(p);
}

void
pump_due_by(struct pump *p, int64_t due)
{
	int64_t ms = due - loop_wall_ms();

	if (ms < 1)
		ms = 1;
	if (!p->due.slot || p->due.at > loop_ms() + ms)
		timer_set(p->loop, &p->due, ms, on_due_time, p);
}

/* The rate. */

static void
refill(struct pump *p)
{
	int64_t now = loop_ms();
	double rate = (double)p->settings->rate;

	p->tokens += (double)(now - p->tokens_at) * rate / 1000;
	/* No more than a tenth of a second's at once: the contract counts seconds, not averages. */
	if (p->tokens > (rate < 10 ? 1 : rate / 10))
		p->tokens = rate < 10 ? 1 : rate / 10;
	p->tokens_at = now;
}

static bool
take_token(struct pump *p)
{
	if (!p->settings->rate)
		return true;
	refill(p);
	if (p->tokens < 1) {
		timer_set(p->loop, &p->token, 1 + 1000 / p->settings->rate, on_timer, p);
		return false;
	}
	p->tokens -= 1;
	return true;
}

/* The job's send is on the disk (or it must not be sent any more). */
static void
on_lent(void *arg, struct job *j)
{
	struct pump *p = arg;

	if (j->state != JOB_SENDING) {
		p->busy--;
		job_free(j);
		run(p);
	} else if (time(NULL) >= j->expires && !j->again) {
		pump_expire(p, j);
	} else if (!j->again) {
		pump_send(p, j);
	} else if (p->transport->driver->ask) {
		j->asked = true;
		p->transport->driver->ask(p->transport, j);
	} else {
		pump_settle(p, j);
	}
}

static struct job *
next_job(struct pump *p)
{
	struct job *j = p->window;

	p->window = j->next;
	if (!p->window)
		p->window_end = &p->window;
	j->next = NULL;
	return j;
}

static void
lend_next(struct pump *p)
{
	p->busy++;
	queue_lend(p->queue, next_job(p), pump_settle_at(p), on_lent, p);
}

/* The window. */

static void
on_due(void *arg, struct job **jobs, size_t n, int64_t next)
{
	struct pump *p = arg;

	p->fetching = false;
	p->behind = p->behind || n == WINDOW;
	for (size_t i = 0; i < n; i++) {
		*p->window_end = jobs[i];
		p->window_end = &jobs[i]->next;
		jobs[i]->next = NULL;
	}
	if (next != INT64_MAX)
		pump_due_by(p, next);
	run(p);
}

/* Requests to the queue stay in order: what is being lent by now is not found due again. */
static void
fetch(struct pump *p)
{
	p->fetching = true;
	p->behind = false; /* news that come from now on set it again */
	queue_due(p->queue, p->transport->name, loop_wall_ms(), WINDOW, on_due, p);
}

static unsigned
places(const struct pump *p)
{
	unsigned all = p->paused ? loop_ms() >= p->probe_at : (unsigned)p->settings->concurrency;

	return all > p->busy ? all - p->busy : 0;
}

/* A paused transport's messages still grow old. */
static void
sweep(struct pump *p)
{
	while (p->window && time(NULL) >= p->window->expires)
		lend_next(p);
	pump_due_by(p, loop_wall_ms() + SWEEP_MS);
}

/* Lend what may be lent. */
static void
run(struct pump *p)
{
	if (!p->started)
		return;
	while (p->window && places(p) > 0 && take_token(p))
		lend_next(p);
	if (p->paused)
		sweep(p);
	if (!p->window && p->behind && !p->fetching)
		fetch(p);
}

void
pump_wake(struct pump *p)
{
	p->behind = true;
	run(p);
}

/* While the window is being filled, new jobs may take the places that are free: were they to wait,
 * too, each would be one more for which the queue must be asked, and under load that never ends. */
bool
pump_reserve(struct pump *p)
{
	if (!p->started || p->window || p->paused || places(p) == 0 || !take_token(p))
		return false;
	p->busy++;
	return true;
}

void
pump_unreserve(struct pump *p)
{
	p->busy--;
	p->tokens += 1;
	run(p);
}

void
pump_returned(struct pump *p)
{
	p->busy--;
	run(p);
}

void
pump_lent(struct pump *p, struct job *j)
{
	on_lent(p, j);
}

/* Pauses. */

void
pump_pause(struct pump *p, const struct verdict *v)
{
	int64_t wait;

	if (p->paused && loop_ms() < p->probe_at)
		return; /* one of those that were under way when the pause began */
	wait = retry_wait(p->retry->probe_first, p->retry->probe_most, ++p->probes);
	if (v->after_s * 1000 > wait)
		wait = v->after_s * 1000;
	if (!p->paused || strcmp(p->reason, v->text) != 0)
		log_warn("transport %s is paused: %s; trying again in %lld s", p->transport->name,
		    v->text, (long long)(wait + 999) / 1000);
	p->paused = true;
	snprintf(p->reason, sizeof p->reason, "%s", v->text);
	p->probe_at = loop_ms() + wait;
	timer_set(p->loop, &p->probe, wait, on_timer, p);
}

void
pump_resume(struct pump *p)
{
	p->unknowns = 0;
	if (!p->paused)
		return;
	log_info("transport %s answers again", p->transport->name);
	p->paused = false;
	p->probes = 0;
	p->reason[0] = '\0';
	p->behind = true;
	timer_clear(p->loop, &p->probe);
}

void
pump_probe(struct pump *p)
{
	p->probe_at = 0;
	run(p);
}

/* Asking after what was sent. */

long
pump_inquire(const struct pump *p)
{
	return p->transport->driver->inquire ? p->settings->inquire : 0;
}

void
pump_ask_after(struct pump *p, const struct job *j)
{
	struct trail_part part = { .next = NULL };
	struct job one = *j;

	if (!p->transport->driver->inquire)
		return;
	if (!j->parts)
		p->transport->driver->inquire(p->transport, j);
	while (trail_next(j, &part)) {
		memcpy(one.correlator, part.correlator, sizeof one.correlator);
		one.request = *part.request ? part.request : NULL;
		if (part.state == 'w')
			p->transport->driver->inquire(p->transport, &one);
	}
}

/* Its life. */

struct pump *
pump_new(struct loop *l, struct queue *q, struct transport *t, const struct pump_settings *s,
    const struct retry *retry)
{
	struct pump *p = xcalloc(1, sizeof *p);

	p->loop = l;
	p->queue = q;
	p->transport = t;
	p->settings = s;
	p->retry = retry;
	p->window_end = &p->window;
	p->tokens_at = loop_ms();
	t->pump = p;
	return p;
}

void
pump_start(struct pump *p)
{
	p->started = true;
	p->behind = true;
	run(p);
}

void
pump_stop(struct pump *p)
{
	p->started = false;
	timer_clear(p->loop, &p->due);
	timer_clear(p->loop, &p->token);
	timer_clear(p->loop, &p->probe);
}

unsigned
pump_busy(const struct pump *p)
{
	return p->busy;
}

void
pump_free(struct pump *p)
{
	if (!p)
		return;
	pump_stop(p);
	while (p->window)
		job_free(next_job(p));
	free(p);
}

const char *
pump_name(const struct pump *p)
{
	return p->transport->name;
}

unsigned
pump_carries(const struct pump *p)
{
	return p->transport->carries ? p->transport->carries : p->transport->driver->carries;
}

const struct style *
pump_style(const struct pump *p)
{
	return &p->settings->style;
}

struct tally *
pump_tally(struct pump *p)
{
	return &p->tally;
}

const struct tally *
pump_tally_of(const struct pump *p)
{
	return &p->tally;
}

const struct space *
pump_space(const struct pump *p)
{
	return &p->transport->space;
}

int64_t
pump_settle_at(const struct pump *p)
{
	return loop_wall_ms() + p->settings->unknown_wait;
}

void
pump_look(const struct pump *p, struct pump_state *s)
{
	int64_t now = loop_ms();

	*s = (struct pump_state){
		.name = p->transport->name,
		.driver = p->transport->driver->name,
		.paused = p->paused,
		.reason = p->reason,
		.probe_in = p->paused && p->probe_at > now ? p->probe_at - now : 0,
		.busy = p->busy,
		.sent = p->tally.sent,
		.failed = p->tally.failed,
		.deferred = p->tally.deferred,
		.uncertain = p->tally.uncertain,
	};
}
