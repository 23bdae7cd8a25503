/*
 * turn.h - whose turn it is in a conversation (same transport, sender and recipient).
 *
 * Of each conversation one job at a time has an entry in STORE_DUE; the others only stand in
 * STORE_TURNS and get theirs when the one before them leaves. So the order of a conversation needs
 * no thought anywhere else. All return -1 and *v (LATER) when the store could not.
 */
#ifndef BRIDGE_TURN_H
#define BRIDGE_TURN_H

#include <stdbool.h>
#include <stdint.h>

struct job;
struct shelf;
struct verdict;

/* Stand at the end of the conversation. 1: it is this job's turn; 0: others are before it. brief: when
 * it is, the caller has it written, or remembered, that the job stands there. */
int turn_take(struct shelf *s, const struct job *j, bool brief, struct verdict *v);
/* The job, whose turn it is, is due at that time (ms since 1970); j->due says so, too. */
int turn_due(struct shelf *s, struct job *j, int64_t due, struct verdict *v);
/* Leave the conversation. When it was this job's turn, the next one gets it and is due `now`: 1.
 * Else 0. */
int turn_leave(struct shelf *s, const struct job *j, bool was_its_turn, int64_t now,
    struct verdict *v);

#endif
