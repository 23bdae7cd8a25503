/*
 * door.c - the submit socket's other side.
 *
 * Whoever may open a unix socket may submit: that is settled by its mode and its directory's. Over
 * the network it takes the secret. What is brought is checked all the same.
 */
#include "bridge/flow/door.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/digest.h"
#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/bounce.h"
#include "bridge/flow/intake.h"
#include "bridge/message/door.h"
#include "bridge/message/msg.h"
#include "bridge/store/settings.h"

enum {
	CONNECTIONS = 1000, /* as many as a busy mail server has sessions */
	IDLE_S = 600,
	DEADLINE_MOST = 600 * 1000,
};

struct door {
	struct httpd *httpd;
	const struct intake *in;
	const char *secret; /* NULL: a unix socket */
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

	size_t named = 0;

	/* What comes by this door goes by the routes table, so it has an envelope's recipients. */
	while (m && named < m->nrcpts && *m->rcpts[named].given)
		named++;
	if (m && (!m->from || named == 0 || named < m->nrcpts)) {
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

	if (!m || (bounce_is_one(m) ? bounce_would_take(d->in, m, &v)
				    : intake_would_take(d->in, m, 0, &v)) < 0)
		refuse(r, &v);
	else
		say(r, 200, intake_shows_all(d->in, &m->rcpts[0]) ? DOOR_WHOLE "\n" : "ok\n");
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
	char id[MSG_ID];
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
	if (bounce_is_one(m)) {
		bounce_take(d->in, m, on_taken, visit);
		return;
	}
	if (bounce_is_echo(d->in, m, id)) {
		bounce_swallow(m, id, on_taken, visit);
		return;
	}
	intake(d->in, m, ms > 0 && ms <= DEADLINE_MOST ? loop_ms() + ms : 0, on_taken, visit);
}

/* Does the request know the secret? */
static bool
is_known(const struct door *d, struct httpd_request *r)
{
	static const char before[] = "Bearer ";
	const char *given = httpd_header(r, "Authorization");

	if (!d->secret)
		return true;
	if (!given || strncmp(given, before, sizeof before - 1) != 0 ||
	    !digest_same(given + sizeof before - 1, d->secret))
		return false;
	httpd_trust(r);
	return true;
}

static void
on_request(void *arg, struct httpd_request *r)
{
	struct door *d = arg;
	struct verdict v;

	if (!is_known(d, r)) {
		log_warn("submit: %s does not know the secret", httpd_peer(r));
		say(r, DOOR_STRANGER, "5.7.8 the secret is wrong\n");
	} else if (!d->serving) {
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

static const char scheme[] = "https://";

static bool
is_https(const struct bridge_settings *b)
{
	return strncmp(b->submit, scheme, sizeof scheme - 1) == 0;
}

const char *
door_where(const struct bridge_settings *b)
{
	return is_https(b) ? b->submit + sizeof scheme - 1 : b->submit;
}

int
door_check(const struct bridge_settings *b, struct verdict *v)
{
	if (strncmp(b->submit, "unix:", 5) == 0 ||
	    (is_https(b) && *b->submit_secret && *b->submit_cert && *b->submit_key))
		return 0;
	return never(v, "5.3.5", "submit = \"%s\": over the network it must be https, and "
	    "submit_secret_file, submit_cert and submit_key must be set", b->submit);
}

struct door *
door_open(struct loop *l, const struct bridge_settings *b, const struct intake *in,
    struct verdict *v)
{
	struct httpd_settings s = {
		.listen = door_where(b),
		.mode = 0660,
		.max_body = MSG_MAX_FORMATTED,
		.max_connections = CONNECTIONS,
		.idle_s = IDLE_S,
	};
	struct door *d;

	if (is_https(b)) {
		s.tls_cert = b->submit_cert;
		s.tls_key = b->submit_key;
	}
	if (door_check(b, v) < 0)
		return NULL;
	d = xcalloc(1, sizeof *d);
	d->in = in;
	d->secret = s.tls_cert ? b->submit_secret : NULL;
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

int
door_renew(struct door *d, struct verdict *v)
{
	return httpd_renew(d->httpd, v);
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
