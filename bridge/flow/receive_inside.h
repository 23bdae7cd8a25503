/*
 * receive_inside.h - what receive.c, the front door, and receive_message.c, the way of a message through it,
 * know of each other.
 */
#ifndef BRIDGE_RECEIVE_INSIDE_H
#define BRIDGE_RECEIVE_INSIDE_H

#include <stdint.h>
#include <sys/queue.h>

#include "bridge/flow/receive.h"
#include "bridge/store/binding.h"
#include "bridge/store/consent.h"
#include "bridge/store/report.h"

struct intake;
struct msg;
struct optout_settings;
struct screen;
struct transport;
struct verdict;
struct visitor;

struct receive {
	LIST_HEAD(visitors, visitor) visitors; /* who waits for an answer */
	const struct intake *intake;
	const struct optout_settings *optout; /* NULL: no word is special */
	struct screen *screen; /* NULL: nobody looks into messages */
};

/* Who waits for the queue. */
struct visitor {
	LIST_ENTRY(visitor) entry;
	struct receive *in;
	struct transport *transport;
	struct msg *msg; /* while it is screened; of a phone, while its conversations are looked up */
	char *phone, *called; /* of such a message: who wrote, and which number of ours to */
	char *once;	      /* and by what it is known when it comes again */
	int64_t once_ms;
	struct consent said;
	struct binding bound; /* its JID is phone */
	enum report_is reported;
	void (*on_taken)(void *arg, const struct verdict *v);
	void *arg;
};

/* Somebody who waits; taken(arg, v) is called once, by visitor_leave(). */
struct visitor *visitor_new(
    struct receive *in, struct transport *t, void (*taken)(void *arg, const struct verdict *v), void *arg);
/* Say what became of it; it is gone then. */
void visitor_leave(struct visitor *w, const struct verdict *v);

#endif
