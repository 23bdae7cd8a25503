/*
 * inbox.c - messages and reports that the server brings.
 *
 * A stanza that was written to us is gone from the server, so each is handed to the front door at
 * once; one with a link to a picture waits on the disk until that is here, some seconds at most. A user
 * hears of a message only when it is refused, or when a receipt comes for it from the other side.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/message/msg.h"
#include "bridge/store/binding.h"
#include "bridge/store/park.h"
#include "bridge/store/report.h"
#include "im/barrier.h"
#include "im/error.h"
#include "im/past.h"
#include "im/register.h"
#include "im/stanza.h"
#include "im/stream.h"
#include "im/thread.h"
#include "im/write.h"
#include "im/xmpp.h"

enum {
	AGAIN_MS = 10 * 1000,		/* before those that wait on the disk are tried again */
	PATIENCE_MS = 60 * 60 * 1000,	/* how long they are */
};

static void on_again(void *arg);

/* A message that is here, until the front door answers for it. */
struct guest {
	struct xmpp *xmpp;
	char *to, *local, *id; /* whom to tell that it is refused */
	char *user, *party, *message_id; /* for the user's history, when it is taken */
	struct msg *msg; /* while its link is fetched */
	char *url;	 /* that link */
	char parked[MSG_ID]; /* by which it waits on the disk; "" while it does not */
	struct guest *next, **link;
};

/* from: the JID of the client; user: its bare JID; party: the URI that it wrote to. */
static struct guest *
guest_new(struct xmpp *x, const char *from, const struct origin *o, const char *user, const char *party)
{
	struct guest *g = xcalloc(1, sizeof *g);

	g->xmpp = x;
	g->link = &x->guests;
	if ((g->next = x->guests))
		g->next->link = &g->next;
	x->guests = g;
	g->to = xstrdup(from);
	g->local = xstrdup(o->local);
	g->id = o->id[0] ? xstrdup(o->id) : NULL;
	g->user = xstrdup(user);
	g->party = xstrdup(party);
	return g;
}

static void
guest_free(struct guest *g)
{
	if ((*g->link = g->next))
		g->next->link = g->link;
	free(g->url);
	free(g->to);
	free(g->local);
	free(g->id);
	free(g->user);
	free(g->party);
	free(g->message_id);
	msg_free(g->msg);
	free(g);
}

void
inbox_close(struct xmpp *x)
{
	timer_clear(x->transport->loop, &x->again);
	while (x->guests)
		guest_free(x->guests);
}

static void
write_error(struct xmpp *x, const char *kind, const char *local, const char *to, const char *id,
    const struct verdict *v)
{
	struct stanza s = { .kind = kind, .domain = x->settings.jid, .local = local, .to = to,
		.type = "error", .id = id };
	struct buf *out = stream_out(x->stream);
	struct writer w;

	if (!out)
		return;
	write_begin(&w, &s, out);
	error_write(&w, v);
	write_end(&w);
	stream_flush(x->stream);
}

/* It is on the disk and cannot be taken now: does it wait for another time? Its sender thinks that it is
 * under way. */
static bool
waits_on(struct guest *g, const struct verdict *v)
{
	int64_t since = g->parked[0] ? loop_wall_ms() - msg_id_time(g->parked) : PATIENCE_MS;

	if (v->is != LATER || since >= PATIENCE_MS)
		return false;
	timer_set(g->xmpp->transport->loop, &g->xmpp->again, AGAIN_MS, on_again, g->xmpp);
	return true;
}

static void
on_taken(void *arg, const struct verdict *v)
{
	struct guest *g = arg;

	if (waits_on(g, v)) {
		guest_free(g);
		return;
	}
	if (g->parked[0])
		receive_unpark(g->xmpp->transport->receive, g->xmpp->transport, g->parked);
	if (v->is != DONE) {
		log_info("transport=%s, from=<xmpp:%s>, status=refused, dsn=%s (%s)",
		    g->xmpp->transport->name, g->to, v->dsn, v->text);
		write_error(g->xmpp, "message", g->local, g->to, g->id, v);
	} else if (g->message_id) {
		past_add(g->xmpp->gateway.past, g->user, g->party, g->message_id);
	}
	guest_free(g);
}

