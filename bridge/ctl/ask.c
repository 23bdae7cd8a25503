/*
 * ask.c - asks the daemon. jansson reads the answers here, and is in no other file of triviumctl.
 *
 * The daemon is trusted to be ours, but an answer may be cut or come from something else that
 * listens there: so whatever is not of the form expected is EX_PROTOCOL or looks like nothing.
 */
#include "bridge/ctl/ask.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/http.h"
#include "bridge/base/verdict.h"
#include "bridge/ctl/ctl.h"

enum {
	URL_MOST = 16 * 1024,
	ANSWER_MOST = 64 << 20, /* 2000 recipients, each with a full history */
	CONNECT_MS = 5000,
	ANSWER_MS = 60 * 1000,	 /* a daemon that waits for its disk says nothing */
	LONG_MS = 3600 * 1000,	 /* a backup copies the whole queue */
};

/* A value as it may stand in a query (RFC 3986 2.3). */
static void
encode(struct buf *b, const char *s)
{
	for (; *s; s++) {
		if (isalnum((unsigned char)*s) || strchr("-._~", *s))
			buf_add(b, s, 1);
		else
			buf_addf(b, "%%%02X", (unsigned char)*s);
	}
}

static void
make_url(struct buf *b, const char *base, const char *path, const char *const *parameters)
{
	char mark = '?';

	buf_adds(b, base);
	buf_adds(b, path);
	for (; parameters && *parameters; parameters += 2) {
		buf_addf(b, "%c%s=", mark, parameters[0]);
		encode(b, parameters[1]);
		mark = '&';
	}
}

static int
exit_code(int status)
{
	switch (status) {
	case 400:
		return EX_DATAERR;
	case 404:
		return EX_NOINPUT;
	case 503:
		return EX_TEMPFAIL;
	default:
		return EX_PROTOCOL;
	}
}

/* Why nobody answered. Of a socket in the file system more can be said than libcurl does. */
static const char *
why_unsent(const char *unix_path, const struct http_answer *a)
{
	if (!unix_path)
		return a->error;
	return access(unix_path, W_OK) ? strerror(errno) : "nobody listens there";
}

/* Read what came back. As ask(). */
static int
read_answer(struct ctl *c, const char *where, const char *unix_path, const struct http_answer *a,
    struct value **answer)
{
	json_t *json;
	const char *error;

	if (a->end == HTTP_UNSENT || a->end == HTTP_TLS)
		return ctl_error(c, EX_UNAVAILABLE, "cannot reach triviumd at %s: %s", where,
		    why_unsent(unix_path, a));
	if (a->end != HTTP_ANSWERED)
		return ctl_error(c, EX_UNAVAILABLE, "triviumd at %s: %s", where, a->error);
	json = json_loadb(a->body, a->len, 0, NULL);
	if (a->status == 200 && json_is_object(json)) {
		*answer = (struct value *)json;
		return 0;
	}
	error = json_string_value(json_object_get(json, "error"));
	if (error)
		ctl_error(c, 0, "%s", error);
	else
		ctl_error(c, 0, "%s: no answer of triviumd's (status %d)", where, a->status);
	json_decref(json);
	return error ? exit_code(a->status) : EX_PROTOCOL;
}

/* Some questions have the daemon read all that it has. */
static bool
is_long(const char *path)
{
	return strcmp(path, "/backup") == 0 || strcmp(path, "/forget") == 0;
}

/* body NULL: GET. */
static int
call(struct ctl *c, const char *path, const char *const *parameters, const char *body,
    struct value **answer)
{
	struct http_request r = {
		.timeout_ms = is_long(path) ? LONG_MS : ANSWER_MS,
		.connect_timeout_ms = CONNECT_MS, .max_answer = ANSWER_MOST
	};
	struct http_answer a;
	struct verdict v;
	struct buf url;
	const char *where = c->socket;
	char base[300];
	int rc;

	if (!where && (rc = ctl_configure(c)) != 0)
		return rc;
	if (!where)
		where = c->bridge.control;
	if (http_where(where, &r.unix_socket, base, sizeof(base), &v))
		return ctl_error(c, EX_CONFIG, "%s", v.text);
	buf_init(&url, URL_MOST);
	make_url(&url, base, path, parameters);
	if (url.over) {
		buf_free(&url);
		return ctl_error(c, EX_DATAERR, "that is too long");
	}
	r.url = buf_str(&url);
	if (body) {
		r.body = body;
		r.len = strlen(body);
		r.content_type = "text/plain";
	}
	if (!c->http)
		c->http = http_caller_new();
	http_call(c->http, &r, NULL, NULL, &a);
	rc = read_answer(c, where, r.unix_socket, &a, answer);
	http_answer_free(&a);
	buf_free(&url);
	return rc;
}

int
ask(struct ctl *c, bool post, const char *path, const char *const *parameters,
    struct value **answer)
{
	return call(c, path, parameters, post ? "" : NULL, answer);
}

int
ask_post(struct ctl *c, const char *path, const char *body, struct value **answer)
{
	return call(c, path, NULL, body, answer);
}

void
ask_free(struct value *answer)
{
	json_decref((json_t *)answer);
}

static json_t *
member(const struct value *v, const char *name)
{
	return json_object_get((const json_t *)v, name);
}

size_t
value_count(const struct value *v, const char *list)
{
	return json_array_size(member(v, list));
}

const struct value *
value_at(const struct value *v, const char *list, size_t i)
{
	return (const struct value *)json_array_get(member(v, list), i);
}

const char *
value_text(const struct value *v, const char *name)
{
	const char *s = json_string_value(member(v, name));

	return s ? s : "";
}

int64_t
value_number(const struct value *v, const char *name)
{
	return json_integer_value(member(v, name));
}

bool
value_has(const struct value *v, const char *name)
{
	const json_t *m = member(v, name);

	return m && !json_is_null(m);
}

bool
value_true(const struct value *v, const char *name)
{
	return json_is_true(member(v, name));
}

void
value_print(const struct value *v)
{
	json_dumpf((const json_t *)v, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	putchar('\n');
}
