/*
 * command.c - what a user can tell the gateway to do from the menu of a client (XEP-0050).
 *
 * No session is kept: what a form holds says how far the user is, and each command does its work in
 * one or two steps.
 */
#include "im/command.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/flow/transport.h"
#include "bridge/store/binding.h"
#include "im/errand.h"
#include "im/form.h"
#include "im/gateway.h"
#include "im/past.h"
#include "im/register.h"

/* Answers. */

/* Begin a <command>, open for a form or a note. */
static bool
begin(struct gateway *g, const struct question *q, const char *node, const char *status,
    struct writer *w)
{
	if (!answer_begin(g, q, w))
		return false;
	write_open(w, "command", COMMAND_NS);
	write_attr(w, "node", node);
	write_attr(w, "sessionid", node);
	write_attr(w, "status", status);
	return true;
}

/* The command is over, with a sentence. */
static void
say(struct gateway *g, const struct question *q, const char *node, const char *type, const char *text)
{
	struct writer w;

	if (!begin(g, q, node, "completed", &w))
		return;
	write_open(&w, "note", NULL);
	write_attr(&w, "type", type);
	write_text(&w, text);
	answer_end(g, &w);
}

/* A form is to be filled in, and the command goes on with it. */
static bool
ask(struct gateway *g, const struct question *q, const char *node, const char *title,
    struct writer *w)
{
	if (!begin(g, q, node, "executing", w))
		return false;
	write_open(w, "actions", NULL);
	write_attr(w, "execute", "complete");
	write_empty(w, "complete", NULL);
	write_close(w);
	form_begin(w, "form", title, NULL);
	return true;
}

/* The commands. */

/* How errand_run() answers. */

static void
say_registered(struct gateway *g, const char *user, const struct question *q, const struct verdict *v)
{
	(void)user;
	say(g, q, "register", v->is == DONE ? "info" : "error",
	    v->is == DONE ? "You are registered." : v->text);
}

static void
say_removed(struct gateway *g, const char *user, const struct question *q, const struct verdict *v)
{
	(void)user;
	say(g, q, "unregister", v->is == DONE ? "info" : "error",
	    v->is == DONE ? "You are not registered any more." : v->text);
}

static void
say_saved(struct gateway *g, const char *user, const struct question *q, const struct verdict *v)
{
	(void)user;
	say(g, q, "settings", v->is == DONE ? "info" : "error", v->is == DONE ? "Saved." : v->text);
}

static void
do_register(struct gateway *g, const struct question *q, const char *node)
{
	const char *phone = form_value(q->query, "phone"), *code = form_value(q->query, "code");
	struct writer w;
	struct verdict v;

	if (code) {
		register_finish(g, q->user, code, q, say_registered);
	} else if (phone && register_begin(g, q->user, phone, &v) < 0) {
		say(g, q, node, "error", v.text);
	} else if (ask(g, q, node, "Your phone", &w)) {
		if (phone)
			form_field(&w, "code", "text-single", "The code that your phone got by SMS", "");
		else
			form_field(&w, "phone", "text-single", "Number, with + and country code", "");
		answer_end(g, &w);
	}
}

static void
do_unregister(struct gateway *g, const struct question *q, const char *node)
{
	(void)node;
	register_remove(g, q->user, q, say_removed);
}

static void
do_settings(struct gateway *g, const struct question *q, const char *node)
{
	const struct binding *u = gateway_bound(g, q->user);
	const char *tell = form_value(q->query, "tell");
	struct writer w;

	if (!u) {
		say(g, q, node, "error", "Register first.");
	} else if (tell) {
		struct binding new = *u;

		new.tell = strcmp(tell, "1") == 0 || strcmp(tell, "true") == 0;
		errand_run(g, &new, q, say_saved);
	} else if (ask(g, q, node, "Settings", &w)) {
		form_field(&w, "number", "fixed", "Your number", u->number);
		form_field(&w, "tell", "boolean", "Tell me in words when a message has arrived",
		    u->tell ? "1" : "0");
		answer_end(g, &w);
	}
}

/* A question whose answer comes later. */
struct later_question {
	struct gateway *gateway;
	struct question *q;
};

static void
forget(void *arg)
{
	struct later_question *l = arg;

	question_free(l->q);
	free(l);
}

static void
on_told(void *arg, const char *text)
{
	struct later_question *l = arg;
	struct writer w;

	if (!*text) {
		say(l->gateway, l->q, "history", "info", "There are none since the gateway was started.");
	} else if (begin(l->gateway, l->q, "history", "completed", &w)) {
		form_begin(&w, "result", "Your last messages", NULL);
		form_field(&w, "history", "text-multi", "What became of them", text);
		answer_end(l->gateway, &w);
	}
}

static void
do_history(struct gateway *g, const struct question *q, const char *node)
{
	struct later_question *l = xcalloc(1, sizeof *l);

	(void)node;
	l->gateway = g;
	l->q = question_keep(q);
	past_tell(g->past, g->transport->receive, q->user, on_told, forget, l);
}

static const struct {
	const char *node, *name;
	void (*run)(struct gateway *g, const struct question *q, const char *node);
} commands[] = {
	{ "register", "Register a phone number", do_register },
	{ "unregister", "Unregister", do_unregister },
	{ "settings", "Settings", do_settings },
	{ "history", "What became of my messages", do_history },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

void
command_items(struct gateway *g, const struct question *q)
{
	struct writer w;

	if (!answer_begin(g, q, &w))
		return;
	write_open(&w, "query", "http://jabber.org/protocol/disco#items");
	write_attr(&w, "node", COMMAND_NS);
	for (size_t i = 0; i < COMMANDS; i++) {
		write_open(&w, "item", NULL);
		write_attr(&w, "jid", g->domain);
		write_attr(&w, "node", commands[i].node);
		write_attr(&w, "name", commands[i].name);
		write_close(&w);
	}
	answer_end(g, &w);
}

bool
command_info(struct gateway *g, const struct question *q, const char *node)
{
	struct writer w;
	size_t i = 0;

	while (i < COMMANDS && strcmp(commands[i].node, node) != 0)
		i++;
	if (i == COMMANDS || !g->desk || q->to.local[0])
		return false;
	if (!answer_begin(g, q, &w))
		return true;
	write_open(&w, "query", "http://jabber.org/protocol/disco#info");
	write_attr(&w, "node", node);
	write_open(&w, "identity", NULL);
	write_attr(&w, "category", "automation");
	write_attr(&w, "type", "command-node");
	write_attr(&w, "name", commands[i].name);
	write_close(&w);
	write_open(&w, "feature", NULL);
	write_attr(&w, "var", COMMAND_NS);
	write_close(&w);
	write_open(&w, "feature", NULL);
	write_attr(&w, "var", "jabber:x:data");
	answer_end(g, &w);
	return true;
}

void
command_iq(struct gateway *g, const struct question *q)
{
	const char *node = xml_attr(q->query, "node"), *action = xml_attr(q->query, "action");
	struct writer w;
	size_t i = 0;

	while (i < COMMANDS && (!node || strcmp(commands[i].node, node) != 0))
		i++;
	if (!q->set || !g->desk || i == COMMANDS) {
		answer_refuse(g, q, "cancel", g->desk ? "item-not-found" : "service-unavailable", NULL);
		return;
	}
	if (action && strcmp(action, "cancel") == 0) {
		if (begin(g, q, node, "canceled", &w))
			answer_end(g, &w);
		return;
	}
	commands[i].run(g, q, commands[i].node);
}
