/*
 * brief.h - what need not be written of a job that is sent as soon as it is added.
 *
 * Most jobs are over a moment after they came. That they are due, have their turn and are open, and
 * their message's content, would be written only to be taken away again. So these entries stand in
 * memory alone, and one in STORE_LENT implies them, with the content as its value. When the job comes
 * back, those of them that are needed still are written; after a crash all are. Nobody else sees a
 * difference, since the shelf looks into both.
 *
 * All return 0, or -1 and *v (LATER) when the store could not.
 */
#ifndef BRIDGE_BRIEF_H
#define BRIDGE_BRIEF_H

struct job;
struct msg;
struct shelf;
struct verdict;

/* The job, which has its turn and is being sent, is open and due at job->due, in memory. Its content
 * is what stands in s->record when it is its message's only one (content is then not to be written
 * otherwise); else the caller writes that. */
int brief_begin(struct shelf *s, const struct job *j, struct verdict *v);
/* The job has come back, and what is not needed any more has been taken away: write the rest. Any job
 * may be given. */
int brief_end(struct shelf *s, const struct job *j, struct verdict *v);
/* Write what is implied by the entries that a process before left. In a transaction of its own. */
int brief_recover(struct shelf *s, struct verdict *v);

#endif
