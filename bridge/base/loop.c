/*
 * loop.c - the one event loop of a daemon, on epoll(7).
 *
 * Timers are a binary heap of pointers into their owners. A watch that is taken away while epoll's
 * answers are being worked through may still stand in them, so it is only marked, and freed when
 * the round is over.
 */
#include "bridge/base/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bridge/base/log.h"
#include "bridge/base/mem.h"

enum { ROUND = 64, SIGNALS = 65, AT_END = 4 };

struct watch {
	struct loop *loop;
	int fd;
	bool gone;
	void (*on_ready)(void *arg, uint32_t events);
	void *arg;
	struct watch *next_gone;
};

struct posted {
	void (*fn)(void *arg);
	void *arg;
};

struct loop {
	int epoll, wake, signals;
	bool stop;
	struct watch *wake_watch, *signal_watch, *gone;

	struct timer **heap; /* heap[0] is the next one; each knows its slot + 1 */
	unsigned ntimers, timer_room;

	pthread_mutex_t lock; /* guards the posted ones */
	struct posted *posted;
	size_t nposted, posted_room;

	sigset_t taken;
	struct posted on_signal[SIGNALS];
	struct posted at_end[AT_END]; /* of a turn */
	unsigned nat_end;
};

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
loop_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t
loop_wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

static void
must(int rc, const char *what)
{
	if (rc < 0) {
		log_error("%s: %s", what, strerror(errno));
		abort();
	}
}

/* Other threads' work is taken as one list, so that what it posts again waits for the next round. */
static void
on_wake(void *arg, uint32_t events)
{
	struct loop *l = arg;
	struct posted *work;
	size_t n;
	uint64_t count;

	(void)events;
	if (read(l->wake, &count, sizeof count) < 0 && errno != EAGAIN)
		must(-1, "eventfd");
	pthread_mutex_lock(&l->lock);
	work = l->posted;
	n = l->nposted;
	l->posted = NULL;
	l->nposted = l->posted_room = 0;
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < n; i++)
		work[i].fn(work[i].arg);
	free(work);
}

static void
on_signalfd(void *arg, uint32_t events)
{
	struct loop *l = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(l->signals, &info, sizeof info) == (ssize_t)sizeof info)
		if (info.ssi_signo < SIGNALS && l->on_signal[info.ssi_signo].fn)
			l->on_signal[info.ssi_signo].fn(l->on_signal[info.ssi_signo].arg);
}

