/*
 * http.c - HTTP out, on libcurl.
 *
 * What the absence of an answer means is decided here. libcurl calls on_sending() when the
 * connection is made, TLS included, and the request is about to be written. Before that call
 * nothing was sent; after it something may have been, unless the very first write failed.
 *
 * libcurl repeats a request by itself when a kept connection dies before the answer begins. The
 * other side may have acted on it by then, so that is forbidden here: on_sending() lets a POST
 * through only once. (A kept connection that the other side has closed in peace is found closed
 * before it is used, so this is rare.)
 */
#include "bridge/base/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/wire.h"

enum { IDLE_CALLS = 64, WAIT_MS = 1000, SHAPE = 1024 };

/* All of a request but its body: what its handle must be told only when it is another one. */
struct shape {
	size_t len; /* 0: longer than there is room for, and like no other */
	char bytes[SHAPE];
};

/* An exchange, with the handle it runs on. Ended ones are kept for the next. */
struct call {
	struct call *next, **link; /* in a list: of those under way, or of those kept */
	CURL *easy;
	struct shape shape; /* that the handle has been given */
	struct http *http; /* NULL: a blocking one */
	struct curl_slist *headers;
	struct buf body;
	char error[CURL_ERROR_SIZE];
	bool post;
	bool headed;       /* the answer's headers have come in whole */
	unsigned sendings; /* how often a connection was there to write the request to */
	void (*on_answer)(void *arg, const struct http_answer *a);
	void (*on_wait)(void *arg);
	int64_t waited; /* when on_wait was called last */
	void *arg;
};

struct http {
	struct wire *wire;
	struct call *under_way, *kept;
	unsigned nkept;
};

struct http_caller {
	pthread_mutex_t lock;
	struct call *kept;
};

static struct call *
call_new(struct http *h)
{
	struct call *c = xcalloc(1, sizeof *c);

	c->http = h;
	if (!(c->easy = curl_easy_init())) {
		log_error("libcurl has no handle for us");
		abort();
	}
	return c;
}

static void
call_free(struct call *c)
{
	curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	buf_free(&c->body);
	free(c);
}

static void
list_put(struct call **list, struct call *c)
{
	c->next = *list;
	c->link = list;
	if (*list)
		(*list)->link = &c->next;
	*list = c;
}

static void
list_take(struct call *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
}

/* What libcurl calls. */

static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	return buf_add(&c->body, bytes, size * n) < 0 ? 0 : size * n;
}

/* libcurl takes an answer whose headers are cut short for one without a body. */
static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0)
		c->headed = false;
	else if (n > 0 && (line[0] == '\r' || line[0] == '\n'))
		c->headed = true;
	return size * n;
}

