/*
 * authorise_explain.c - the same questions, with all their answers told.
 */
#include "bridge/flow/authorise.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bridge/base/verdict.h"
#include "bridge/flow/judge.h"
#include "bridge/store/quota.h"

/* One who is told each step, and the verdict so far. */
struct explaining {
	void (*step)(void *arg, const char *what, const char *said);
	void *arg;
	struct verdict first; /* "no"; DONE: there was none */
};

static void
tell(const struct explaining *e, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
tell(const struct explaining *e, const char *what, const char *format, ...)
{
	char said[1000];
	va_list ap;

	va_start(ap, format);
	vsnprintf(said, sizeof said, format, ap);
	va_end(ap);
	e->step(e->arg, what, said);
}

/* What a judge has said. */
static void
tell_judged(struct explaining *e, const char *what, int rc, const struct verdict *v, const char *fine)
{
	if (rc == 0) {
		e->step(e->arg, what, fine);
		return;
	}
	tell(e, what, "%s: %s", v->is == NEVER ? "refused" : "not now", v->text);
	if (e->first.is == DONE)
		e->first = *v;
}

static void
tell_row(void *arg, const char *key, const char *value)
{
	tell(arg, "row", "%s  %s", key, value);
}

static void
tell_sender(const struct explaining *e, const struct asked *q)
{
	char has[64], takes[64];

	tell(e, "sender", "%s%s%s%s%s", q->who, *q->user.name ? ", " : "", q->user.name,
	    *q->class ? ", of class " : "", q->class);
	policy_auth_words((unsigned)q->m->auth, has);
	policy_auth_words(q->policy.auth, takes);
	tell(e, "evidence", "%s; the policy takes one of: %s", *has ? has : "none", takes);
}

static void
tell_quotas(const struct explaining *e, const struct asked *q)
{
	const struct policy *p = &q->policy;
	struct quota_used used = quotas_used(q->a->quotas, q->who, time(NULL));

	if (!p->daily && !p->monthly && !p->daily_segments && !p->monthly_segments)
		tell(e, "quotas", "there are none");
	else
		tell(e, "quotas", "used %lld of %ld messages and %lld of %ld segments today, %lld of %ld and %lld of %ld "
		    "this month (of 0: no limit)", (long long)used.day.messages, p->daily,
		    (long long)used.day.segments, p->daily_segments, (long long)used.month.messages, p->monthly,
		    (long long)used.month.segments, p->monthly_segments);
}

int
authorise_explain(struct authorise *a, const struct msg *m, size_t i,
    void (*step)(void *arg, const char *what, const char *said), void *arg, struct verdict *v)
{
	struct explaining e = { .step = step, .arg = arg };
	const struct msg_rcpt *r = &m->rcpts[i];
	bool phone = strncmp(r->to, "tel:", 4) == 0;
	struct verdict judged;
	struct asked q;

	if (judge_introduce(&q, a, m, v) < 0)
		return -1;
	q.v = &judged;
	done(&e.first, "2.1.5", "ok");
	tell_sender(&e, &q);
	if (!a->policy)
		tell(&e, "policy", "there is no table: presets count, and every number is allowed");
	else if (policy_rows(a->policy, q.who, q.class, tell_row, &e, v) < 0)
		return -1;
	tell_judged(&e, "evidence", judge_evidence(&q, true), &judged, "suffices");
	if (phone && a->policy)
		tell_judged(&e, "number", policy_number(&q.policy, judge_bare(r->to), a->country_code, &judged), &judged,
		    "allowed");
	if (phone)
		tell_judged(&e, "consent", judge_consent(&q, r), &judged, "it has not asked for an end");
	else
		tell_judged(&e, "mailbox", judge_mailbox(&q, r), &judged, "allowed");
	if (phone && r->how == MSG_MMS)
		tell_judged(&e, "mms", q.policy.mms ? 0 : never(&judged, "5.7.1", "MMS are not allowed to you"), &judged,
		    "allowed");
	tell_judged(&e, "message", judge_message(&q), &judged, "size, recipients and hours are as allowed");
	tell_judged(&e, "rates", judge_meter_rcpt(&q, r, false) ? judge_rate(&q, 1) : judge_too_fast(&q), &judged,
	    "are not reached");
	tell_quotas(&e, &q);
	if (judge_quotas(&q, 1, 1) < 0)
		tell_judged(&e, "quotas", -1, &judged, "");
	*v = e.first;
	return v->is == DONE ? 0 : -1;
}
