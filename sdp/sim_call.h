/*
 * sim_call.h - one request to the service while it is being answered, and its two operations.
 */
#ifndef SDP_SIM_CALL_H
#define SDP_SIM_CALL_H

#include "sdp/sim_state.h"

struct arena;
struct httpd_request;
struct sim;
struct xml;

struct sim_call {
	struct sim *sim;
	struct httpd_request *r; /* gone once it is answered */
	char peer[64];
	struct arena *arena;         /* all below is in it */
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

/* sendSms. 0 when it was accepted, however it was answered; else -1. */
int sim_call_send(struct sim_call *c);
/* getSmsDeliveryStatus. 0, or -1 when it was refused. */
int sim_call_status(struct sim_call *c);

#endif
