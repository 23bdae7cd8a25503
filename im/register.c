/*
 * register.c - a user ties a JID to a phone number.
 *
 * Anyone who can write to the gateway can make it send an SMS here, so both users and numbers have
 * an hourly measure. Codes are compared as a whole and die after a few wrong tries; that a number is
 * registered already is told to nobody.
 */
#include "im/register.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/dict.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "bridge/store/binding.h"
#include "im/errand.h"
#include "im/form.h"
#include "im/gateway.h"

#define NS_REGISTER "jabber:iq:register"

/* Somebody who has been sent a code, or a number that was; kept for an hour. */
struct visit {
	char *user; /* a JID, or a number */
	char number[ADDR_NUMBER], code[REGISTER_CODE];
	time_t began; /* the hour */
	unsigned sent, wrong;
	time_t valid_until;
	struct dict_node node;
	TAILQ_ENTRY(visit) link;
};

struct register_desk {
	struct dict visits;
	TAILQ_HEAD(, visit) list; /* the oldest first */
	size_t n;
};

struct register_desk *
register_desk_new(void)
{
	struct register_desk *d = xcalloc(1, sizeof *d);

	dict_init(&d->visits, REGISTER_PENDING);
	TAILQ_INIT(&d->list);
	return d;
}

static void
leave(struct register_desk *d, struct visit *w)
{
	dict_remove(&w->node);
	TAILQ_REMOVE(&d->list, w, link);
	d->n--;
	free(w->user);
	free(w);
}

void
register_desk_free(struct register_desk *d)
{
	if (!d)
		return;
	while (!TAILQ_EMPTY(&d->list))
		leave(d, TAILQ_FIRST(&d->list));
	dict_free(&d->visits);
	free(d);
}

/* The visit of that user or number, with a fresh hour when the old one is over; NULL: too many are
 * here. */
static struct visit *
visit_of(struct register_desk *d, const char *user)
{
	struct visit *w = dict_get(&d->visits, user), *first;
	time_t now = time(NULL);

	if (w && now - w->began < 3600)
		return w;
	if (w)
		leave(d, w);
	while ((first = TAILQ_FIRST(&d->list)) && now - first->began >= 3600)
		leave(d, first);
	if (d->n >= 2 * REGISTER_PENDING)
		return NULL;
	w = xcalloc(1, sizeof *w);
	w->user = xstrdup(user);
	w->began = now;
	dict_add(&d->visits, &w->node, w->user, w);
	TAILQ_INSERT_TAIL(&d->list, w, link);
	d->n++;
	return w;
}

/* Six digits that nobody can guess. */
static void
make_code(char code[REGISTER_CODE])
{
	unsigned r;

	/* The few values that would make some codes likelier than others are thrown again. */
	do {
		if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
			r = 0xffffffff;
	} while (r >= 4294000000u);
	snprintf(code, REGISTER_CODE, "%06u", r % 1000000);
}

static void
on_sent(void *arg, const struct verdict *v)
{
	const char *name = arg;

	if (v->is != DONE)
		log_warn("transport %s: a code is not sent: %s", name, v->text);
}

static void
send_code(struct gateway *g, const struct visit *w)
{
	struct msg *m = msg_new();

	m->from = "mailto:"; /* nobody who could be answered */
	m->automatic = true;
	m->text = arena_printf(m->arena, "%s is your code for %.60s at %.40s. If you did not ask for it, "
	    "ignore this.", w->code, w->user, g->domain);
	m->once = arena_printf(m->arena, "code %s %s %lld", w->user, w->code, (long long)time(NULL));
	msg_add_rcpt(m, "")->to = arena_printf(m->arena, "tel:%s", w->number);
	receive_message(g->transport->receive, g->transport, m, on_sent, (void *)g->transport->name);
}

int
register_begin(struct gateway *g, const char *user, const char *typed, struct verdict *v)
{
	struct visit *w, *phone;
	char number[ADDR_NUMBER];

	if (addr_number(typed, receive_rules(g->transport->receive), number, v) < 0)
		return -1;
	w = visit_of(g->desk, user);
	phone = w ? visit_of(g->desk, number) : NULL;
	if (!w || !phone || w->sent >= REGISTER_HOURLY || phone->sent >= REGISTER_HOURLY)
		return never(v, "5.7.2", "Too many codes were asked for. Try again in an hour.");
	w->sent++;
	phone->sent++;
	w->wrong = 0;
	w->valid_until = time(NULL) + REGISTER_VALID_S;
	memcpy(w->number, number, sizeof w->number);
	make_code(w->code);
	log_info("transport %s: <xmpp:%s> wants to register <tel:%s>; sent a code",
	    g->transport->name, user, number);
	send_code(g, w);
	return 0;
}

/* Is that the user's code? Then its visit. NULL and *v. */
static struct visit *
match(struct gateway *g, const char *user, const char *code, struct verdict *v)
{
	struct visit *w = dict_get(&g->desk->visits, user);

	if (!w || !w->code[0] || time(NULL) >= w->valid_until) {
		never(v, "5.7.0", "There is no code for you, or it is too old. Ask for a new one.");
		return NULL;
	}
	code += strspn(code, " \t\r\n");
	if (strncmp(code, w->code, strlen(w->code)) != 0 ||
	    code[REGISTER_CODE - 1 + strspn(code + REGISTER_CODE - 1, " \t\r\n")]) {
		if (++w->wrong >= REGISTER_TRIES)
			w->code[0] = '\0';
		never(v, "5.7.0", "That is not the code.");
		return NULL;
	}
	w->code[0] = '\0'; /* it works once */
	return w;
}

