/*
 * pump_inside.h - the pump, for its own files: pump.c has the window, the lending and the pauses,
 * pump_send.c hands a lent job to its transport, finish.c takes it back.
 */
#ifndef BRIDGE_PUMP_INSIDE_H
#define BRIDGE_PUMP_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/loop.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/tally.h"
#include "bridge/store/queue.h"

struct pump {
	struct loop *loop;
	struct queue *queue;
	struct transport *transport;
	const struct pump_settings *settings;
	const struct retry *retry;

	struct job *window, **window_end; /* due, not lent yet */
	bool behind;	/* the queue may have due jobs that are not in the window */
	bool fetching;	/* it is looking for them */
	bool started;
	unsigned busy;	/* lent, being lent, reserved */
	struct timer due;

	double tokens;	   /* of the rate */
	int64_t tokens_at;
	struct timer token;

	bool paused;
	char reason[sizeof ((struct verdict *)0)->text];
	unsigned probes;   /* that failed in this pause */
	int64_t probe_at;  /* monotonic ms */
	struct timer probe;
	unsigned unknowns; /* one after another */

	struct tally tally;
};

/* A job is due at that wall time (ms since 1970): look for it then, or before. */
void pump_due_by(struct pump *p, int64_t due);
/* The transport is in trouble, says v: nothing but probes go to it until one is answered. */
void pump_pause(struct pump *p, const struct verdict *v);
/* The transport has answered. */
void pump_resume(struct pump *p);

/* Hand a lent job to its transport; in parts where it is too much for one message. The job's place stays
 * taken until finish(). */
void pump_send(struct pump *p, struct job *j);
/* Nobody can say what became of the last send of a lent job: send it again or hold it, as on_unknown says. */
void pump_settle(struct pump *p, struct job *j);
/* Give back a lent job whose lifetime is over. */
void pump_expire(struct pump *p, struct job *j);

#endif
