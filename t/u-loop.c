/*
 * u-loop.c - the event loop: timers in order, watches taken away in a callback, posts from threads,
 * signals.
 */
#include "bridge/base/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "t/tap.h"

enum { TIMERS = 500, POSTS = 20000 };

static struct loop *loop;
static struct timer timers[TIMERS];
static int64_t last_at;
static unsigned fired, disorder, posted, read_calls;

static void
on_timer(void *arg)
{
	struct timer *t = arg;

	fired++;
	disorder += t->at < last_at;
	last_at = t->at;
}

static void
on_stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void
test_timers(void)
{
	struct timer end = { 0 };
	unsigned cleared = 0;

	srandom(7);
	for (int i = 0; i < TIMERS; i++)
		timer_set(loop, &timers[i], random() % 50, on_timer, &timers[i]);
	for (int i = 0; i < TIMERS; i += 3) { /* some are moved, */
		timer_set(loop, &timers[i], random() % 50, on_timer, &timers[i]);
	}
	for (int i = 0; i < TIMERS; i += 7, cleared++) /* some taken away */
		timer_clear(loop, &timers[i]);
	timer_clear(loop, &timers[0]);
	timer_set(loop, &end, 100, on_stop, NULL);
	loop_run(loop);
	is_int(fired, TIMERS - cleared, "each timer that stayed set fires once");
	is_int(disorder, 0, "timers fire in the order of their times");
}

static void
on_post(void *arg)
{
	(void)arg;
	if (++posted == 2 * POSTS)
		loop_stop(loop);
}

static void *
poster(void *arg)
{
	for (int i = 0; i < POSTS; i++)
		loop_post(loop, on_post, arg);
	return NULL;
}

static void
test_posts(void)
{
	pthread_t a, b;

	pthread_create(&a, NULL, poster, NULL);
	pthread_create(&b, NULL, poster, NULL);
	loop_run(loop);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	is_int(posted, 2 * POSTS, "every post of two threads arrives once");
}

static struct watch *pair[2];

/* Whichever is called first takes both away: the other must not be called any more. */
static void
on_readable(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
	read_calls++;
	loop_unwatch(pair[0]);
	loop_unwatch(pair[1]);
	loop_stop(loop);
}

static void
test_unwatch(void)
{
	int p[2];

	if (pipe(p) < 0 || write(p[1], "x", 1) != 1)
		exit(1);
	pair[0] = loop_watch(loop, p[0], EPOLLIN, on_readable, NULL);
	pair[1] = loop_watch(loop, p[1], EPOLLOUT, on_readable, NULL);
	loop_run(loop);
	is_int(read_calls, 1, "a watch taken away in another's callback is not called in that round");
	close(p[0]);
	close(p[1]);
}

static void
test_signals(void)
{
	loop_signal(loop, SIGUSR1, on_stop, NULL);
	loop_signal(loop, SIGUSR2, on_stop, NULL);
	kill(getpid(), SIGUSR2);
	loop_run(loop);
	ok(true, "a signal stops the loop");
}

int
main(void)
{
	loop = loop_new();
	test_timers();
	test_posts();
	test_unwatch();
	test_signals();
	loop_free(loop);
	return tap_done();
}
