/*
 * wire.c - libcurl's multi interface on the loop: it tells which sockets to watch and when to wake
 * it, and the loop tells it what came.
 */
#include "bridge/base/wire.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"

struct wire {
	struct loop *loop;
	CURLM *multi;
	struct timer timer;
	void (*on_end)(void *arg, int code);
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

/* A socket of libcurl's; libcurl keeps the pointer for us. */
struct plug {
	struct wire *wire;
	struct watch *watch;
	int fd;
};

static void
on_ready(void *arg, uint32_t events)
{
	struct plug *p = arg;
	struct wire *w = p->wire;
	int running;

	curl_multi_socket_action(w->multi, p->fd,
	    (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		(events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0),
	    &running);
	end_those_done(w);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct wire *w = arg;
	struct plug *p = socket_arg;
	uint32_t events =
	    (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (p) {
			loop_unwatch(p->watch);
			curl_multi_assign(w->multi, fd, NULL);
			free(p);
		}
		return 0;
	}
	if (p) {
		loop_rewatch(p->watch, events);
		return 0;
	}
	p = xcalloc(1, sizeof *p);
	*p = (struct plug){ .wire = w, .fd = fd };
	p->watch = loop_watch(w->loop, fd, events, on_ready, p);
	curl_multi_assign(w->multi, fd, p);
	return 0;
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
wire_free(struct wire *w)
{
	if (!w)
		return;
	curl_multi_cleanup(w->multi);
	timer_clear(w->loop, &w->timer);
	free(w);
}

void
wire_start(struct wire *w, void *easy)
{
	/* Starts by a timer of no time. */
	CURLMcode rc = curl_multi_add_handle(w->multi, easy);

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
