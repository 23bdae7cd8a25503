/*
 * stanza.c - message stanzas and struct msg, each made into the other.
 *
 * Most of what IM servers carry is no message to anyone behind us: chat states while somebody
 * types, copies of what the user's other clients sent, room traffic, bounces. Whatever is not clearly
 * a person's line to us is dropped here, since a phone would be charged for it.
 */
#include "im/stanza.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/base/xml.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "im/error.h"
#include "im/write.h"

#define NS_RECEIPTS "urn:xmpp:receipts"

/* Parties. */

bool
stanza_local(const char *uri, char local[JID_PART])
{
	static const char *const schemes[] = { "tel:", "mailto:", "xmpp:" };

	local[0] = '\0';
	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(schemes[i]);

		if (strncmp(uri, schemes[i], n) == 0)
			return !uri[n] || jid_escape(uri + n, local);
	}
	return false;
}

int
stanza_party(const char *local, const struct addr_rules *rules, char *uri, size_t room,
    struct verdict *v)
{
	char plain[JID_PART], number[ADDR_NUMBER];
	struct mailbox box;

	jid_unescape(local, plain);
	if (!plain[0])
		return never(v, "5.1.3", "write to a number or, with \\40 for its @, to a mail address "
		    "of this gateway");
	if (strchr(plain, '@')) {
		if (addr_mailbox(plain, &box, v) < 0)
			return -1;
		snprintf(uri, room, "mailto:%s", plain);
		return 0;
	}
	if (addr_number(plain, rules, number, v) < 0)
		return -1;
	snprintf(uri, room, "tel:%s", number);
	return 0;
}

/* Out. */

/* A time as XEP-0082 wants it. */
static const char *
stamp(int64_t seconds, char out[32])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

/* What a person should know of a part that cannot be shown as a link. */
static void
add_named(struct buf *text, const struct msg_part *p)
{
	buf_addf(text, "%s[%s%s%s, %zu kB]", text->len ? "\n" : "", p->name ? p->name : "",
	    p->name ? ": " : "", p->type, (p->len + 999) / 1000);
}

/* All that the message says, as one text. */
static void
compose(const struct msg *m, const char *const *links, struct buf *text)
{
	const char *said = m->full ? m->full : m->text ? m->text : "";

	if (m->subject && *m->subject)
		buf_addf(text, "%s%s", m->subject, *said ? "\n\n" : "");
	buf_adds(text, said);
	for (size_t i = 0; i < m->nparts + m->nfiles; i++) {
		if (links && links[i])
			buf_addf(text, "%s%s", text->len ? "\n" : "", links[i]);
		else
			add_named(text, &m->parts[i]);
	}
}

/* Returns how many characters of the text there was no room for. */
static size_t
write_body(struct writer *w, const char *text)
{
	size_t left = 0;

	write_open(w, "body", NULL);
	write_text(w, "");
	for (text += write_escaped(w->out, text, STANZA_BODY); *text; text++)
		left += ((unsigned char)*text & 0xc0) != 0x80;
	if (left) {
		char words[80];

		snprintf(words, sizeof words, "\n\xe2\x80\xa6 [%zu more characters are not shown here]", left);
		write_text(w, words);
	}
	write_close(w);
	return left;
}

static int
write_message(const struct msg *m, const struct stanza *s, const char *const *links,
    struct buf *out, size_t *cut)
{
	struct writer w;
	struct buf text;
	char when[32];

	buf_init(&text, MSG_MAX_FULL + MSG_MAX_TEXT);
	compose(m, links, &text);
	write_begin(&w, s, out);
	*cut = write_body(&w, buf_str(&text));
	buf_free(&text);
	if (links && m->nparts + m->nfiles == 1 && links[0]) {
		/* Clients show the picture itself when it is alone (XEP-0066 section 3). */
		write_open(&w, "x", "jabber:x:oob");
		write_leaf(&w, "url", links[0]);
		write_close(&w);
	}
	write_empty(&w, "request", NS_RECEIPTS);
	write_open(&w, "origin-id", "urn:xmpp:sid:0");
	write_attr(&w, "id", s->id);
	write_close(&w);
	if (m->name && *m->name) {
		write_open(&w, "nick", "http://jabber.org/protocol/nick");
		write_text(&w, m->name);
		write_close(&w);
	}
	if (m->arrived && time(NULL) - m->arrived >= STANZA_DELAY) {
		write_open(&w, "delay", "urn:xmpp:delay");
		write_attr(&w, "from", s->domain);
		write_attr(&w, "stamp", stamp(m->arrived, when));
		write_close(&w);
	}
	write_end(&w);
	return 1;
}

