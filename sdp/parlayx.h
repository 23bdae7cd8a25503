/*
 * parlayx.h - the driver for Parlay X among its own files: parlayx.c has the settings, parlayx_out.c
 * sends and asks, parlayx_mms.c makes an MMS's content, parlayx_in.c takes what the platform brings,
 * parlayx_fetch.c fetches what it announces, parlayx_manage.c registers for it, parlayx_poll.c asks.
 */
#ifndef SDP_PARLAYX_H
#define SDP_PARLAYX_H

#include <stdbool.h>

#include "bridge/base/buf.h"
#include "bridge/flow/fit.h"
#include "bridge/message/swa.h"
#include "sdp/soap.h"
#include "sdp/soap_mms.h"

struct faults;
struct http;
struct http_answer;
struct httpd_request;
struct job;
struct msg;
struct parlayx_in;
struct parlayx_poll;
struct parlayx_registration;
struct report;
struct soap_message;
struct transport;
struct verdict;

/* One sdp section at work: its settings, and what is made of them. */
struct parlayx {
	const char *sms_url;
	const char *mms_url, *mms_receive_url; /* "": no MMS that way */
	struct soap_style style;
	struct soap_mms mms;
	struct fit_limits fit; /* of an MMS that goes out */
	struct fitter *fitter;
	int mms_binary; /* 1: attachments as they are, 0: in base64 */
	int mms_fetch;	/* enum parlayx_fetch */
	const char *mms_hosts;
	bool basic;
	const char *ca_file;
	long timeout, connect_timeout; /* ms */
	const char *errors;
	int ask_by;
	const char *sms_manager_url, *mms_manager_url, *service_numbers, *criteria;
	bool unregister; /* registrations end when we do */
	const char *receive_url, *registration, *mms_registration;
	long poll; /* ms */
	const char *callback_id, *callback_password; /* of NotifySOAPHeader; "": not looked at */

	struct faults *faults;
	struct http *http;
	struct buf request; /* reused for each request, since http_send() copies it */
	struct parlayx_in *in;
	unsigned fetching; /* MMS, at the moment */
	struct parlayx_registration *registrations;
	struct parlayx_poll *polls;
	bool quiet;   /* nothing new is wanted from the platform */
	bool closing; /* what libcurl still says is of no interest */
};

enum parlayx_fetch { FETCH_MESSAGE, FETCH_URIS };

/* POST a body; on_answer as in http.h. */
void parlayx_post(struct parlayx *p, const char *url, const char *content_type, const struct buf *body,
    size_t max_answer, void (*on_answer)(void *arg, const struct http_answer *a), void *arg);
/* POST what stands in p->request. */
void parlayx_post_xml(struct parlayx *p, const char *url,
    void (*on_answer)(void *arg, const struct http_answer *a), void *arg);

/* As in transport.h. */
void parlayx_send(struct transport *t, struct job *job, const char *text);
void parlayx_ask(struct transport *t, struct job *job);
void parlayx_inquire(struct transport *t, const struct job *job);

/* Append an MMS that says what m says to out: the envelope, a presentation, text and media; the HTTP
 * field Content-Type. 0, or -1 and *v (NEVER 5.3.4: it is larger than the operator takes). */
int parlayx_mms_write(const struct parlayx *p, const struct msg *m, const struct buf *envelope,
    struct buf *out, char content_type[SWA_TYPE], struct verdict *v);

/*
 * Fetch the content of a message that was announced and add it to m (lent until then): its texts to
 * the text, its media as parts in the order of its presentation. Calls on_fetched(arg, v) once, now
 * or later: DONE, LATER (it cannot be had now), NEVER.
 */
void parlayx_fetch(struct transport *t, const struct soap_message *s, struct msg *m,
    void (*on_fetched)(void *arg, const struct verdict *v), void *arg);

/* Tell the platform's managers that we want what phones write, where they are set. */
void parlayx_register(struct transport *t);
/* Tell them that we do not any more, where that is set; whether that is over. */
bool parlayx_unregister(struct transport *t);
/* To be called when nothing is under way any more. */
void parlayx_registrations_free(struct transport *t);

/* Begin to ask for what phones write, where that is set. */
void parlayx_poll(struct transport *t);
/* Is all on the disk that was fetched? */
bool parlayx_polled(const struct transport *t);
/* As parlayx_registrations_free(). */
void parlayx_polls_free(struct transport *t);

/* For parlayx_in_free(). */
struct parlayx_in *parlayx_in_new(void);
/* Answers those who wait "later", and forgets them. Accepts NULL. */
void parlayx_in_free(struct parlayx_in *in);
/* The platform calls; see called() in transport.h. */
void parlayx_called(struct transport *t, struct httpd_request *r, const char *rest);

/*
 * Hand a message of a phone to the bridge; its content is fetched first when it is not in it. link: the platform's own identifiers of it, any text; ""
 * when it has none. on_taken as in receive.h; NEVER when its addresses are none.
 */
void parlayx_receive(struct transport *t, const struct soap_message *m, const char *link,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg);
/* What a delivery status says, into *r (is, dsn, code, text). The word is lent. */
void parlayx_status(const struct parlayx *p, const char *word, struct report *r);

#endif
