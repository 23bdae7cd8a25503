/*
 * sim_call.h - one request to the service while it is being answered, and its two operations.
 */
#ifndef SDP_SIM_CALL_H
#define SDP_SIM_CALL_H

#include <stddef.h>

#include "bridge/message/swa.h"
#include "sdp/sim.h"
#include "sdp/sim_state.h"

struct arena;
struct buf;
struct httpd_request;
struct sim;
struct sim_part;
struct xml;
struct xml_writer;

struct sim_call {
	struct sim *sim;
	struct httpd_request *r; /* gone once it is answered */
	char peer[64];
	enum sim_service service;
	struct arena *arena;         /* all below is in it */
	struct swa *swa;             /* what was brought */
	const struct xml *header;    /* of the envelope; NULL: none */
	const struct xml *operation; /* the Body's only child */
	const struct sim_version
	    *version; /* of the operation's namespace; the oldest until known */
};

/*
 * Answer with a fault: id as in struct sim_fault; part is %1, usually the name of a part of the
 * message (NULL: the usual ones); reason is for people. Counts, logs, and returns -1.
 */
int sim_refuse(struct sim_call *c, const char *id, const char *part, const char *reason);
/* The same with a bare HTTP status. */
int sim_refuse_http(struct sim_call *c, int status, const char *reason);

/* The trimmed text of a part of the message; "" when it is not there. */
const char *sim_call_text(struct sim_call *c, const char *part);
/* Does the operation fit its schema? 0, or -1: it is refused then. */
int sim_call_check(struct sim_call *c, const struct sim_part *parts);
/* Read what sendSms and sendMessage have in common: recipients, charging, request for a receipt. 0,
 * or -1: it is refused then. */
int sim_call_read(struct sim_call *c, struct sim_send *s);
/* Take a message that was read whole, or do what the rules say, and answer. As sim_call_send(). */
int sim_call_take(struct sim_call *c, struct sim_send *s);
/* An answer in c's version: open at the response's element, for xml_end_document(). */
struct xml_writer *sim_call_begin(const struct sim_call *c, const char *response, struct buf *out);
/* Answer 200 with that XML. 0. */
int sim_call_answer(struct sim_call *c, struct buf *out);

/* sendSms. 0 when it was accepted, however it was answered; else -1. */
int sim_call_send(struct sim_call *c);
/* getSmsDeliveryStatus. 0, or -1 when it was refused. */
int sim_call_status(struct sim_call *c);

#endif
