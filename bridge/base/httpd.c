/*
 * httpd.c - HTTP in, on libmicrohttpd without a thread of its own: our loop watches its epoll
 * descriptor and calls MHD_run(). What becomes of a request stands in httpd_request.c.
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

#include "bridge/base/cert.h"
#include "bridge/base/guests.h"
#include "bridge/base/httpd_inside.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/sock.h"
#include "bridge/base/verdict.h"

enum {
	HEADER_MEMORY = 32 * 1024, /* of a connection: request line, headers, read buffer */
	MAX_PEM = 1024 * 1024,
	LOG_EVERY_MS = 60 * 1000, /* that connections are closed for want of room */
};

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

/* The arguments are libmicrohttpd's (MHD_AccessHandlerCallback). */
static enum MHD_Result
on_access(void *arg, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *bytes, size_t *len, void **slot)
{
	(void)version;
	return httpd_request_go_on(arg, c, url, method, bytes, len, slot) ? MHD_YES : MHD_NO;
}

static void
on_completed(void *arg, struct MHD_Connection *c, void **slot, enum MHD_RequestTerminationCode code)
{
	(void)arg, (void)c, (void)code;
	httpd_request_end(slot);
}

static void run(struct httpd *h);

static void
on_time(void *arg)
{
	run(arg);
}

void
httpd_run_soon(struct httpd *h)
{
	timer_set(h->loop, &h->timer, 0, on_time, h);
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

