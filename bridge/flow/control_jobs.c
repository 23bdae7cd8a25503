/*
 * control_jobs.c - the administrator's door, about jobs: listed, shown, and ordered about.
 */
#include "bridge/flow/control.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/flow/control_ask.h"
#include "bridge/flow/control_json.h"
#include "bridge/flow/pump.h"

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
	const struct control *c = a->control;

	end_of_page(a, jobs, n);
	control_answer(a->request, 200,
	    control_json_page(jobs, n, *a->after ? a->after : NULL, c->pumps, c->npumps));
	free_jobs(jobs, n);
	ask_free(a);
}

void
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
	const struct control *c = a->control;
	/* queue_find() stops where a message of the most recipients would end. */
	bool more = n >= MSG_MAX_RCPTS && strcmp(jobs[0]->msg->id, jobs[n - 1]->msg->id) != 0;

	if (n == 0)
		control_refuse(a->request, 404, "no such message");
	else
		control_answer(a->request, 200, control_json_show(jobs, n, more, c->pumps, c->npumps));
	free_jobs(jobs, n);
	ask_free(a);
}

void
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

void
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
