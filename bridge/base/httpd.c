/*
 * httpd.c - HTTP in, on libmicrohttpd without a thread of its own: our loop watches its epoll
 * descriptor and calls MHD_run().
 *
 * The life of a request: on_access() is called with the headers, then for each piece of the body,
 * then once when all is there. If no answer is given at once the connection is suspended, which
 * takes it out of libmicrohttpd's hands: it is neither read nor timed out, so the request lives
 * until we answer, whatever the client does meanwhile. The answer is kept in the request and the
 * connection resumed; the next MHD_run() calls on_access() again, and that queues it.
 * on_completed() frees the request.
 *
 * At its limit libmicrohttpd lets who comes wait outside until somebody leaves, which a few silent
 * clients can make a long time of. So the limit is above what we keep, and after each run the surplus
 * is closed; guests.h says whose.
 */
#include "bridge/base/httpd.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <microhttpd.h>

#include "bridge/base/buf.h"
#include "bridge/base/cert.h"
#include "bridge/base/guests.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/sock.h"
#include "bridge/base/verdict.h"

enum {
	HEADER_MEMORY = 32 * 1024, /* of a connection: request line, headers, read buffer */
	MAX_PEM = 1024 * 1024,
	MAX_HEADERS = 4, /* that an answer is given besides its Content-Type */
	PIECE = 64 * 1024,
	LOG_EVERY_MS = 60 * 1000, /* that connections are closed for want of room */
};

/* A body that is not kept in memory: one piece, over and over. */
struct repeat {
	uint64_t bytes; /* to send in all */
	size_t len;
	char piece[];
};

struct httpd_request {
	struct httpd *httpd;
	struct MHD_Connection *connection;
	struct guest *guest;
	const char *method, *path;
	struct buf body;
	bool too_long;
	bool waiting; /* on_request() has it and it is not answered */
	bool suspended;
	size_t thrown_away;            /* bytes of a body that is too long */
	struct MHD_Response *response; /* the answer, before it is queued */
	int status;
	bool dropped;                  /* no answer, the connection is to be closed */
	char *headers[MAX_HEADERS][2]; /* for the answer: name, value */
	unsigned nheaders;
	struct httpd_request *next, *previous; /* those waiting */
};

struct httpd {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	struct watch *watch;
	struct MHD_Daemon *old; /* with the certificate of before, while it has connections; else NULL */
	struct watch *old_watch;
	const char *tls_cert, *tls_key; /* NULL: none */
	unsigned idle_s;
	struct timer timer;
	void (*on_request)(void *arg, struct httpd_request *r);
	bool (*known)(void *arg, const char *peer);
	void *arg;
	struct guests *guests;
	int64_t logged; /* when it was last that a connection was closed for want of room; 0: never */
	unsigned unlogged;
	size_t max_body;
	char *where;
	int listener; /* -1 once quiesced */
	unsigned port;
	char *path;       /* of a unix socket, until it is removed */
	struct stat file; /* what we made there */
	bool running;     /* inside MHD_run() */
	struct httpd_request *waiting;
	struct verdict *starting; /* takes libmicrohttpd's reason when it does not start */
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

static enum MHD_Result
refuse_long(struct MHD_Connection *c)
{
	static const char text[] = "The body is too long.\n";
	struct MHD_Response *response = make_response("text/plain", text, sizeof text - 1);
	enum MHD_Result result;

	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	result = MHD_queue_response(c, MHD_HTTP_CONTENT_TOO_LARGE, response);
	MHD_destroy_response(response);
	return result;
}

/* The address at a connection's other end, "unix" when it is none. */
static void
name_peer(struct MHD_Connection *c, char name[INET6_ADDRSTRLEN])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = info ? info->client_addr : NULL;
	const struct in6_addr *v6;

	snprintf(name, INET6_ADDRSTRLEN, "unix");
	if (a && a->sa_family == AF_INET) {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, name,
		    INET6_ADDRSTRLEN);
	} else if (a && a->sa_family == AF_INET6) {
		v6 = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(v6))
			inet_ntop(AF_INET, &v6->s6_addr[12], name, INET6_ADDRSTRLEN);
		else
			inet_ntop(AF_INET6, v6, name, INET6_ADDRSTRLEN);
	}
}

