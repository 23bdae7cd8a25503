/*
 * control.c - the administrator's door: each question is read, handed to the queue or a pump, and
 * answered when that answers, in the words of control_json.c.
 *
 * Who may open the socket may do anything, so nothing here asks who it is; but what is asked is
 * checked like any stranger's bytes, since ids are pasted from logs and mails.
 */
#include "bridge/flow/control.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/control_ask.h"
#include "bridge/flow/control_json.h"
#include "bridge/flow/intake.h"
#include "bridge/flow/pump.h"
#include "bridge/store/consent.h"
#include "bridge/store/queue.h"

struct ask *
ask_new(struct control *c, struct httpd_request *r)
{
	struct ask *a = xcalloc(1, sizeof(*a));

	a->control = c;
	a->request = r;
	a->link = &c->asks;
	a->next = c->asks;
	if (a->next)
		a->next->link = &a->next;
	c->asks = a;
	return a;
}

void
ask_free(struct ask *a)
{
	*a->link = a->next;
	if (a->next)
		a->next->link = a->link;
	free(a->kept);
	free(a->who);
	free(a);
}

void
control_answer(struct httpd_request *r, int status, char *json)
{
	httpd_answer(r, status, "application/json", json, strlen(json));
	free(json);
}

void
control_refuse(struct httpd_request *r, int status, const char *error)
{
	control_answer(r, status, control_json_error(error));
}

static void
ask_transports(struct control *c, struct httpd_request *r)
{
	struct pump_state *states = xcalloc(c->npumps + 1, sizeof(*states));
	uint64_t *depths = xcalloc(c->npumps + 1, sizeof(*depths));

	for (size_t i = 0; i < c->npumps; i++) {
		pump_look(c->pumps[i], &states[i]);
		depths[i] = queue_depth(c->queue, states[i].name);
	}
	control_answer(r, 200, control_json_transports(states, depths, c->npumps));
	free(states);
	free(depths);
}

static void
ask_probe(struct control *c, struct httpd_request *r)
{
	const char *name = httpd_query(r, "transport");

	for (size_t i = 0; name && i < c->npumps; i++) {
		struct pump_state s = { 0 };
		pump_look(c->pumps[i], &s);
		if (strcmp(s.name, name) != 0)
			continue;
		log_info("administrator: probe transport=%s", name);
		pump_probe(c->pumps[i]);
		control_answer(r, 200, control_json_nothing());
		return;
	}
	control_refuse(r, name ? 404 : 400, name ? "no such transport" : "transport: expected a name");
}

static void
on_copied(void *arg, const struct verdict *v)
{
	struct ask *a = arg;

	if (v && v->is != DONE)
		control_refuse(a->request, 503, v->text);
	else
		control_answer(a->request, 200, control_json_nothing());
	ask_free(a);
}

static void
ask_backup(struct control *c, struct httpd_request *r)
{
	const char *dir = httpd_query(r, "dir");

	/* The daemon's working directory is none of the administrator's. */
	if (!dir || *dir != '/')
		control_refuse(r, 400, "dir: expected an absolute path");
	else
		queue_backup(c->queue, dir, on_copied, ask_new(c, r));
}

/* What a sender is known by when the administrator does not say. */
static long
proofs(const char *words, const char *from)
{
	static const struct {
		const char *word;
		long bit;
	} all[] = { { "sasl", AUTH_SASL }, { "ip", AUTH_IP }, { "dkim", AUTH_DKIM }, { "spf", AUTH_SPF },
		{ "dmarc", AUTH_DMARC }, { "im", AUTH_IM }, { "phone", AUTH_PHONE } };
	long bits = 0;

	if (!words)
		return strncmp(from, "tel:", 4) == 0	? AUTH_PHONE
		       : strncmp(from, "xmpp:", 5) == 0 ? AUTH_IM
							: AUTH_SASL;
	while (*(words += strspn(words, " ,"))) {
		size_t n = strcspn(words, " ,");

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			if (strlen(all[i].word) == n && strncmp(all[i].word, words, n) == 0)
				bits |= all[i].bit;
		words += n;
	}
	return bits;
}

