/*
 * gateway.c - the gateway as an XMPP entity: what it is, and answers to questions.
 *
 * The questions stand in a table by their namespace. Nobody is told an XML document of somebody
 * else's: all that is answered is written here.
 */
#include "im/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/daemon.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/store/user.h"
#include "im/command.h"
#include "im/register.h"
#include "im/stanza.h"
#include "im/stream.h"

#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define NS_INFO "http://jabber.org/protocol/disco#info"
#define NS_ITEMS "http://jabber.org/protocol/disco#items"
#define NS_VCARD "vcard-temp"

struct question *
question_keep(const struct question *q)
{
	struct question *copy = xcalloc(1, sizeof *copy);

	*copy = *q;
	copy->iq = copy->query = NULL;
	copy->from_text = xstrdup(q->from_text);
	copy->id = q->id ? xstrdup(q->id) : NULL;
	return copy;
}

void
question_free(struct question *q)
{
	if (!q)
		return;
	free((char *)q->from_text);
	free((char *)q->id);
	free(q);
}

const struct binding *
gateway_bound(const struct gateway *g, const char *jid)
{
	return g->desk ? receive_bound(g->transport->receive, g->transport, jid) : NULL;
}

/* Answers. */

static struct stanza
answer(const struct gateway *g, const struct question *q, const char *type)
{
	return (struct stanza){ .kind = "iq", .domain = g->domain, .local = q->to.local,
		.to = q->from_text, .type = type, .id = q->id };
}

bool
answer_begin(struct gateway *g, const struct question *q, struct writer *w)
{
	struct stanza s = answer(g, q, "result");
	struct buf *out = stream_out(g->stream);

	if (out)
		write_begin(w, &s, out);
	return out != NULL;
}

void
answer_end(struct gateway *g, struct writer *w)
{
	write_end(w);
	stream_flush(g->stream);
}

void
answer_done(struct gateway *g, const struct question *q)
{
	struct writer w;

	if (answer_begin(g, q, &w))
		answer_end(g, &w);
}

void
answer_refuse(struct gateway *g, const struct question *q, const char *type, const char *condition,
    const char *text)
{
	struct stanza s = answer(g, q, "error");
	struct buf *out = stream_out(g->stream);
	struct writer w;

	if (!out)
		return;
	write_begin(&w, &s, out);
	write_open(&w, "error", NULL);
	write_attr(&w, "type", type);
	write_empty(&w, condition, NS_STANZAS);
	if (text) {
		write_open(&w, "text", NS_STANZAS);
		write_attr(&w, "xml:lang", "en");
		write_text(&w, text);
	}
	answer_end(g, &w);
}

/* Sayings. */

void
gateway_say(struct gateway *g, const char *to, const char *text)
{
	const struct stanza s = { .kind = "message", .domain = g->domain, .to = to, .type = "chat" };
	struct buf *out = stream_out(g->stream);
	struct writer w;

	if (!out)
		return;
	write_begin(&w, &s, out);
	write_leaf(&w, "body", text);
	answer_end(g, &w);
}

void
gateway_presence(struct gateway *g, const char *local, const char *to, const char *type,
    const char *status)
{
	const struct stanza s = { .kind = "presence", .domain = g->domain, .local = local, .to = to,
		.type = type };
	struct buf *out = stream_out(g->stream);
	struct writer w;

	if (!out)
		return;
	write_begin(&w, &s, out);
	write_leaf(&w, "status", status);
	answer_end(g, &w);
}

int
gateway_party(const struct gateway *g, const char *local, char *uri, size_t room, struct verdict *v)
{
	struct receive *in = g->transport->receive;
	char name[JID_PART];
	struct verdict why;
	struct user u;
	int rc = stanza_party(local, receive_rules(in), uri, room, v);

	jid_unescape(local, name);
	if (rc == 0 || !name[0] || strchr(name, '@'))
		return rc;
	rc = receive_user(in, name, &u, &why);
	if (rc < 0)
		*v = why;
	if (rc != 1 || (!u.tel[0] && !u.mail[0]))
		return -1;
	snprintf(uri, room, "%s%s", u.tel[0] ? "tel:" : "mailto:", u.tel[0] ? u.tel : u.mail);
	return 0;
}