void
register_finish(struct gateway *g, const char *user, const char *code, const struct question *q,
    void (*answer)(struct gateway *g, const char *user, const struct question *q,
	const struct verdict *v))
{
	struct binding b = { .jid = user, .since = time(NULL) };
	const struct binding *before = gateway_bound(g, user);
	struct verdict v;
	const struct visit *w = match(g, user, code, &v);

	if (!w) {
		answer(g, user, q, &v);
		return;
	}
	b.tell = before && before->tell;
	memcpy(b.number, w->number, sizeof b.number);
	errand_run(g, &b, q, answer);
}

void
register_remove(struct gateway *g, const char *user, const struct question *q,
    void (*answer)(struct gateway *g, const char *user, const struct question *q,
	const struct verdict *v))
{
	const struct binding none = { .jid = user };
	struct verdict v;

	if (gateway_bound(g, user)) {
		errand_run(g, &none, q, answer);
		return;
	}
	done(&v, "2.0.0", "nobody has registered");
	answer(g, user, q, &v);
}

/* The questions of XEP-0077. */

static const char instructions[] = "Give your phone's number. It is sent a code by SMS; write that to "
				   "the gateway as a message, or give it here.";

static void
show_form(struct gateway *g, const struct question *q)
{
	const struct binding *u = gateway_bound(g, q->user);
	struct writer w;

	if (!answer_begin(g, q, &w))
		return;
	write_open(&w, "query", NS_REGISTER);
	if (u)
		write_leaf(&w, "registered", "");
	write_leaf(&w, "instructions", instructions);
	write_leaf(&w, "phone", u ? u->number : "");
	form_begin(&w, "form", "Your phone", instructions);
	form_field(&w, "FORM_TYPE", "hidden", NULL, NS_REGISTER);
	form_field(&w, "phone", "text-single", "Number", u ? u->number : "");
	form_field(&w, "code", "text-single", "Code from the SMS, once you have it", "");
	answer_end(g, &w);
}

/* What a field says, in the data form or as an element of its own; "" when nothing. */
static const char *
value(const struct xml *query, const char *name)
{
	const char *said = form_value(query, name);
	const struct xml *plain = xml_child_ns(query, name, NS_REGISTER);

	return said ? said : plain ? plain->text : "";
}

static void
refuse(struct gateway *g, const struct question *q, const struct verdict *v)
{
	bool soon = v->is == LATER || strcmp(v->dsn, "5.7.2") == 0;

	answer_refuse(g, q, soon ? "wait" : "modify", soon ? "resource-constraint" : "not-acceptable",
	    v->text);
}

/* How errand_run() answers. */
static void
answer_iq(struct gateway *g, const char *user, const struct question *q, const struct verdict *v)
{
	(void)user;
	if (v->is == DONE)
		answer_done(g, q);
	else
		refuse(g, q, v);
}

void
register_iq(struct gateway *g, const struct question *q)
{
	const char *phone = value(q->query, "phone"), *code = value(q->query, "code");
	struct verdict v;

	if (!g->desk) {
		answer_refuse(g, q, "cancel", "service-unavailable", NULL);
		return;
	}
	if (!q->set) {
		show_form(g, q);
		return;
	}
	if (xml_child(q->query, "remove")) {
		register_remove(g, q->user, q, answer_iq);
	} else if (*code) {
		register_finish(g, q->user, code, q, answer_iq);
	} else if (register_begin(g, q->user, phone, &v) < 0) {
		refuse(g, q, &v);
	} else {
		answer_done(g, q);
		gateway_say(g, q->user, "A code is on its way to your phone. Write it to me.");
	}
}

/* By words. */

static bool
is_code(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n == REGISTER_CODE - 1 && !text[n + strspn(text + n, " \t\r\n")];
}

static bool
says(const char *text, const char *word)
{
	size_t n = strlen(word);

	return strncasecmp(text, word, n) == 0 && !isalnum((unsigned char)text[n]);
}

/* How errand_run() answers. */

static void
say_registered(struct gateway *g, const char *user, const struct question *q, const struct verdict *v)
{
	(void)q;
	gateway_say(g, user, v->is == DONE ? "You are registered." : v->text);
}

static void
say_removed(struct gateway *g, const char *user, const struct question *q, const struct verdict *v)
{
	(void)q;
	gateway_say(g, user, v->is == DONE ? "Done." : v->text);
}

bool
register_text(struct gateway *g, const char *user, const char *text)
{
	const struct binding *u = gateway_bound(g, user);
	char reply[300];
	struct verdict v;

	text += strspn(text, " \t\r\n");
	if (!g->desk)
		return false;
	if (is_code(text)) {
		register_finish(g, user, text, NULL, say_registered);
	} else if (says(text, "register")) {
		gateway_say(g, user, register_begin(g, user, text + strlen("register"), &v) < 0 ? v.text
		    : "A code is on its way to your phone. Write it to me.");
	} else if (says(text, "unregister")) {
		register_remove(g, user, NULL, say_removed);
	} else if (says(text, "help")) {
		snprintf(reply, sizeof reply, "%s%s%sWrite \"register\" and your phone's number, or "
		    "\"unregister\". To write to a phone, add NUMBER@%.100s.",
		    u ? "You are registered with " : "", u ? u->number : "", u ? ". " : "", g->domain);
		gateway_say(g, user, reply);
	} else {
		return false;
	}
	return true;
}