static void
ask_judge(struct control *c, struct httpd_request *r)
{
	const char *from = httpd_query(r, "from"), *to = httpd_query(r, "to");
	struct control_steps *steps;
	struct msg *m;
	struct verdict v;

	if (!from || !to || !strchr(from, ':')) {
		control_refuse(r, 400, "from, to: expected a URI and an address");
		return;
	}
	steps = control_steps_new();
	m = msg_new();
	m->from = arena_strdup(m->arena, from);
	m->text = "";
	m->auth = proofs(httpd_query(r, "auth"), from);
	msg_add_rcpt(m, to);
	intake_explain(c->in, m, control_step, steps, &v);
	msg_free(m);
	control_answer(r, 200, control_json_steps(steps, &v));
}

static void
on_decisions(void *arg, const struct consent *d, size_t n, const struct verdict *v)
{
	struct ask *a = arg;

	if (v->is != DONE)
		control_refuse(a->request, 503, v->text);
	else
		control_answer(a->request, 200, control_json_decisions(d, n, httpd_query(a->request, "phone")));
	ask_free(a);
}

static void
ask_consent(struct control *c, struct httpd_request *r)
{
	queue_decisions(c->queue, on_decisions, ask_new(c, r));
}

static void
ask_counts(struct control *c, struct httpd_request *r)
{
	struct queue_counts n = queue_counts(c->queue);

	control_answer(r, 200, control_json_counts(&n));
}

static const struct question {
	const char *method, *path;
	void (*ask)(struct control *c, struct httpd_request *r);
} questions[] = {
	{ "GET", "/queue", ask_queue },
	{ "GET", "/show", ask_show },
	{ "POST", "/retry", ask_order },
	{ "POST", "/hold", ask_order },
	{ "POST", "/release", ask_order },
	{ "POST", "/cancel", ask_order },
	{ "GET", "/transports", ask_transports },
	{ "POST", "/probe", ask_probe },
	{ "POST", "/backup", ask_backup },
	{ "GET", "/judge", ask_judge },
	{ "GET", "/consent", ask_consent },
	{ "GET", "/users", ask_users },
	{ "POST", "/users", ask_import },
	{ "POST", "/forget", ask_forget },
	{ "GET", "/counts", ask_counts },
	{ NULL, NULL, NULL },
};

static void
on_request(void *arg, struct httpd_request *r)
{
	const struct question *q = questions;
	bool known = false;

	for (; q->path; q++) {
		if (strcmp(q->path, httpd_path(r)) != 0)
			continue;
		if (strcmp(q->method, httpd_method(r)) == 0)
			break;
		known = true;
	}
	if (q->path)
		q->ask(arg, r);
	else
		control_refuse(r, known ? 405 : 404, known ? "wrong method" : "no such question");
}

int
control_check(const char *where, struct verdict *v)
{
	if (strncmp(where, "unix:", 5) == 0 && where[5])
		return 0;
	return never(v, "5.3.5", "control: \"%s\" is not unix:/path", where);
}

struct control *
control_open(struct loop *l, const char *where, const struct intake *in, struct verdict *v)
{
	const struct httpd_settings settings = {
		.listen = where,
		.mode = 0600,
		.max_body = CONTROL_BODY,
		.max_connections = 32,
		.idle_s = 60,
	};
	struct control *c;

	if (control_check(where, v) < 0)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->in = in;
	c->queue = in->queue;
	c->pumps = in->pumps;
	c->npumps = in->npumps;
	c->httpd = httpd_open(l, &settings, on_request, c, v);
	if (!c->httpd) {
		control_close(c);
		return NULL;
	}
	return c;
}

void
control_close(struct control *c)
{
	if (!c)
		return;
	httpd_close(c->httpd);
	while (c->asks)
		ask_free(c->asks);
	free(c);
}
