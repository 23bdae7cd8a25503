/*
 * loopback.c - the SDP that is none: what it is lent is answered at once and goes into the log.
 *
 * It is there to try everything else without a platform, and to be read first by whoever writes a
 * driver: this is all that a driver must have. One with a network starts its request in send() and
 * calls finish() from the callback that brings the answer; see parlayx.c.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/conf.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/transport.h"
#include "bridge/store/queue.h"
#include "sdp/drivers.h"

/* What the section of the configuration says; filled in by the rows below. */
struct loopback {
	int answer; /* an enum verdict_is */
};

static const struct setting rows[] = {
	{ "answer", CONF_CHOICE, offsetof(struct loopback, answer), "done",
	    "done later never unknown", NULL,
	    "What becomes of every message; all but \"done\" is for trying out failures." },
	{ 0 },
};

static int
loopback_open(struct transport *t, const struct section *section, struct verdict *v)
{
	struct loopback *l = xcalloc(1, sizeof *l);

	section_fill(section, rows, l);
	t->state = l;
	return done(v, "2.0.0", "ready");
}

static void
loopback_send(struct transport *t, struct job *job, const char *text)
{
	const struct loopback *l = t->state;
	struct verdict v;

	/* The text stays private: its length is enough to see that it came through. */
	log_event(job->msg->id, "transport=%s, correlator=%s, loopback of %zu bytes", t->name,
	    job->correlator, strlen(text));
	done(&v, "2.0.0", "sent to nowhere");
	if (l->answer == LATER)
		later(&v, "4.3.0", "loopback is set to fail for now");
	else if (l->answer == NEVER)
		never(&v, "5.3.0", "loopback is set to fail for good");
	else if (l->answer == UNKNOWN)
		unknown(&v, "4.4.1", "loopback is set to say nothing");
	finish(t, job, &v, v.is == DONE ? job->correlator : NULL);
}

static void
loopback_close(struct transport *t)
{
	/* Nothing is ever under way: each job was finished inside send(). */
	free(t->state);
	t->state = NULL;
}

const struct transport_driver sdp_loopback = {
	.name = "loopback",
	.carries = MSG_SMS,
	.settings = rows,
	.open = loopback_open,
	.send = loopback_send,
	.close = loopback_close,
};