/* Hand it to the front door, which takes the message. */
static void
hand_over(struct guest *g)
{
	struct msg *m = g->msg;

	g->msg = NULL;
	receive_message(g->xmpp->transport->receive, g->xmpp->transport, m, on_taken, g);
}

/* A client that sends a picture writes its link into the body, too, for those that know no better: of
 * use only to phones that get no MMS. */
static void
on_fetched(void *arg, const struct fetched *what)
{
	struct guest *g = arg;

	if (g->xmpp->closed) {
		guest_free(g); /* it comes again at the next start */
		return;
	}
	if (what->why) {
		log_info("transport=%s, from=<xmpp:%s>, a link stays one (%s)", g->xmpp->transport->name,
		    g->user, what->why);
	} else {
		msg_add_part(g->msg, what->type, *what->name ? what->name : NULL, what->bytes, what->len);
		if (strncmp(g->msg->text, "https://", 8) == 0 || strncmp(g->msg->text, "http://", 7) == 0) {
			g->msg->full = g->msg->full ? g->msg->full : g->msg->text;
			g->msg->text = "";
		}
	}
	hand_over(g);
}

static void
on_parked(void *arg, const struct verdict *v)
{
	struct guest *g = arg;

	if (v->is != DONE) {
		g->parked[0] = '\0';
		on_taken(g, v);
		return;
	}
	fetch_link(g->xmpp->fetch, g->url, on_fetched, g);
}

/* Keep the message on the disk until what its link leads to is here. */
static void
park(struct guest *g, const char *url)
{
	msg_new_id(g->msg->id);
	memcpy(g->parked, g->msg->id, sizeof g->parked);
	g->url = xstrdup(url);
	receive_park(g->xmpp->transport->receive, g->xmpp->transport, g->msg, url, on_parked, g);
}

/* Is it under way already? */
static bool
is_here(const struct xmpp *x, const char *id)
{
	for (const struct guest *g = x->guests; g; g = g->next)
		if (strcmp(g->parked, id) == 0)
			return true;
	return false;
}

/* Take up a message that waited on the disk (taken over). */
static void
take_up(struct xmpp *x, struct msg *m, const char *url)
{
	const char *user = strncmp(m->from, "xmpp:", 5) == 0 ? m->from + 5 : m->from;
	struct origin o = { .id = "" };
	char client[3 * JID_PART];
	struct guest *g;

	origin_parse(m->message_id, x->settings.jid, &o);
	snprintf(client, sizeof client, "%s%s%s", user, o.resource[0] ? "/" : "", o.resource);
	g = guest_new(x, client, &o, user, m->nrcpts && m->rcpts[0].to ? m->rcpts[0].to : "");
	g->message_id = m->message_id ? xstrdup(m->message_id) : NULL;
	g->msg = m;
	memcpy(g->parked, m->id, sizeof g->parked);
	fetch_link(x->fetch, url, on_fetched, g);
}

static void
on_waiting(void *arg, struct parked *list, size_t n, const struct verdict *v)
{
	struct xmpp *x = arg;

	if (v->is != DONE) {
		timer_set(x->transport->loop, &x->again, AGAIN_MS, on_again, x);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct msg *m = list[i].msg;

		if (is_here(x, m->id) || m->nrcpts != 1)
			continue;
		list[i].msg = NULL;
		take_up(x, m, list[i].link);
	}
}

void
inbox_start(struct xmpp *x)
{
	receive_parked(x->transport->receive, x->transport, on_waiting, x);
}

static void
on_again(void *arg)
{
	inbox_start(arg);
}

/* May that user write there? 0, or -1 and *v. */
static int
may_write(const struct xmpp *x, const struct arrival *a, struct verdict *v)
{
	if (x->registered_only && strncmp(a->to, "tel:", 4) == 0 &&
	    !gateway_bound(&x->gateway, a->uri + 5))
		return never(v, "5.7.1", "Register your phone's number with %s first.", x->settings.jid);
	return 0;
}

