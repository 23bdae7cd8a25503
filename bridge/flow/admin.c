/*
 * admin.c - what an administrator's browser and monitoring read.
 */
#include "bridge/flow/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/admin_page.h"
#include "bridge/flow/control_json.h"
#include "bridge/flow/metrics.h"
#include "bridge/flow/pump.h"
#include "bridge/store/queue.h"

enum {
	RECENT = 50,
	METRICS = 1 << 20,
	CONNECTIONS = 64,
	IDLE_S = 60,
};

struct admin {
	struct httpd *httpd; /* NULL: nobody is listened to */
	struct queue *queue;
	struct pump *const *pumps;
	size_t npumps;
	bool ready;
	struct control_recent recent[RECENT]; /* the newest first */
	size_t nrecent;
};

/* A request while the queue is asked. */
struct visit {
	struct admin *admin;
	struct httpd_request *request;
	void (*answer)(struct visit *w, int64_t oldest);
};

static void
on_event(void *arg, const char *id, const char *text)
{
	struct admin *a = arg;
	size_t at = 0;

	if (msg_id_time(id) < 0)
		return; /* a mail server's */
	while (at < a->nrecent && strcmp(a->recent[at].id, id) != 0)
		at++;
	if (at == RECENT)
		at--;
	else if (at == a->nrecent)
		a->nrecent++;
	memmove(a->recent + 1, a->recent, at * sizeof *a->recent);
	snprintf(a->recent[0].id, sizeof a->recent[0].id, "%s", id);
	snprintf(a->recent[0].text, sizeof a->recent[0].text, "%s", text);
}

/* Nothing of it is to be kept by a browser, run from elsewhere, or shown in another's page. */
static void
say(struct httpd_request *r, int status, const char *type, const char *body, size_t len)
{
	httpd_answer_header(r, "Cache-Control", "no-store");
	httpd_answer_header(r, "X-Content-Type-Options", "nosniff");
	httpd_answer_header(r, "Referrer-Policy", "no-referrer");
	httpd_answer_header(r, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
	    "script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'");
	httpd_answer(r, status, type, body, len);
}

static void
say_text(struct httpd_request *r, int status, const char *text)
{
	say(r, status, "text/plain; charset=utf-8", text, strlen(text));
}

static void
say_json(struct httpd_request *r, int status, char *json)
{
	say(r, status, "application/json", json, strlen(json));
	free(json);
}

static void
answer_status(struct visit *w, int64_t oldest)
{
	const struct admin *a = w->admin;

	say_json(w->request, 200, control_json_status(a->queue, a->pumps, a->npumps, a->recent,
	    a->nrecent, oldest));
}

static void
answer_metrics(struct visit *w, int64_t oldest)
{
	struct buf out;

	buf_init(&out, METRICS);
	metrics_format(w->admin->queue, w->admin->pumps, w->admin->npumps, oldest, &out);
	say(w->request, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&out), out.len);
	buf_free(&out);
}

static void
answer_health(struct visit *w, int64_t oldest)
{
	(void)oldest;
	say_text(w->request, 200, "ok\n");
}

/* The queue has answered, with its oldest message; they sort by their age. */
static void
on_oldest(void *arg, struct job **jobs, size_t n)
{
	struct visit *w = arg;

	w->answer(w, n ? msg_id_time(jobs[0]->msg->id) : 0);
	for (size_t i = 0; i < n; i++)
		job_free(jobs[i]);
	free(w);
}

static void
on_show(void *arg, struct job **jobs, size_t n)
{
	struct visit *w = arg;
	const struct admin *a = w->admin;

	say_json(w->request, n ? 200 : 404, n ? control_json_show(jobs, n, false, a->pumps, a->npumps)
					      : control_json_error("no such message"));
	for (size_t i = 0; i < n; i++)
		job_free(jobs[i]);
	free(w);
}

static void
ask_queue(struct admin *a, struct httpd_request *r, void (*answer)(struct visit *w, int64_t oldest))
{
	struct visit *w = xcalloc(1, sizeof *w);
	const char *what = httpd_query(r, "what");

	*w = (struct visit){ a, r, answer };
	if (answer)
		queue_list(a->queue, NULL, 0, 1, on_oldest, w);
	else
		queue_find(a->queue, what ? what : "", on_show, w);
}

static void
answer_ready(struct admin *a, struct httpd_request *r)
{
	if (!a->ready)
		say_text(r, 503, "triviumd is starting or stopping\n");
	else if (queue_counts(a->queue).full)
		say_text(r, 503, "the queue's disk is full\n");
	else
		say_text(r, 200, "ok\n");
}

static void
on_request(void *arg, struct httpd_request *r)
{
	struct admin *a = arg;
	const char *path = httpd_path(r);

	if (strcmp(httpd_method(r), "GET") != 0)
		say_text(r, 405, "only GET is known here\n");
	else if (strcmp(path, "/") == 0)
		say(r, 200, "text/html; charset=utf-8", admin_page, strlen(admin_page));
	else if (strcmp(path, "/readyz") == 0)
		answer_ready(a, r);
	else if (strcmp(path, "/healthz") == 0)
		ask_queue(a, r, answer_health);
	else if (strcmp(path, "/metrics") == 0)
		ask_queue(a, r, answer_metrics);
	else if (strcmp(path, "/status.json") == 0)
		ask_queue(a, r, answer_status);
	else if (strcmp(path, "/show") == 0)
		ask_queue(a, r, NULL);
	else
		say_text(r, 404, "no such thing here\n");
}

struct admin *
admin_open(struct loop *l, const char *where, struct queue *q, struct pump *const *pumps,
    size_t npumps, struct verdict *v)
{
	const struct httpd_settings s = {
		.listen = where,
		.max_body = 1024,
		.max_connections = CONNECTIONS,
		.idle_s = IDLE_S,
	};
	struct admin *a = xcalloc(1, sizeof *a);

	a->queue = q;
	a->pumps = pumps;
	a->npumps = npumps;
	if (!*where)
		return a;
	if (!(a->httpd = httpd_open(l, &s, on_request, a, v))) {
		free(a);
		return NULL;
	}
	log_watch(on_event, a);
	return a;
}

void
admin_ready(struct admin *a, bool yes)
{
	a->ready = yes;
}

unsigned
admin_port(const struct admin *a)
{
	return a->httpd ? httpd_port(a->httpd) : 0;
}

void
admin_close(struct admin *a)
{
	if (!a)
		return;
	log_watch(NULL, NULL);
	if (a->httpd)
		httpd_close(a->httpd);
	free(a);
}
