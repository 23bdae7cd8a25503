/*
 * authorise.c - may this sender send this message to this recipient?
 *
 * The order is from what is certain to what may change: evidence, the recipient's number, the phone's
 * own word, the message's size and kind, the time of day, rates, quotas. The first "no" is the answer.
 */
#include "bridge/flow/authorise.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/meter.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/links.h"
#include "bridge/flow/loops.h"
#include "bridge/flow/quiet.h"
#include "bridge/flow/shape.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "bridge/message/space.h"
#include "bridge/store/consent.h"
#include "bridge/store/people.h"
#include "bridge/store/policy.h"
#include "bridge/store/queue.h"
#include "bridge/store/quota.h"
#include "bridge/store/user.h"
#include "bridge/store/zones.h"

enum {
	RATES = 200000, /* names whose rates are kept */
	SAME = 50000,	/* texts whose repetitions are counted */
	NAME = 2 * ADDR_MAILBOX + 4,
	AGAIN_MS = 1000,
};

struct authorise {
	const struct people *people;
	struct bindings *bindings;
	struct table *policy;
	const char *country_code;
	struct meter *rates, *same;
	struct quotas *quotas;
	struct consents *consents;
	struct consents *learned; /* a new book of them, while it is read; NULL: none is */
	bool learn_again;	  /* it is out of date already */
	struct zones *zones;
	bool ready;
	struct loop *loop;
	struct queue *queue;
	struct timer again;
	void (*on_ready)(void *arg);
	void *arg;
};

/* A question: the message, and what is known of its sender. */
struct asked {
	const struct authorise *a;
	const struct msg *m;
	const char *who; /* address, number or JID, without the scheme */
	const char *class; /* lent by user, or "" */
	struct user user;
	struct policy policy;
	struct verdict *v;
};

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
	if (a->loop)
		timer_clear(a->loop, &a->again);
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

	if (v->is == DONE) {
		consents_free(a->consents);
		a->consents = a->learned;
		a->learned = NULL;
	} else {
		log_warn("the book of consent cannot be read anew yet: %s", v->text);
		timer_set(a->loop, &a->again, AGAIN_MS, learn, a);
	}
	if (v->is == DONE && a->learn_again)
		learn(a);
}

/* A whole new book: what was said last counts, and the old one does not know when things were said. */
static void
learn(void *arg)
{
	struct authorise *a = arg;

	a->learn_again = false;
	consents_free(a->learned);
	a->learned = consents_new();
	queue_recall(a->queue, NULL, a->learned, NULL, on_learned, a);
}

