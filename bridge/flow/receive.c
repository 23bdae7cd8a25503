/*
 * receive.c - the front door for what transports bring from their networks: reports, registrations, and what
 * is kept for those who fetch; messages go their way in receive_message.c.
 */
#include "bridge/flow/receive.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/intake.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/pumping.h"
#include "bridge/flow/receive_inside.h"
#include "bridge/flow/tally.h"
#include "bridge/flow/transport.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"
#include "bridge/store/user.h"

struct receive *
receive_new(const struct intake *in, const struct optout_settings *optout, struct screen *screen)
{
	struct receive *r = xcalloc(1, sizeof *r);

	r->intake = in;
	r->optout = optout;
	r->screen = screen;
	return r;
}

const struct addr_rules *
receive_rules(const struct receive *in)
{
	return &in->intake->rules;
}

struct visitor *
visitor_new(struct receive *in, struct transport *t, void (*taken)(void *arg, const struct verdict *v), void *arg)
{
	struct visitor *w = xcalloc(1, sizeof *w);

	w->in = in;
	w->transport = t;
	w->on_taken = taken;
	w->arg = arg;
	LIST_INSERT_HEAD(&in->visitors, w, entry);
	return w;
}

static void
visitor_free(struct visitor *w)
{
	LIST_REMOVE(w, entry);
	msg_free(w->msg);
	free(w->phone);
	free(w->called);
	free(w->once);
	free(w);
}

void
receive_free(struct receive *in)
{
	if (!in)
		return;
	while (!LIST_EMPTY(&in->visitors))
		visitor_free(LIST_FIRST(&in->visitors));
	free(in);
}

void
visitor_leave(struct visitor *w, const struct verdict *v)
{
	w->on_taken(w->arg, v);
	visitor_free(w);
}

static void
on_report(void *arg, const char *id, bool changed, const struct verdict *v)
{
	struct visitor *w = arg;

	if (changed && w->transport->pump)
		tally_reported(pump_tally(w->transport->pump), w->reported);
	if (changed && w->reported == REPORT_DELIVERED && w->phone)
		pumping_delivered(w->in->intake->pumping, w->phone, time(NULL));
	if (v->is == DONE && !id)
		log_warn("transport=%s, a report is about nothing that is known here",
		    w->transport->name);
	visitor_leave(w, v);
}

void
receive_report(struct receive *in, struct transport *t, const struct report *r,
    void (*taken)(void *arg, const struct verdict *v), void *arg)
{
	struct visitor *w = visitor_new(in, t, taken, arg);
	struct report ours = *r;
	char number[ADDR_NUMBER];
	struct verdict v;

	ours.transport = t->name;
	w->reported = r->is;
	if (r->address && strncmp(r->address, "tel:", 4) == 0 &&
	    addr_number(r->address + 4, &in->intake->rules, number, &v) == 0)
		w->phone = xstrdup(number);
	queue_report(in->intake->queue, &ours, on_report, w);
}

void
receive_find(struct receive *in, const char *what,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg)
{
	queue_find(in->intake->queue, what, on_found, arg);
}

void
receive_park(struct receive *in, const struct transport *t, const struct msg *m, const char *link,
    void (*on_done)(void *arg, const struct verdict *v), void *arg)
{
	queue_park(in->intake->queue, t->name, m, link, on_done, arg);
}

void
receive_unpark(struct receive *in, const struct transport *t, const char *id)
{
	queue_unpark(in->intake->queue, t->name, id);
}

void
receive_parked(struct receive *in, const struct transport *t,
    void (*on_parked)(void *arg, struct parked *list, size_t n, const struct verdict *v), void *arg)
{
	queue_parked(in->intake->queue, t->name, on_parked, arg);
}

const struct binding *
receive_bound(const struct receive *in, const struct transport *t, const char *jid)
{
	return bindings_at(in->intake->bindings, t->name, jid);
}

void
receive_bound_each(const struct receive *in, const struct transport *t,
    void (*each)(void *arg, const struct binding *one), void *arg)
{
	bindings_each(in->intake->bindings, t->name, each, arg);
}

static void
on_bound(void *arg, const struct verdict *v)
{
	struct visitor *w = arg;

	if (v->is == DONE)
		bindings_set(w->in->intake->bindings, &w->bound);
	visitor_leave(w, v);
}

void
receive_bind(struct receive *in, const struct transport *t, const struct binding *one,
    void (*on_done)(void *arg, const struct verdict *v), void *arg)
{
	struct visitor *w = visitor_new(in, NULL, on_done, arg);
	struct verdict v;

	w->phone = xstrdup(one->jid);
	w->bound = *one;
	w->bound.via = t->name;
	w->bound.jid = w->phone;
	if (strlen(one->jid) >= BINDING_JID) {
		never(&v, "5.1.7", "Your address is too long to be registered.");
		visitor_leave(w, &v);
	} else if (*one->number && !bindings_room(in->intake->bindings)) {
		later(&v, "4.3.1", "Too many users have registered here.");
		visitor_leave(w, &v);
	} else {
		queue_bind(in->intake->queue, &w->bound, on_bound, w);
	}
}

int
receive_user(const struct receive *in, const char *identity, struct user *u, struct verdict *v)
{
	return people_find(&in->intake->people, identity, u, v);
}
