/*
 * errand.c - a user is answered when what it wanted is on the disk.
 */
#include "im/errand.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/store/binding.h"
#include "im/gateway.h"

struct errand {
	struct gateway *gateway;
	struct question *q; /* NULL: none was asked */
	char *user;
	enum { FIRST, LAST, CHANGE } kind; /* of the user's bindings */
	char number[ADDR_NUMBER];
	void (*answer)(struct gateway *g, const char *user, const struct question *q,
	    const struct verdict *v);
	LIST_ENTRY(errand) all;
};

struct errands {
	LIST_HEAD(, errand) all;
};

struct errands *
errands_new(void)
{
	struct errands *e = xcalloc(1, sizeof *e);

	LIST_INIT(&e->all);
	return e;
}

static void
forget(struct errand *e)
{
	LIST_REMOVE(e, all);
	question_free(e->q);
	free(e->user);
	free(e);
}

void
errands_free(struct errands *e)
{
	if (!e)
		return;
	while (!LIST_EMPTY(&e->all))
		forget(LIST_FIRST(&e->all));
	free(e);
}

static void
greet(const struct errand *e)
{
	struct gateway *g = e->gateway;

	log_info("transport %s: <xmpp:%s> is registered with <tel:%s>", g->transport->name, e->user,
	    e->number);
	gateway_presence(g, NULL, e->user, "subscribe", NULL);
	gateway_presence(g, NULL, e->user, NULL, NULL);
}

static void
take_leave(const struct errand *e)
{
	struct gateway *g = e->gateway;

	log_info("transport %s: <xmpp:%s> is registered no more", g->transport->name, e->user);
	gateway_presence(g, NULL, e->user, "unsubscribe", NULL);
	gateway_presence(g, NULL, e->user, "unsubscribed", NULL);
	gateway_presence(g, NULL, e->user, "unavailable", NULL);
}

static void
on_done(void *arg, const struct verdict *v)
{
	struct errand *e = arg;

	if (v->is == DONE && e->kind == FIRST)
		greet(e);
	else if (v->is == DONE && e->kind == LAST)
		take_leave(e);
	e->answer(e->gateway, e->user, e->q, v);
	forget(e);
}

void
errand_run(struct gateway *g, const struct binding *b, const struct question *q,
    void (*answer)(struct gateway *g, const char *user, const struct question *q,
	const struct verdict *v))
{
	const struct binding *before = gateway_bound(g, b->jid);
	struct errand *e = xcalloc(1, sizeof *e);

	e->gateway = g;
	e->q = q ? question_keep(q) : NULL;
	e->user = xstrdup(b->jid);
	e->kind = !*b->number ? LAST : before && strcmp(before->number, b->number) == 0 ? CHANGE : FIRST;
	memcpy(e->number, b->number, sizeof e->number);
	e->answer = answer;
	LIST_INSERT_HEAD(&g->errands->all, e, all);
	receive_bind(g->transport->receive, g->transport, b, on_done, e);
}
