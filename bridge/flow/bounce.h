/*
 * bounce.h - the room for mail servers' reports about mail that we made: they are no messages, but
 * news of one, and end as a report in the queue, which tells the phone.
 */
#ifndef BRIDGE_FLOW_BOUNCE_H
#define BRIDGE_FLOW_BOUNCE_H

#include <stdbool.h>

#include "bridge/message/msg.h"

struct intake;
struct verdict;

/* Is its recipient a return path, whether ours or not? */
bool bounce_is_one(const struct msg *m);
/* Would it be taken? 0, or -1 and *v (NEVER 5.1.1: a recipient is no return path that we made, or an
 * old one). */
int bounce_would_take(const struct intake *in, const struct msg *m, struct verdict *v);
/*
 * Take a report (its ownership) as the milter has read it, see milter/returned.h. on_taken as for
 * intake(): DONE when what it says is on the disk, or changes nothing; the id is that of the message
 * that came back.
 */
void bounce_take(const struct intake *in, struct msg *m,
    void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v), void *arg);

/*
 * Is the mail an automatic answer (RFC 3834) to one that we made, sent to the phone itself? Phones are
 * not bothered with them, and some answer by themselves, too. If so id is that of the mail answered.
 */
bool bounce_is_echo(const struct intake *in, const struct msg *m, char id[MSG_ID]);
/* Take such a mail (its ownership) and forget it; on_taken as for intake(). */
void bounce_swallow(struct msg *m, const char *id,
    void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v), void *arg);

#endif
