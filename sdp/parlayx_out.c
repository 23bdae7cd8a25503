/*
 * parlayx_out.c - requests to a Parlay X platform: messages, and questions about them.
 *
 * A message goes by sendSms, or by sendMessage when it is an MMS; that makes no difference to what
 * its answer means.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/http.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/fit.h"
#include "bridge/flow/left.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"
#include "bridge/store/report.h"
#include "sdp/fault.h"
#include "sdp/parlayx.h"

enum {
	MAX_WAIT = 24 * 60 * 60, /* seconds: no platform may silence us longer by Retry-After */
	SAID = SOAP_ID + SOAP_TEXT + 2, /* what the other side said */
	SENDER = 64,
	MAX_BODY = 16 << 20, /* of an MMS in base64: MSG_MAX_MEDIA and a third more */
};

enum { ASK_NONE, ASK_CORRELATOR }; /* ask_by */

/* One exchange about a job under way. */
struct call {
	struct transport *t;
	struct job *job;
	bool mms;
	bool receipt; /* the request asks for a receipt */
	struct msg *fitted; /* what goes as MMS; NULL: the job's own */
	char text[];  /* to send it again without; "" when asking */
};

void
parlayx_post(struct parlayx *p, const char *url, const char *content_type, const struct buf *body,
    size_t max_answer, void (*on_answer)(void *, const struct http_answer *), void *arg)
{
	static const char *const headers[] = { "SOAPAction: \"\"", NULL };
	const struct http_request r = {
		.url = url,
		.content_type = content_type,
		.headers = headers,
		.body = buf_str(body),
		.len = body->len,
		.username = p->basic ? p->style.username : NULL,
		.password = p->basic ? p->style.password : NULL,
		.ca_file = p->ca_file,
		.timeout_ms = p->timeout,
		.connect_timeout_ms = p->connect_timeout,
		.max_answer = max_answer,
	};

	http_send(p->http, &r, on_answer, arg);
}

void
parlayx_post_xml(struct parlayx *p, const char *url,
    void (*on_answer)(void *, const struct http_answer *), void *arg)
{
	parlayx_post(p, url, "text/xml; charset=utf-8", &p->request, SOAP_MAX_ANSWER, on_answer, arg);
}

static struct call *
call_new(struct transport *t, struct job *job, const char *text)
{
	size_t len = strlen(text);
	struct call *c = xcalloc(1, sizeof *c + len + 1);

	c->t = t;
	c->job = job;
	memcpy(c->text, text, len);
	return c;
}

static void
call_end(struct call *c, const struct verdict *v, const char *request)
{
	struct transport *t = c->t;
	struct job *job = c->job;

	job->awaits = c->receipt;
	msg_free(c->fitted);
	free(c);
	finish(t, job, v, request);
}

/* The key in the table of faults for an exchange that ended so; NULL: the answer must be read. */
static const char *
key_of_end(enum http_end end)
{
	switch (end) {
	case HTTP_ANSWERED:
		return NULL;
	case HTTP_UNSENT:
		return "connect";
	case HTTP_TLS:
		return "tls";
	case HTTP_LOST:
		return "lost";
	case HTTP_TIMEOUT:
		return "timeout";
	case HTTP_TOO_LONG:
		break;
	}
	return "toolong";
}

/* A fault without an id says less than a status such as 401 or 503, but more than a bare 500. */
static bool
status_says_more(const struct soap_answer *a, int status)
{
	if (a->kind == SOAP_FAULT)
		return !a->has_id && status != 200 && status != 500;
	return status < 200 || status > 299;
}

/* The row for an answer that is no success, and in `said` the other side's words. */
static const struct fault *
judge(const struct parlayx *p, const struct http_answer *h, const struct soap_answer *a,
    char said[SAID])
{
	char status[24];

	snprintf(status, sizeof status, "http/%d", h->status);
	if (status_says_more(a, h->status)) {
		snprintf(said, SAID, "HTTP status %d", h->status);
		return fault_find(p->faults, status, NULL);
	}
	switch (a->kind) {
	case SOAP_FAULT:
		snprintf(said, SAID, "%s%s%s", a->has_id ? a->id : "",
		    a->has_id && *a->text ? ": " : "", a->text);
		return fault_find(p->faults, a->id, a->variable);
	case SOAP_RESULT:
		*said = '\0';
		return fault_find(p->faults, "empty", NULL);
	case SOAP_OTHER:
		break;
	}
	snprintf(said, SAID, "%s", a->text);
	return fault_find(p->faults, "garbage", NULL);
}

