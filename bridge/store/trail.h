/*
 * trail.h - a job that goes out as several messages of its network, one after another: segments that the
 * platform does not join, pictures over several MMS.
 *
 * The job stays one: one recipient, one state, one place in its conversation. What is still to be said is
 * written with it before the first part goes out, and each part is a send of its own, with its correlator,
 * its tries, and the platform's identifier. What the network has taken leaves a trail, to which reports
 * are added; so a part that was taken is never sent again, and after a crash no more than the part in
 * flight is of unknown outcome.
 *
 * When all parts are taken, the trail says what the job is: failed when one part failed, delivered when
 * all were delivered, else sent. When one fails before, the rest is not sent.
 */
#ifndef BRIDGE_TRAIL_H
#define BRIDGE_TRAIL_H

#include <stdbool.h>

#include "bridge/store/queue.h"

struct report;

enum { TRAIL_END = 0x1e }; /* between pieces: no text for phones has it */

/* The job goes as those pieces (copied), n of them, TRAIL_END between. Nothing is taken yet. */
void trail_begin(struct job *j, const char *pieces, unsigned n);
/* What the next part says, in the job's arena. */
const char *trail_piece(struct job *j);
/* How many parts are taken. */
unsigned trail_taken(const struct job *j);
/* The part last sent was taken, under that identifier (NULL: none); awaits: its report is to come. The
 * next one begins anew: its tries, its lifetime as the job's. */
void trail_take(struct job *j, const char *request, bool awaits);
/* Which part a report about the job is about, from 0; trail_taken() is the one that is not taken yet. */
unsigned trail_part(const struct job *j, const struct report *r);
/* Hear a report about a taken part. 1: it is news; 0: not; -1: it contradicts what is final. */
int trail_hear(struct job *j, unsigned part, const struct report *r);
/* Hear as that what the record of the same job has heard since. */
void trail_merge(struct job *j, const struct job *record);
/* What the parts that are taken make of the job: JOB_QUEUED when there is more to be sent. j->awaits
 * then says whether a report is to come. */
enum job_state trail_state(struct job *j);
/* How many parts were reported delivered. */
unsigned trail_delivered(const struct job *j);

/* A part that is taken. */
struct trail_part {
	unsigned send;	   /* which of the job's sends */
	char correlator[JOB_CORRELATOR];
	char state;	   /* 'w' its report is to come, 'n' none is, 'd' delivered, 'f' failed, 'r' relayed */
	char request[400]; /* the network's identifier; "": none */
	const char *next;   /* for trail_next() */
};
/* Walk through the taken parts: p->next is NULL at first. False: there is no more. */
bool trail_next(const struct job *j, struct trail_part *p);

#endif
