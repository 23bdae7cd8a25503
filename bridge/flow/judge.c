/*
 * judge.c - may this sender send this message to this recipient? One question after another.
 */
#include "bridge/flow/judge.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/meter.h"
#include "bridge/base/verdict.h"
#include "bridge/message/addr.h"
#include "bridge/message/space.h"
#include "bridge/store/consent.h"
#include "bridge/store/people.h"
#include "bridge/store/quota.h"

enum { NAME = 2 * ADDR_MAILBOX + 4 };

const char *
judge_bare(const char *uri)
{
	const char *colon = strchr(uri, ':');

	return colon ? colon + 1 : uri;
}

int
judge_introduce(struct asked *q, const struct authorise *a, const struct msg *m, struct verdict *v)
{
	int rc;

	*q = (struct asked){ .a = a, .m = m, .v = v };
	q->who = judge_bare(m->from);
	q->class = "";
	if ((rc = people_find(a->people, m->from, &q->user, v)) < 0)
		return -1;
	if (rc == 1)
		q->class = q->user.class;
	return policy_find(a->policy, q->who, q->class, &q->policy, v);
}

int
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

int
judge_consent(const struct asked *q, const struct msg_rcpt *r)
{
	const char *service = r->space ? r->space->base : "";

	if (!consents_refused(q->a->consents, r->to, service, q->m->from))
		return 0;
	if (!consents_refused(q->a->consents, r->to, service, CONSENT_ALL))
		return never(q->v, "5.7.1", "%s has asked for no more messages from you", judge_bare(r->to));
	return never(q->v, "5.7.1", "%s has asked for no more messages from %s", judge_bare(r->to),
	    *service ? service : "here");
}

static int
judge_phone(const struct asked *q, const struct msg_rcpt *r)
{
	const struct policy *p = &q->policy;

	if (q->a->policy && policy_number(p, judge_bare(r->to), q->a->country_code, q->v) < 0)
		return -1;
	if (!p->mms && r->how == MSG_MMS)
		return never(q->v, "5.7.1", "MMS are not allowed to you");
	return judge_consent(q, r);
}

int
judge_mailbox(const struct asked *q, const struct msg_rcpt *r)
{
	const char *to = judge_bare(r->to), *domain = strrchr(to, '@');

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

int
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

int
judge_too_fast(const struct asked *q)
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

bool
judge_meter_rcpt(const struct asked *q, const struct msg_rcpt *r, bool take)
{
	const char *to = judge_bare(r->to);

	return meter(q, &q->policy.rate_to, "", to, 1, take) &&
	       meter(q, &q->policy.rate_pair, q->who, to, 1, take);
}

void
judge_count(const struct asked *q, unsigned n)
{
	meter(q, &q->policy.rate, q->who, "", n, true);
}

int
judge_rate(const struct asked *q, size_t n)
{
	const struct policy_rate *rate = &q->policy.rate;

	if (rate->count && n > rate->count)
		return never(q->v, "5.5.3", "%zu recipients at once are more than the %u in %lld s allowed to "
		    "you", n, rate->count, (long long)rate->ms / 1000);
	return meter(q, rate, q->who, "", (unsigned)n, false) ? 0 : judge_too_fast(q);
}

static int
over(const struct asked *q, long limit, const char *what, const char *when)
{
	return never(q->v, "5.7.1", "your %ld %s %s are used up", limit, what, when);
}

int
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

int
judge_rcpt(const struct asked *q, size_t i)
{
	const struct msg_rcpt *r = &q->m->rcpts[i];
	bool phone = strncmp(r->to, "tel:", 4) == 0;

	if ((phone ? judge_phone(q, r) : judge_mailbox(q, r)) < 0)
		return -1;
	return judge_meter_rcpt(q, r, false) ? 0 : judge_too_fast(q);
}
