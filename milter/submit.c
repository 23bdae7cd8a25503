/*
 * submit.c - the client of the bridge's submit socket.
 */
#include "milter/submit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/http.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/door.h"
#include "bridge/store/settings.h"

enum {
	ASK_MS = 10 * 1000, /* at RCPT no progress can be told, and Postfix gives up after 30 s */
	CONNECT_MS = 5 * 1000,
	/* The bridge counts from when the request has come to it, so it must have longer than the
	 * connection may take: else it could say "taken" to one who has given up. */
	BEYOND_MS = CONNECT_MS + 1000,
	ANSWER = 4096,
	URL = 300,
};

struct submit {
	struct http_caller *caller;
	char *where, *ca_file;
	const char *unix_socket; /* in where; NULL: none */
	char url[URL];
	char
	    *authorization; /* a header; "" for a unix socket, where the file's mode says who may */
	long wait_ms;
};

struct submit *
submit_open(const struct bridge_settings *b, const char *ca_file, long wait_ms, struct verdict *v)
{
	struct submit *s = xcalloc(1, sizeof *s);

	s->where = xstrdup(b->submit);
	s->ca_file = xstrdup(ca_file);
	s->authorization = xasprintf(*b->submit_secret ? DOOR_SECRET "%s" : "%s", b->submit_secret);
	s->wait_ms = wait_ms;
	if (http_where(s->where, &s->unix_socket, s->url, sizeof s->url, v) < 0) {
		submit_close(s);
		return NULL;
	}
	if (!s->unix_socket && (strncmp(s->url, "https:", 6) != 0 || !*b->submit_secret)) {
		never(v, "5.3.5",
		    "submit = \"%s\": over the network it must be https, and "
		    "submit_secret_file must be set",
		    b->submit);
		submit_close(s);
		return NULL;
	}
	s->caller = http_caller_new();
	return s;
}

void
submit_close(struct submit *s)
{
	if (!s)
		return;
	http_caller_free(s->caller);
	free(s->where);
	free(s->ca_file);
	free(s->authorization);
	free(s);
}

/* Take an enhanced status code of that class from the start of *text, and go behind it. "" is put
 * into dsn, and nothing taken, when there is none. */
static void
take_dsn(const char **text, char class, char *dsn, size_t room)
{
	size_t len = strspn(*text, "0123456789.");
	unsigned subject, detail;
	int end = 0;

	*dsn = '\0';
	if (len == 0 || len >= room || **text != class ||
	    sscanf(*text + 1, ".%3u.%3u%n", &subject, &detail, &end) != 2 || (size_t)end + 1 != len)
		return;
	memcpy(dsn, *text, len);
	dsn[len] = '\0';
	*text += len;
	*text += strspn(*text, " ");
}

/* What an answer other than 200 says. -1 and *v. */
static int
refusal(const struct http_answer *a, struct verdict *v)
{
	const char *text = a->body;
	char dsn[sizeof v->dsn];
	int line;

	if (a->status != DOOR_NEVER && a->status != DOOR_LATER)
		return later(v, "4.3.0", "the bridge answered with HTTP status %d", a->status);
	take_dsn(&text, a->status == DOOR_NEVER ? '5' : '4', dsn, sizeof dsn);
	line = (int)strcspn(text, "\r\n");
	if (a->status == DOOR_NEVER)
		return never(v, *dsn ? dsn : "5.7.1", "%.*s", line, text);
	return later(v, *dsn ? dsn : "4.3.0", "%.*s", line, text);
}

/* POST the message there. 0 when the answer (for http_answer_free(), always) is 200, or -1 and *v.
 */
static int
post(struct submit *s, const char *path, const struct msg *m, long ms, void (*on_wait)(void *arg),
    void *arg, struct http_answer *a, struct verdict *v)
{
	char url[URL + 16], deadline[64];
	const char *headers[] = { deadline, *s->authorization ? s->authorization : NULL, NULL };
	struct http_request r = {
		.url = url,
		.unix_socket = s->unix_socket,
		.content_type = DOOR_TYPE,
		.headers = headers,
		.ca_file = s->ca_file,
		.timeout_ms = ms + BEYOND_MS,
		.connect_timeout_ms = CONNECT_MS,
		.max_answer = ANSWER,
	};
	struct buf body;

	snprintf(url, sizeof url, "%s%s", s->url, path);
	snprintf(deadline, sizeof deadline, DOOR_DEADLINE ": %ld", ms);
	*a = (struct http_answer){ 0 };
	buf_init(&body, MSG_MAX_FORMATTED);
	msg_format(m, &body);
	if (body.over) {
		buf_free(&body);
		return never(v, "5.3.4", "the message is too long for the bridge");
	}
	r.body = buf_str(&body);
	r.len = body.len;
	http_call(s->caller, &r, on_wait, arg, a);
	buf_free(&body);
	/* libcurl speaks of a host and a port even where there is a socket, and this goes to clients. */
	if (a->end == HTTP_UNSENT && s->unix_socket)
		return later(v, "4.3.0", "the bridge cannot be asked: nobody answers at its socket");
	if (a->end != HTTP_ANSWERED)
		return later(v, "4.3.0", "the bridge cannot be asked: %s", a->error);
	return a->status == 200 ? 0 : refusal(a, v);
}

int
submit_ask(struct submit *s, const struct msg *m, bool *whole, struct verdict *v)
{
	struct http_answer a;
	int rc = post(s, DOOR_RCPT, m, ASK_MS, NULL, NULL, &a, v);

	*whole = rc == 0 && strncmp(a.body, DOOR_WHOLE, sizeof DOOR_WHOLE - 1) == 0;
	http_answer_free(&a);
	return rc;
}

int
submit(struct submit *s, const struct msg *m, void (*on_wait)(void *arg), void *arg,
    char id[MSG_ID], bool *repeated, struct verdict *v)
{
	struct http_answer a;
	int rc = post(s, DOOR_SUBMIT, m, s->wait_ms, on_wait, arg, &a, v);

	if (rc == 0) {
		size_t n = strcspn(a.body, " \r\n");

		snprintf(id, MSG_ID, "%.*s", (int)n, a.body);
		*repeated = strncmp(a.body + n, " repeated", 9) == 0;
		/* An answer without an id is not the bridge's: nobody has promised us anything. */
		if (n != MSG_ID - 1 || msg_id_time(id) < 0)
			rc = later(v, "4.3.0", "the bridge's answer has no message id in it");
	}
	http_answer_free(&a);
	return rc;
}