void
authorise_learn(struct authorise *a)
{
	if (a->learned)
		a->learn_again = true;
	else
		learn(a);
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

/* A URI without its scheme. */
static const char *
bare(const char *uri)
{
	const char *colon = strchr(uri, ':');

	return colon ? colon + 1 : uri;
}

/* Who asks, and what the policy says of them. 0, or -1 and *v. */
static int
introduce(struct asked *q, const struct authorise *a, const struct msg *m, struct verdict *v)
{
	int rc;

	*q = (struct asked){ .a = a, .m = m, .v = v };
	q->who = bare(m->from);
	q->class = "";
	if ((rc = people_find(a->people, m->from, &q->user, v)) < 0)
		return -1;
	if (rc == 1)
		q->class = q->user.class;
	return policy_find(a->policy, q->who, q->class, &q->policy, v);
}

static int
judge_evidence(const struct asked *q, bool whole)
{
	unsigned by_header = AUTH_DKIM | AUTH_SPF | AUTH_DMARC;

	if (q->policy.auth & (unsigned)q->m->auth)
		return 0;
	if (!whole && q->policy.auth & by_header)
		return 0;
	if (q->policy.auth == (AUTH_SASL | AUTH_IP | AUTH_IM | AUTH_PHONE))
		return never(q->v, "5.7.1", "sending to phones needs a login here");
	return never(q->v, "5.7.1", "nothing that the policy takes proves that it was sent by %.100s", q->who);
}

/* The number that the phone would answer to: the service's own. */
static int
judge_consent(const struct asked *q, const struct msg_rcpt *r)
{
	const char *service = r->space ? r->space->base : "";

	if (!consents_refused(q->a->consents, r->to, service, q->m->from))
		return 0;
	return never(q->v, "5.7.1", "%s has asked for no more messages from %s", bare(r->to),
	    *service ? service : "here");
}

static int
judge_phone(const struct asked *q, const struct msg_rcpt *r)
{
	const struct policy *p = &q->policy;

	if (q->a->policy && policy_number(p, bare(r->to), q->a->country_code, q->v) < 0)
		return -1;
	if (!p->mms && r->how == MSG_MMS)
		return never(q->v, "5.7.1", "MMS are not allowed to you");
	return judge_consent(q, r);
}

/* A phone that writes may only reach those that its policy lists, when it lists any: prefixes of numbers
 * are for those who write to phones. */
static int
judge_mailbox(const struct asked *q, const struct msg_rcpt *r)
{
	const char *to = bare(r->to), *domain = strrchr(to, '@');

	if (*q->who != '+' || !strchr(q->policy.allow, '@'))
		return 0;
	for (const char *p = q->policy.allow; *p; p += strcspn(p, ","), p += *p == ',') {
		size_t n = strcspn(p, ",");
		const char *with = *p == '@' && domain ? domain : to;

		if (strlen(with) == n && strncasecmp(with, p, n) == 0)
			return 0;
	}
	return never(q->v, "5.7.1", "phones may not write to %.100s", to);
}

static int
judge_message(const struct asked *q)
{
	const struct policy *p = &q->policy;
	time_t now = time(NULL);
	struct tm tm;

	if (p->size && q->m->size > p->size)
		return never(q->v, "5.3.4", "the message is longer than the %ld bytes allowed to you", p->size);
	if (p->rcpts && q->m->nrcpts > (size_t)p->rcpts)
		return never(q->v, "5.5.3", "more than the %ld recipients allowed to you", p->rcpts);
	if (p->hours.from == p->hours.until)
		return 0;
	localtime_r(&now, &tm);
	if (policy_within(p->hours, (unsigned)(tm.tm_hour * 60 + tm.tm_min)))
		return 0;
	return never(q->v, "5.7.1", "you may send from %02u:%02u to %02u:%02u only", p->hours.from / 60,
	    p->hours.from % 60, p->hours.until / 60, p->hours.until % 60);
}

static int
too_fast(const struct asked *q)
{
	return later(q->v, "4.7.1", "too many messages in a short time; try again later");
}

/* Is there room for n more in a rate? take: count them, too. */
static bool
meter(const struct asked *q, const struct policy_rate *rate, const char *from, const char *to,
    unsigned n, bool take)
{
	struct meter *m = q->a->rates;
	char name[NAME];

	if (!rate->count)
		return true;
	snprintf(name, sizeof name, "%s %s", from, to);
	if (!take)
		return meter_has(m, name, rate->count, rate->ms, n, loop_ms());
	meter_take(m, name, rate->count, rate->ms, n, loop_ms());
	return true;
}

/* Of a recipient: what all send to it, and what this sender does. */
static bool
meter_rcpt(const struct asked *q, const struct msg_rcpt *r, bool take)
{
	const char *to = bare(r->to);

	return meter(q, &q->policy.rate_to, "", to, 1, take) &&
	       meter(q, &q->policy.rate_pair, q->who, to, 1, take);
}

/* Of the sender, for n recipients at once. 0, or -1 and *v. */
static int
judge_rate(const struct asked *q, size_t n)
{
	const struct policy_rate *rate = &q->policy.rate;

	if (rate->count && n > rate->count)
		return never(q->v, "5.5.3", "%zu recipients at once are more than the %u in %lld s allowed to "
		    "you", n, rate->count, (long long)rate->ms / 1000);
	return meter(q, rate, q->who, "", (unsigned)n, false) ? 0 : too_fast(q);
}

static int
over(const struct asked *q, long limit, const char *what, const char *when)
{
	return never(q->v, "5.7.1", "your %ld %s %s are used up", limit, what, when);
}

/* Are there n messages of so many segments left in the quotas? */
static int
judge_quotas(const struct asked *q, int64_t n, int64_t segments)
{
	const struct policy *p = &q->policy;
	struct quota_used used;

	if (!p->daily && !p->monthly && !p->daily_segments && !p->monthly_segments)
		return 0;
	used = quotas_used(q->a->quotas, q->who, time(NULL));
	if (p->daily && used.day.messages + n > p->daily)
		return over(q, p->daily, "messages", "a day");
	if (p->daily_segments && used.day.segments + segments > p->daily_segments)
		return over(q, p->daily_segments, "segments", "a day");
	if (p->monthly && used.month.messages + n > p->monthly)
		return over(q, p->monthly, "messages", "a month");
	if (p->monthly_segments && used.month.segments + segments > p->monthly_segments)
		return over(q, p->monthly_segments, "segments", "a month");
	return 0;
}

static int
judge_rcpt(const struct asked *q, size_t i)
{
	const struct msg_rcpt *r = &q->m->rcpts[i];
	bool phone = strncmp(r->to, "tel:", 4) == 0;

	if ((phone ? judge_phone(q, r) : judge_mailbox(q, r)) < 0)
		return -1;
	return meter_rcpt(q, r, false) ? 0 : too_fast(q);
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
	if (introduce(&q, a, m, v) < 0 || judge_evidence(&q, whole) < 0 || judge_rcpt(&q, i) < 0 ||
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
	if (introduce(&q, a, m, v) < 0)
		return -1;
	for (size_t i = 0; i < m->nrcpts && !q.policy.mms; i++)
		if (m->rcpts[i].how == MSG_PHONE)
			m->rcpts[i].how = MSG_SMS;
	return 0;
}

/* Explaining. */

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

	if (introduce(&q, a, m, v) < 0)
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
		tell_judged(&e, "number", policy_number(&q.policy, bare(r->to), a->country_code, &judged), &judged,
		    "allowed");
	if (phone)
		tell_judged(&e, "consent", judge_consent(&q, r), &judged, "it has not asked for an end");
	else
		tell_judged(&e, "mailbox", judge_mailbox(&q, r), &judged, "allowed");
	if (phone && r->how == MSG_MMS)
		tell_judged(&e, "mms", q.policy.mms ? 0 : never(&judged, "5.7.1", "MMS are not allowed to you"), &judged,
		    "allowed");
	tell_judged(&e, "message", judge_message(&q), &judged, "size, recipients and hours are as allowed");
	tell_judged(&e, "rates", meter_rcpt(&q, r, false) ? judge_rate(&q, 1) : too_fast(&q), &judged,
	    "are not reached");
	tell_quotas(&e, &q);
	tell_judged(&e, "quotas", judge_quotas(&q, 1, 1), &judged, "have room for it");
	*v = e.first;
	return v->is == DONE ? 0 : -1;
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
		until = quiet_until(q->a->zones, p->quiet, u.zone, bare(r->to), time(NULL), words,
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
	if (introduce(&q, a, m, v) < 0 || judge_evidence(&q, true) < 0 || judge_message(&q) < 0 ||
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
	meter(&q, &q.policy.rate, q.who, "", (unsigned)n, true);
	for (size_t i = 0; i < m->nrcpts; i++)
		meter_rcpt(&q, &m->rcpts[i], true);
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
