/*
 * wire.c - libcurl's multi interface on the loop: it tells which sockets to watch and when to wake
 * it, and the loop tells it what came.
 */
#include "bridge/base/wire.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/networks.h"

struct wire {
	struct loop *loop;
	CURLM *multi;
	struct timer timer;
	void (*on_end)(void *arg, int code);
	const struct networks *avoid; /* NULL: any address may be connected to */
	struct plug **plugs; /* [fd] */
	size_t nplugs;
};

static void
start_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_ALL) != 0) {
		log_error("libcurl does not start");
		abort();
	}
	/* With CURLOPT_NOSIGNAL libcurl leaves this to the program; OpenSSL may raise it. */
	signal(SIGPIPE, SIG_IGN);
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

void
wire_begin(void)
{
	pthread_once(&curl_once, start_curl);
}

static void
end_those_done(struct wire *w)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(w->multi, &left))) {
		CURLcode code = m->data.result;
		CURL *easy = m->easy_handle;
		char *arg;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &arg);
		curl_multi_remove_handle(w->multi, easy);
		w->on_end(arg, (int)code);
	}
}

/*
 * A socket of libcurl's. Between two transfers on one connection libcurl wants its socket watched no
 * more, and anew a moment later. So a connection's socket stays in epoll from its opening to its
 * closing; only when something comes that nobody wants, such as the other side's goodbye, is it taken
 * out. Sockets that libcurl opens without us, for its resolver, come and go as it says.
 */
struct plug {
	struct wire *wire;
	struct watch *watch; /* NULL: not in epoll */
	uint32_t watched, wanted;
	int fd;
	bool connection;
};

static void on_ready(void *arg, uint32_t events);

static void
plug_watch(struct plug *p, uint32_t events)
{
	if (events == 0) {
		loop_unwatch(p->watch);
		p->watch = NULL;
	} else if (p->watch) {
		loop_rewatch(p->watch, events);
	} else {
		p->watch = loop_watch(p->wire->loop, p->fd, events, on_ready, p);
	}
	p->watched = events;
}

static struct plug *
plug_new(struct wire *w, int fd)
{
	struct plug *p = xcalloc(1, sizeof *p);
	size_t room = w->nplugs;

	p->wire = w;
	p->fd = fd;
	if ((size_t)fd >= room) {
		w->nplugs = 2 * (size_t)fd + 1;
		w->plugs = xrealloc(w->plugs, w->nplugs * sizeof *w->plugs);
		memset(w->plugs + room, 0, (w->nplugs - room) * sizeof *w->plugs);
	}
	w->plugs[fd] = p;
	return p;
}

static void
plug_free(struct plug *p)
{
	loop_unwatch(p->watch);
	p->wire->plugs[p->fd] = NULL;
	free(p);
}

static struct plug *
find_plug(const struct wire *w, int fd)
{
	return (size_t)fd < w->nplugs ? w->plugs[fd] : NULL;
}

static void
on_ready(void *arg, uint32_t events)
{
	struct plug *p = arg;
	struct wire *w = p->wire;
	int running;

	if (!p->wanted || !(events & (p->wanted | EPOLLERR | EPOLLHUP))) {
		plug_watch(p, p->wanted);
		return;
	}
	curl_multi_socket_action(w->multi, p->fd,
	    (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		(events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0),
	    &running);
	end_those_done(w);
}

/* libcurl says what it waits for at the socket from now on. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct wire *w = arg;
	struct plug *p = find_plug(w, fd);

	(void)easy;
	(void)socket_arg;
	if (what == CURL_POLL_REMOVE) {
		if (p && p->connection)
			p->wanted = 0;
		else if (p)
			plug_free(p);
		return 0;
	}
	if (!p)
		p = plug_new(w, fd);
	p->wanted = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
	/* What can be written to nearly always is would be told in every turn. */
	if ((p->wanted & ~p->watched) || (p->watched & ~p->wanted & EPOLLOUT))
		plug_watch(p, p->wanted);
	return 0;
}

/* May that address be connected to? Asked when it is, so that no name can lead elsewhere afterwards. */
static bool
is_allowed(const struct wire *w, const struct curl_sockaddr *a)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to = { 0 };
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (!w->avoid)
		return true;
	memcpy(&to, &a->addr, a->addrlen < sizeof to ? a->addrlen : sizeof to);
	return inet_ntop(a->family, a->family == AF_INET ? (const void *)&to.v4.sin_addr
							 : (const void *)&to.v6.sin6_addr,
		   text, sizeof text) && network_address(text, &address) &&
	       !networks_have(w->avoid, &address);
}

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	int fd = is_allowed(arg, a) ? socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol) : -1;

	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	plug_new(arg, fd)->connection = true;
	return fd;
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct plug *p = find_plug(arg, fd);

	if (p)
		plug_free(p);
	return close(fd);
}

static void
on_time(void *arg)
{
	struct wire *w = arg;
	int running;

	curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	end_those_done(w);
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct wire *w = arg;

	(void)multi;
	if (ms < 0)
		timer_clear(w->loop, &w->timer);
	else
		timer_set(w->loop, &w->timer, ms, on_time, w);
	return 0;
}

struct wire *
wire_new(struct loop *l, long max_idle, void (*on_end)(void *arg, int code))
{
	struct wire *w = xcalloc(1, sizeof *w);

	wire_begin();
	w->loop = l;
	w->on_end = on_end;
	if (!(w->multi = curl_multi_init())) {
		log_error("libcurl has no multi handle for us");
		abort();
	}
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
	/* To libcurl 0 means four times as many as there are exchanges. */
	curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, max_idle > 0 ? max_idle : 1L);
	return w;
}

void
wire_avoid(struct wire *w, const struct networks *n)
{
	w->avoid = n;
}

void
wire_free(struct wire *w)
{
	if (!w)
		return;
	curl_multi_cleanup(w->multi);
	timer_clear(w->loop, &w->timer);
	for (size_t i = 0; i < w->nplugs; i++)
		if (w->plugs[i])
			plug_free(w->plugs[i]);
	free(w->plugs);
	free(w);
}

void
wire_start(struct wire *w, void *easy)
{
	CURLMcode rc;

	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, w);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, w);
	/* Starts by a timer of no time. */
	rc = curl_multi_add_handle(w->multi, easy);
	if (rc != CURLM_OK) {
		log_error("libcurl: %s", curl_multi_strerror(rc));
		abort();
	}
}

void
wire_stop(struct wire *w, void *easy)
{
	curl_multi_remove_handle(w->multi, easy);
}

bool
wire_is_tls(int code)
{
	CURLcode rc = (CURLcode)code;

	return rc == CURLE_SSL_CONNECT_ERROR || rc == CURLE_PEER_FAILED_VERIFICATION ||
	       rc == CURLE_SSL_CERTPROBLEM || rc == CURLE_SSL_CIPHER ||
	       rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_SSL_ISSUER_ERROR ||
	       rc == CURLE_USE_SSL_FAILED || rc == CURLE_SSL_ENGINE_INITFAILED;
}
