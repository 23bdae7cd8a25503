/*
 * loop.h - the one event loop of a daemon: descriptors, timers, signals, and what other threads
 * hand over. Every callback runs on the thread that called loop_run(), one at a time.
 */
#ifndef BRIDGE_LOOP_H
#define BRIDGE_LOOP_H

#include <stdint.h>
#include <time.h>

struct loop;
struct watch;

/* One wait. The owner keeps it, zeroed before its first use; it must not move while it is set. */
struct timer {
	void (*on_time)(void *arg);
	void *arg;
	int64_t at;	/* monotonic milliseconds */
	unsigned slot;	/* place in the loop's heap + 1; 0: not set */
};

/* A loop, for loop_free(). Ends the process when the kernel gives no epoll or eventfd. */
struct loop *loop_new(void);
/* Frees the loop; watches and timers left are forgotten. Accepts NULL. */
void loop_free(struct loop *l);
/* Run callbacks until loop_stop(). */
void loop_run(struct loop *l);
/* Make loop_run() return after the callback in hand. From the loop's thread. */
void loop_stop(struct loop *l);

/* Call on_ready(arg, events) whenever fd is ready for events (EPOLLIN, EPOLLOUT of epoll(7)).
 * The fd stays the caller's. Returns a watch, for loop_unwatch(). */
struct watch *loop_watch(struct loop *l, int fd, uint32_t events,
    void (*on_ready)(void *arg, uint32_t events), void *arg);
/* Wait for other events from now on. */
void loop_rewatch(struct watch *w, uint32_t events);
/* Stop watching; to be called before the fd is closed; safe inside any callback. Accepts NULL. */
void loop_unwatch(struct watch *w);

/* Call on_time(arg) once, ms milliseconds from now (at once, but from the loop, when <= 0). A timer
 * that is set already is moved. */
void timer_set(struct loop *l, struct timer *t, int64_t ms, void (*on_time)(void *arg), void *arg);
/* Forget the timer; it may be unset. */
void timer_clear(struct loop *l, struct timer *t);

/* Call fn(arg) on the loop's thread soon. The one function that other threads may call. */
void loop_post(struct loop *l, void (*fn)(void *arg), void *arg);

/* Call at_end(arg) whenever the loop has worked through all that was ready, before it sleeps, and
 * before loop_run() returns: for what is cheaper done for many at once. A few can be given. */
void loop_each_turn(struct loop *l, void (*at_end)(void *arg), void *arg);

/* Call on_signal(arg) when the process gets signo. Blocks that signal in the calling thread, so
 * call it before other threads are started. */
void loop_signal(struct loop *l, int signo, void (*on_signal)(void *arg), void *arg);

/* Milliseconds of a clock that never jumps (CLOCK_MONOTONIC). */
int64_t loop_ms(void);
/* Milliseconds since 1970, of the clock on the wall: for what must outlive the process. */
int64_t loop_wall_ms(void);

#endif
