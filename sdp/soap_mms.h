/*
 * soap_mms.h - the requests of Parlay X MMS: sendMessage, getMessageDeliveryStatus, getMessage,
 * getMessageURIs, and the answers that hold content. ETSI ES 202 391-5, ES 202 504.
 */
#ifndef SDP_SOAP_MMS_H
#define SDP_SOAP_MMS_H

#include <stddef.h>

#include "sdp/soap.h"

struct arena;
struct verdict;

/* Of the interfaces multimedia_messaging/send and /receive. The order is that of the words. */
enum soap_mms_version { SOAP_MMS_2_4, SOAP_MMS_3_1 };

struct soap_mms {
	int version;	     /* enum soap_mms_version */
	const char *interface_name;
};

enum { SOAP_SUBJECT = 40 }; /* characters of a subject that every phone shows */

/*
 * Append a sendMessage request to out: its envelope, the content goes with it as attachments. As
 * soap_send_sms() else; subject may be "" or NULL, and is cut.
 */
int soap_send_message(const struct soap_style *s, const struct soap_mms *mms,
    const struct soap_moment *m, const char *to, const char *subject, const char *correlator,
    struct buf *out);
/* As soap_get_status(), of an MMS. */
int soap_get_message_status(const struct soap_style *s, const struct soap_mms *mms,
    const struct soap_moment *m, const char *to, const char *request, struct buf *out);
/* Append a request for a message's content to out: "getMessage" or "getMessageURIs". */
int soap_get_message(const struct soap_style *s, const struct soap_mms *mms,
    const struct soap_moment *m, const char *operation, const char *identifier, struct buf *out);

enum { SOAP_URIS = 32 };
struct soap_uris {
	const char *text; /* the whole of the message's text; "" when there is none */
	const char *uri[SOAP_URIS];
	size_t n;
};
/* Read the answer to getMessageURIs; strings are in the arena. 0, or -1 and *v (LATER): it is a fault
 * or no such answer. */
int soap_uris_parse(struct arena *a, const char *bytes, size_t len, struct soap_uris *out,
    struct verdict *v);

#endif
