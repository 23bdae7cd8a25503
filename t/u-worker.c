/*
 * u-worker.c - threads for what blocks: everything is done once, a key's work in its order, done()
 * on the loop's thread, and no more is taken than was said.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bridge/base/loop.h"
#include "bridge/base/worker.h"
#include "t/tap.h"

enum { KEYS = 7, EACH = 40 };

struct piece {
	int key, number;
};

static struct loop *loop;
static struct worker *worker;
static pthread_t main_thread;
static struct piece pieces[KEYS * EACH];
static int last_done[KEYS], ended;
static atomic_int last_worked[KEYS], disorder, on_loop_thread, strange_thread;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void
work(void *arg)
{
	const struct piece *p = arg;

	on_loop_thread += pthread_equal(pthread_self(), main_thread) != 0;
	disorder += last_worked[p->key] != p->number;
	last_worked[p->key] = p->number + 1;
}

static void
on_done(void *arg)
{
	const struct piece *p = arg;

	strange_thread += !pthread_equal(pthread_self(), main_thread);
	disorder += last_done[p->key]++ != p->number;
	if (++ended == KEYS * EACH)
		loop_stop(loop);
}

static void
wait_at_gate(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

static void
on_waited(void *arg)
{
	(void)arg;
	if (worker_busy(worker) == 0)
		loop_stop(loop);
}

static void
test_order(void)
{
	int refused = 0;

	worker = worker_new(loop, 3, KEYS * EACH);
	for (int i = 0; i < KEYS * EACH; i++) {
		char key[2] = { (char)('a' + i % KEYS), '\0' };

		pieces[i] = (struct piece){ i % KEYS, i / KEYS };
		refused += worker_do(worker, key, work, on_done, &pieces[i]) != 0;
	}
	is_int(refused, 0, "all is taken");
	loop_run(loop);
	is_int(ended, KEYS * EACH, "and done, once");
	is_int(disorder, 0, "each key's in its order");
	is_int(on_loop_thread, 0, "beside the loop");
	is_int(strange_thread, 0, "and told on the loop's thread");
	is_int((long long)worker_busy(worker), 0, "nothing is left");
	worker_free(worker);
}

static void
test_most(void)
{
	int taken = 0;

	worker = worker_new(loop, 2, 5);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 9; i++)
		taken += worker_do(worker, "key", wait_at_gate, on_waited, NULL) == 0;
	is_int(taken, 5, "no more is taken than was said");
	is_int((long long)worker_busy(worker), 5, "and counted");
	pthread_mutex_unlock(&gate);
	loop_run(loop);
	is_int(
	    worker_do(worker, "key", wait_at_gate, on_waited, NULL), 0, "then there is room again");
	loop_run(loop);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 4; i++)
		worker_do(worker, "key", wait_at_gate, on_waited, NULL);
	pthread_mutex_unlock(&gate);
	worker_free(worker);
	ok(true, "and it ends with work at hand");
}

int
main(void)
{
	main_thread = pthread_self();
	loop = loop_new();
	test_order();
	test_most();
	loop_free(loop);
	worker_free(NULL);
	return tap_done();
}
