/*
 * left.h - which attachments of a message a recipient does not get.
 */
#ifndef BRIDGE_LEFT_H
#define BRIDGE_LEFT_H

#include <stddef.h>

struct job;
struct msg;

/* Take from the message what no transport can carry that it goes by (carried: MSG_* kinds of all), but for a
 * link, which has a copy of its own: it would be kept for nothing. What shows nothing without that is told by
 * the whole text (a link to a picture), or the names of what was there, as no platform takes an empty SMS. */
void left_behind(struct msg *m, unsigned carried);
/* Say for recipient i, whose row is filled in and whose link is made, which attachments it is not shown:
 * those that are not among the message's parts, and with SMS the parts, too, unless a link leads to them.
 * What an MMS has no room for is known when it is sent, see left_at_send(). */
void left_for(struct msg *m, size_t i);
/* The names (one line; NULL: none) of parts that a job's message went without in addition, into the job. */
void left_at_send(struct job *j, const char *names);

#endif
