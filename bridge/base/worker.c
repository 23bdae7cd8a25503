/*
 * worker.c - threads for what blocks.
 *
 * Each thread has a queue of its own, and a key always leads to the same one: so a sender's
 * messages stay in their order, at the price that one may wait for another's although a thread is
 * free.
 */
#include "bridge/base/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"

struct task {
	struct worker *worker;
	void (*work)(void *arg);
	void (*done)(void *arg);
	void *arg;
	struct task *next;
	LIST_ENTRY(task) every;
};

struct lane {
	struct worker *worker;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	bool stop;
	struct task *first, **last;
};

struct worker {
	struct loop *loop;
	LIST_HEAD(, task) tasks; /* all whose `done` was not called yet; the loop's thread only */
	size_t busy, most, n;
	struct lane lanes[];
};

static void
on_done(void *arg)
{
	struct task *t = arg;

	t->worker->busy--;
	LIST_REMOVE(t, every);
	t->done(t->arg);
	free(t);
}

/* The next task, or NULL when it is over. */
static struct task *
next_task(struct lane *l)
{
	struct task *t;

	pthread_mutex_lock(&l->lock);
	while (!l->first && !l->stop)
		pthread_cond_wait(&l->wake, &l->lock);
	t = l->stop ? NULL : l->first;
	if (t && !(l->first = t->next))
		l->last = &l->first;
	pthread_mutex_unlock(&l->lock);
	return t;
}

static void *
run(void *arg)
{
	struct lane *l = arg;
	struct task *t;

	while ((t = next_task(l))) {
		t->work(t->arg);
		loop_post(l->worker->loop, on_done, t);
	}
	return NULL;
}

static void
start(struct worker *w, struct lane *l)
{
	l->worker = w;
	l->last = &l->first;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->wake, NULL);
	if (pthread_create(&l->thread, NULL, run, l) == 0)
		return;
	log_error("no thread to be had");
	abort();
}

struct worker *
worker_new(struct loop *l, size_t threads, size_t most)
{
	struct worker *w = xcalloc(1, sizeof *w + threads * sizeof *w->lanes);
	sigset_t all, before;

	w->loop = l;
	w->most = most;
	w->n = threads;
	/* The program's signals are for the loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	for (size_t i = 0; i < threads; i++)
		start(w, &w->lanes[i]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return w;
}

static void
stop(struct lane *l)
{
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
}

void
worker_free(struct worker *w)
{
	struct task *t;

	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		stop(&w->lanes[i]);
	while ((t = LIST_FIRST(&w->tasks))) {
		LIST_REMOVE(t, every);
		free(t);
	}
	free(w);
}

/* FNV-1a. */
static size_t
lane_of(const struct worker *w, const char *key)
{
	uint32_t h = 2166136261U;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 16777619U;
	return h % w->n;
}

int
worker_do(
    struct worker *w, const char *key, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
	struct lane *l = &w->lanes[lane_of(w, key)];
	struct task *t;

	if (w->busy >= w->most)
		return -1;
	w->busy++;
	t = xcalloc(1, sizeof *t);
	*t = (struct task){ .worker = w, .work = work, .done = done, .arg = arg };
	LIST_INSERT_HEAD(&w->tasks, t, every);
	pthread_mutex_lock(&l->lock);
	*l->last = t;
	l->last = &t->next;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	return 0;
}

size_t
worker_busy(const struct worker *w)
{
	return w->busy;
}