/* Retry-After, when the platform gave one and there will be another try. */
static void
obey_retry_after(const struct http_answer *h, struct verdict *v)
{
	if (v->is != LATER || h->retry_after <= 0)
		return;
	v->after_s = h->retry_after < MAX_WAIT ? h->retry_after : MAX_WAIT;
}

static void send_call(struct call *c);

static void
on_sent(void *arg, const struct http_answer *h)
{
	struct call *c = arg;
	const struct parlayx *p = c->t->state;
	const char *key = key_of_end(h->end);
	const struct fault *f;
	struct soap_answer a = { .kind = SOAP_OTHER };
	char said[SAID];
	struct verdict v;

	if (!key)
		soap_parse(h->body, h->len, c->mms ? "sendMessage" : "sendSms", &a);
	if (a.kind == SOAP_RESULT && a.has_id && h->status >= 200 && h->status <= 299) {
		done(&v, "2.0.0", "request %s", *a.id ? a.id : "without an identifier to keep");
		call_end(c, &v, *a.id ? a.id : NULL);
		return;
	}
	if (key) {
		snprintf(said, sizeof said, "%s", h->error);
		f = fault_find(p->faults, key, NULL);
	} else {
		f = judge(p, h, &a, said);
	}
	if (f->class == FAULT_NORECEIPT && c->receipt) {
		log_event(c->job->msg->id, "transport=%s, sent again without receiptRequest (%s)",
		    c->t->name, said);
		c->receipt = false;
		send_call(c);
		return;
	}
	fault_verdict(f, c->job->again, said, &v);
	obey_retry_after(h, &v);
	call_end(c, &v, NULL);
}

/* What the phone shows as sender: the number of its conversation, written as ours is. */
static const char *
sender_of(const struct parlayx *p, const struct job *job, char out[SENDER])
{
	const char *own = p->style.sender, *number = job_rcpt(job)->sender;

	if (!number)
		return own;
	/* "tel:+", "tel:", "+" or nothing stands before its digits. */
	snprintf(out, SENDER, "%.*s%s", (int)strcspn(own, "0123456789"), own, number);
	return out;
}

/* Start the exchange for an MMS. */
static void
send_mms(struct call *c, const struct soap_style *style, const struct soap_moment *now)
{
	struct parlayx *p = c->t->state;
	char type[SWA_TYPE];
	struct buf body;
	struct verdict v;

	buf_init(&body, MAX_BODY);
	if (soap_send_message(style, &p->mms, now, job_rcpt(c->job)->to, c->job->msg->subject,
	    c->receipt ? c->job->correlator : NULL, &p->request) < 0 ||
	    parlayx_mms_write(p, c->fitted ? c->fitted : c->job->msg, &p->request, &body, type, &v) < 0)
		call_end(c, &v, NULL);
	else
		parlayx_post(p, p->mms_url, type, &body, SOAP_MAX_ANSWER, on_sent, c);
	buf_free(&body);
}

/* Make the request and start the exchange, with a new time and nonce each time. */
static void
send_call(struct call *c)
{
	struct parlayx *p = c->t->state;
	struct soap_style style = p->style;
	struct soap_moment now;
	char sender[SENDER];
	struct verdict v;

	style.sender = sender_of(p, c->job, sender);
	soap_moment_now(&p->style, &now);
	buf_reset(&p->request);
	if (c->mms) {
		send_mms(c, &style, &now);
	} else if (soap_send_sms(&style, &now, job_rcpt(c->job)->to, c->text,
	    c->receipt ? c->job->correlator : NULL, &p->request) < 0) {
		never(&v, "5.3.4", "the text is too long for a request");
		call_end(c, &v, NULL);
	} else {
		parlayx_post_xml(p, p->sms_url, on_sent, c);
	}
}

/* Does it go as MMS? What may go by content goes by SMS when there is nothing else to show. */
static bool
is_mms(const struct parlayx *p, const struct job *job)
{
	enum msg_how how = job_rcpt(job)->how;

	return how == MSG_MMS || (how == MSG_PHONE && job->msg->nparts > 0 && *p->mms_url);
}