static void
take_message(struct xmpp *x, const struct xml *stanza, const struct arrival *a)
{
	const struct binding *u = gateway_bound(&x->gateway, a->uri + 5);
	struct guest *g = guest_new(x, xml_attr(stanza, "from"), &a->origin, a->uri + 5, a->to);
	struct verdict v = a->v;

	if (a->is == STANZA_REFUSED || may_write(x, a, &v) < 0) {
		on_taken(g, &v);
		return;
	}
	g->msg = stanza_message(stanza, x->settings.jid, a);
	if (u && u->tell)
		g->msg->rcpts[0].notify = "SUCCESS,FAILURE";
	if (g->msg->message_id)
		g->message_id = xstrdup(g->msg->message_id);
	if (strncmp(a->to, "mailto:", 7) == 0) {
		threads_join(x->threads, g->msg, g->user, x->settings.jid);
		g->msg->gather_ms = x->mail_pause;
	}
	if (a->link)
		park(g, a->link);
	else
		hand_over(g);
}

static void
on_reported(void *arg, const struct verdict *v)
{
	const struct xmpp *x = arg;

	if (v->is != DONE)
		log_warn("transport %s: a report is lost: %s", x->transport->name, v->text);
}

/* What became of a message that went out under that id, and is settled already. */
static void
tell(struct xmpp *x, const struct arrival *a, const char *id, struct report *r)
{
	if (!id || strlen(id) < MSG_ID || id[MSG_ID - 1] != '-')
		return; /* none of ours */
	r->request = id;
	r->transport = x->transport->name;
	r->address = a->uri;
	receive_report(x->transport->receive, x->transport, r, on_reported, x);
}

static void
on_error(struct xmpp *x, const struct xml *stanza, const struct arrival *a)
{
	const char *id = xml_attr(stanza, "id");
	char code[ERROR_CODE];
	struct verdict v;
	struct report r = { .is = REPORT_FAILED, .dsn = v.dsn, .code = code, .text = v.text };

	error_read(stanza, code, &v);
	if (id && barrier_error(x->barrier, id, &v))
		return;
	tell(x, a, id, &r);
}

/* Of a stanza beyond the limits only its top is there; whoever wrote it should know. */
static void
refuse_cut(struct xmpp *x, const struct xml *stanza, const struct arrival *a)
{
	const char *type = xml_attr(stanza, "type");
	struct verdict v;

	never(&v, "5.3.4", "the message is too large");
	if (a->uri[0] && (!type || strcmp(type, "chat") == 0 || strcmp(type, "normal") == 0))
		write_error(x, "message", a->origin.local, xml_attr(stanza, "from"),
		    xml_attr(stanza, "id"), &v);
}

void
inbox_message(struct xmpp *x, const struct xml *stanza, bool whole)
{
	struct report delivered = { .is = REPORT_DELIVERED, .dsn = "2.1.5", .code = "received",
		.text = "" };
	struct arrival a;

	stanza_look(stanza, x->settings.jid, receive_rules(x->transport->receive), &a);
	/* What is no number may be the name of a user. */
	if (a.is == STANZA_REFUSED && strcmp(a.v.dsn, "5.1.3") == 0 && a.origin.local[0] &&
	    gateway_party(&x->gateway, a.origin.local, a.to, sizeof a.to, &a.v) == 0)
		a.is = STANZA_MESSAGE;
	switch (a.is) {
	case STANZA_REFUSED:
		if (!a.origin.local[0] && register_text(&x->gateway, a.uri + 5, a.body))
			break;
		/* fall through */
	case STANZA_MESSAGE:
		take_message(x, stanza, &a);
		break;
	case STANZA_RECEIPT:
		tell(x, &a, a.receipt, &delivered);
		break;
	case STANZA_ERROR:
		on_error(x, stanza, &a);
		break;
	case STANZA_NOTHING:
		if (!whole)
			refuse_cut(x, stanza, &a);
		break;
	}
}
