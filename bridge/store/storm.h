/*
 * storm.h - the same text of the same sender to the same phone, again and again: the first one goes at
 * once, the others of a window of time become one message, with their number. On the queue's writer
 * thread, in its transaction.
 */
#ifndef BRIDGE_STORM_H
#define BRIDGE_STORM_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/message/msg.h"

struct job;
struct shelf;
struct verdict;

/*
 * Count recipient i of m (its fold_ms is the window) in a job that waits and says the same. 1: done,
 * id is that job's message and *times how often it was sent; 0: no job waits, and *until says when
 * (ms since 1970) this one may go, since another one went before; 0: at once. -1 and *v (LATER).
 */
int storm_fold(struct shelf *s, const struct msg *m, size_t i, int64_t now, char id[MSG_ID],
    unsigned *times, int64_t *until, struct verdict *v);
/*
 * The job was made of recipient i of m, to go at once or (job->apart) when it is due. until: as
 * storm_fold() said. What comes within the window is measured by it. 0, or -1 and *v (LATER).
 */
int storm_begin(struct shelf *s, const struct msg *m, size_t i, const struct job *j, int64_t now,
    int64_t until, struct verdict *v);

#endif
