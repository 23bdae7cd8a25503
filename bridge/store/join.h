/*
 * join.h - a long SMS that came as single segments, since its platform does not join them, becomes
 * one message again; and lines that an IM user writes one after another become one mail. On the queue's writer thread, in its transaction.
 *
 * A text that just fills a segment waits a little for the next one, one with gather_ms for what
 * follows. Nothing but its length and its
 * sender tells that more will come, so what stands alone only comes a little later.
 */
#ifndef BRIDGE_JOIN_H
#define BRIDGE_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/message/msg.h"

struct job;
struct shelf;
struct verdict;

enum { JOIN_MS = 10 * 1000 };

/*
 * Put the text of m, from a phone or an IM user to recipient i, behind that of the message of the same parties that
 * waits for it. 1: done, id is that message's; 0: none waits; -1 and *v (LATER).
 */
int join_behind(struct shelf *s, const struct msg *m, size_t i, int64_t now, char id[MSG_ID],
    struct verdict *v);
/* The job, whose text fills a segment, waits from now on; j->joins is set. 0, or -1 and *v. */
int join_wait(struct shelf *s, struct job *j, struct verdict *v);
/* It waits no more. 0, or -1 and *v. */
int join_end(struct shelf *s, struct job *j, struct verdict *v);

#endif
