/*
 * parlayx_poll.c - polling, for platforms that do not call.
 *
 * What such a platform has given it forgets at once, whatever becomes of its answer. So nothing is
 * asked for again before all that came is on the disk; what could not be put there is tried again from
 * memory, and a crash between loses it: that is how these operations are made, and why a platform
 * should rather call.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/http.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/transport.h"
#include "sdp/parlayx.h"
#include "sdp/soap_manage.h"

enum {
	MAX_ANSWER = 2 << 20,
	AGAIN_MS = 2 * 1000,	/* before what was not taken is tried again */
	MOST_MS = 5 * 60 * 1000, /* between polls of a platform that does not answer */
};

/* One message that came. */
struct item {
	struct parlayx_poll *poll;
	struct soap_message *m;
	bool taken;
};

struct parlayx_poll {
	struct transport *t;
	bool mms;
	struct timer timer;
	int64_t wait; /* ms, when the last poll failed; else 0 */
	struct arena *arena; /* of what came, until it is on the disk */
	struct item *items;
	size_t n, left; /* items; of them not on the disk yet */
	size_t busy;	/* of them being put there */
	struct parlayx_poll *next;
};

static void poll_now(void *arg);
static void hand_on(void *arg);

/* All is on the disk, or some must be tried again. */
static void
settle(struct parlayx_poll *q)
{
	const struct parlayx *p = q->t->state;

	if (q->busy || p->closing)
		return;
	if (q->left) {
		timer_set(q->t->loop, &q->timer, AGAIN_MS, hand_on, q);
		return;
	}
	arena_free(q->arena);
	q->arena = NULL;
	/* Where something was there may be more. */
	timer_set(q->t->loop, &q->timer, q->n ? 0 : p->poll, poll_now, q);
}

static void
on_taken(void *arg, const struct verdict *v)
{
	struct item *i = arg;
	struct parlayx_poll *q = i->poll;

	q->busy--;
	if (v->is == NEVER)
		log_warn("%s: a message from %s to %s, which was fetched, is not taken: %s",
		    q->t->name, i->m->sender, i->m->number, v->text);
	if (v->is == DONE || v->is == NEVER) {
		i->taken = true;
		q->left--;
	}
	settle(q);
}

static void
hand_on(void *arg)
{
	struct parlayx_poll *q = arg;

	q->busy = 1; /* so that it is not settled before all were handed on */
	for (size_t i = 0; i < q->n; i++)
		if (!q->items[i].taken) {
			q->busy++;
			parlayx_receive(q->t, q->items[i].m, "", on_taken, &q->items[i]);
		}
	q->busy--;
	settle(q);
}

static void
no_answer(struct parlayx_poll *q, const char *why)
{
	const struct parlayx *p = q->t->state;

	if (!q->wait)
		log_warn("%s: what phones wrote cannot be fetched: %s (said once)", q->t->name, why);
	q->wait = q->wait ? 2 * q->wait : p->poll;
	if (q->wait > MOST_MS)
		q->wait = MOST_MS;
	arena_free(q->arena);
	q->arena = NULL;
	timer_set(q->t->loop, &q->timer, q->wait, poll_now, q);
}

static void
on_polled(void *arg, const struct http_answer *h)
{
	struct parlayx_poll *q = arg;
	const struct parlayx *p = q->t->state;
	struct soap_message *list;
	struct verdict v;
	size_t bad;

	if (p->closing)
		return;
	q->arena = arena_new();
	q->n = 0;
	if (h->end != HTTP_ANSWERED) {
		no_answer(q, h->error);
		return;
	}
	if (soap_received_parse(q->arena, h->body, h->len, q->mms, &list, &q->n, &bad, &v) < 0) {
		no_answer(q, v.text);
		return;
	}
	if (q->wait)
		log_info("%s: what phones wrote can be fetched again", q->t->name);
	if (bad)
		log_warn("%s: of what was fetched %zu messages have no sender or no number",
		    q->t->name, bad);
	q->wait = 0;
	q->left = q->n;
	q->items = arena_alloc(q->arena, (q->n + 1) * sizeof *q->items);
	for (size_t i = 0; i < q->n; i++)
		q->items[i] = (struct item){ q, &list[i], false };
	hand_on(q);
}

static void
poll_now(void *arg)
{
	struct parlayx_poll *q = arg;
	struct parlayx *p = q->t->state;
	struct soap_moment now;

	if (p->quiet) /* what came now could be lost */
		return;
	soap_moment_now(&p->style, &now);
	buf_reset(&p->request);
	soap_get_received(&p->style, &p->mms, &now, q->mms,
	    q->mms ? p->mms_registration : p->registration, &p->request);
	parlayx_post(p, q->mms ? p->mms_receive_url : p->receive_url, "text/xml; charset=utf-8",
	    &p->request, MAX_ANSWER, on_polled, q);
}

static void
add(struct transport *t, bool mms)
{
	struct parlayx *p = t->state;
	struct parlayx_poll *q = xcalloc(1, sizeof *q);

	q->t = t;
	q->mms = mms;
	q->next = p->polls;
	p->polls = q;
	poll_now(q);
}

void
parlayx_poll(struct transport *t)
{
	const struct parlayx *p = t->state;

	if (*p->receive_url && *p->registration)
		add(t, false);
	if (*p->mms_receive_url && *p->mms_registration)
		add(t, true);
}

bool
parlayx_polled(const struct transport *t)
{
	const struct parlayx *p = t->state;

	for (const struct parlayx_poll *q = p->polls; q; q = q->next)
		if (q->arena)
			return false;
	return true;
}

void
parlayx_polls_free(struct transport *t)
{
	struct parlayx *p = t->state;
	struct parlayx_poll *q;

	while ((q = p->polls)) {
		p->polls = q->next;
		if (q->arena && q->left)
			log_warn("%s: %zu messages that were fetched are lost", t->name, q->left);
		timer_clear(t->loop, &q->timer);
		arena_free(q->arena);
		free(q);
	}
}
