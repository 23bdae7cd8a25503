/*
 * xmpp.c - the driver for XMPP: an external component of a server (XEP-0114).
 *
 * The component is a domain, in which every phone and every mail address has a JID. What it is lent
 * is written to the stream and finished when the barrier says that the server has processed it
 * (outbox.c, barrier.h); what arrives is handed to receive.h, and a user hears of it only when that
 * has an answer (inbox.c). The rest is what people's clients expect of a gateway (gateway.h).
 */
#include "im/xmpp.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/conf.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/transport.h"
#include "bridge/message/msg.h"
#include "im/asks.h"
#include "im/barrier.h"
#include "im/drivers.h"
#include "im/errand.h"
#include "im/jid.h"
#include "im/past.h"
#include "im/register.h"
#include "im/roster.h"
#include "im/thread.h"
#include "im/upload.h"

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
	{ "registrations", CONF_BOOL, offsetof(struct xmpp, registrations), "no", NULL, NULL,
	    "Whether users can register their phone numbers." },
	{ "registered_only", CONF_BOOL, offsetof(struct xmpp, registered_only), "no", NULL, NULL,
	    "Whether only users who have registered may write to phones." },
	{ "mail_pause", CONF_TIME, offsetof(struct xmpp, mail_pause), "10 s", "0 s", "10 m",
	    "Lines that a user writes to a mailbox within such a pause become one mail; 0: each is one." },
	{ "upload", CONF_STRING, offsetof(struct xmpp, upload_service), "auto", NULL, NULL,
	    "The server's service for HTTP File Upload, onto which pictures are put: its JID; \"auto\": "
	    "it is looked for; \"none\"." },
	{ "fetch", CONF_CHOICE, offsetof(struct xmpp, fetch_settings.from), "public",
	    "public hosts none", NULL, "Which links to pictures are fetched." },
	{ "fetch_hosts", CONF_STRING, offsetof(struct xmpp, fetch_settings.hosts), "", NULL, NULL,
	    "Names of hosts that are fetched from whatever their address is, by http, too." },
	{ "fetch_size", CONF_SIZE, offsetof(struct xmpp, fetch_settings.size), "5 MB", "1 kB", "8 MB",
	    "The most that a picture may have; what is more stays a link." },
	{ "ca_file", CONF_STRING, offsetof(struct xmpp, fetch_settings.ca_file), "", NULL, NULL,
	    "A file of certificates to trust instead of the system's, for pictures." },
	{ 0 },
};

static void
on_iq(struct xmpp *x, const struct xml *stanza)
{
	const char *id = xml_attr(stanza, "id"), *from = xml_attr(stanza, "from");

	if (id && from && strcmp(from, x->settings.jid) == 0)
		barrier_pong(x->barrier, id);
	else if (!asks_answered(x->asks, stanza))
		gateway_iq(&x->gateway, stanza);
}

static void
on_stanza(void *arg, const struct xml *stanza, bool whole)
{
	struct xmpp *x = arg;

	if (strcmp(stanza->name, "message") == 0)
		inbox_message(x, stanza, whole);
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
	upload_up(x->upload);
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
	asks_lost(x->asks);
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
	if (x->registered_only && !x->registrations)
		return never(v, "5.3.5", "registered_only needs registrations = yes");
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
	    outbox_settled, x);
	x->gateway = (struct gateway){ .transport = t, .stream = x->stream, .domain = x->settings.jid,
		.name = x->name, .past = past_new(), .errands = errands_new(),
		.desk = x->registrations ? register_desk_new() : NULL };
	x->asks = asks_new(t->loop, &x->gateway);
	x->upload = upload_new(t->loop, &x->gateway, x->asks, x->upload_service,
	    x->fetch_settings.ca_file);
	x->threads = threads_new();
	x->fetch = fetch_new(t->loop, &x->fetch_settings);
	t->state = x;
	return done(v, "2.0.0", "ready");
}

static void
xmpp_start(struct transport *t)
{
	struct xmpp *x = t->state;

	inbox_start(x);
	stream_start(x->stream);
}

/* The daemon stops. The stream is closed only when nothing is under way, and then read to its end, for
 * what the server has sent us it has forgotten. */
static bool
xmpp_quiet(struct transport *t)
{
	struct xmpp *x = t->state;

	if (barrier_waiting(x->barrier) > 0 || x->guests || x->uploading)
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

	/* Those whose pictures are put onto the server are sent without; those who wait for one, and are on
	 * the disk, come again at the next start. */
	x->closed = true;
	upload_free(x->upload);
	fetch_free(x->fetch);
	asks_free(x->asks);
	unknown(&v, "4.4.2", "stopped before the server had processed it");
	barrier_lost(x->barrier, &v);
	barrier_free(x->barrier);
	inbox_close(x);
	stream_free(x->stream);
	register_desk_free(x->gateway.desk);
	errands_free(x->gateway.errands);
	past_free(x->gateway.past);
	threads_free(x->threads);
	free(x);
	t->state = NULL;
}

const struct transport_driver im_xmpp = {
	.name = "xmpp",
	.carries = MSG_IM,
	.settings = rows,
	.open = xmpp_open,
	.start = xmpp_start,
	.send = outbox_send,
	.ask = outbox_ask,
	.quiet = xmpp_quiet,
	.close = xmpp_close,
};
