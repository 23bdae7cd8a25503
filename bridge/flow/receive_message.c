/*
 * receive_message.c - a message that a transport brings.
 *
 * A phone's message that does not say itself whom it is for waits here while the queue is asked for
 * the phone's conversations. It ends as a message to somebody, or as a short answer to the phone that says why
 * not; either way on the disk, before its network hears that it was taken.
 */
#include "bridge/flow/receive.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/answer.h"
#include "bridge/flow/authorise.h"
#include "bridge/flow/conversation.h"
#include "bridge/flow/intake.h"
#include "bridge/flow/optout.h"
#include "bridge/flow/receive_inside.h"
#include "bridge/flow/screen.h"
#include "bridge/flow/transport.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "bridge/message/space.h"
#include "bridge/message/text.h"
#include "bridge/store/queue.h"
#include "bridge/store/talk.h"

enum {
	ONCE_DATED_MS = 48 * 60 * 60 * 1000, /* a repetition brings the same date; RELIABILITY has why */
	ONCE_BARE_MS = 5 * 60 * 1000,	     /* without one the same words may soon be meant anew */
};

static void
on_taken(void *arg, const char *id, bool repeated, const struct verdict *v)
{
	struct visitor *w = arg;

	(void)id;
	(void)repeated;
	if (v->is != DONE)
		log_warn("transport=%s, a message is not taken: %s %s", w->transport->name, v->dsn,
		    v->text);
	visitor_leave(w, v);
}

/* Whom to answer instead of passing the message on. */
static struct answer
answer_to(struct visitor *w)
{
	return (struct answer){ w->in->intake, w->transport->name, w->phone, w->called, w->once,
		w->once_ms, on_taken, w };
}

/* A message of a phone is on the disk, or not; why not, the phone is told once. */
static void
on_passed(void *arg, const char *id, bool repeated, const struct verdict *v)
{
	struct visitor *w = arg;
	struct answer to = answer_to(w);

	if (v->is == NEVER)
		answer_refused(&to, v);
	else
		on_taken(arg, id, repeated, v);
}

/*
 * A phone's word is on the disk. What has come before counts no more, but is answered all the same: we may
 * have died before that, and no answer goes twice. Who says again what is known is not told again.
 */
static void
on_consent(void *arg, bool repeated, const struct verdict *v)
{
	struct visitor *w = arg;
	const struct optout_settings *s = w->in->optout;
	struct answer to = answer_to(w);
	bool news = true;
	char *once;

	if (v->is == DONE && !repeated) {
		news = authorise_consent(w->in->intake->authorise, &w->said);
		log_event(NULL, "from=<%s>, to=<tel:%s>, transport=%s, peer=<%s>, consent=%s", w->phone,
		    w->called, w->transport->name, w->said.peer, w->said.stop ? "stop" : "start");
	}
	/* One without a date may be the repetition of one whose answer never went. */
	if (v->is != DONE || (!news && w->said.once)) {
		visitor_leave(w, v);
		return;
	}
	once = xasprintf("consent %s", w->msg->once);
	answer(&to, once, 2 * ANSWER_DAY, w->said.stop ? s->stop_text : s->start_text);
	free(once);
}

/* The phone wants no more, or again: of the peer whose number it wrote to, else of all. */
static void
hear_consent(struct visitor *w, const struct talks *t, enum optout_word word)
{
	const struct talk *talk = NULL;
	unsigned slot;

	if (word != OPTOUT_STOP_ALL &&
	    space_find(&w->transport->space, w->called, &slot) == SPACE_SLOT)
		talk = talks_at(t, slot);
	w->said = (struct consent){
		.phone = w->phone,
		.service = w->transport->space.base,
		.peer = talk ? arena_strdup(w->msg->arena, talk->peer) : CONSENT_ALL,
		.stop = word != OPTOUT_START,
		.at = time(NULL),
		.text = w->msg->text,
		.once = w->msg->once,
		.once_ms = w->once_ms,
	};
	/* Where nobody can tell a repetition from the same word meant anew, the phone had better be left alone. */
	if (w->said.stop && w->once_ms && w->once_ms <= ONCE_BARE_MS)
		w->said.once = NULL;
	queue_consent(w->in->intake->queue, &w->said, on_consent, w);
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
	intake(w->in->intake, m, 0, on_passed, w);
}

/* Does the text say STOP, START or HELP, and nothing else? Then that is done. */
static bool
hear(struct visitor *w, const struct talks *t)
{
	enum optout_word word = OPTOUT_NONE;

	if (w->in->optout && w->in->intake->authorise && strncmp(w->phone, "tel:", 4) == 0)
		word = optout_find(w->in->optout, w->msg->text);
	if (word == OPTOUT_NONE || word == OPTOUT_HELP)
		return false;
	hear_consent(w, t, word);
	return true;
}

