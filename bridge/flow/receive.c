/*
 * receive.c - the front door for what transports bring from their networks.
 *
 * A phone's message that says no URI waits here while the queue is asked for the phone's
 * conversations. It ends as a message to somebody, or as a short answer to the phone that says why
 * not; either way on the disk, before its network hears that it was taken.
 */
#include "bridge/flow/receive.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/conversation.h"
#include "bridge/flow/intake.h"
#include "bridge/flow/transport.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "bridge/message/space.h"
#include "bridge/message/text.h"
#include "bridge/store/queue.h"
#include "bridge/store/report.h"
#include "bridge/store/talk.h"

enum {
	ONCE_DATED_MS = 48 * 60 * 60 * 1000, /* a repetition brings the same date; RELIABILITY has why */
	ONCE_BARE_MS = 5 * 60 * 1000,	     /* without one the same words may soon be meant anew */
	HELP_MS = 60 * 60 * 1000,	     /* a phone is told how to write at most so often */
	ASKED_MOST = 5,			     /* correspondents named in a question */
};

struct receive {
	const struct intake *intake;
};

/* Who waits for the queue. */
struct visitor {
	struct receive *in;
	struct transport *transport;
	struct msg *msg; /* of a phone, while its conversations are looked up */
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

const struct addr_rules *
receive_rules(const struct receive *in)
{
	return &in->intake->rules;
}

static void
leave(struct visitor *w, const struct verdict *v)
{
	w->on_taken(w->arg, v);
	msg_free(w->msg);
	free(w);
}

static void
on_taken(void *arg, const char *id, bool repeated, const struct verdict *v)
{
	struct visitor *w = arg;

	(void)id;
	(void)repeated;
	if (v->is != DONE)
		log_warn("transport=%s, a message is not taken: %s %s", w->transport->name, v->dsn,
		    v->text);
	leave(w, v);
}

/* An answer to the phone instead of what it wanted, known by `once` for so long. */
static void
answer_phone(struct visitor *w, const char *once, int64_t once_ms, const char *text)
{
	const struct msg *asked = w->msg;
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, "");

	m->from = "mailto:"; /* if this fails nobody is told: that would be an answer to an answer */
	m->automatic = m->ours = true;
	m->text = arena_strdup(m->arena, text);
	m->once = arena_strdup(m->arena, once);
	m->once_ms = once_ms;
	m->size = (long)strlen(text);
	r->to = arena_strdup(m->arena, asked->from);
	r->transport = w->transport->name;
	r->sender = arena_strdup(m->arena, asked->called);
	r->how = MSG_SMS;
	intake(w->in->intake, m, 0, on_taken, w);
}

/* Nobody is known whom the message could be for. */
static void
answer_help(struct visitor *w)
{
	char *once = xasprintf("help %s %s", w->transport->name, w->msg->from);

	log_event(NULL, "from=<%s>, to=<tel:%s>, transport=%s, status=refused (it says nobody whom it "
	    "is for)", w->msg->from, w->msg->called, w->transport->name);
	answer_phone(w, once, HELP_MS, "Your message was not delivered: it does not say whom it is "
	    "for. Begin it with a mail address, like this: ann@example.com Hello");
	free(once);
}

/* It may be for several; name those that are likeliest. */
static void
answer_question(struct visitor *w, const struct talks *t)
{
	struct buf text;

	buf_init(&text, 2048);
	buf_adds(&text, "Whom is your message for? Send it again and begin with the code:");
	for (size_t i = 0; i < t->n && i < ASKED_MOST; i++) {
		const char *peer = strchr(t->all[i].peer, ':');
		char code[3];

		space_code(t->all[i].slot, code);
		buf_addf(&text, "\n#%s %s", code, peer ? peer + 1 : t->all[i].peer);
	}
	log_event(NULL, "from=<%s>, to=<tel:%s>, transport=%s, status=refused (it may be for several, "
	    "who are asked for)", w->msg->from, w->msg->called, w->transport->name);
	answer_phone(w, w->msg->once, w->msg->once_ms, buf_str(&text));
	buf_free(&text);
}

/* The mail that goes on in a conversation is in its thread. */
static void
join_thread(struct msg *m, const struct talk *t)
{
	const char *subject = t->subject;
	bool is_answer = strncasecmp(subject, "re:", 3) == 0;

	if (*t->message_id) {
		m->in_reply_to = arena_strdup(m->arena, t->message_id);
		m->references = arena_printf(m->arena, "%s%s%s", t->references,
		    *t->references ? " " : "", t->message_id);
	}
	if (*subject && !m->subject)
		m->subject = arena_printf(m->arena, "%s%s", is_answer ? "" : "Re: ", subject);
}