static int
on_sending(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct call *c = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	return c->sendings++ && c->post ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static int
on_progress(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	struct call *c = arg;

	(void)down_all;
	(void)down;
	(void)up_all;
	(void)up;
	if (loop_ms() - c->waited >= WAIT_MS) {
		c->waited = loop_ms();
		c->on_wait(c->arg);
	}
	return 0;
}

/* Setting up. */

static void
add_header(struct call *c, const char *line)
{
	struct curl_slist *list;

	/* A line end, which can only be a stranger's, would make one header two. */
	if (strpbrk(line, "\r\n"))
		return;
	if (!(list = curl_slist_append(c->headers, line)))
		abort(); /* only when there is no memory */
	c->headers = list;
}

static void
set_headers(struct call *c, const struct http_request *r)
{
	char *line;

	curl_slist_free_all(c->headers);
	c->headers = NULL;
	/* Old SOAP stacks stall on "100-continue", and libcurl asks for it with bodies over 1 MB.
	 */
	add_header(c, "Expect:");
	if (r->content_type) {
		line = xasprintf("Content-Type: %s", r->content_type);
		add_header(c, line);
		free(line);
	}
	for (const char *const *h = r->headers; h && *h; h++)
		add_header(c, *h);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

static void
set_body(struct call *c, const struct http_request *r)
{
	if (!r->body)
		return;
	curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
	if (r->put)
		curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, "PUT");
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	curl_easy_setopt(c->easy, CURLOPT_COPYPOSTFIELDS, r->body);
}

static void
set_trust(struct call *c, const struct http_request *r)
{
	curl_easy_setopt(c->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (r->ca_file && *r->ca_file) {
		curl_easy_setopt(c->easy, CURLOPT_CAINFO, r->ca_file);
		curl_easy_setopt(c->easy, CURLOPT_CAPATH, NULL);
	}
	if (r->username) {
		curl_easy_setopt(c->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(c->easy, CURLOPT_USERNAME, r->username);
		curl_easy_setopt(c->easy, CURLOPT_PASSWORD, r->password ? r->password : "");
	}
}

/* Append a string with its NUL, which tells it from its neighbours; one that is not there is "". */
static bool
put_string(struct shape *s, const char *string)
{
	size_t len = string ? strlen(string) + 1 : 1;

	if (len > SHAPE - s->len)
		return false;
	memcpy(s->bytes + s->len, string ? string : "", len);
	s->len += len;
	return true;
}

static void
shape_of(const struct http_request *r, struct shape *s)
{
	char numbers[64];
	bool whole;

	s->len = 0;
	snprintf(numbers, sizeof numbers, "%ld %ld %d%d", r->timeout_ms, r->connect_timeout_ms,
	    r->body != NULL, r->put);
	whole = put_string(s, numbers) && put_string(s, r->url) && put_string(s, r->unix_socket) &&
		put_string(s, r->content_type) && put_string(s, r->username) &&
		put_string(s, r->password) && put_string(s, r->ca_file);
	for (const char *const *h = r->headers; whole && h && *h; h++)
		whole = put_string(s, *h);
	if (!whole)
		s->len = 0;
}

static bool
same_shape(const struct shape *a, const struct shape *b)
{
	return a->len && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* Take a call from those kept, if there is one; best one that needs to be told little. */
static struct call *
take_kept(struct call *kept, const struct shape *s)
{
	struct call *c = kept;

	while (c && !same_shape(&c->shape, s))
		c = c->next;
	if (!c)
		c = kept;
	if (c)
		list_take(c);
	return c;
}

static void
set_shape(struct call *c, const struct http_request *r)
{
	CURL *e = c->easy;

	curl_easy_reset(e); /* keeps connections, sessions and names */
	curl_easy_setopt(e, CURLOPT_URL, r->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, r->timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, r->connect_timeout_ms);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_sending);
	curl_easy_setopt(e, CURLOPT_PREREQDATA, c);
	curl_easy_setopt(e, CURLOPT_PRIVATE, c);
	if (r->unix_socket)
		curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, r->unix_socket);
	set_headers(c, r);
	set_trust(c, r);
}

static void
call_set(struct call *c, const struct http_request *r, const struct shape *s)
{
	if (!same_shape(&c->shape, s)) {
		set_shape(c, r);
		c->shape.len = s->len;
		memcpy(c->shape.bytes, s->bytes, s->len);
	}
	buf_init(&c->body, r->max_answer);
	c->post = r->body && !r->put;
	c->headed = false;
	c->sendings = 0;
	c->error[0] = '\0';
	set_body(c, r);
}

/* Answering. */

static enum http_end
end_of(const struct call *c, CURLcode rc)
{
	long written = 0, status = 0;

	if (rc == CURLE_OK) {
		curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
		return c->headed && status >= 200 ? HTTP_ANSWERED : HTTP_LOST;
	}
	if (c->sendings == 0)
		return wire_is_tls((int)rc) ? HTTP_TLS : HTTP_UNSENT;
	/* The count leaves out what a later write brought away, so it proves something only here.
	 */
	curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &written);
	if (rc == CURLE_SEND_ERROR && c->sendings == 1 && written == 0)
		return HTTP_UNSENT;
	if (c->body.over)
		return HTTP_TOO_LONG;
	return rc == CURLE_OPERATION_TIMEDOUT ? HTTP_TIMEOUT : HTTP_LOST;
}

static const char *
error_of(const struct call *c, CURLcode rc, enum http_end end)
{
	if (end == HTTP_ANSWERED)
		return "";
	if (end == HTTP_TOO_LONG)
		return "the answer is too long";
	if (rc == CURLE_OK)
		return "the answer was cut short";
	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return "the connection was closed before an answer came";
	return *c->error ? c->error : curl_easy_strerror(rc);
}

static struct http_answer
answer_of(const struct call *c, CURLcode rc)
{
	struct http_answer a = { .end = end_of(c, rc), .retry_after = -1, .content_type = "" };
	curl_off_t after = 0;
	char *type = NULL;
	long status = 0;

	a.error = error_of(c, rc, a.end);
	a.body = a.end == HTTP_ANSWERED ? buf_str(&c->body) : "";
	if (a.end != HTTP_ANSWERED)
		return a;
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &after);
	a.status = (int)status;
	a.len = c->body.len;
	if (type)
		a.content_type = type;
	if (after > 0)
		a.retry_after = (long)after;
	return a;
}

