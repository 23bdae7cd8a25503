/*
 * xmpp.c - the driver for XMPP: an external component of a server (XEP-0114).
 *
 * The component is a domain, in which every phone and every mail address has a JID. What it is lent
 * is written to the stream and finished when the barrier says that the server has processed it
 * (barrier.h); what arrives is handed to receive.h, and a user hears of it only when that has an
 * answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/conf.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/store/queue.h"
#include "bridge/store/report.h"
#include "im/barrier.h"
#include "im/book.h"
#include "im/drivers.h"
#include "im/error.h"
#include "im/gateway.h"
#include "im/jid.h"
#include "im/past.h"
#include "im/register.h"
#include "im/roster.h"
#include "im/stanza.h"
#include "im/stream.h"
#include "im/write.h"

/* One im section at work. */
struct xmpp {
	struct transport *transport;
	struct stream_settings settings;
	struct stream *stream;
	struct barrier *barrier;
	struct gateway gateway;
	const char *name, *registrations;
	bool registered_only;
	struct guest *guests; /* messages that the front door has not answered for */
	bool told;   /* the log knows that there is no connection */
	bool closed; /* nothing is taken in any more */
};

#define SETTING(member) offsetof(struct xmpp, settings.member)

static const struct setting rows[] = {
	{ "server", CONF_STRING, SETTING(server), "127.0.0.1:5347", NULL, NULL,
	    "Where the XMPP server takes external components: host:port, without TLS, so on the same "
	    "machine or through a tunnel." },
	{ "jid", CONF_STRING, SETTING(jid), NULL, NULL, NULL,
	    "The component's domain, as the server has it." },
	{ "secret_file", CONF_SECRET, SETTING(secret), NULL, NULL, NULL,
	    "The file whose first line is the secret that the server knows the component by." },
	{ "timeout", CONF_TIME, SETTING(timeout), "20 s", "1 s", "5m",
	    "How long connecting may take, and how long the server may say nothing when asked." },
	{ "keepalive", CONF_TIME, SETTING(keepalive), "60 s", "1 s", "1h",
	    "After how long a silence the server is asked whether it still lives." },
	{ "reconnect", CONF_TIME, SETTING(reconnect), "30 s", "100ms", "1h",
	    "The longest wait between two tries to connect; the first ones are shorter." },
	{ "name", CONF_STRING, offsetof(struct xmpp, name), "Phones and mail", NULL, NULL,
	    "What the gateway is called in people's programs." },
	{ "registrations", CONF_STRING, offsetof(struct xmpp, registrations), "", NULL, NULL,
	    "The file in which is kept who has registered a phone number; empty: nobody can." },
	{ "registered_only", CONF_BOOL, offsetof(struct xmpp, registered_only), "no", NULL, NULL,
	    "Whether only users who have registered may write to phones." },
	{ 0 },
};

/* Out. */

static void
on_settled(void *arg, struct job *job, const char *id, const struct verdict *v)
{
	struct xmpp *x = arg;
	const char *notify = job_rcpt(job)->notify;

	/* A client says that it has got a message, if it can say that at all; so nobody waits for it who
	 * does not want to know. An error may come later in any case. */
	job->awaits = v->is == DONE && notify && strcasestr(notify, "SUCCESS");
	finish(x->transport, job, v, v->is == DONE ? id : NULL);
}

static int
send_stanza(struct xmpp *x, struct job *job, struct verdict *v)
{
	struct buf *out = stream_out(x->stream);
	const char *uri = job_rcpt(job)->to;
	char id[BARRIER_ID], bare[2 * JID_PART];
	const struct book_user *user;
	struct jid to;
	int rc;

	if (!out) {
		later(v, "4.4.1", stream_is_up(x->stream) ? "%s: too much waits to be written"
		    : "%s: no connection", x->settings.server);
		v->whole = true;
		return -1;
	}
	if (strncmp(uri, "xmpp:", 5) != 0 || !jid_parse(uri + 5, &to) ||
	    !jid_bare(&to, bare, sizeof bare))
		return never(v, "5.1.3", "%.200s is no address of instant messages", uri);
	if (strcmp(to.domain, x->settings.jid) == 0)
		return never(v, "5.4.6", "%.200s is the gateway itself", uri);
	/* Always the same for a message: what is sent again after a crash can be told from it. */
	snprintf(id, sizeof id, "%s-%u", job->msg->id, job->rcpt);
	user = book_find(x->gateway.book, bare);
	rc = stanza_write(job->msg, x->settings.jid, bare, id, NULL, user && user->tell, out, v);
	if (rc == 1)
		barrier_add(x->barrier, job, id);
	return rc;
}

