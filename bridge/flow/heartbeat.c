/*
 * heartbeat.c - an SMS to a number of the administrator's, now and then.
 *
 * It is a message like any other, known by the id that the queue gave it. When its report is due, the
 * queue is asked what became of it.
 */
#include "bridge/flow/heartbeat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/alert.h"
#include "bridge/flow/intake.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/tally.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"

enum { WHY = 400 };

const struct setting heartbeat_rows[] = {
	{ "heartbeat", CONF_STRING, offsetof(struct heartbeat_settings, number), "", NULL, NULL,
	    "a number that gets an SMS now and then, so that it is known that the way to phones works; "
	    "empty: none does" },
	{ "heartbeat_every", CONF_TIME, offsetof(struct heartbeat_settings, every), "1 h", "1 s", "30 d",
	    "how often" },
	{ "heartbeat_late", CONF_TIME, offsetof(struct heartbeat_settings, late), "10 m", "1 s", "1 d",
	    "how long its delivery report may take; then the postmaster is told" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

struct heartbeat {
	struct loop *loop;
	const struct intake *in;
	struct pump *pump;
	const struct heartbeat_settings *settings;
	char number[ADDR_NUMBER];
	char id[MSG_ID]; /* of the last one; "": it was not taken */
	bool alarmed;	 /* the postmaster thinks that it is ill */
	struct timer beat, check;
};

static void on_beat(void *arg);

static void
tell(struct heartbeat *h, bool well, const char *why)
{
	const char *name = pump_name(h->pump);
	char subject[120], once[160], text[WHY + 400];

	snprintf(subject, sizeof subject, "%s: the heartbeat %s", name, well ? "is back" : "fails");
	snprintf(once, sizeof once, "heartbeat %s %d %lld", name, well, (long long)loop_wall_ms());
	snprintf(text, sizeof text, "The SMS that Trivium sends to %s by %s, to see whether the way to phones works, %s.\n%s%s",
	    h->number, name, well ? "has arrived again" : "did not arrive", well ? "" : why, well ? "" : ".\n"
	    "It is tried again; you are told when it arrives.\n");
	alert(h->in, once, 0, subject, text);
}

static void
judge(struct heartbeat *h, bool well, const char *why)
{
	struct tally *t = pump_tally(h->pump);

	t->heartbeats++;
	t->heartbeat = well ? TALLY_WELL : TALLY_ILL;
	if (well != h->alarmed)
		return;
	if (well)
		log_info("transport %s: the heartbeat is back", pump_name(h->pump));
	else
		log_error("transport %s: the heartbeat fails: %s", pump_name(h->pump), why);
	h->alarmed = !well;
	tell(h, well, why);
}

static void
on_found(void *arg, struct job **jobs, size_t n)
{
	struct heartbeat *h = arg;
	char why[WHY];

	if (n == 0)
		judge(h, false, "the queue knows nothing of it");
	else if (jobs[0]->state == JOB_DELIVERED)
		judge(h, true, "");
	else if (jobs[0]->state == JOB_SENT && !jobs[0]->awaits)
		judge(h, true, ""); /* this platform reports nothing: its yes must do */
	else {
		const char *said = jobs[0]->said ? jobs[0]->said : jobs[0]->code;

		snprintf(why, sizeof why, "After %ld s it is %s%s%.300s", h->settings->late / 1000,
		    job_state_name(jobs[0]->state), said ? ": " : "", said ? said : "");
		judge(h, false, why);
	}
	for (size_t i = 0; i < n; i++)
		job_free(jobs[i]);
}

static void
on_check(void *arg)
{
	struct heartbeat *h = arg;

	if (*h->id)
		queue_find(h->in->queue, h->id, on_found, h);
}

static void
on_taken(void *arg, const char *id, bool repeated, const struct verdict *v)
{
	struct heartbeat *h = arg;

	(void)repeated;
	*h->id = '\0';
	if (v->is != DONE) {
		judge(h, false, v->text);
		return;
	}
	snprintf(h->id, sizeof h->id, "%s", id);
	timer_set(h->loop, &h->check, h->settings->late, on_check, h);
}

static void
send_one(struct heartbeat *h)
{
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, "");
	time_t now = time(NULL);
	char at[40], unique[MSG_ID];
	struct tm tm;

	strftime(at, sizeof at, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &tm));
	msg_new_id(unique);
	m->from = "mailto:"; /* nobody is told of it but by us */
	m->automatic = m->ours = true;
	m->once = arena_strdup(m->arena, unique);
	m->text = arena_printf(m->arena, "Trivium works. %s", at);
	m->size = (long)strlen(m->text);
	r->to = arena_printf(m->arena, "tel:%s", h->number);
	r->transport = pump_name(h->pump);
	r->how = MSG_SMS;
	intake(h->in, m, 0, on_taken, h);
}

static void
on_beat(void *arg)
{
	struct heartbeat *h = arg;

	timer_set(h->loop, &h->beat, h->settings->every, on_beat, h);
	if (!h->check.slot) /* one at a time: the last one's report may still come in time */
		send_one(h);
}

struct heartbeat *
heartbeat_new(struct loop *l, const struct intake *in, struct pump *p, const struct heartbeat_settings *s)
{
	struct heartbeat *h;
	char number[ADDR_NUMBER];
	struct verdict v;

	if (!s->number || !*s->number)
		return NULL;
	if (addr_number(s->number, &in->rules, number, &v) < 0) {
		log_error("transport %s: no heartbeat: %s", pump_name(p), v.text);
		return NULL;
	}
	h = xcalloc(1, sizeof *h);
	h->loop = l;
	h->in = in;
	h->pump = p;
	h->settings = s;
	memcpy(h->number, number, sizeof number);
	timer_set(l, &h->beat, 0, on_beat, h);
	return h;
}

void
heartbeat_free(struct heartbeat *h)
{
	if (!h)
		return;
	timer_clear(h->loop, &h->beat);
	timer_clear(h->loop, &h->check);
	free(h);
}