/* Many, on the loop. */

static void
end_call(void *arg, int code)
{
	struct call *c = arg;
	struct http *h = c->http;
	struct http_answer a = answer_of(c, (CURLcode)code);

	list_take(c);
	c->on_answer(c->arg, &a);
	buf_free(&c->body);
	if (h->nkept < IDLE_CALLS) {
		list_put(&h->kept, c);
		h->nkept++;
	} else {
		call_free(c);
	}
}

struct http *
http_new(struct loop *l, long max_idle)
{
	struct http *h = xcalloc(1, sizeof *h);

	h->wire = wire_new(l, max_idle, end_call);
	return h;
}

void
http_avoid(struct http *h, const struct networks *n)
{
	wire_avoid(h->wire, n);
}

void
http_free(struct http *h)
{
	struct call *c;

	if (!h)
		return;
	while ((c = h->under_way)) {
		snprintf(c->error, sizeof c->error, "given up");
		wire_stop(h->wire, c->easy);
		end_call(c, CURLE_GOT_NOTHING);
	}
	while ((c = h->kept)) {
		list_take(c);
		call_free(c);
	}
	wire_free(h->wire);
	free(h);
}

void
http_send(struct http *h, const struct http_request *r,
    void (*on_answer)(void *arg, const struct http_answer *a), void *arg)
{
	struct call *c;
	struct shape s;

	shape_of(r, &s);
	if ((c = take_kept(h->kept, &s)))
		h->nkept--;
	else
		c = call_new(h);
	call_set(c, r, &s);
	c->on_answer = on_answer;
	c->arg = arg;
	list_put(&h->under_way, c);
	wire_start(h->wire, c->easy);
}

/* One at a time, waiting. */

struct http_caller *
http_caller_new(void)
{
	struct http_caller *caller = xcalloc(1, sizeof *caller);

	wire_begin();
	pthread_mutex_init(&caller->lock, NULL);
	return caller;
}

void
http_caller_free(struct http_caller *caller)
{
	struct call *c;

	if (!caller)
		return;
	while ((c = caller->kept)) {
		list_take(c);
		call_free(c);
	}
	pthread_mutex_destroy(&caller->lock);
	free(caller);
}

void
http_call(struct http_caller *caller, const struct http_request *r, void (*on_wait)(void *arg),
    void *arg, struct http_answer *a)
{
	struct call *c;
	struct shape s;
	CURLcode rc;

	shape_of(r, &s);
	pthread_mutex_lock(&caller->lock);
	c = take_kept(caller->kept, &s);
	pthread_mutex_unlock(&caller->lock);
	if (!c)
		c = call_new(NULL);
	call_set(c, r, &s);
	curl_easy_setopt(c->easy, CURLOPT_NOPROGRESS, on_wait ? 0L : 1L);
	if (on_wait) {
		c->on_wait = on_wait;
		c->arg = arg;
		c->waited = loop_ms();
		curl_easy_setopt(c->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
		curl_easy_setopt(c->easy, CURLOPT_XFERINFODATA, c);
	}
	rc = curl_easy_perform(c->easy);
	*a = answer_of(c, rc);
	a->content_type = xstrdup(a->content_type);
	a->error = xstrdup(a->error);
	a->body = xstrndup(a->body, a->len);
	buf_free(&c->body);
	pthread_mutex_lock(&caller->lock);
	list_put(&caller->kept, c);
	pthread_mutex_unlock(&caller->lock);
}

void
http_answer_free(struct http_answer *a)
{
	free((char *)(uintptr_t)a->content_type);
	free((char *)(uintptr_t)a->error);
	free((char *)(uintptr_t)a->body);
	*a = (struct http_answer){ 0 };
}
