/*
 * soap_manage.h - how a client of Parlay X comes to what phones write: the notification managers
 * (start…, stop…Notification) and polling (getReceivedSms, getReceivedMessages). ETSI ES 202 391-4
 * and -5, ES 202 504.
 */
#ifndef SDP_SOAP_MANAGE_H
#define SDP_SOAP_MANAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "sdp/soap.h"
#include "sdp/soap_in.h"
#include "sdp/soap_mms.h"

/* What is registered. */
struct soap_registration {
	bool mms;
	const char *number;   /* "tel:4711", as the platform wants it */
	const char *criteria; /* the first word of the texts that are wanted; "": all are */
	const char *correlator;
};

/* Append start…Notification, so that it is brought to the style's callback; or stop…Notification. 0, or
 * -1 when it does not fit into out. */
int soap_start(const struct soap_style *s, const struct soap_mms *mms, const struct soap_moment *m,
    const struct soap_registration *r, struct buf *out);
int soap_stop(const struct soap_style *s, const struct soap_mms *mms, const struct soap_moment *m,
    const struct soap_registration *r, struct buf *out);
/* The operations' names, as soap_parse() wants them. */
const char *soap_start_name(bool of_mms);
const char *soap_stop_name(bool of_mms);

/* Append a request for what has come: SMS, or with of_mms MMS. As above. */
int soap_get_received(const struct soap_style *s, const struct soap_mms *mms,
    const struct soap_moment *m, bool of_mms, const char *registration, struct buf *out);

enum { SOAP_RECEIVED = 1000 }; /* messages of one answer */
/*
 * Read the answer: at most SOAP_RECEIVED messages, in the arena; those without sender or number are
 * left out and counted in *bad. 0, or -1 and *v (LATER): it is a fault, or no such answer.
 */
int soap_received_parse(struct arena *a, const char *bytes, size_t len, bool of_mms,
    struct soap_message **list, size_t *n, size_t *bad, struct verdict *v);

#endif