/* The arguments are libmicrohttpd's (MHD_NotifyConnectionCallback). */
static void
on_connection(void *arg, struct MHD_Connection *c, void **slot,
    enum MHD_ConnectionNotificationCode code)
{
	struct httpd *h = arg;
	char peer[INET6_ADDRSTRLEN];
	bool known;
	int fd;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		guests_leave(*slot);
		return;
	}
	fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	name_peer(c, peer);
	known = h->known && h->known(h->arg, peer);
	*slot = guests_enter(h->guests, fd, peer, known);
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

/* A piece of the body. MHD_NO closes the connection. */
static enum MHD_Result
take(struct httpd_request *r, const char *bytes, size_t len)
{
	/* An answer can be given only when the body has ended, so some excess is thrown away. */
	if (r->too_long) {
		r->thrown_away += len;
		return r->thrown_away > 2 * r->httpd->max_body ? MHD_NO : MHD_YES;
	}
	if (buf_add(&r->body, bytes, len) < 0) {
		buf_free(&r->body);
		r->too_long = true;
		r->thrown_away = len;
	}
	return MHD_YES;
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

static enum MHD_Result
queue(struct httpd_request *r)
{
	const struct httpd *h = r->httpd;
	enum MHD_Result result;

	/* So that the old one comes to its end, however busy its connections are. */
	if (h->old && MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_DAEMON)->daemon == h->old)
		MHD_add_response_header(r->response, MHD_HTTP_HEADER_CONNECTION, "close");
	result = MHD_queue_response(r->connection, (unsigned)r->status, r->response);
	MHD_destroy_response(r->response);
	r->response = NULL;
	return result;
}

/* The arguments are libmicrohttpd's (MHD_AccessHandlerCallback). */
static enum MHD_Result
on_access(void *arg, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *bytes, size_t *len, void **slot)
{
	struct httpd *h = arg;
	struct httpd_request *r = *slot;

	(void)version;
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
		return MHD_YES;
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
		return MHD_NO;
	return r->response ? queue(r) : MHD_YES;
}