/* Write a receipt or an error in the place of the message `about` on its client's screen. 0: it came from
 * no client that we know. */
static int
write_outcome(const struct msg *m, struct stanza s, const char *about, bool failed, bool in_words,
    struct buf *out)
{
	char to[3 * JID_PART];
	struct origin o;
	struct writer w;

	if (!origin_parse(about, s.domain, &o))
		return 0;
	s.local = o.local;
	if (!failed) {
		write_begin(&w, &s, out);
		if (in_words || m->full)
			write_body(&w, m->full ? m->full : m->text);
		write_open(&w, "received", NS_RECEIPTS);
		write_attr(&w, "id", o.id);
		write_end(&w);
		return 1;
	}
	snprintf(to, sizeof to, "%s%s%s", s.to, o.resource[0] ? "/" : "", o.resource);
	s.to = to;
	s.type = "error";
	s.id = o.id;
	write_begin(&w, &s, out);
	error_write_dsn(&w, m->report && strstr(m->report, "Status: 5.1") ? "5.1.1" : "5.0.0", m->text);
	write_end(&w);
	return 1;
}

/* The client whose message it was learns what became of it: in the message's own place on its screen,
 * by its id, and so for each line that went with it. An error goes to the client itself, for servers drop
 * those to a user (RFC 6121 8.5.2). */
static int
write_report(const struct msg *m, struct stanza *s, bool in_words, struct buf *out)
{
	const char *action = m->action ? m->action : "";
	bool failed = strcmp(action, "failed") == 0;
	struct origin o;
	size_t cut;

	if (strcmp(action, "shortened") == 0) {
		if (origin_parse(m->in_reply_to, s->domain, &o))
			s->local = o.local;
		return write_message(m, s, NULL, out, &cut);
	}
	if (!failed && strcmp(action, "delivered") != 0)
		return 0;
	if (!write_outcome(m, *s, m->in_reply_to, failed, in_words, out))
		return failed ? write_message(m, s, NULL, out, &cut) : 0;
	for (const char *p = m->also ? m->also : ""; *p;) {
		size_t n = strcspn(p, " ");
		char line[ORIGIN_ROOM];

		if (n < sizeof line) {
			snprintf(line, sizeof line, "%.*s", (int)n, p);
			write_outcome(m, *s, line, failed, false, out);
		}
		p += n + strspn(p + n, " ");
	}
	return 1;
}

int
stanza_write(const struct msg *m, const char *domain, const char *to, const char *id,
    const char *const *links, bool in_words, struct buf *out, size_t *cut, struct verdict *v)
{
	char local[JID_PART];
	struct stanza s = { .kind = "message", .domain = domain, .local = local, .to = to,
		.type = "chat", .id = id };

	if (!stanza_local(m->from, local))
		return never(v, "5.1.7", "%.150s cannot be written as an address of instant messages",
		    m->from);
	*cut = 0;
	return m->about ? write_report(m, &s, in_words, out) : write_message(m, &s, links, out, cut);
}

/* In. */

/* Messages that nobody wrote to us: groupchat and what is about rooms, news (headline), copies
 * (carbons), what only servers say to each other. They have no body of their own, or one of these. */
static bool
is_noise(const struct xml *x, const char *type)
{
	static const char *const namespaces[] = { "http://jabber.org/protocol/muc",
		"http://jabber.org/protocol/muc#user", "jabber:x:conference", "urn:xmpp:carbons:2",
		"urn:xmpp:forward:0", "urn:xmpp:mam:2" };

	if (strcmp(type, "groupchat") == 0 || strcmp(type, "headline") == 0)
		return true;
	for (const struct xml *c = x->first; c; c = c->next)
		for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
			if (strcmp(c->ns, namespaces[i]) == 0)
				return true;
	return false;
}

/* Bodies that only another client could read; the readable text in them says that they are. */
static bool
is_encrypted(const struct xml *x)
{
	static const char *const namespaces[] = { "eu.siacs.conversations.axolotl", "urn:xmpp:omemo:2",
		"urn:xmpp:openpgp:0", "jabber:x:encrypted" };

	for (const struct xml *c = x->first; c; c = c->next)
		for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
			if (strcmp(c->ns, namespaces[i]) == 0)
				return true;
	return false;
}

/* Does it have something to read? */
static bool
has_words(const char *s)
{
	return s && s[strspn(s, " \t\r\n")] != '\0';
}

static enum stanza_is
refuse(struct arrival *a, const char *dsn, const char *why)
{
	never(&a->v, dsn, "%s", why);
	return STANZA_REFUSED;
}