/* Does the whole text just fill one segment of a longer message? Then more may come, from a platform
 * that does not join them. */
static bool
fills_segment(const char *text)
{
	struct text_size size = text_measure(text, strlen(text));
	unsigned full = size.encoding == TEXT_GSM7 ? 153 : 67;

	/* One less, where a pair would have been torn. */
	return size.units == full || size.units == full - 1;
}

static void
pass_on(struct visitor *w, const struct conversation *c)
{
	struct msg *m = w->msg;

	w->msg = NULL;
	m->fills_segment = m->nparts == 0 && fills_segment(m->text);
	m->rcpts[0].given = "";
	m->rcpts[0].to = arena_strdup(m->arena, c->to);
	m->text = arena_strdup(m->arena, c->text);
	if (*c->subject)
		m->subject = arena_strdup(m->arena, c->subject);
	if (c->talk)
		join_thread(m, c->talk);
	intake(w->in->intake, m, 0, on_taken, w);
}

static void
on_talks(void *arg, struct talks *t, const struct verdict *v)
{
	struct visitor *w = arg;
	const struct conversation_asked a = {
		.talks = t,
		.space = &w->transport->space,
		.inbound = w->in->intake->inbound,
		.called = w->msg->called,
		.text = w->msg->text,
		.now = loop_wall_ms(),
	};
	struct conversation c;
	struct verdict why;

	if (!t) {
		leave(w, v);
		return;
	}
	if (conversation_find(&a, &c, &why) < 0)
		leave(w, &why);
	else if (c.is == CONVERSATION_WITH)
		pass_on(w, &c);
	else if (c.is == CONVERSATION_DOUBT_WHO)
		answer_question(w, t);
	else
		answer_help(w);
	talks_free(t);
}

/* By what a repetition is known when the network did not say. */
static void
name_it(struct msg *m)
{
	if (m->once)
		return;
	m->once = arena_printf(m->arena, "%s\n%s\n%s\n%s", m->from, m->rcpts[0].given,
	    m->date ? m->date : "", m->text);
	m->once_ms = m->date ? ONCE_DATED_MS : ONCE_BARE_MS;
}

/* "tel:0138…" and the like become E.164; what cannot, a short code or a name, stays. */
static void
normalise_sender(const struct receive *in, struct msg *m)
{
	char number[ADDR_NUMBER];
	struct verdict v;

	if (strncmp(m->from, "tel:", 4) == 0 &&
	    addr_number(m->from + 4, &in->intake->rules, number, &v) == 0)
		m->from = arena_printf(m->arena, "tel:%s", number);
}

void
receive_message(struct receive *in, struct transport *t, struct msg *m,
    void (*taken)(void *arg, const struct verdict *v), void *arg)
{
	struct visitor *w = xcalloc(1, sizeof *w);
	char called[SPACE_NUMBER];

	w->in = in;
	w->transport = t;
	w->on_taken = taken;
	w->arg = arg;
	m->via = t->name;
	m->auth = strncmp(m->from, "tel:", 4) == 0 ? AUTH_PHONE : AUTH_IM;
	m->arrived = time(NULL);
	normalise_sender(in, m);
	name_it(m);
	if (m->rcpts[0].to) {
		m->rcpts[0].given = "";
		intake(in->intake, m, 0, on_taken, w);
		return;
	}
	w->msg = m;
	space_own(&t->space, m->rcpts[0].given, called);
	m->called = arena_strdup(m->arena, called);
	queue_talks(in->intake->queue, t->name, m->from, on_talks, w);
}

static void
on_report(void *arg, const char *id, bool changed, const struct verdict *v)
{
	struct visitor *w = arg;

	(void)changed;
	if (v->is == DONE && !id)
		log_warn("transport=%s, a report is about nothing that is known here",
		    w->transport->name);
	leave(w, v);
}

void
receive_report(struct receive *in, struct transport *t, const struct report *r,
    void (*taken)(void *arg, const struct verdict *v), void *arg)
{
	struct visitor *w = xcalloc(1, sizeof *w);
	struct report ours = *r;

	w->in = in;
	w->transport = t;
	w->on_taken = taken;
	w->arg = arg;
	ours.transport = t->name;
	queue_report(in->intake->queue, &ours, on_report, w);
}

void
receive_find(struct receive *in, const char *what,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg)
{
	queue_find(in->intake->queue, what, on_found, arg);
}