static void
on_completed(void *arg, struct MHD_Connection *c, void **slot, enum MHD_RequestTerminationCode code)
{
	struct httpd_request *r = *slot;

	(void)arg, (void)c, (void)code;
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

static void run(struct httpd *h);

static void
on_time(void *arg)
{
	run(arg);
}

static void
on_ready(void *arg, uint32_t events)
{
	(void)events;
	run(arg);
}

static unsigned
connections(struct MHD_Daemon *d)
{
	return MHD_get_daemon_info(d, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

static struct watch *
watch(struct httpd *h, struct MHD_Daemon *d)
{
	return loop_watch(h->loop, MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, EPOLLIN, on_ready, h);
}

/* How soon one of them wants to run without an event: ms, 60 s at most; -1: never. */
static int64_t
next_run(struct httpd *h)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int64_t soon = -1;

	for (int i = 0; i < 2; i++) {
		struct MHD_Daemon *d = i == 0 ? h->daemon : h->old;

		if (d && MHD_get_timeout(d, &ms) == MHD_YES && (soon < 0 || ms < (MHD_UNSIGNED_LONG_LONG)soon))
			soon = ms > 60000 ? 60000 : (int64_t)ms;
	}
	return soon;
}

static void
end_old(struct httpd *h)
{
	if (!h->old)
		return;
	loop_unwatch(h->old_watch);
	MHD_stop_daemon(h->old);
	h->old = NULL;
}

static void
log_surplus(struct httpd *h, const struct guest *guest)
{
	int64_t now = loop_ms();
	char more[60] = "";

	if (h->logged && now - h->logged < LOG_EVERY_MS) {
		h->unlogged++;
		return;
	}
	if (h->unlogged)
		snprintf(more, sizeof more, " (as were %u before, which were not logged)", h->unlogged);
	log_warn("%s is full: an idle connection of %s, which has %u more, is closed for others%s",
	    h->where, guests_peer(guest), guests_of_peer(guest), more);
	h->logged = now;
	h->unlogged = 0;
}

/* Close the connections that are too many. libmicrohttpd sees their end in its next run. */
static void
make_room(struct httpd *h)
{
	struct guest *guest;

	while ((guest = guests_surplus(h->guests))) {
		log_surplus(h, guest);
		shutdown(guests_fd(guest), SHUT_RDWR);
	}
}

static void
run(struct httpd *h)
{
	unsigned before = connections(h->daemon);
	int64_t soon;

	h->running = true;
	MHD_run(h->daemon);
	if (h->old)
		MHD_run(h->old);
	h->running = false;
	make_room(h);
	if (h->old && connections(h->old) == 0)
		end_old(h);
	/* At its limit libmicrohttpd stops listening, and it starts again only in the next run, for which
	 * nothing else might give a reason. */
	soon = connections(h->daemon) < before ? 0 : next_run(h);
	if (soon >= 0)
		timer_set(h->loop, &h->timer, soon, on_time, h);
	else
		timer_clear(h->loop, &h->timer);
}

/* The reason for not starting; what clients do wrong later is not worth a line each. */
static void on_error(void *arg, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
on_error(void *arg, const char *format, va_list ap)
{
	struct httpd *h = arg;
	char text[200];

	if (!h->starting)
		return;
	vsnprintf(text, sizeof text, format, ap);
	text[strcspn(text, "\n")] = '\0';
	never(h->starting, "5.3.5", "%s", text);
}

/* A file as a string for free(), or NULL and *v. */
static char *
read_pem(const char *path, struct verdict *v)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t n;

	if (!f) {
		never(v, "5.3.5", "%s: %s", path, strerror(errno));
		return NULL;
	}
	text = xcalloc(1, MAX_PEM + 1);
	n = fread(text, 1, MAX_PEM, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

static struct MHD_Daemon *
start(struct httpd *h, int listener, char *cert, char *key)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		    (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
		{ MHD_OPTION_END, 0, NULL },
	};
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

	if (cert)
		flags |= MHD_USE_TLS;
	else
		tls[0].option = MHD_OPTION_END;
	/* The logger comes first, so that it is there for what the other options have to say. */
	return MHD_start_daemon(flags, 0, NULL, NULL, on_access, h, MHD_OPTION_EXTERNAL_LOGGER,
	    on_error, h, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED,
	    on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_CONNECTION_LIMIT, guests_room(h->guests), MHD_OPTION_CONNECTION_TIMEOUT,
	    h->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MEMORY, MHD_OPTION_ARRAY,
	    tls, MHD_OPTION_END);
}

/* Remove our unix socket, unless another program has put its own there. */
static void
remove_socket(struct httpd *h)
{
	struct stat now;

	if (h->path && stat(h->path, &now) == 0 && now.st_ino == h->file.st_ino &&
	    now.st_dev == h->file.st_dev)
		unlink(h->path);
	free(h->path);
	h->path = NULL;
}

/* Whether the listening socket is open still; its number may have got another meaning. */
static bool
is_listening(int fd)
{
	int on = 0;
	socklen_t len = sizeof on;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

static void
free_httpd(struct httpd *h)
{
	remove_socket(h);
	/* Some of the ways in which libmicrohttpd fails to start close it, some do not. */
	if (h->listener >= 0 && is_listening(h->listener))
		close(h->listener);
	guests_free(h->guests);
	free(h->where);
	free(h);
}

/* libmicrohttpd on that listening socket, or NULL and *v. */
static struct MHD_Daemon *
start_daemon(struct httpd *h, int listener, struct verdict *v)
{
	char *cert = NULL, *key = NULL;
	struct MHD_Daemon *d = NULL;

	if (h->tls_cert && !(cert = read_pem(h->tls_cert, v)))
		goto out;
	if (h->tls_cert && !(key = read_pem(h->tls_key ? h->tls_key : "", v)))
		goto out;
	never(v, "5.3.5", "libmicrohttpd does not start");
	h->starting = v;
	d = start(h, listener, cert, key);
	h->starting = NULL;
	if (!d)
		never(v, "5.3.5", "listen on %s: %s", h->where, v->text);
out:
	if (key)
		explicit_bzero(key, strlen(key));
	free(key);
	free(cert);
	return d;
}

struct httpd *
httpd_open(struct loop *l, const struct httpd_settings *s,
    void (*on_request)(void *arg, struct httpd_request *r), void *arg, struct verdict *v)
{
	struct httpd *h = xcalloc(1, sizeof *h);

	h->loop = l;
	h->on_request = on_request;
	h->arg = arg;
	h->known = s->known;
	h->max_body = s->max_body;
	h->where = xstrdup(s->listen);
	h->tls_cert = s->tls_cert && *s->tls_cert ? s->tls_cert : NULL;
	h->tls_key = s->tls_key;
	h->idle_s = s->idle_s;
	h->guests = guests_new(s->max_connections);
	h->listener = sock_listen(s->listen, s->mode, v);
	if (h->listener < 0) {
		free_httpd(h);
		return NULL;
	}
	h->port = sock_port(h->listener);
	h->path = xstrdup(sock_path(s->listen));
	if (h->path)
		stat(h->path, &h->file);
	if (!(h->daemon = start_daemon(h, h->listener, v))) {
		free_httpd(h);
		return NULL;
	}
	h->watch = watch(h, h->daemon);
	return h;
}

int
httpd_renew(struct httpd *h, struct verdict *v)
{
	struct MHD_Daemon *fresh;
	int listener;

	if (!h->tls_cert || h->listener < 0)
		return 0;
	if (h->old)
		return later(v, "4.3.0", "there are still connections from before the last change");
	if (cert_check(h->tls_cert, v) < 0 || cert_check_key(h->tls_cert, h->tls_key ? h->tls_key : "", v) < 0)
		return -1;
	/* Two that accept at the same socket for a moment: so nobody finds it closed. */
	if ((listener = fcntl(h->listener, F_DUPFD_CLOEXEC, 0)) < 0)
		return later(v, "4.3.0", "%s: %s", h->where, strerror(errno));
	if (!(fresh = start_daemon(h, listener, v))) {
		if (is_listening(listener))
			close(listener);
		return -1;
	}
	MHD_quiesce_daemon(h->daemon);
	close(h->listener);
	h->listener = listener;
	h->old = h->daemon;
	h->old_watch = h->watch;
	h->daemon = fresh;
	h->watch = watch(h, fresh);
	run(h);
	return 1;
}

void
httpd_quiesce(struct httpd *h)
{
	if (h->listener < 0)
		return;
	/* From here on libmicrohttpd would not close the descriptor, so we do. */
	MHD_quiesce_daemon(h->daemon);
	remove_socket(h);
	close(h->listener);
	h->listener = -1;
}

void
httpd_close(struct httpd *h)
{
	static const char text[] = "Shutting down.\n";

	if (!h)
		return;
	assert(!h->running);
	httpd_quiesce(h);
	while (h->waiting)
		httpd_answer(
		    h->waiting, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", text, sizeof text - 1);
	/* One round takes the connections back and writes short answers, the second is for TLS. */
	for (int i = 0; i < 2; i++) {
		MHD_run(h->daemon);
		if (h->old)
			MHD_run(h->old);
	}
	end_old(h);
	loop_unwatch(h->watch);
	timer_clear(h->loop, &h->timer);
	MHD_stop_daemon(h->daemon);
	free_httpd(h);
}

size_t
httpd_waiting(const struct httpd *h)
{
	size_t n = 0;

	for (const struct httpd_request *r = h->waiting; r; r = r->next)
		n++;
	return n;
}

unsigned
httpd_port(const struct httpd *h)
{
	return h->port;
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
		/* Without a thread of its own libmicrohttpd has no way to tell us of this. */
		timer_set(h->loop, &h->timer, 0, on_time, h);
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
	assert(r->nheaders < MAX_HEADERS);
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
