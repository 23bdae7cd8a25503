/*
 * asks.c - questions that we ask others, and their answers.
 *
 * Few are under way at a time (servers are asked, not users), so a list will do.
 */
#include "im/asks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/xml.h"
#include "im/gateway.h"
#include "im/stream.h"

struct asked {
	struct asks *asks;
	char id[32];
	char *to;
	void (*on_answer)(void *arg, const struct xml *iq);
	void *arg;
	struct timer timer;
	LIST_ENTRY(asked) link;
};

struct asks {
	struct loop *loop;
	struct gateway *gateway;
	unsigned n;
	LIST_HEAD(, asked) waiting;
};

struct asks *
asks_new(struct loop *l, struct gateway *g)
{
	struct asks *a = xcalloc(1, sizeof *a);

	a->loop = l;
	a->gateway = g;
	LIST_INIT(&a->waiting);
	return a;
}

static void
answer(struct asked *q, const struct xml *iq)
{
	void (*on_answer)(void *, const struct xml *) = q->on_answer;
	void *arg = q->arg;

	timer_clear(q->asks->loop, &q->timer);
	LIST_REMOVE(q, link);
	free(q->to);
	free(q);
	on_answer(arg, iq);
}

void
asks_lost(struct asks *a)
{
	while (!LIST_EMPTY(&a->waiting))
		answer(LIST_FIRST(&a->waiting), NULL);
}

void
asks_free(struct asks *a)
{
	if (!a)
		return;
	asks_lost(a);
	free(a);
}

static void
on_time(void *arg)
{
	answer(arg, NULL);
}

void
asks_send(struct asks *a, const char *to, void (*write)(struct writer *w, const void *arg),
    void (*on_answer)(void *arg, const struct xml *iq), void *arg)
{
	struct asked *q;
	struct stanza s = { .kind = "iq", .domain = a->gateway->domain, .to = to, .type = "get" };
	struct buf *out = stream_out(a->gateway->stream);
	struct writer w;

	if (!out) {
		on_answer(arg, NULL);
		return;
	}
	q = xcalloc(1, sizeof *q);
	q->asks = a;
	q->to = xstrdup(to);
	q->on_answer = on_answer;
	q->arg = arg;
	snprintf(q->id, sizeof q->id, "ask-%u-%u", stream_generation(a->gateway->stream), ++a->n);
	s.id = q->id;
	LIST_INSERT_HEAD(&a->waiting, q, link);
	timer_set(a->loop, &q->timer, ASK_MS, on_time, q);
	write_begin(&w, &s, out);
	write(&w, arg);
	write_end(&w);
	stream_flush(a->gateway->stream);
}

bool
asks_answered(struct asks *a, const struct xml *iq)
{
	const char *id = xml_attr(iq, "id"), *from = xml_attr(iq, "from"), *type = xml_attr(iq, "type");
	struct asked *q;

	if (!id || !from || !type)
		return false;
	LIST_FOREACH (q, &a->waiting, link) {
		if (strcmp(q->id, id) != 0 || strcmp(q->to, from) != 0)
			continue;
		answer(q, strcmp(type, "result") == 0 ? iq : NULL);
		return true;
	}
	return false;
}
