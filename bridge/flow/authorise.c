/*
 * authorise.c - may this sender send this message to this recipient?
 *
 * The order is from what is certain to what may change: evidence, the recipient's number, the phone's
 * own word, the message's size and kind, the time of day, rates, quotas. The first "no" is the answer.
 */
#include "bridge/flow/authorise.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/meter.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/judge.h"
#include "bridge/flow/links.h"
#include "bridge/flow/loops.h"
#include "bridge/flow/quiet.h"
#include "bridge/flow/shape.h"
#include "bridge/store/consent.h"
#include "bridge/store/people.h"
#include "bridge/store/queue.h"
#include "bridge/store/quota.h"
#include "bridge/store/zones.h"

enum {
	RATES = 200000, /* names whose rates are kept */
	SAME = 50000,	/* texts whose repetitions are counted */
	AGAIN_MS = 1000,
	SOON_MS = 2000, /* until decisions count of which more are to come, and do not */
};

/* One who waits until the book of consent is read anew. */
struct learner {
	struct learner *next;
	void (*on_learned)(void *arg); /* NULL: nobody is to be told */
	void *arg;
};

static void
learners_free(struct learner *l)
{
	for (struct learner *next; l; l = next) {
		next = l->next;
		free(l);
	}
}

struct authorise *
authorise_new(const struct people *people, struct bindings *bindings, struct table *policy,
    const char *country_code)
{
	struct authorise *a = xcalloc(1, sizeof *a);

	a->people = people;
	a->bindings = bindings;
	a->policy = policy;
	a->country_code = country_code;
	a->rates = meter_new(RATES);
	a->same = meter_new(SAME);
	a->quotas = quotas_new();
	a->consents = consents_new();
	a->zones = zones_new();
	return a;
}

void
authorise_free(struct authorise *a)
{
	if (!a)
		return;
	if (a->loop) {
		timer_clear(a->loop, &a->again);
		timer_clear(a->loop, &a->soon);
	}
	learners_free(a->learners);
	learners_free(a->later);
	meter_free(a->rates);
	meter_free(a->same);
	quotas_free(a->quotas);
	consents_free(a->consents);
	consents_free(a->learned);
	zones_free(a->zones);
	free(a);
}

static void on_again(void *arg);
static void learn(void *arg);

/* Read the book for those who wait for the next one. */
static void
begin_next(struct authorise *a)
{
	a->learners = a->later;
	a->later = NULL;
	if (a->learners)
		learn(a);
}

static void
on_recalled(void *arg, const struct verdict *v)
{
	struct authorise *a = arg;

	if (v->is != DONE) {
		log_warn("the books of quotas, consent and bindings cannot be read yet: %s", v->text);
		timer_set(a->loop, &a->again, AGAIN_MS, on_again, a);
		return;
	}
	a->ready = true;
	begin_next(a);
	a->on_ready(a->arg);
}

static void
on_again(void *arg)
{
	struct authorise *a = arg;

	queue_recall(a->queue, a->quotas, a->consents, a->bindings, on_recalled, a);
}

void
authorise_recall(struct authorise *a, struct loop *l, struct queue *q, void (*on_ready)(void *arg),
    void *arg)
{
	a->loop = l;
	a->queue = q;
	a->on_ready = on_ready;
	a->arg = arg;
	on_again(a);
}

static void
on_learned(void *arg, const struct verdict *v)
{
	struct authorise *a = arg;
	struct learner *all = a->learners;

	if (v->is != DONE) {
		log_warn("the book of consent cannot be read anew yet: %s", v->text);
		timer_set(a->loop, &a->again, AGAIN_MS, learn, a);
		return;
	}
	consents_free(a->consents);
	a->consents = a->learned;
	a->learned = NULL;
	begin_next(a);
	for (struct learner *l = all; l; l = l->next)
		if (l->on_learned)
			l->on_learned(l->arg);
	learners_free(all);
}

/* A whole new book: what was said last counts, and the old one does not know when things were said. */
static void
learn(void *arg)
{
	struct authorise *a = arg;

	consents_free(a->learned);
	a->learned = consents_new();
	queue_recall(a->queue, NULL, a->learned, NULL, on_learned, a);
}

void
authorise_learn(struct authorise *a, void (*on_done)(void *arg), void *arg)
{
	/* Before all books were read for the first time, one alone is not read anew. */
	bool waits = a->learned || !a->ready;
	struct learner *l = xcalloc(1, sizeof *l), **list = waits ? &a->later : &a->learners;

	timer_clear(a->loop, &a->soon);
	l->on_learned = on_done;
	l->arg = arg;
	l->next = *list;
	*list = l;
	if (!waits)
		learn(a);
}

static void
on_soon(void *arg)
{
	authorise_learn(arg, NULL, NULL);
}

void
authorise_learn_soon(struct authorise *a)
{
	timer_set(a->loop, &a->soon, SOON_MS, on_soon, a);
}

