/*
 * heartbeat.h - an SMS to a number of the administrator's, now and then, by each platform that wants it:
 * when its delivery report is late, the way to phones does not work, whatever else says so.
 */
#ifndef BRIDGE_HEARTBEAT_H
#define BRIDGE_HEARTBEAT_H

#include "bridge/base/conf.h"

struct heartbeat;
struct intake;
struct loop;
struct pump;

/* Keys of an sdp section. */
struct heartbeat_settings {
	const char *number; /* whom it is sent to; "": there is none */
	long every;	    /* ms between two */
	long late;	    /* ms after which its report is late */
};
extern const struct setting heartbeat_rows[];

/*
 * Begin, with the first one at once. Settings, intake and pump are lent. The postmaster is told by mail
 * when a heartbeat fails or its report is late, once until it is well again, and then that it is; the
 * pump's tally says how the last one was. For heartbeat_free(); NULL where no number is set.
 */
struct heartbeat *heartbeat_new(struct loop *l, const struct intake *in, struct pump *p,
    const struct heartbeat_settings *s);
/* Accepts NULL. What is asked of the queue is answered before it goes, so the queue is closed first. */
void heartbeat_free(struct heartbeat *h);

#endif
