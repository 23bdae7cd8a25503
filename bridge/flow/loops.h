/*
 * loops.h - messages that go in circles: our own mails that come back, and two programs that answer
 * each other across the worlds.
 */
#ifndef BRIDGE_LOOPS_H
#define BRIDGE_LOOPS_H

struct meter;
struct msg;
struct verdict;

/* Does the mail bear the mark of those that we make (LOOP_FIELD, our domain; "": we make none)? Then -1
 * and *v (NEVER 5.4.6), else 0. */
int loops_marked(const struct msg *m, const char *domain, struct verdict *v);
/*
 * Count an answer of the message's kind, for each recipient: the same text between the same two, either
 * way, more than five times in an hour is no person's. Short texts ("ok") and what is neither an answer
 * nor from a phone or IM user are not counted: repeated alarms are no loop. 0, or -1 and *v (NEVER
 * 5.4.6).
 */
int loops_repeat(struct meter *same, const struct msg *m, struct verdict *v);

#endif
