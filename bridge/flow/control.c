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

enum {
	PAGE = 500,       /* jobs of a page when the question does not say */
	PAGE_MOST = 1000, /* and the most, so that no answer exceeds a few megabytes */
	WHAT_MOST = 1000, /* bytes of what /show looks for: a Message-ID is one line of a mail */
	RCPT_DIGITS = 4,  /* MSG_MAX_RCPTS has no more */
};

static const char *const order_names[] = {
	[QUEUE_RETRY] = "retry",
	[QUEUE_HOLD] = "hold",
	[QUEUE_RELEASE] = "release",
	[QUEUE_CANCEL] = "cancel",
};

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
free_jobs(struct job **jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		job_free(jobs[i]);
}

/* Read "ID" or "ID/RCPT". 0, or -1 when it is neither. */
static int
read_id(const char *given, char id[MSG_ID], int *rcpt)
{
	size_t len = given ? strcspn(given, "/") : 0;
	const char *digits;

	if (len != MSG_ID - 1)
		return -1;
	memcpy(id, given, len);
	id[len] = '\0';
	*rcpt = -1;
	if (msg_id_time(id) < 0)
		return -1;
	if (given[len] == '\0')
		return 0;
	digits = given + len + 1;
	len = strspn(digits, "0123456789");
	if (len < 1 || len > RCPT_DIGITS || digits[len])
		return -1;
	*rcpt = (int)strtol(digits, NULL, 10);
	return 0;
}

/* The page a question is about: what `after` and `max` say. 0, or -1 when it is answered 400. */
static int
read_page(struct ask *a)
{
	const char *after = httpd_query(a->request, "after"), *max = httpd_query(a->request, "max");
	char *end;
	long n = PAGE;

	a->rcpt = -1;
	if (after && *after && (read_id(after, a->id, &a->rcpt) || a->rcpt < 0)) {
		control_refuse(a->request, 400, "after: expected ID/RCPT");
		return -1;
	}
	if (max) {
		n = strtol(max, &end, 10);
		if (end == max || *end || n < 1 || n > PAGE_MOST) {
			control_refuse(a->request, 400, "max: expected a number from 1 to 1000");
			return -1;
		}
	}
	a->most = (unsigned)n;
	return 0;
}

static void
list_page(struct ask *a, void (*on_found)(void *arg, struct job **jobs, size_t n))
{
	queue_list(a->control->queue, a->rcpt < 0 ? NULL : a->id,
	    a->rcpt < 0 ? 0 : (unsigned)a->rcpt, a->most, on_found, a);
}

/* Remember where the next page begins. */
static void
end_of_page(struct ask *a, struct job **jobs, size_t n)
{
	if (n == a->most)
		snprintf(
		    a->after, sizeof(a->after), "%s/%u", jobs[n - 1]->msg->id, jobs[n - 1]->rcpt);
}

static void
on_listed(void *arg, struct job **jobs, size_t n)
{
	struct ask *a = arg;
	const struct pumps_lent pumps = { a->control->pumps, a->control->npumps };

	end_of_page(a, jobs, n);
	control_answer(a->request, 200, control_json_page(jobs, n, *a->after ? a->after : NULL, &pumps));
	free_jobs(jobs, n);
	ask_free(a);
}

static void
ask_queue(struct control *c, struct httpd_request *r)
{
	struct ask *a = ask_new(c, r);

	if (read_page(a))
		ask_free(a);
	else
		list_page(a, on_listed);
}

static void
on_shown(void *arg, struct job **jobs, size_t n)
{
	struct ask *a = arg;
	const struct pumps_lent pumps = { a->control->pumps, a->control->npumps };
	/* queue_find() stops where a message of the most recipients would end. */
	bool more = n >= MSG_MAX_RCPTS && strcmp(jobs[0]->msg->id, jobs[n - 1]->msg->id) != 0;

	if (n == 0)
		control_refuse(a->request, 404, "no such message");
	else
		control_answer(a->request, 200, control_json_show(jobs, n, more, &pumps));
	free_jobs(jobs, n);
	ask_free(a);
}

