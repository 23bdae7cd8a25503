/*
 * judge.h - the questions that authorise.c asks, each with its own answer; and its books.
 *
 * Those that return int return 0, or -1 and the reason in *q->v: NEVER where the policy says no, LATER for a
 * rate.
 */
#ifndef BRIDGE_JUDGE_H
#define BRIDGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/loop.h"
#include "bridge/flow/authorise.h"
#include "bridge/message/msg.h"
#include "bridge/store/policy.h"
#include "bridge/store/user.h"

struct learner;

struct authorise {
	const struct people *people;
	struct bindings *bindings;
	struct table *policy;
	const char *country_code;
	struct meter *rates, *same;
	struct quotas *quotas;
	struct consents *consents;
	struct consents *learned; /* a new book of them, while it is read; NULL: none is */
	struct learner *learners; /* who waits for that book */
	struct learner *later;	  /* who waits for the next one, since that is out of date for them */
	struct zones *zones;
	bool ready;
	struct loop *loop;
	struct queue *queue;
	struct timer again, soon;
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

/* A URI (lent) without its scheme. */
const char *judge_bare(const char *uri);
/* Find out who asks, and what the policy says of them, into *q; all else is lent to it. 0, or -1 and *v
 * (LATER) when a table cannot be read. */
int judge_introduce(struct asked *q, const struct authorise *a, const struct msg *m, struct verdict *v);
/* Does what proves the sender suffice? whole: the header's proofs are known, too; else they may come. */
int judge_evidence(const struct asked *q, bool whole);
/* Has the phone asked for no more messages? It would answer to the service's own number. */
int judge_consent(const struct asked *q, const struct msg_rcpt *r);
/* May a phone write there? It may only to those that its policy lists, when it lists any: prefixes of numbers
 * are for those who write to phones. */
int judge_mailbox(const struct asked *q, const struct msg_rcpt *r);
/* Its size, its recipients, and the hour. */
int judge_message(const struct asked *q);
/* Recipient i, and how much it is sent already. */
int judge_rcpt(const struct asked *q, size_t i);
/* Is there room in the rates for one more to that recipient, of all senders and of this? take: count it. */
bool judge_meter_rcpt(const struct asked *q, const struct msg_rcpt *r, bool take);
/* Is there room in the sender's rate for n recipients at once? */
int judge_rate(const struct asked *q, size_t n);
/* They are counted there. */
void judge_count(const struct asked *q, unsigned n);
/* What is said when a rate is used up. -1. */
int judge_too_fast(const struct asked *q);
/* Are there n messages of so many segments left in the quotas? */
int judge_quotas(const struct asked *q, int64_t n, int64_t segments);

#endif
