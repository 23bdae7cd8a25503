/*
 * httpd_request.c - a request, from its headers to its answer.
 *
 * httpd_request_go_on() is called with the headers, then for each piece of the body, then once when all is
 * there. If no answer is given at once the connection is suspended, which takes it out of libmicrohttpd's
 * hands: it is neither read nor timed out, so the request lives until we answer, whatever the client does
 * meanwhile. The answer is kept in the request and the connection resumed; the next MHD_run() calls
 * httpd_request_go_on() again, and that queues it. httpd_request_end() frees the request.
 */
#include "bridge/base/httpd_inside.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "bridge/base/guests.h"
#include "bridge/base/mem.h"

enum { PIECE = 64 * 1024 };

/* A body that is not kept in memory: one piece, over and over. */
struct repeat {
	uint64_t bytes; /* to send in all */
	size_t len;
	char piece[];
};

static struct MHD_Response *
make_response(const char *content_type, const char *body, size_t len)
{
	/* With MUST_COPY the bytes are only read, the parameter just lacks a const. */
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);

	if (!r)
		abort(); /* only when there is no memory */
	if (content_type)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	return r;
}

static bool
refuse_long(struct MHD_Connection *c)
{
	static const char text[] = "The body is too long.\n";
	struct MHD_Response *response = make_response("text/plain", text, sizeof text - 1);
	bool queued;

	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	queued = MHD_queue_response(c, MHD_HTTP_CONTENT_TOO_LARGE, response) == MHD_YES;
	MHD_destroy_response(response);
	return queued;
}

/*
 * Whether to refuse a body before it comes. One that is only somewhat too long is better read and
 * thrown away, for a client that is cut off while it writes does not see the answer; unless it asks
 * first.
 */
static bool
refuse_early(const struct httpd *h, struct MHD_Connection *c)
{
	const char *value =
	    MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	bool asks = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT) != NULL;
	unsigned long long length;

	if (!value)
		return false;
	errno = 0;
	length = strtoull(value, NULL, 10);
	return errno || length > h->max_body * (asks ? 1ULL : 2ULL);
}

/* A piece of the body. False: the connection is to be closed. */
static bool
take(struct httpd_request *r, const char *bytes, size_t len)
{
	/* An answer can be given only when the body has ended, so some excess is thrown away. */
	if (r->too_long) {
		r->thrown_away += len;
		return r->thrown_away <= 2 * r->httpd->max_body;
	}
	if (buf_add(&r->body, bytes, len) < 0) {
		buf_free(&r->body);
		r->too_long = true;
		r->thrown_away = len;
	}
	return true;
}

static void
hand_over(struct httpd_request *r)
{
	struct httpd *h = r->httpd;

	guests_ask(r->guest);
	r->waiting = true;
	r->next = h->waiting;
	if (r->next)
		r->next->previous = r;
	h->waiting = r;
	h->on_request(h->arg, r);
	if (!r->response && !r->dropped) {
		r->suspended = true;
		MHD_suspend_connection(r->connection);
	}
}

static bool
queue(struct httpd_request *r)
{
	const struct httpd *h = r->httpd;
	bool queued;

	/* So that the old one comes to its end, however busy its connections are. */
	if (h->old && MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_DAEMON)->daemon == h->old)
		MHD_add_response_header(r->response, MHD_HTTP_HEADER_CONNECTION, "close");
	queued = MHD_queue_response(r->connection, (unsigned)r->status, r->response) == MHD_YES;
	MHD_destroy_response(r->response);
	r->response = NULL;
	return queued;
}

bool
httpd_request_go_on(struct httpd *h, struct MHD_Connection *c, const char *url, const char *method,
    const char *bytes, size_t *len, void **slot)
{
	struct httpd_request *r = *slot;

	if (!r) {
		if (refuse_early(h, c))
			return refuse_long(c);
		*slot = r = xcalloc(1, sizeof *r);
		*r = (struct httpd_request){
			.httpd = h, .connection = c, .method = method, .path = url
		};
		r->guest = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			       ->socket_context;
		buf_init(&r->body, h->max_body);
		return true;
	}
	if (*len) {
		size_t n = *len;

		*len = 0;
		return take(r, bytes, n);
	}
	if (r->too_long)
		return refuse_long(c);
	if (!r->response && !r->waiting && !r->dropped)
		hand_over(r);
	if (r->dropped)
		return false;
	return !r->response || queue(r);
}

