/*
 * xmpp.h - one im section with driver xmpp at work: what its parts share.
 */
#ifndef IM_XMPP_H
#define IM_XMPP_H

#include <stdbool.h>

#include "bridge/base/loop.h"
#include "im/fetch.h"
#include "im/gateway.h"
#include "im/stream.h"

struct asks;
struct barrier;
struct guest;
struct job;
struct threads;
struct transport;
struct upload;
struct verdict;
struct xml;

struct xmpp {
	struct transport *transport;
	struct stream_settings settings;
	struct fetch_settings fetch_settings;
	const char *name, *upload_service;
	bool registrations, registered_only;
	long mail_pause; /* ms */

	struct stream *stream;
	struct barrier *barrier;
	struct asks *asks;
	struct fetch *fetch;
	struct upload *upload;
	struct threads *threads;
	struct gateway gateway;
	struct guest *guests;	/* messages that the front door has not answered for */
	struct timer again;	/* for those that wait on the disk */
	unsigned uploading;	/* jobs whose parts are being put onto the server */
	bool told;		/* the log knows that there is no connection */
	bool closed;		/* we have taken leave of the server */
};

/* Out: outbox.c. */

/* As send and ask of struct transport_driver. */
void outbox_send(struct transport *t, struct job *job, const char *text);
void outbox_ask(struct transport *t, struct job *job);
/* A job is settled: on_settled of barrier.h; arg is the struct xmpp. */
void outbox_settled(void *arg, struct job *job, const char *id, const struct verdict *v);

/* In: inbox.c. */

/* Take up what waited for its pictures when the daemon stopped. */
void inbox_start(struct xmpp *x);
/* A message stanza came; whole as in stream.h. */
void inbox_message(struct xmpp *x, const struct xml *stanza, bool whole);
/* Forget those who wait for the front door, which answers no more. */
void inbox_close(struct xmpp *x);

#endif
