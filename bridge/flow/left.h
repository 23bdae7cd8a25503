/*
 * left.h - which attachments of a message a recipient does not get.
 */
#ifndef BRIDGE_LEFT_H
#define BRIDGE_LEFT_H

#include <stddef.h>

struct job;
struct msg;

/* Say for recipient i, whose row is filled in and whose link is made, which attachments it is not shown:
 * those that are not among the message's parts, and with SMS the parts, too, unless a link leads to them.
 * What an MMS has no room for is known when it is sent, see left_at_send(). */
void left_for(struct msg *m, size_t i);
/* The names (one line; NULL: none) of parts that a job's message went without in addition, into the job. */
void left_at_send(struct job *j, const char *names);

#endif
