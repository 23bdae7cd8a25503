/*
 * way.c - which transport takes a recipient.
 */
#include "bridge/flow/way.h"

#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/intake.h"
#include "bridge/flow/pump.h"
#include "bridge/message/msg.h"
#include "bridge/store/route.h"

static struct pump *
pump_named(const struct intake *in, const char *name)
{
	for (size_t i = 0; i < in->npumps; i++)
		if (strcmp(pump_name(in->pumps[i]), name) == 0)
			return in->pumps[i];
	return NULL;
}

static struct pump *
pump_carrying(const struct intake *in, unsigned kind)
{
	for (size_t i = 0; i < in->npumps; i++)
		if (pump_carries(in->pumps[i]) & kind)
			return in->pumps[i];
	return NULL;
}

/* The recipient goes that way, by p. */
static int
go(struct msg *m, size_t i, const struct route *r, struct pump *p)
{
	struct msg_rcpt *rcpt = &m->rcpts[i];

	/* By content, as far as the platform carries it. */
	rcpt->how = (enum msg_how)(r->how & pump_carries(p));
	rcpt->to = arena_strdup(m->arena, r->to);
	rcpt->transport = pump_name(p);
	rcpt->space = pump_space(p);
	rcpt->shaping = pump_style(p);
	rcpt->style = *r->style ? arena_strdup(m->arena, r->style) : NULL;
	return 0;
}

/* The pump of the transport that a route names, or NULL and *v. */
static struct pump *
pump_of_route(const struct intake *in, const struct route *r, struct verdict *v)
{
	struct pump *p = pump_named(in, r->transport);

	if (p && pump_carries(p) & r->how)
		return p;
	if (p)
		never(v, "5.3.3", "transport %s cannot carry that kind of message yet", r->transport);
	else /* Like Postfix with an unknown transport: an administrator's slip should not bounce mail. */
		later(v, "4.3.5", "the route of %.200s names \"%s\", which is not configured", r->to,
		    r->transport);
	return NULL;
}

/* 1: that mailbox is one of ours and has its way now; 0: it is not ours; -1 and *v. */
static int
by_mailbox(const struct intake *in, struct msg *m, size_t i, const char *mailbox, struct pump **p,
    struct verdict *v)
{
	struct route r;
	int rc = route_find(in->routes, in->users, &in->rules, mailbox, &r, NULL, NULL, v);

	if (rc <= 0)
		return rc;
	if (r.how == MSG_BOUNCE)
		return never(v, "5.1.1", "that address takes reports of mail servers only");
	if (!(*p = pump_of_route(in, &r, v)))
		return -1;
	go(m, i, &r, *p);
	return 1;
}

/* By the transport that the row names, when it carries that kind, else by the first that does. */
static int
by_kind(const struct intake *in, struct msg *m, size_t i, enum msg_how how, struct pump **p,
    struct verdict *v)
{
	struct msg_rcpt *rcpt = &m->rcpts[i];
	struct pump *named = rcpt->transport ? pump_named(in, rcpt->transport) : NULL;

	*p = named && pump_carries(named) & how ? named : pump_carrying(in, how);
	if (!*p)
		return never(v, "5.3.3", "no transport is configured that carries %s",
		    how == MSG_MAIL ? "mail" : how == MSG_IM ? "instant messages" : "SMS");
	if (rcpt->how == MSG_NOWHERE)
		rcpt->how = (enum msg_how)(how & pump_carries(*p));
	rcpt->transport = pump_name(*p);
	rcpt->space = pump_space(*p);
	rcpt->shaping = pump_style(*p);
	rcpt->style = NULL;
	return 0;
}

static int
by_number(const struct intake *in, struct msg *m, size_t i, struct pump **p, struct verdict *v)
{
	struct route r;
	int rc = 0;

	if (!m->rcpts[i].transport)
		rc = route_number(in->routes, m->rcpts[i].to + strlen("tel:"), &r, v);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return by_kind(in, m, i, m->nparts ? MSG_PHONE : MSG_SMS, p, v);
	return (*p = pump_of_route(in, &r, v)) ? go(m, i, &r, *p) : -1;
}

int
way_find(const struct intake *in, struct msg *m, size_t i, struct pump **p, struct verdict *v)
{
	const struct msg_rcpt *rcpt = &m->rcpts[i];
	int rc;

	if (*rcpt->given) {
		if ((rc = by_mailbox(in, m, i, rcpt->given, p, v)) == 0)
			never(v, "5.1.2", "%.200s is not one of our addresses", rcpt->given);
		return rc == 1 ? 0 : -1;
	}
	if (rcpt->to && strncmp(rcpt->to, "tel:", 4) == 0)
		return by_number(in, m, i, p, v);
	if (rcpt->to && strncmp(rcpt->to, "xmpp:", 5) == 0)
		return by_kind(in, m, i, MSG_IM, p, v);
	if (!rcpt->to || strncmp(rcpt->to, "mailto:", 7) != 0)
		return never(v, "5.1.3", "%.200s is no address", rcpt->to ? rcpt->to : "nothing");
	if ((rc = by_mailbox(in, m, i, rcpt->to + strlen("mailto:"), p, v)) != 0)
		return rc == 1 ? 0 : -1;
	return by_kind(in, m, i, MSG_MAIL, p, v);
}