static void
ask_show(struct control *c, struct httpd_request *r)
{
	const char *what = httpd_query(r, "what");

	if (!what || !*what || strlen(what) > WHAT_MOST)
		control_refuse(r, 400, "what: expected an id, a Message-ID or a request identifier");
	else
		queue_find(c->queue, what, on_shown, ask_new(c, r));
}

/* Orders make jobs due, and room in conversations, on any transport: each pump looks. */
static void
wake(struct control *c)
{
	for (size_t i = 0; i < c->npumps; i++)
		pump_wake(c->pumps[i]);
}

/* No job was changed: is there one at all, and how does it stand? */
static void
on_unchanged(void *arg, struct job **jobs, size_t n)
{
	struct ask *a = arg;
	const struct job *one = NULL;

	for (size_t i = 0; i < n && !one; i++) {
		if (!strcmp(jobs[i]->msg->id, a->id) &&
		    (a->rcpt < 0 || jobs[i]->rcpt == (unsigned)a->rcpt))
			one = jobs[i];
	}
	if (!one)
		control_refuse(a->request, 404, "no such message");
	else
		control_answer(a->request, 200, control_json_changed(0, NULL, job_state_name(one->state)));
	free_jobs(jobs, n);
	ask_free(a);
}

static void
on_ordered(void *arg, unsigned changed, const struct verdict *v)
{
	struct ask *a = arg;

	if (v && v->is != DONE) {
		control_refuse(a->request, 503, v->text);
	} else if (changed == 0) {
		queue_find(a->control->queue, a->id, on_unchanged, a);
		return;
	} else {
		wake(a->control);
		control_answer(a->request, 200, control_json_changed(changed, NULL, NULL));
	}
	ask_free(a);
}

/* One of a page's orders is done; the last one answers for all. */
static void
on_page_ordered(void *arg, unsigned changed, const struct verdict *v)
{
	struct ask *a = arg;

	a->changed += changed;
	if (v && v->is != DONE && a->v.is == DONE)
		a->v = *v;
	if (--a->waiting > 0)
		return;
	wake(a->control);
	if (a->v.is != DONE)
		control_refuse(a->request, 503, a->v.text);
	else
		control_answer(a->request, 200,
		    control_json_changed(a->changed, *a->after ? a->after : NULL, NULL));
	ask_free(a);
}

static void
on_page(void *arg, struct job **jobs, size_t n)
{
	struct ask *a = arg;

	end_of_page(a, jobs, n);
	/* One more is counted than is ordered, so that none is the last before all are asked. */
	a->waiting = (unsigned)n + 1;
	for (size_t i = 0; i < n; i++)
		queue_order(a->control->queue, a->order, jobs[i]->msg->id, (int)jobs[i]->rcpt,
		    on_page_ordered, a);
	free_jobs(jobs, n);
	on_page_ordered(a, 0, NULL);
}

static void
ask_order(struct control *c, struct httpd_request *r)
{
	const char *id = httpd_query(r, "id");
	struct ask *a = ask_new(c, r);

	while (strcmp(order_names[a->order], httpd_path(r) + 1) != 0)
		a->order++;
	if (!httpd_query(r, "after")) /* of a long order the first page will do */
		log_info("administrator: %s id=%s", order_names[a->order], id ? id : "");
	if (id && !strcmp(id, "ALL")) {
		if (read_page(a))
			ask_free(a);
		else
			list_page(a, on_page);
	} else if (read_id(id, a->id, &a->rcpt)) {
		control_refuse(r, 400, "id: expected ID, ID/RCPT or ALL");
		ask_free(a);
	} else {
		queue_order(c->queue, a->order, a->id, a->rcpt, on_ordered, a);
	}
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