void
authorise_forget(struct authorise *a, const char *who)
{
	quotas_forget(a->quotas, who);
}

bool
authorise_consent(struct authorise *a, const struct consent *d)
{
	bool known = d->stop && consents_refused(a->consents, d->phone, d->service, d->peer);

	consents_set(a->consents, d);
	return !known;
}

int
authorise_would(struct authorise *a, const struct msg *m, size_t i, bool whole, bool again,
    struct verdict *v)
{
	struct asked q;

	if (m->ours || m->about)
		return 0;
	if (!a->ready)
		return later(v, "4.3.2", "triviumd is starting");
	if (judge_introduce(&q, a, m, v) < 0 || judge_evidence(&q, whole) < 0 || judge_rcpt(&q, i) < 0 ||
	    judge_message(&q) < 0 || judge_rate(&q, 1) < 0)
		return -1;
	return again ? 0 : judge_quotas(&q, 1, 1);
}

int
authorise_narrow(const struct authorise *a, struct msg *m, struct verdict *v)
{
	struct asked q;

	if (m->ours || m->about)
		return 0;
	if (judge_introduce(&q, a, m, v) < 0)
		return -1;
	for (size_t i = 0; i < m->nrcpts && !q.policy.mms; i++)
		if (m->rcpts[i].how == MSG_PHONE)
			m->rcpts[i].how = MSG_SMS;
	return 0;
}

/* No SMS of the sender has more segments than the policy says. */
static void
limit_segments(const struct asked *q, struct msg *m)
{
	for (size_t i = 0; q->policy.segments && i < m->nrcpts; i++) {
		struct msg_rcpt *r = &m->rcpts[i];

		if (r->shaping && shape_style_of(r->shaping, r).segments > q->policy.segments)
			r->style = arena_printf(m->arena, "%s segments=%ld", r->style ? r->style : "",
			    q->policy.segments);
	}
}

/* Let phones sleep: what comes in their quiet hours waits for the end of these. */
static void
wait_for_morning(const struct asked *q, struct msg *m)
{
	const struct policy *p = &q->policy;
	bool urgent = p->urgent == URGENT_YES || (p->urgent == URGENT_HEADER && m->urgent);

	for (size_t i = 0; i < m->nrcpts && !urgent && p->quiet.from != p->quiet.until; i++) {
		struct msg_rcpt *r = &m->rcpts[i];
		char words[ZONE_NAME + 16];
		struct verdict v;
		struct user u;
		int64_t until;

		if (strncmp(r->to, "tel:", 4) != 0)
			continue;
		if (people_find(q->a->people, r->to, &u, &v) != 1)
			*u.zone = '\0';
		until = quiet_until(q->a->zones, p->quiet, u.zone, judge_bare(r->to), time(NULL), words,
		    sizeof words);
		if (!until)
			continue;
		r->not_before = until * 1000;
		r->waits_for = arena_printf(m->arena, "quiet hours until %s", words);
	}
}

int
authorise_take(struct authorise *a, const struct links *links, struct msg *m, struct verdict *v)
{
	int64_t n = (int64_t)m->nrcpts;
	struct asked q;

	if (m->ours || m->about)
		return 0;
	if (!a->ready)
		return later(v, "4.3.2", "triviumd is starting");
	if (judge_introduce(&q, a, m, v) < 0 || judge_evidence(&q, true) < 0 || judge_message(&q) < 0 ||
	    judge_rate(&q, m->nrcpts) < 0)
		return -1;
	for (size_t i = 0; i < m->nrcpts; i++)
		if (judge_rcpt(&q, i) < 0)
			return -1;
	limit_segments(&q, m);
	shape_ahead(m, q.policy.daily_segments || q.policy.monthly_segments);
	if (links) /* before its segments are counted: a link may be one more */
		links_make(links, m);
	wait_for_morning(&q, m);
	for (size_t i = 0; i < m->nrcpts && m->nparts == 0; i++)
		if (strncmp(m->rcpts[i].to, "tel:", 4) == 0)
			m->rcpts[i].fold_ms = q.policy.fold;
	if (judge_quotas(&q, n, n * m->cost) < 0 || loops_repeat(a->same, m, v) < 0)
		return -1;
	judge_count(&q, (unsigned)n);
	for (size_t i = 0; i < m->nrcpts; i++)
		judge_meter_rcpt(&q, &m->rcpts[i], true);
	if (q.policy.daily || q.policy.monthly || q.policy.daily_segments || q.policy.monthly_segments) {
		m->payer = arena_strdup(m->arena, q.who);
		quotas_count(a->quotas, m->payer, time(NULL), n, n * m->cost);
	}
	return 0;
}

void
authorise_give_back(struct authorise *a, const char *payer, long cost, size_t n)
{
	if (payer && n)
		quotas_count(a->quotas, payer, time(NULL), -(int64_t)n, -(int64_t)n * cost);
}
