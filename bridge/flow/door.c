/*
 * door.c - the submit socket's other side.
 *
 * Whoever may open the socket may submit: that is settled by its mode and its directory's. What is
 * brought is checked all the same.
 */
#include "bridge/flow/door.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/intake.h"
#include "bridge/message/door.h"
#include "bridge/message/msg.h"

enum {
	CONNECTIONS = 1000, /* as many as a busy mail server has sessions */
	IDLE_S = 600,
	DEADLINE_MOST = 600 * 1000,
};

struct door {
	struct httpd *httpd;
	const struct intake *in;
	bool serving;
	size_t waiting;
};

/* A request while the queue works on it. */
struct visit {
	struct door *door;
	struct httpd_request *request;
};

static void
say(struct httpd_request *r, int status, const char *text)
{
	httpd_answer(r, status, "text/plain", text, strlen(text));
}

static void
refuse(struct httpd_request *r, const struct verdict *v)
{
	char text[sizeof v->dsn + sizeof v->text + 2];

	snprintf(text, sizeof text, "%s %s\n", v->dsn, v->text);
	say(r, v->is == NEVER ? DOOR_NEVER : DOOR_LATER, text);
}

/* The message in the request's body, or NULL and *v. */
static struct msg *
read_message(struct httpd_request *r, struct verdict *v)
{
	size_t len;
	const char *body = httpd_body(r, &len);
	struct msg *m = msg_parse(body, len, v);

	if (m && (!m->from || m->nrcpts == 0)) {
		never(v, "5.6.0", "message: no %s", m->from ? "recipient" : "sender");
		msg_free(m);
		m = NULL;
	}
	return m;
}

static void
on_rcpt(struct door *d, struct httpd_request *r)
{
	struct verdict v;
	struct msg *m = read_message(r, &v);

	if (!m || intake_would_take(d->in, m, 0, &v) < 0)
		refuse(r, &v);
	else
		say(r, 200, "ok\n");
	msg_free(m);
}

static void
on_taken(void *arg, const char *id, bool repeated, const struct verdict *v)
{
	struct visit *visit = arg;
	char text[MSG_ID + 16];

	visit->door->waiting--;
	if (v->is == DONE) {
		snprintf(text, sizeof text, "%s%s\n", id, repeated ? " repeated" : "");
		say(visit->request, 200, text);
	} else {
		refuse(visit->request, v);
	}
	free(visit);
}

static void
on_submit(struct door *d, struct httpd_request *r)
{
	const char *deadline = httpd_header(r, DOOR_DEADLINE);
	struct verdict v;
	struct msg *m = read_message(r, &v);
	struct visit *visit;
	long ms = deadline ? strtol(deadline, NULL, 10) : 0;

	if (!m) {
		log_warn("submit: refused a message: %s", v.text);
		refuse(r, &v);
		return;
	}
	visit = xcalloc(1, sizeof *visit);
	visit->door = d;
	visit->request = r;
	d->waiting++;
	intake(d->in, m, ms > 0 && ms <= DEADLINE_MOST ? loop_ms() + ms : 0, on_taken, visit);
}

static void
on_request(void *arg, struct httpd_request *r)
{
	struct door *d = arg;
	struct verdict v;

	if (!d->serving) {
		later(&v, "4.3.2", "triviumd is starting or stopping");
		refuse(r, &v);
	} else if (strcmp(httpd_method(r), "POST") != 0) {
		say(r, 405, "5.5.1 only POST is known here\n");
	} else if (strcmp(httpd_path(r), DOOR_SUBMIT) == 0) {
		on_submit(d, r);
	} else if (strcmp(httpd_path(r), DOOR_RCPT) == 0) {
		on_rcpt(d, r);
	} else {
		say(r, 404, "5.5.1 no such thing here\n");
	}
}

struct door *
door_open(struct loop *l, const char *where, const struct intake *in, struct verdict *v)
{
	struct door *d = xcalloc(1, sizeof *d);
	struct httpd_settings s = {
		.listen = where,
		.mode = 0660,
		.max_body = MSG_MAX_FORMATTED,
		.max_connections = CONNECTIONS,
		.idle_s = IDLE_S,
	};

	d->in = in;
	if (!(d->httpd = httpd_open(l, &s, on_request, d, v))) {
		free(d);
		return NULL;
	}
	return d;
}

void
door_serve(struct door *d)
{
	d->serving = true;
}

void
door_quiesce(struct door *d)
{
	d->serving = false;
	httpd_quiesce(d->httpd);
}

size_t
door_waiting(const struct door *d)
{
	return d->waiting;
}

void
door_close(struct door *d)
{
	if (!d)
		return;
	httpd_close(d->httpd);
	free(d);
}
