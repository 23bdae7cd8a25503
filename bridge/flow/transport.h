/*
 * transport.h - a plug into one network that carries messages: an SDP, an IM server, the mail system.
 *
 * A transport is lent one job after another and answers each exactly once, by finish(). What arrives
 * from its network it hands to intake(), and says "received" to the network only after intake()
 * has returned 0. All of this runs on the loop's thread, so nothing here may block.
 */
#ifndef BRIDGE_TRANSPORT_H
#define BRIDGE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/message/space.h"

struct httpd_request;
struct job;
struct loop;
struct pump;
struct receive;
struct section;
struct setting;
struct transport_driver;
struct verdict;

struct transport {
	const struct transport_driver *driver;
	const char *name;	/* of its section in the configuration, as shown in the log */
	struct loop *loop;
	struct pump *pump;	/* who lends the jobs; finish() needs it */
	unsigned carries;	/* the MSG_* kinds it can send as it is set up, set by open(); 0: driver's */
	const char *sender;	/* number or name that its messages come from, set by open(); NULL: none */
	struct space space;	/* the numbers that makes, with the section's extensions or pool */
	struct receive *receive; /* who takes what arrives, see receive.h; set before start() */
	void *state;		/* made by open(), freed by close(), known to the driver only */
};

struct transport_driver {
	const char *name;		/* as in `driver = parlayx` */
	unsigned carries;		/* the MSG_* kinds it can send */
	const struct setting *settings; /* its own rows, added to the configuration's */

	/* 0, or -1 and *v; after -1 the transport holds nothing and close() is not called. */
	int (*open)(struct transport *t, const struct section *section, struct verdict *v);
	/* Start sending `text` (UTF-8, shaped for this transport; copied before this returns). The job
	 * stays lent until finish(), which may be called now or later. */
	void (*send)(struct transport *t, struct job *job, const char *text);
	/* Ask the network what became of a job whose outcome is unknown, and finish() it: DONE it was
	 * taken, LATER it was not, UNKNOWN it cannot say. NULL: this network cannot be asked. */
	void (*ask)(struct transport *t, struct job *job);
	/* The daemon is ready: what the network wants to be told may be told now (registrations, polling,
	 * a stream's login), and what it brings can be taken. NULL: nothing to do. */
	void (*start)(struct transport *t);
	/*
	 * The network calls: a request to this transport's path came, and who brought it knew the secret
	 * and stands in the list of addresses (listener.h checks that). To be answered exactly once, now
	 * or later: 200 only when its effect is on the disk. rest: the path behind the secret, "" when
	 * there is none. NULL: this network does not call.
	 */
	void (*called)(struct transport *t, struct httpd_request *r, const char *rest);
	/* Ask the network what became of a message that it took and has not reported since; the answer is
	 * handed to receive_report(). job is lent for the call only. NULL: it cannot be asked. */
	void (*inquire)(struct transport *t, const struct job *job);
	/* The daemon stops and lends nothing any more: take leave of the network, and say whether that is
	 * over, as it may take a while; called again and again until it is, or close() without. What
	 * the network still brings is taken as always. NULL: there is nothing to take leave of. */
	bool (*quiet)(struct transport *t);
	/* Stop; finish() every job still lent as LATER, or UNKNOWN when it went out. */
	void (*close)(struct transport *t);
};

extern const struct transport_driver *const sdp_drivers[]; /* sdp/drivers.c, ends in NULL */
extern const struct transport_driver *const im_drivers[];  /* im/drivers.c, ends in NULL */

/* The driver of that name in such a list, or NULL. */
const struct transport_driver *transport_driver_find(
    const struct transport_driver *const *drivers, const char *name);

/*
 * The transport answers for a lent job, exactly once; it must not touch the job afterwards.
 * v->is: DONE (the network took it; request is its identifier or NULL), LATER, NEVER, UNKNOWN.
 * With DONE, job->awaits says whether the network was asked to report what becomes of the message;
 * if it was, the report is waited for (see receive_report()).
 * v->whole: the failure is the whole transport's: it is paused and the try does not count.
 */
void finish(struct transport *t, struct job *job, const struct verdict *v, const char *request);

#endif