bool
gateway_contact(const struct gateway *g, const char *local, char uri[2 * JID_PART + 8])
{
	struct verdict v;

	return gateway_party(g, local, uri, 2 * JID_PART + 8, &v) == 0;
}

/* What people call whoever has that URI: the name of the users table, or the address. */
static const char *
name_of(const struct gateway *g, const char *uri, struct user *u)
{
	struct verdict v;

	return receive_user(g->transport->receive, uri, u, &v) == 1 && u->name[0] ? u->name
										 : strchr(uri, ':') + 1;
}

/* Service discovery (XEP-0030). */

static void
identity(struct writer *w, const char *category, const char *type, const char *name)
{
	write_open(w, "identity", NULL);
	write_attr(w, "category", category);
	write_attr(w, "type", type);
	write_attr(w, "name", name);
	write_close(w);
}

static void
features(struct writer *w, const char *const *names)
{
	for (; *names; names++) {
		write_open(w, "feature", NULL);
		write_attr(w, "var", *names);
		write_close(w);
	}
}

static void
contact_info(struct gateway *g, const struct question *q, const char *uri)
{
	static const char *const can[] = { NS_INFO, "urn:xmpp:ping", "urn:xmpp:receipts", NS_VCARD,
		"jabber:iq:version", NULL };
	struct writer w;
	struct user u;

	if (!answer_begin(g, q, &w))
		return;
	write_open(&w, "query", NS_INFO);
	identity(&w, "client", strncmp(uri, "tel:", 4) == 0 ? "phone" : "bot", name_of(g, uri, &u));
	features(&w, can);
	answer_end(g, &w);
}

static void
gateway_info(struct gateway *g, const struct question *q)
{
	static const char *const can[] = { NS_INFO, NS_ITEMS, "urn:xmpp:ping", "urn:xmpp:receipts",
		NS_VCARD, "jabber:iq:version", "jabber:iq:gateway", NULL };
	static const char *const can_register[] = { "jabber:iq:register", COMMAND_NS, NULL };
	struct writer w;

	if (!answer_begin(g, q, &w))
		return;
	write_open(&w, "query", NS_INFO);
	identity(&w, "gateway", "sms", g->name);
	identity(&w, "gateway", "smtp", g->name);
	features(&w, can);
	if (g->desk)
		features(&w, can_register);
	answer_end(g, &w);
}

static void
on_info(struct gateway *g, const struct question *q)
{
	const char *node = xml_attr(q->query, "node");
	char uri[2 * JID_PART + 8];

	if (node && command_info(g, q, node))
		return;
	if (node)
		answer_refuse(g, q, "cancel", "item-not-found", NULL);
	else if (!q->to.local[0])
		gateway_info(g, q);
	else if (gateway_contact(g, q->to.local, uri))
		contact_info(g, q, uri);
	else
		answer_refuse(g, q, "cancel", "item-not-found", NULL);
}

static void
on_items(struct gateway *g, const struct question *q)
{
	const char *node = xml_attr(q->query, "node");
	struct writer w;

	if (node && !q->to.local[0] && g->desk && strcmp(node, COMMAND_NS) == 0) {
		command_items(g, q);
	} else if (answer_begin(g, q, &w)) {
		write_open(&w, "query", NS_ITEMS);
		write_attr(&w, "node", node);
		answer_end(g, &w);
	}
}

/* What else is asked. */

static void
on_ping(struct gateway *g, const struct question *q)
{
	answer_done(g, q);
}

static void
on_version(struct gateway *g, const struct question *q)
{
	struct writer w;

	if (!answer_begin(g, q, &w))
		return;
	write_open(&w, "query", "jabber:iq:version");
	write_leaf(&w, "name", "Trivium");
	write_leaf(&w, "version", TRIVIUM_VERSION);
	answer_end(g, &w);
}

