/*
 * triviumd_transports.h - the transports that the configuration names, each with its pump.
 */
#ifndef BRIDGE_TRIVIUMD_TRANSPORTS_H
#define BRIDGE_TRIVIUMD_TRANSPORTS_H

#include <stddef.h>

#include "bridge/flow/callback.h"
#include "bridge/flow/live.h"
#include "bridge/flow/transport.h"

struct conf;
struct heartbeat;
struct intake;
struct loop;
struct pump;
struct queue;
struct retry;

enum { TRANSPORTS_MOST = 64 };

struct one_transport {
	struct transport transport;
	struct live_transport live;
	struct callback_settings callback;
	struct heartbeat *heartbeat; /* NULL: none is wanted */
};

/* Zeroed before transports_open(). */
struct transports {
	struct loop *loop;
	struct callbacks *callbacks;
	struct transport *to_mail; /* one of them; NULL: no mail goes out */
	struct one_transport *one[TRANSPORTS_MOST];
	struct pump *pumps[TRANSPORTS_MOST];
	size_t n;
};

/* Open all that c names, and take them among the callbacks (loop, callbacks and c's strings are lent until
 * transports_free()). 0, or -1; what was wrong is said on stderr, and the others are there. */
int transports_open(
    struct transports *all, struct loop *l, struct callbacks *callbacks, const struct conf *c);
/* Make the pumps; queue and waits are lent until transports_free(). */
void transports_pump(struct transports *all, struct queue *q, const struct retry *retry);
/* Messages may go from now on, and heartbeats by the intake, which is lent until transports_free(). */
void transports_start(struct transports *all, const struct intake *in);
/* The queue has something for the transport of that name, or (NULL) for any. */
void transports_wake(struct transports *all, const char *name);
/* A job that it was lent is back on the disk. */
void transports_returned(struct transports *all, const char *name);
/* Nothing new goes out from now on. */
void transports_stop(struct transports *all);
/* How much is under way still. */
size_t transports_busy(struct transports *all);
/* Close them, which gives back what they were lent: the queue is still there. */
void transports_close(struct transports *all);
void transports_free(struct transports *all);

#endif
