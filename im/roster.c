/*
 * roster.c - how the gateway and its contacts stand in people's rosters.
 *
 * Nothing is kept of who has added whom: the user's server keeps that, and asks (by a probe) whenever
 * the user comes online. Only what asks for an answer gets one. Gateways that answer each
 * presence of a user for each of its contacts flood their servers; one that says "unsubscribed" to
 * the probe that follows a subscription destroys it.
 */
#include "im/roster.h"

#include <string.h>

#include "bridge/base/xml.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/store/binding.h"
#include "im/gateway.h"

static void
on_subscribe(struct gateway *g, const struct jid *to, const char *user)
{
	char uri[2 * JID_PART + 8];

	if (to->local[0] && !gateway_contact(g, to->local, uri)) {
		gateway_presence(g, to->local, user, "unsubscribed",
		    "That is no number and no mail address.");
		return;
	}
	gateway_presence(g, to->local, user, "subscribed", NULL);
	gateway_presence(g, to->local, user, NULL, NULL);
}

static void
on_probe(struct gateway *g, const struct jid *to, const char *who)
{
	char uri[2 * JID_PART + 8];

	if (!to->local[0] || gateway_contact(g, to->local, uri))
		gateway_presence(g, to->local, who, NULL, NULL);
}

void
roster_presence(struct gateway *g, const struct xml *x)
{
	const char *type = xml_attr(x, "type"), *from = xml_attr(x, "from"), *to = xml_attr(x, "to");
	char user[2 * JID_PART];
	struct jid f, t;

	/* Available, unavailable and error ask for nothing. */
	if (!type || !from || !to || !jid_parse(from, &f) || !jid_parse(to, &t) ||
	    !jid_bare(&f, user, sizeof user) || strcmp(f.domain, g->domain) == 0 ||
	    strcmp(t.domain, g->domain) != 0)
		return;
	if (strcmp(type, "subscribe") == 0) {
		on_subscribe(g, &t, user);
	} else if (strcmp(type, "probe") == 0) {
		on_probe(g, &t, from);
	} else if (strcmp(type, "unsubscribe") == 0) {
		gateway_presence(g, t.local, user, "unsubscribed", NULL);
		gateway_presence(g, t.local, user, "unavailable", NULL);
	}
}

static void
show(void *arg, const struct binding *u)
{
	gateway_presence(arg, NULL, u->jid, NULL, NULL);
}

static void
hide(void *arg, const struct binding *u)
{
	gateway_presence(arg, NULL, u->jid, "unavailable", NULL);
}

void
roster_up(struct gateway *g)
{
	if (g->desk)
		receive_bound_each(g->transport->receive, g->transport, show, g);
}

void
roster_down(struct gateway *g)
{
	if (g->desk)
		receive_bound_each(g->transport->receive, g->transport, hide, g);
}