static void
on_vcard(struct gateway *g, const struct question *q)
{
	char uri[2 * JID_PART + 8] = "";
	const char *address;
	bool phone;
	struct writer w;
	struct user u;

	if (q->set || (q->to.local[0] && !gateway_contact(g, q->to.local, uri))) {
		answer_refuse(g, q, "cancel", q->set ? "not-allowed" : "item-not-found", NULL);
		return;
	}
	if (!answer_begin(g, q, &w))
		return;
	phone = strncmp(uri, "tel:", 4) == 0;
	address = *uri ? strchr(uri, ':') + 1 : NULL;
	write_open(&w, "vCard", NS_VCARD);
	write_leaf(&w, "FN", address ? name_of(g, uri, &u) : g->name);
	if (address) {
		write_open(&w, phone ? "TEL" : "EMAIL", NULL);
		write_leaf(&w, phone ? "NUMBER" : "USERID", address);
	}
	answer_end(g, &w);
}

/* A client asks how to write an address of the other world as a JID (XEP-0100 section 6). */
static void
on_prompt(struct gateway *g, const struct question *q)
{
	const struct xml *prompt = xml_child(q->query, "prompt");
	char local[JID_PART], uri[2 * JID_PART + 8], jid[2 * JID_PART];
	struct writer w;

	if (q->set && (!prompt || !jid_escape(prompt->text, local) || !gateway_contact(g, local, uri) ||
	    !stanza_local(uri, local))) {
		answer_refuse(g, q, "modify", "not-acceptable", "That is no number and no mail address.");
		return;
	}
	if (!answer_begin(g, q, &w))
		return;
	write_open(&w, "query", "jabber:iq:gateway");
	if (q->set) {
		struct buf b;

		buf_init(&b, sizeof jid);
		buf_addf(&b, "%s@%s", local, g->domain);
		write_leaf(&w, "jid", buf_str(&b));
		buf_free(&b);
	} else {
		write_leaf(&w, "desc", "A phone number, with + and country code, or a mail address.");
		write_leaf(&w, "prompt", "Number or mail address");
	}
	answer_end(g, &w);
}

static const struct {
	const char *name, *ns;
	bool set; /* it may be a set, too */
	bool contacts; /* contacts answer it, too, not the gateway alone */
	void (*answer)(struct gateway *g, const struct question *q);
} answers[] = {
	{ "query", NS_INFO, false, true, on_info },
	{ "query", NS_ITEMS, false, true, on_items },
	{ "ping", "urn:xmpp:ping", false, true, on_ping },
	{ "query", "jabber:iq:version", false, true, on_version },
	{ "vCard", NS_VCARD, true, true, on_vcard },
	{ "query", "jabber:iq:gateway", true, false, on_prompt },
	{ "query", "jabber:iq:register", true, false, register_iq },
	{ "command", COMMAND_NS, true, false, command_iq },
};

void
gateway_iq(struct gateway *g, const struct xml *iq)
{
	struct question q = { .iq = iq, .query = iq->first, .from_text = xml_attr(iq, "from"),
		.id = xml_attr(iq, "id") };
	const char *type = xml_attr(iq, "type"), *to = xml_attr(iq, "to");

	if (!type || !q.from_text || !to || !jid_parse(q.from_text, &q.from) || !jid_parse(to, &q.to) ||
	    !jid_bare(&q.from, q.user, sizeof q.user) || strcmp(q.from.domain, g->domain) == 0)
		return;
	q.set = strcmp(type, "set") == 0;
	if (!q.set && strcmp(type, "get") != 0)
		return;
	for (size_t i = 0; q.query && i < sizeof answers / sizeof *answers; i++) {
		if (strcmp(q.query->name, answers[i].name) != 0 || strcmp(q.query->ns, answers[i].ns) != 0 ||
		    (q.set && !answers[i].set) || (q.to.local[0] && !answers[i].contacts))
			continue;
		answers[i].answer(g, &q);
		return;
	}
	answer_refuse(g, &q, "cancel", "service-unavailable", NULL);
}