/* What becomes of a message whose conversation was looked for. */
static void
follow(struct visitor *w, const struct talks *t, const struct conversation *c)
{
	struct answer to = answer_to(w);
	bool help = w->in->optout && optout_find(w->in->optout, w->msg->text) == OPTOUT_HELP;
	char *once;

	/* A keyword of the inbound table may be a help word, too; it has no conversation behind it. */
	if (help && !(c->is == CONVERSATION_WITH && !c->talk)) {
		once = xasprintf("help %s %s", w->transport->name, w->phone);
		answer(&to, once, ANSWER_HOUR, w->in->optout->help_text);
		free(once);
	} else if (c->is == CONVERSATION_WITH) {
		pass_on(w, c);
	} else if (c->is == CONVERSATION_DOUBT_WHO) {
		answer_which(&to, t, w->msg->once, w->msg->once_ms);
	} else {
		answer_nobody(&to);
	}
}

static struct conversation_asked
asked(const struct visitor *w, const struct talks *t)
{
	return (struct conversation_asked){
		.talks = t,
		.space = &w->transport->space,
		.inbound = w->in->intake->inbound,
		.called = w->msg->called,
		.text = w->msg->text,
		.now = loop_wall_ms(),
	};
}

/* Does the message itself say whom it is for? Then it goes there, in one round through the queue, which
 * adds the thread of the conversation. */
static bool
go_straight(struct visitor *w)
{
	const struct conversation_asked a = asked(w, NULL);
	struct conversation c;
	struct verdict why;
	int rc;

	if (w->in->optout && optout_find(w->in->optout, w->msg->text) != OPTOUT_NONE)
		return false;
	if ((rc = conversation_plain(&a, &c, &why)) < 0)
		visitor_leave(w, &why);
	else if (rc == 1)
		pass_on(w, &c);
	return rc != 0;
}

static void
on_talks(void *arg, struct talks *t, const struct verdict *v)
{
	struct visitor *w = arg;
	const struct conversation_asked a = asked(w, t);
	struct conversation c;
	struct verdict why;

	if (!t)
		visitor_leave(w, v);
	else if (hear(w, t))
		;
	else if (conversation_find(&a, &c, &why) < 0)
		visitor_leave(w, &why);
	else
		follow(w, t, &c);
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

/* The message may come in: to whom its network says, or to whom it is found to be for. */
static void
enter(struct visitor *w)
{
	struct msg *m = w->msg;

	if (m->rcpts[0].to) {
		m->rcpts[0].given = "";
		w->msg = NULL;
		intake(w->in->intake, m, 0, on_taken, w);
	} else if (!go_straight(w)) {
		queue_talks(w->in->intake->queue, w->transport->name, m->from, on_talks, w);
	}
}

/* The scanners have looked. */
static void
on_screened(void *arg, const struct verdict *v)
{
	struct visitor *w = arg;

	if (v->is == DONE)
		enter(w);
	else if (w->phone)
		on_passed(w, NULL, false, v);
	else
		on_taken(w, NULL, false, v);
}

/* Is it to be screened? Not a phone's word about what it wants to get, which must always be heard. */
static bool
is_screened(const struct receive *in, const struct msg *m)
{
	if (in->optout && !m->nparts && optout_find(in->optout, m->text) != OPTOUT_NONE)
		return false;
	return screen_wants(in->screen, m);
}

/* Which number of ours a phone wrote to, when that is all that is known. */
static void
note_called(struct visitor *w)
{
	struct msg *m = w->msg;
	char called[SPACE_NUMBER];

	if (m->rcpts[0].to)
		return;
	space_own(&w->transport->space, m->rcpts[0].given, called);
	m->called = arena_strdup(m->arena, called);
	w->phone = xstrdup(m->from);
	w->called = xstrdup(called);
	w->once = xstrdup(m->once);
	w->once_ms = m->once_ms;
}

void
receive_message(struct receive *in, struct transport *t, struct msg *m,
    void (*taken)(void *arg, const struct verdict *v), void *arg)
{
	struct visitor *w = visitor_new(in, t, taken, arg);

	m->via = t->name;
	m->auth = strncmp(m->from, "tel:", 4) == 0 ? AUTH_PHONE : AUTH_IM;
	m->arrived = time(NULL);
	normalise_sender(in, m);
	name_it(m);
	w->msg = m;
	note_called(w);
	if (is_screened(in, m))
		screen_message(in->screen, m, on_screened, w);
	else
		enter(w);
}