void
httpd_request_end(void **slot)
{
	struct httpd_request *r = *slot;

	if (!r)
		return;
	*slot = NULL;
	assert(!r->waiting);
	guests_rest(r->guest);
	if (r->response)
		MHD_destroy_response(r->response);
	while (r->nheaders > 0) {
		r->nheaders--;
		free(r->headers[r->nheaders][0]);
		free(r->headers[r->nheaders][1]);
	}
	buf_free(&r->body);
	free(r);
}

const char *
httpd_method(const struct httpd_request *r)
{
	return r->method;
}

const char *
httpd_path(const struct httpd_request *r)
{
	return r->path;
}

const char *
httpd_query(const struct httpd_request *r, const char *name)
{
	const char *value = NULL;

	/* "?name" without "=" is there, but has no value. */
	if (MHD_lookup_connection_value_n(
		r->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name), &value, NULL) != MHD_YES)
		return NULL;
	return value ? value : "";
}

const char *
httpd_header(const struct httpd_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

const char *
httpd_body(const struct httpd_request *r, size_t *len)
{
	*len = r->body.len;
	return buf_str(&r->body);
}

const char *
httpd_peer(const struct httpd_request *r)
{
	return guests_peer(r->guest);
}

void
httpd_trust(struct httpd_request *r)
{
	guests_trust(r->guest);
}

/* The request leaves those that wait; its connection goes on with what was put into it. */
static void
decide(struct httpd_request *r)
{
	struct httpd *h = r->httpd;

	assert(r->waiting && (r->dropped || r->response));
	r->waiting = false;
	if (r->next)
		r->next->previous = r->previous;
	if (r->previous)
		r->previous->next = r->next;
	else
		h->waiting = r->next;
	for (unsigned i = 0; r->response && i < r->nheaders; i++)
		MHD_add_response_header(r->response, r->headers[i][0], r->headers[i][1]);
	if (r->suspended) {
		r->suspended = false;
		MHD_resume_connection(r->connection);
		httpd_run_soon(h);
	}
}

void
httpd_answer(
    struct httpd_request *r, int status, const char *content_type, const char *body, size_t len)
{
	assert(!r->response);
	r->status = status;
	r->response = make_response(content_type, body, len);
	decide(r);
}

void
httpd_answer_header(struct httpd_request *r, const char *name, const char *value)
{
	assert(r->nheaders < HTTPD_HEADERS);
	r->headers[r->nheaders][0] = xstrdup(name);
	r->headers[r->nheaders][1] = xstrdup(value);
	r->nheaders++;
}

void
httpd_drop(struct httpd_request *r)
{
	r->dropped = true;
	decide(r);
}

/* libmicrohttpd wants the bytes from pos on, at most room of them. */
static ssize_t
more(void *arg, uint64_t pos, char *out, size_t room)
{
	const struct repeat *rep = arg;
	size_t n = 0;

	if (pos >= rep->bytes)
		/* Short of what was announced, this closes the connection. */
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (room > rep->bytes - pos)
		room = (size_t)(rep->bytes - pos);
	while (n < room) {
		size_t from = (size_t)((pos + n) % rep->len);
		size_t part = rep->len - from < room - n ? rep->len - from : room - n;

		memcpy(out + n, rep->piece + from, part);
		n += part;
	}
	return (ssize_t)n;
}

void
httpd_answer_repeat(struct httpd_request *r, int status, const char *content_type,
    const char *piece, size_t len, uint64_t bytes, int64_t announced)
{
	struct repeat *rep = xcalloc(1, sizeof *rep + len);

	assert(!r->response && len > 0);
	rep->bytes = bytes;
	rep->len = len;
	memcpy(rep->piece, piece, len);
	r->status = status;
	r->response = MHD_create_response_from_callback(
	    announced < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)announced, PIECE, more, rep, free);
	if (!r->response)
		abort(); /* only when there is no memory */
	MHD_add_response_header(r->response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	decide(r);
}
