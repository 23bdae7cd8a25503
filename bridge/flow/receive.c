/*
 * receive.c - the front door for what transports bring from their networks.
 */
#include "bridge/flow/receive.h"

#include <stdlib.h>

#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/intake.h"
#include "bridge/flow/transport.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"
#include "bridge/store/report.h"

struct receive {
	const struct intake *intake;
};

/* Who waits for the queue. */
struct visitor {
	void (*on_taken)(void *arg, const struct verdict *v);
	void *arg;
};

struct receive *
receive_new(const struct intake *in)
{
	struct receive *r = xcalloc(1, sizeof *r);

	r->intake = in;
	return r;
}

void
receive_free(struct receive *in)
{
	free(in);
}

static struct visitor *
visitor_new(void (*on_taken)(void *arg, const struct verdict *v), void *arg)
{
	struct visitor *w = xcalloc(1, sizeof *w);

	w->on_taken = on_taken;
	w->arg = arg;
	return w;
}

static void
on_message(void *arg, const char *id, bool repeated, const struct verdict *v)
{
	struct visitor *w = arg;

	(void)id;
	(void)repeated;
	w->on_taken(w->arg, v);
	free(w);
}

void
receive_message(struct receive *in, struct transport *t, struct msg *m,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg)
{
	struct verdict v;

	if (m->nrcpts == 1 && m->rcpts[0].to) {
		intake(in->intake, m, 0, on_message, visitor_new(on_taken, arg));
		return;
	}
	log_warn("%s: a message from %s to %s has no destination", t->name, m->from,
	    m->nrcpts ? m->rcpts[0].given : "nobody");
	msg_free(m);
	never(&v, "5.1.3", "nobody is known by that number");
	on_taken(arg, &v);
}

static void
on_report(void *arg, const char *id, bool changed, const struct verdict *v)
{
	struct visitor *w = arg;

	(void)id;
	(void)changed;
	w->on_taken(w->arg, v);
	free(w);
}

void
receive_report(struct receive *in, struct transport *t, const struct report *r,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg)
{
	(void)t;
	queue_report(in->intake->queue, r, on_report, visitor_new(on_taken, arg));
}