/* It is a person's. Is it for anybody, and can it go there? */
static enum stanza_is
judge(const struct xml *x, const struct jid *to, const struct addr_rules *rules, struct arrival *a)
{
	const struct xml *link = xml_child_ns(xml_child_ns(x, "x", "jabber:x:oob"), "url",
	    "jabber:x:oob");

	a->link = link && has_words(link->text) ? link->text : NULL;
	a->wants_receipt = xml_child_ns(x, "request", NS_RECEIPTS) != NULL;
	if (is_encrypted(x))
		return refuse(a, "5.6.0", "encrypted messages end at the gateway; switch encryption "
		    "off for this contact");
	if (strlen(a->body) > MSG_MAX_FULL)
		return refuse(a, "5.3.4", "the message is too long");
	return stanza_party(to->local, rules, a->to, sizeof a->to, &a->v) < 0 ? STANZA_REFUSED
									      : STANZA_MESSAGE;
}

void
stanza_look(const struct xml *x, const char *domain, const struct addr_rules *rules,
    struct arrival *a)
{
	const char *type = xml_attr(x, "type"), *id = xml_attr(x, "id"), *from = xml_attr(x, "from");
	const struct xml *body = xml_child_ns(x, "body", x->ns);
	const struct xml *received = xml_child_ns(x, "received", NS_RECEIPTS);
	char bare[2 * JID_PART];
	struct jid to;

	*a = (struct arrival){ .is = STANZA_NOTHING };
	if (!from || !jid_parse(from, &a->from) || !jid_bare(&a->from, bare, sizeof bare) ||
	    !jid_parse(xml_attr(x, "to") ? xml_attr(x, "to") : "", &to) ||
	    strcmp(to.domain, domain) != 0 || strcmp(a->from.domain, domain) == 0)
		return;
	snprintf(a->uri, sizeof a->uri, "xmpp:%s", bare);
	if (id && strlen(id) <= ORIGIN_ID)
		snprintf(a->origin.id, sizeof a->origin.id, "%s", id);
	snprintf(a->origin.local, sizeof a->origin.local, "%s", to.local);
	snprintf(a->origin.resource, sizeof a->origin.resource, "%s", a->from.resource);
	type = type ? type : "normal";
	if (strcmp(type, "error") == 0) {
		/* Before its body is looked at: ejabberd sends our own text back in it. */
		a->is = STANZA_ERROR;
	} else if (is_noise(x, type)) {
		a->is = STANZA_NOTHING;
	} else if (body && has_words(body->text)) {
		a->body = body->text;
		a->is = judge(x, &to, rules, a);
	} else if (received && (a->receipt = xml_attr(received, "id"))) {
		a->is = STANZA_RECEIPT;
	}
}

/* As much of s as may be in so many bytes, cut at a character. */
static const char *
cut(struct msg *m, const char *s, size_t most)
{
	size_t n = strlen(s);

	if (n > most)
		for (n = most; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
			;
	return arena_strndup(m->arena, s, n);
}

struct msg *
stanza_message(const struct xml *x, const char *domain, const struct arrival *a)
{
	const struct xml *nick = xml_child_ns(x, "nick", "http://jabber.org/protocol/nick");
	struct msg *m = msg_new();
	struct msg_rcpt *r;
	char origin[ORIGIN_ROOM], unique[MSG_ID];

	m->from = arena_strdup(m->arena, a->uri);
	m->text = cut(m, a->body, MSG_MAX_TEXT);
	if (strlen(a->body) > MSG_MAX_TEXT)
		m->full = arena_strdup(m->arena, a->body);
	if (nick && has_words(nick->text))
		m->name = cut(m, nick->text, 200);
	m->size = (long)strlen(a->body);
	if (origin_format(&a->origin, domain, origin))
		m->message_id = arena_strdup(m->arena, origin);
	/* A client brings a message again by the same id when it is not sure that it went out. Ids that
	 * are short are counters which begin anew; then only the text tells, and a person may well say
	 * the same twice. */
	msg_new_id(unique);
	m->once = strlen(a->origin.id) < 8 ? arena_strdup(m->arena, unique) :
	    arena_printf(m->arena, "%s\n%s\n%s\n%s", a->uri, a->to, a->origin.id, m->text);
	r = msg_add_rcpt(m, ""); /* nothing but the URI says whom it is for */
	r->to = arena_strdup(m->arena, a->to);
	r->notify = a->wants_receipt && m->message_id ? "SUCCESS,FAILURE" : NULL;
	return m;
}
