/*
 * worker.h - threads for what blocks, beside the loop.
 */
#ifndef BRIDGE_WORKER_H
#define BRIDGE_WORKER_H

#include <stddef.h>

struct loop;
struct worker;

/* That many threads, which take in hand at most `most` pieces of work at once. All signals are
 * blocked in them. To be called when there will be no fork any more. For worker_free(). */
struct worker *worker_new(struct loop *l, size_t threads, size_t most);
/* Waits for what is being worked on; what has not begun is forgotten, and nobody's `done` is called
 * any more, so the loop must not run any more. Accepts NULL. */
void worker_free(struct worker *w);
/*
 * Let work(arg) run on a thread, and then done(arg) on the loop's. Work of the same key is done one
 * after the other, in its order. From the loop's thread. 0, or -1 when there is too much: then
 * neither is called.
 */
int worker_do(
    struct worker *w, const char *key, void (*work)(void *arg), void (*done)(void *arg), void *arg);
/* How much was taken in hand whose `done` has not been called yet. */
size_t worker_busy(const struct worker *w);

#endif
