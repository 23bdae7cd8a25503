/*
 * trace.c - `triviumctl trace`: each step by which a recipient is resolved, told as the milter and
 * the bridge would take it, by their own code, so that the telling cannot differ from the deed.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/base/verdict.h"
#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"
#include "bridge/flow/transport.h"
#include "bridge/store/route.h"
#include "bridge/store/table.h"

/* "  word       text" */
static void
step(const struct ctl *c, const char *word, const char *text)
{
	if (c->json) {
		print_object("step", *word ? word : "lookup", "text", text, (char *)NULL);
		return;
	}
	printf("  %-10s", word);
	print_text(stdout, text);
	putchar('\n');
}

static void
on_step(void *arg, const char *text)
{
	step(arg, "", text);
}

/* carries: what the transport can, and is set up for. */
static const char *
how_words(enum msg_how how, unsigned carries)
{
	switch (how) {
	case MSG_SMS:
		return "as SMS";
	case MSG_MMS:
		return "as MMS";
	case MSG_PHONE:
		return carries & MSG_MMS ? "as SMS or MMS, by its content" : "as SMS";
	case MSG_IM:
		return "as instant message";
	case MSG_MAIL:
		return "as mail";
	case MSG_BOUNCE:
		return "as news about a mail that we made";
	case MSG_NOWHERE:
		break;
	}
	return "nowhere";
}

static int
verdict(const struct ctl *c, int code, const char *text)
{
	step(c, "verdict", text);
	return code;
}

/* The route is there. Is what it leads to? As in intake.c, which has pumps instead of sections. */
static int
trace_transport(const struct ctl *c, const struct route *r)
{
	struct ctl_transport t;
	bool found = ctl_transport(c, r->transport, &t);
	unsigned carries = found ? ctl_carries(&t) : MSG_SMS | MSG_MMS;
	char text[600];
	bool unset = found && t.driver && r->how == MSG_PHONE && t.driver->carries & ~carries & MSG_MMS;

	snprintf(text, sizeof(text), "%s %s%s", r->to, how_words(r->how, carries),
	    unset ? " (there is no mms_url)" : "");
	step(c, "route", text);
	if (!found) {
		snprintf(text, sizeof(text), "\"%s\" is not in %s", r->transport, c->file);
		step(c, "transport", text);
		return verdict(c, CTL_NO, "refused for now (451 4.3.5): the route leads nowhere");
	}
	snprintf(text, sizeof(text), "%s %s, driver %s, at %s", t.kind, r->transport,
	    t.driver ? t.driver->name : "unknown", t.where);
	step(c, "transport", text);
	if (!t.driver || !(carries & r->how)) {
		snprintf(text, sizeof(text),
		    "refused (550 5.3.3): %s cannot carry that kind of "
		    "message",
		    r->transport);
		return verdict(c, CTL_NO, text);
	}
	snprintf(text, sizeof(text), "would be sent to %s by %s", r->to, r->transport);
	return verdict(c, 0, text);
}

static int
trace_route(const struct ctl *c, struct table *routes, struct table *users, const char *given)
{
	struct route r;
	struct verdict v;
	char text[400];

	step(c, "table", table_name(routes));
	switch (route_find(routes, users, &c->rules, given, &r, on_step, (void *)(uintptr_t)c, &v)) {
	case 1:
		if (r.how == MSG_BOUNCE)
			return verdict(c, CTL_NO, "taken only when it reports about a mail that Trivium made");
		return trace_transport(c, &r);
	case 0:
		return verdict(c, CTL_NO, "not ours: the mail server keeps it");
	default:
		snprintf(text, sizeof(text), "%s (%s %s): %s",
		    v.is == NEVER ? "refused" : "refused for now", verdict_smtp(&v), v.dsn, v.text);
		return verdict(c, v.is == NEVER ? CTL_NO : EX_TEMPFAIL, text);
	}
}

/* A sender as a URI: an address, a number, or "xmpp:" and a JID. */
static void
uri_of(const struct ctl *c, const char *from, char out[2 * ADDR_MAILBOX])
{
	char number[ADDR_NUMBER];
	struct verdict v;

	if (strchr(from, ':'))
		snprintf(out, 2 * ADDR_MAILBOX, "%s", from);
	else if (!strchr(from, '@') && addr_number(from, &c->rules, number, &v) == 0)
		snprintf(out, 2 * ADDR_MAILBOX, "tel:%s", number);
	else
		snprintf(out, 2 * ADDR_MAILBOX, "mailto:%s", from);
}

/* What the policy says of the sender, asked of the daemon, which has the quotas, the rates and what
 * phones have refused. */
static int
trace_policy(struct ctl *c, const char *from, const char *to, const char *auth)
{
	char uri[2 * ADDR_MAILBOX], text[600];
	const char *parameters[] = { "from", uri, "to", to, auth ? "auth" : NULL, auth, NULL };
	struct value *answer;
	bool taken;
	int rc;

	uri_of(c, from, uri);
	if ((rc = ask(c, false, "/judge", parameters, &answer)) != 0)
		return rc;
	for (size_t i = 0; i < value_count(answer, "steps"); i++) {
		const struct value *s = value_at(answer, "steps", i);

		step(c, value_text(s, "step"), value_text(s, "text"));
	}
	taken = *value_text(answer, "smtp") == '2';
	snprintf(text, sizeof(text), "%s (%s %s): %s", taken ? "allowed" : "refused", value_text(answer, "smtp"),
	    value_text(answer, "dsn"), value_text(answer, "text"));
	verdict(c, 0, text);
	ask_free(answer);
	return taken ? 0 : CTL_NO;
}

int
ctl_trace(struct ctl *c, char **words)
{
	struct mailbox m;
	struct table *routes, *users = NULL;
	struct verdict v;
	char text[2 * ADDR_MAILBOX + 40];
	const char *from = words[1] ? words[0] : NULL, *to = words[1] ? words[1] : words[0];
	const char *auth = words[1] ? words[2] : NULL;
	int rc = ctl_configure(c);

	if (rc)
		return rc;
	routes = table_open(c->tables.routes, &v);
	if (!routes)
		return ctl_error(c, EX_CONFIG, "tables: routes: %s", v.text);
	if (!c->json) {
		print_text(stdout, to);
		putchar('\n');
	}
	if (addr_mailbox(to, &m, &v) == 0 && *m.domain) {
		snprintf(text, sizeof(text), "local part \"%s\", domain \"%s\"", m.local, m.domain);
		step(c, "mailbox", text);
	}
	if (*c->tables.users && !(users = table_open(c->tables.users, &v))) {
		table_close(routes);
		return ctl_error(c, EX_CONFIG, "tables: users: %s", v.text);
	}
	rc = trace_route(c, routes, users, to);
	if (rc == 0 && from)
		rc = trace_policy(c, from, to, auth);
	table_close(users);
	table_close(routes);
	return rc;
}
