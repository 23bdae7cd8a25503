/*
 * parlayx.h - the driver for Parlay X among its own files: parlayx.c sends, parlayx_in.c takes what
 * the platform brings.
 */
#ifndef SDP_PARLAYX_H
#define SDP_PARLAYX_H

#include <stdbool.h>

#include "bridge/base/buf.h"
#include "sdp/soap.h"

struct faults;
struct http;
struct httpd_request;
struct parlayx_in;
struct report;
struct soap_message;
struct transport;
struct verdict;

/* One sdp section at work: its settings, and what is made of them. */
struct parlayx {
	const char *sms_url;
	struct soap_style style;
	bool basic;
	const char *ca_file;
	long timeout, connect_timeout; /* ms */
	const char *errors;
	int ask_by;
	const char *callback_id, *callback_password; /* of NotifySOAPHeader; "": not looked at */

	struct faults *faults;
	struct http *http;
	struct buf request; /* reused for each request, since http_send() copies it */
	struct parlayx_in *in;
};

/* For parlayx_in_free(). */
struct parlayx_in *parlayx_in_new(void);
/* Answers those who wait "later", and forgets them. Accepts NULL. */
void parlayx_in_free(struct parlayx_in *in);
/* The platform calls; see called() in transport.h. */
void parlayx_called(struct transport *t, struct httpd_request *r, const char *rest);

/*
 * Hand a message of a phone to the bridge. link: the platform's own identifiers of it, any text; ""
 * when it has none. on_taken as in receive.h; NEVER when its addresses are none.
 */
void parlayx_receive(struct transport *t, const struct soap_message *m, const char *link,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg);
/* What a delivery status says, into *r (is, dsn, code, text). The word is lent. */
void parlayx_status(const struct parlayx *p, const char *word, struct report *r);

#endif
