/*
 * await.h - sees to messages whose networks were asked to report, and have not: asks them, where
 * they can be asked, and gives up in the end.
 */
#ifndef BRIDGE_AWAIT_H
#define BRIDGE_AWAIT_H

#include <stddef.h>

struct await;
struct loop;
struct pump;
struct queue;

/* The room, for those transports (all of it lent). report_wait: ms, as in queue_settings. Nothing is
 * done before await_start(). For await_free(). */
struct await *await_new(
    struct loop *l, struct queue *q, struct pump *const *pumps, size_t npumps, long report_wait);
void await_start(struct await *a);
/* Ask after nothing any more from now on. */
void await_stop(struct await *a);
/* The loop must not run any more. Accepts NULL. */
void await_free(struct await *a);

#endif