static void
on_fitted(void *arg, struct msg *fitted, const struct verdict *v)
{
	struct call *c = arg;

	c->fitted = fitted;
	if (fitted) {
		left_at_send(c->job, fitted->left);
		send_call(c);
	} else {
		call_end(c, v, NULL);
	}
}

void
parlayx_send(struct transport *t, struct job *job, const char *text)
{
	const struct parlayx *p = t->state;
	struct call *c = call_new(t, job, text);
	struct verdict v;

	c->mms = is_mms(p, job);
	c->receipt = *p->style.callback != '\0';
	if (c->mms && *p->mms_url && job->msg->nparts) {
		fit_start(p->fitter, job->msg, &p->fit, on_fitted, c);
		return;
	}
	if (!c->mms || *p->mms_url) {
		send_call(c);
		return;
	}
	never(&v, "5.3.3", "this platform takes no MMS");
	call_end(c, &v, NULL);
}

static void
on_asked(void *arg, const struct http_answer *h)
{
	struct call *c = arg;
	struct soap_answer a = { .kind = SOAP_OTHER };
	struct verdict v;

	if (h->end == HTTP_ANSWERED)
		soap_parse(h->body, h->len, "getSmsDeliveryStatus", &a);
	if (a.kind == SOAP_RESULT && h->status == 200 && a.count)
		done(&v, "2.0.0", "the platform has it: %s", a.text);
	else if (a.kind == SOAP_RESULT && h->status == 200)
		later(&v, "4.4.2", "the platform has not taken it");
	else if (a.kind == SOAP_FAULT && strcasecmp(a.id, "SVC0002") == 0)
		later(&v, "4.4.2", "the platform does not know it (%s)", a.text);
	else
		unknown(&v, "4.4.2", "the platform could not say whether it has it (%s)",
		    *h->error ? h->error : a.text);
	call_end(c, &v, NULL);
}

/* The question about a message, in p->request; which is a request's identifier, or a correlator. */
static const char *
write_question(struct parlayx *p, const struct job *job, bool mms, const char *which)
{
	struct soap_moment now;

	soap_moment_now(&p->style, &now);
	buf_reset(&p->request);
	if (mms)
		soap_get_message_status(&p->style, &p->mms, &now, job_rcpt(job)->to, which,
		    &p->request);
	else
		soap_get_status(&p->style, &now, job_rcpt(job)->to, which, &p->request);
	return mms ? p->mms_url : p->sms_url;
}

void
parlayx_ask(struct transport *t, struct job *job)
{
	struct parlayx *p = t->state;
	struct call *c;
	struct verdict v;

	if (p->ask_by == ASK_NONE) {
		unknown(&v, "4.4.2", "the platform cannot be asked");
		finish(t, job, &v, NULL);
		return;
	}
	c = call_new(t, job, "");
	c->mms = is_mms(p, job);
	c->receipt = *p->style.callback != '\0'; /* as it was sent */
	parlayx_post_xml(p, write_question(p, job, c->mms, job->correlator), on_asked, c);
}

/* Asking for what has not been reported. */

struct inquiry {
	struct transport *t;
	bool mms;
	char *correlator, *address;
};

static void
on_kept(void *arg, const struct verdict *v)
{
	(void)arg; /* what could not be kept is asked for again */
	(void)v;
}

static void
on_inquired(void *arg, const struct http_answer *h)
{
	struct inquiry *q = arg;
	struct soap_answer a = { .kind = SOAP_OTHER };
	struct report r = { .correlator = q->correlator, .address = q->address };

	if (h->end == HTTP_ANSWERED && h->status == 200)
		soap_parse(h->body, h->len, q->mms ? "getMessageDeliveryStatus" :
		    "getSmsDeliveryStatus", &a);
	if (a.kind == SOAP_RESULT && a.count && *a.text) {
		parlayx_status(q->t->state, a.text, &r);
		receive_report(q->t->receive, q->t, &r, on_kept, NULL);
	}
	free(q->correlator);
	free(q->address);
	free(q);
}

void
parlayx_inquire(struct transport *t, const struct job *job)
{
	struct parlayx *p = t->state;
	struct inquiry *q;

	if (!job->request)
		return;
	q = xcalloc(1, sizeof *q);
	q->t = t;
	q->mms = is_mms(p, job);
	q->correlator = xstrdup(job->correlator);
	q->address = xstrdup(job_rcpt(job)->to);
	parlayx_post_xml(p, write_question(p, job, q->mms, job->request), on_inquired, q);
}