struct loop *
loop_new(void)
{
	struct loop *l = xcalloc(1, sizeof *l);

	sigemptyset(&l->taken);
	pthread_mutex_init(&l->lock, NULL);
	must(l->epoll = epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	must(l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
	l->signals = -1;
	l->wake_watch = loop_watch(l, l->wake, EPOLLIN, on_wake, l);
	return l;
}

static void
free_gone(struct loop *l)
{
	struct watch *w;

	while ((w = l->gone)) {
		l->gone = w->next_gone;
		free(w);
	}
}

void
loop_free(struct loop *l)
{
	if (!l)
		return;
	loop_unwatch(l->wake_watch);
	loop_unwatch(l->signal_watch);
	free_gone(l);
	if (l->signals >= 0)
		close(l->signals);
	close(l->wake);
	close(l->epoll);
	pthread_mutex_destroy(&l->lock);
	free(l->posted);
	free(l->heap);
	free(l);
}

struct watch *
loop_watch(struct loop *l, int fd, uint32_t events, void (*on_ready)(void *arg, uint32_t events),
    void *arg)
{
	struct watch *w = xcalloc(1, sizeof *w);
	struct epoll_event e = { .events = events, .data.ptr = w };

	*w = (struct watch){ .loop = l, .fd = fd, .on_ready = on_ready, .arg = arg };
	must(epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
	return w;
}

void
loop_rewatch(struct watch *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	must(epoll_ctl(w->loop->epoll, EPOLL_CTL_MOD, w->fd, &e), "epoll_ctl");
}

void
loop_unwatch(struct watch *w)
{
	if (!w)
		return;
	/* Failure means that the fd is closed already, which also took it out. */
	(void)epoll_ctl(w->loop->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	w->gone = true;
	w->next_gone = w->loop->gone;
	w->loop->gone = w;
}

static void
place(struct loop *l, unsigned i, struct timer *t)
{
	l->heap[i] = t;
	t->slot = i + 1;
}

/* Move the timer at i to where the heap's order wants it: up first, then down. */
static void
settle(struct loop *l, unsigned i)
{
	struct timer *t = l->heap[i];

	for (; i > 0 && l->heap[(i - 1) / 2]->at > t->at; i = (i - 1) / 2)
		place(l, i, l->heap[(i - 1) / 2]);
	for (;;) {
		unsigned child = 2 * i + 1;

		if (child >= l->ntimers)
			break;
		if (child + 1 < l->ntimers && l->heap[child + 1]->at < l->heap[child]->at)
			child++;
		if (l->heap[child]->at >= t->at)
			break;
		place(l, i, l->heap[child]);
		i = child;
	}
	place(l, i, t);
}

void
timer_set(struct loop *l, struct timer *t, int64_t ms, void (*on_time)(void *arg), void *arg)
{
	t->at = loop_ms() + (ms > 0 ? ms : 0);
	t->on_time = on_time;
	t->arg = arg;
	if (!t->slot) {
		if (l->ntimers == l->timer_room) {
			l->timer_room = l->timer_room ? 2 * l->timer_room : 16;
			l->heap = xrealloc(l->heap, l->timer_room * sizeof *l->heap);
		}
		place(l, l->ntimers++, t);
	}
	settle(l, t->slot - 1);
}

void
timer_clear(struct loop *l, struct timer *t)
{
	unsigned i = t->slot - 1;
	struct timer *last;

	if (!t->slot)
		return;
	t->slot = 0;
	last = l->heap[--l->ntimers];
	if (last != t) {
		place(l, i, last);
		settle(l, i);
	}
}

/* Timers set by these callbacks for "at once" wait for the next round, so others get their turn. */
static void
run_timers(struct loop *l)
{
	int64_t now = loop_ms();
	unsigned most = l->ntimers;

	while (most-- > 0 && l->ntimers > 0 && l->heap[0]->at <= now && !l->stop) {
		struct timer *t = l->heap[0];

		timer_clear(l, t);
		t->on_time(t->arg);
	}
}

static int
wait_ms(const struct loop *l)
{
	int64_t ms;

	if (!l->ntimers)
		return -1;
	ms = l->heap[0]->at - loop_ms();
	return ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

void
loop_each_turn(struct loop *l, void (*at_end)(void *arg), void *arg)
{
	assert(l->nat_end < AT_END);
	l->at_end[l->nat_end++] = (struct posted){ at_end, arg };
}

static void
end_turn(struct loop *l)
{
	for (unsigned i = 0; i < l->nat_end; i++)
		l->at_end[i].fn(l->at_end[i].arg);
	log_flush();
}

void
loop_run(struct loop *l)
{
	struct epoll_event ready[ROUND];

	log_gather(true);
	for (l->stop = false; !l->stop;) {
		int n;

		end_turn(l);
		n = epoll_wait(l->epoll, ready, ROUND, wait_ms(l));

		if (n < 0 && errno != EINTR)
			must(n, "epoll_wait");
		for (int i = 0; i < n; i++) {
			struct watch *w = ready[i].data.ptr;

			if (!w->gone)
				w->on_ready(w->arg, ready[i].events);
		}
		run_timers(l);
		free_gone(l);
	}
	end_turn(l);
	log_gather(false);
}

void
loop_stop(struct loop *l)
{
	l->stop = true;
}

void
loop_post(struct loop *l, void (*fn)(void *arg), void *arg)
{
	uint64_t one = 1;
	bool first;

	pthread_mutex_lock(&l->lock);
	if (l->nposted == l->posted_room) {
		l->posted_room = l->posted_room ? 2 * l->posted_room : 16;
		l->posted = xrealloc(l->posted, l->posted_room * sizeof *l->posted);
	}
	first = l->nposted == 0;
	l->posted[l->nposted++] = (struct posted){ fn, arg };
	pthread_mutex_unlock(&l->lock);
	if (first && write(l->wake, &one, sizeof one) < 0 && errno != EAGAIN)
		must(-1, "eventfd");
}

void
loop_signal(struct loop *l, int signo, void (*on_signal)(void *arg), void *arg)
{
	sigaddset(&l->taken, signo);
	pthread_sigmask(SIG_BLOCK, &l->taken, NULL);
	l->on_signal[signo] = (struct posted){ on_signal, arg };
	if (l->signals < 0) {
		must(l->signals = signalfd(-1, &l->taken, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
		l->signal_watch = loop_watch(l, l->signals, EPOLLIN, on_signalfd, l);
	} else {
		must(signalfd(l->signals, &l->taken, 0), "signalfd");
	}
}
