/*
 * job.h - a job as the store keeps it. For the queue's own files; others use what queue.h says.
 */
#ifndef BRIDGE_JOB_H
#define BRIDGE_JOB_H

#include <stddef.h>

#include "bridge/store/queue.h"

struct buf;

enum {
	JOB_KEY = MSG_ID - 1 + 2, /* bytes: the message's id, and the recipient big-endian */
	JOB_WHY = 200,		  /* bytes kept of a reason in the history */
	JOB_SAID = 400,		  /* bytes kept of each thing that job_say() notes */
};

/* A job for recipient i of m: an outline of the message with that recipient, state JOB_QUEUED. For
 * job_free(). The outline has what must be known of a message without its content: who sent it, what
 * it is called, how its sender wants to hear of it. Its text is "", everything else NULL. */
struct job *job_new(const struct msg *m, size_t i);

/* A message's content, shared by the jobs that are lent at the same time, since it may be large. */
struct body;
/* Take over a message (with any recipients, or none). For body_free(). */
struct body *body_new(struct msg *m);
/* Give it back; the message goes with the last one who has it. Any thread. Accepts NULL. */
void body_free(struct body *b);
/* The message, lent; NULL for NULL. */
const struct msg *body_msg(const struct body *b);
/* Make the job's message whole: all of the body's but its recipients. The job has the body, too, from
 * now on. Only the outline goes to the store all the same. */
void job_fill(struct job *j, struct body *b);
/* Write "at (seconds) state why" to the end of its history. */
void job_note(struct job *j, const char *why);
/* Name the next send: a correlator never used before, 30 characters of [0-9A-Z], from which the job
 * can be told. */
void job_correlate(struct job *j);
/* The correlator that a send of it has, or had. */
void job_correlator(const struct job *j, unsigned send, char correlator[JOB_CORRELATOR]);
/* Which send that is; behind 1023 they begin again. */
unsigned job_send_of(const char correlator[JOB_CORRELATOR]);
/* Read the key of the job back from a correlator; 0, or -1 when it is not one. */
int job_from_correlator(const char *correlator, unsigned char key[JOB_KEY]);
/* The key by which the store has it. */
void job_key(const char *id, unsigned rcpt, unsigned char key[JOB_KEY]);
/* The job as bytes, for the store. */
void job_format(const struct job *j, struct buf *out);
/* Read what job_format() wrote. For job_free(); NULL when it is not that. */
struct job *job_parse(const char *bytes, size_t len);
/* Is that state final: it will not be sent any more? */
bool job_is_final(enum job_state s);
/* Will nothing more happen to the job by itself: it is final, and awaits no report? */
bool job_is_settled(const struct job *j);

#endif