static void
xmpp_send(struct transport *t, struct job *job, const char *text)
{
	struct verdict v;
	int rc;

	(void)text; /* shaped for phones, while IM shows all */
	rc = send_stanza(t->state, job, &v);
	if (rc == 0)
		done(&v, "2.0.0", "nothing that instant messages could tell");
	if (rc <= 0)
		finish(t, job, &v, NULL);
}

/* A message of unknown outcome is sent again, by the same id: twice is better than not at all. */
static void
xmpp_ask(struct transport *t, struct job *job)
{
	struct verdict v;

	later(&v, "4.4.2", "the server may not have processed it");
	finish(t, job, &v, NULL);
}

/* In. */

/* A message that was handed to the front door, until that answers. */
struct guest {
	struct xmpp *xmpp;
	char *to, *local, *id; /* whom to tell that it is refused */
	char *user, *party, *message_id; /* for the user's history, when it is taken */
	struct guest *next, **link;
};

static void
guest_free(struct guest *g)
{
	if ((*g->link = g->next))
		g->next->link = g->link;
	free(g->to);
	free(g->local);
	free(g->id);
	free(g->user);
	free(g->party);
	free(g->message_id);
	free(g);
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

static void
on_taken(void *arg, const struct verdict *v)
{
	struct guest *g = arg;

	if (v->is != DONE) {
		log_info("transport=%s, from=<xmpp:%s>, status=refused, dsn=%s (%s)",
		    g->xmpp->transport->name, g->to, v->dsn, v->text);
		write_error(g->xmpp, "message", g->local, g->to, g->id, v);
	} else if (g->message_id) {
		past_add(g->xmpp->gateway.past, g->user, g->party, g->message_id);
	}
	guest_free(g);
}

static struct msg *
make_message(const struct xmpp *x, const struct xml *stanza, const struct arrival *a,
    struct guest *g)
{
	const struct book_user *u = book_find(x->gateway.book, a->uri + 5);
	struct msg *m = stanza_message(stanza, x->settings.jid, a);

	if (u && u->tell)
		m->rcpts[0].notify = "SUCCESS,FAILURE";
	g->user = xstrdup(a->uri + 5);
	g->party = xstrdup(a->to);
	g->message_id = m->message_id ? xstrdup(m->message_id) : NULL;
	return m;
}

/* May that user write there? 0, or -1 and *v. */
static int
may_write(const struct xmpp *x, const struct arrival *a, struct verdict *v)
{
	if (x->registered_only && strncmp(a->to, "tel:", 4) == 0 &&
	    !book_find(x->gateway.book, a->uri + 5))
		return never(v, "5.7.1", "Register your phone's number with %s first.", x->settings.jid);
	return 0;
}

static void
take_message(struct xmpp *x, const struct xml *stanza, const struct arrival *a)
{
	struct guest *g = xcalloc(1, sizeof *g);
	struct verdict v = a->v;

	g->xmpp = x;
	g->link = &x->guests;
	if ((g->next = x->guests))
		g->next->link = &g->next;
	x->guests = g;
	g->to = xstrdup(xml_attr(stanza, "from"));
	g->local = xstrdup(a->origin.local);
	g->id = a->origin.id[0] ? xstrdup(a->origin.id) : NULL;
	if (a->is == STANZA_REFUSED || may_write(x, a, &v) < 0)
		on_taken(g, &v);
	else
		receive_message(x->transport->receive, x->transport, make_message(x, stanza, a, g),
		    on_taken, g);
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

static void
on_message(struct xmpp *x, const struct xml *stanza, bool whole)
{
	struct report delivered = { .is = REPORT_DELIVERED, .dsn = "2.1.5", .code = "received",
		.text = "" };
	struct arrival a;

	stanza_look(stanza, x->settings.jid, receive_rules(x->transport->receive), &a);
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

static void
on_iq(struct xmpp *x, const struct xml *stanza)
{
	const char *id = xml_attr(stanza, "id"), *from = xml_attr(stanza, "from");

	if (id && from && strcmp(from, x->settings.jid) == 0)
		barrier_pong(x->barrier, id);
	else
		gateway_iq(&x->gateway, stanza);
}

static void
on_stanza(void *arg, const struct xml *stanza, bool whole)
{
	struct xmpp *x = arg;

	if (strcmp(stanza->name, "message") == 0)
		on_message(x, stanza, whole);
	else if (strcmp(stanza->name, "iq") == 0)
		on_iq(x, stanza);
	else if (strcmp(stanza->name, "presence") == 0 && whole)
		roster_presence(&x->gateway, stanza);
}

/* The connection. */

static void
on_up(void *arg)
{
	struct xmpp *x = arg;

	log_info("transport %s: connected to %s as %s", x->transport->name, x->settings.server,
	    x->settings.jid);
	x->told = false;
	roster_up(&x->gateway);
	pump_probe(x->transport->pump);
}

static void
on_down(void *arg, const struct verdict *v)
{
	struct xmpp *x = arg;
	struct verdict lost = *v;

	if (!x->told && !stream_has_ended(x->stream))
		log_warn("transport %s: no connection: %s", x->transport->name, v->text);
	x->told = true;
	lost.whole = true;
	barrier_lost(x->barrier, &lost);
}

static const struct stream_events events = {
	.on_up = on_up,
	.on_stanza = on_stanza,
	.on_down = on_down,
};

/* Its life. */

static int
check(const struct xmpp *x, struct verdict *v)
{
	struct jid j;

	if (!jid_parse(x->settings.jid, &j) || j.local[0] || j.resource[0])
		return never(v, "5.3.5", "jid = \"%s\" is not a domain", x->settings.jid);
	/* The server compares it byte by byte, and closes the stream when it is another. */
	if (x->registered_only && !*x->registrations)
		return never(v, "5.3.5", "registered_only needs registrations");
	if (strcmp(j.domain, x->settings.jid) != 0)
		return never(v, "5.3.5", "jid = \"%s\" must be in lower case", x->settings.jid);
	return 0;
}

static int
xmpp_open(struct transport *t, const struct section *section, struct verdict *v)
{
	struct xmpp *x = xcalloc(1, sizeof *x);

	section_fill(section, rows, x);
	x->transport = t;
	if (check(x, v) < 0 || !(x->stream = stream_new(t->loop, &x->settings, &events, x, v))) {
		free(x);
		return -1;
	}
	x->barrier = barrier_new(t->loop, x->stream, x->settings.jid, x->settings.timeout / 2,
	    on_settled, x);
	x->gateway = (struct gateway){ .transport = t, .stream = x->stream, .domain = x->settings.jid,
		.name = x->name, .past = past_new() };
	t->state = x;
	return done(v, "2.0.0", "ready");
}

static void
xmpp_start(struct transport *t)
{
	struct xmpp *x = t->state;
	struct verdict v;

	/* Not at open(), which root may do for those who own the file. */
	if (*x->registrations && !(x->gateway.book = book_open(x->registrations, &v)))
		log_error("transport %s: nobody can register: %s", t->name, v.text);
	if (x->gateway.book)
		x->gateway.desk = register_desk_new();
	stream_start(x->stream);
}

/* The daemon stops. The stream is closed only when nothing is under way, and then read to its end, for
 * what the server has sent us it has forgotten. */
static bool
xmpp_quiet(struct transport *t)
{
	struct xmpp *x = t->state;

	if (barrier_waiting(x->barrier) > 0 || x->guests)
		return false;
	if (!x->closed) {
		roster_down(&x->gateway);
		stream_end(x->stream);
	}
	x->closed = true;
	return stream_has_ended(x->stream);
}

static void
xmpp_close(struct transport *t)
{
	struct xmpp *x = t->state;
	struct verdict v;

	unknown(&v, "4.4.2", "stopped before the server had processed it");
	barrier_lost(x->barrier, &v);
	barrier_free(x->barrier);
	while (x->guests)
		guest_free(x->guests);
	stream_free(x->stream);
	register_desk_free(x->gateway.desk);
	book_close(x->gateway.book);
	past_free(x->gateway.past);
	free(x);
	t->state = NULL;
}

const struct transport_driver im_xmpp = {
	.name = "xmpp",
	.carries = MSG_IM,
	.settings = rows,
	.open = xmpp_open,
	.start = xmpp_start,
	.send = xmpp_send,
	.ask = xmpp_ask,
	.quiet = xmpp_quiet,
	.close = xmpp_close,
};
