/*
 * parlayx.c - the driver for Parlay X platforms: its settings, and SMS out by SOAP over HTTP.
 *
 * One request carries one recipient, so that each can fail alone. soap.c makes and reads the
 * documents, fault.c says what an error means; here stand the settings and the exchange.
 */
#include "sdp/parlayx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/conf.h"
#include "bridge/base/http.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/transport.h"
#include "bridge/store/queue.h"
#include "sdp/drivers.h"
#include "sdp/fault.h"

enum {
	MAX_IDLE = 256,		 /* connections kept between requests; no operator allows more */
	MAX_WAIT = 24 * 60 * 60, /* seconds: no platform may silence us longer by Retry-After */
	SAID = SOAP_ID + SOAP_TEXT + 2, /* what the other side said */
};

enum { ASK_NONE, ASK_CORRELATOR };

/* One exchange under way. */
struct call {
	struct transport *t;
	struct job *job;
	bool receipt; /* the request asks for a receipt */
	char text[];  /* to send it again without; "" when asking */
};

static const struct setting rows[] = {
	{ "sms_url", CONF_STRING, offsetof(struct parlayx, sms_url), NULL, NULL, NULL,
	    "The whole URL of the platform's SendSms service, http or https." },
	{ "version", CONF_CHOICE, offsetof(struct parlayx, style.version), "2_2", "2_1 2_2 3_1",
	    NULL, "The version of the SendSms interface, as in its namespace." },
	{ "header", CONF_CHOICE, offsetof(struct parlayx, style.header), "none", "none huawei wsse",
	    NULL, "The SOAP header by which the platform knows us: none, Huawei's "
	    "RequestSOAPHeader, or a WS-Security UsernameToken." },
	{ "username", CONF_STRING, offsetof(struct parlayx, style.username), "", NULL, NULL,
	    "The user name for header = wsse and for basic." },
	{ "password_file", CONF_SECRET, offsetof(struct parlayx, style.password), "", NULL, NULL,
	    "The file whose first line is the password for header and for basic." },
	{ "basic", CONF_BOOL, offsetof(struct parlayx, basic), "no", NULL, NULL,
	    "Send username and password by HTTP Basic, too." },
	{ "spid", CONF_STRING, offsetof(struct parlayx, style.spid), "", NULL, NULL,
	    "The service provider's identifier, spId of header = huawei." },
	{ "service_id", CONF_STRING, offsetof(struct parlayx, style.service_id), "", NULL, NULL,
	    "The service's identifier, serviceId of header = huawei; empty: left out." },
	{ "huawei_password", CONF_CHOICE, offsetof(struct parlayx, style.huawei_password), "digest",
	    "digest static none", NULL, "What spPassword holds: the MD5 of spid, password and "
	    "time, the MD5 of the password alone, or nothing." },
	{ "huawei_case", CONF_CHOICE, offsetof(struct parlayx, style.huawei_upper), "lower",
	    "lower upper", NULL, "The letter case of the digits in spPassword." },
	{ "time_zone", CONF_CHOICE, offsetof(struct parlayx, style.local_time), "utc", "utc local",
	    NULL, "The zone of timeStamp in header = huawei: UTC, or this machine's." },
	{ "oa", CONF_BOOL, offsetof(struct parlayx, style.oa), "no", NULL, NULL,
	    "Name the recipient in OA of header = huawei." },
	{ "fa", CONF_STRING, offsetof(struct parlayx, style.fa), "", NULL, NULL,
	    "Who pays, FA of header = huawei: an address as the platform wants it, or "
	    "\"recipient\"; empty: left out." },
	{ "sender", CONF_STRING, offsetof(struct parlayx, style.sender), "", NULL, NULL,
	    "What the phone shows as sender, as the platform wants it written (senderName); empty: "
	    "the platform decides." },
	{ "address_form", CONF_CHOICE, offsetof(struct parlayx, style.address_form), "plus",
	    "plus tel bare", NULL, "How numbers are written: tel:+254700000001, "
	    "tel:254700000001, or 254700000001." },
	{ "callback", CONF_STRING, offsetof(struct parlayx, style.callback), "", NULL, NULL,
	    "The URL to which the platform brings delivery receipts; empty: none are wanted." },
	{ "interface_name", CONF_STRING, offsetof(struct parlayx, style.interface_name),
	    "SmsNotification", NULL, NULL, "What the platform wants as interfaceName in a request "
	    "for receipts." },
	{ "ca_file", CONF_STRING, offsetof(struct parlayx, ca_file), "", NULL, NULL,
	    "A file of certificates to trust instead of the system's." },
	{ "timeout", CONF_TIME, offsetof(struct parlayx, timeout), "30 s", "1 s", "10m",
	    "How long one request may take until its outcome counts as unknown." },
	{ "connect_timeout", CONF_TIME, offsetof(struct parlayx, connect_timeout), "10 s", "100ms",
	    "2m", "How long connecting may take." },
	{ "errors", CONF_STRING, offsetof(struct parlayx, errors), "", NULL, NULL,
	    "A file that says what this platform's errors mean, over the built-in table." },
	{ "ask_by", CONF_CHOICE, offsetof(struct parlayx, ask_by), "none", "none correlator", NULL,
	    "How to ask for a message of unknown outcome: not at all, or by getSmsDeliveryStatus "
	    "with our correlator, where the platform allows that (the standard does not)." },
	{ "callback_id", CONF_STRING, offsetof(struct parlayx, callback_id), "", NULL, NULL,
	    "The spRevId that NotifySOAPHeader must name when callback_password_file is set; empty: "
	    "any." },
	{ "callback_password_file", CONF_SECRET, offsetof(struct parlayx, callback_password), "",
	    NULL, NULL, "The file whose first line is the password behind spRevpassword of "
	    "NotifySOAPHeader; empty: that is not looked at." },
	{ 0 },
};

static int
check(const struct parlayx *p, struct verdict *v)
{
	if (strncmp(p->sms_url, "http://", 7) != 0 && strncmp(p->sms_url, "https://", 8) != 0)
		return never(v, "5.3.5", "sms_url must begin with http:// or https://");
	if (p->basic && !*p->style.username)
		return never(v, "5.3.5", "basic = yes needs username");
	return soap_check(&p->style, v);
}

static int
parlayx_open(struct transport *t, const struct section *section, struct verdict *v)
{
	struct parlayx *p = xcalloc(1, sizeof *p);

	section_fill(section, rows, p);
	if (check(p, v) < 0 || !(p->faults = fault_table(p->errors, v))) {
		free(p);
		return -1;
	}
	t->sender = p->style.sender;
	p->http = http_new(t->loop, MAX_IDLE);
	buf_init(&p->request, SOAP_MAX_REQUEST);
	p->in = parlayx_in_new();
	t->state = p;
	return done(v, "2.0.0", "ready");
}

/* POST what stands in p->request. */
static void
post(struct parlayx *p, struct call *c, void (*on_answer)(void *, const struct http_answer *))
{
	static const char *const headers[] = { "SOAPAction: \"\"", NULL };
	const struct http_request r = {
		.url = p->sms_url,
		.content_type = "text/xml; charset=utf-8",
		.headers = headers,
		.body = buf_str(&p->request),
		.len = p->request.len,
		.username = p->basic ? p->style.username : NULL,
		.password = p->basic ? p->style.password : NULL,
		.ca_file = p->ca_file,
		.timeout_ms = p->timeout,
		.connect_timeout_ms = p->connect_timeout,
		.max_answer = SOAP_MAX_ANSWER,
	};

	http_send(p->http, &r, on_answer, c);
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
		soap_parse(h->body, h->len, "sendSms", &a);
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

/* Make the request and start the exchange, with a new time and nonce each time. */
static void
send_call(struct call *c)
{
	struct parlayx *p = c->t->state;
	struct soap_moment now;
	struct verdict v;

	soap_moment_now(&p->style, &now);
	buf_reset(&p->request);
	if (soap_send_sms(&p->style, &now, job_rcpt(c->job)->to, c->text,
	    c->receipt ? c->job->correlator : NULL, &p->request) < 0) {
		never(&v, "5.3.4", "the text is too long for a request");
		call_end(c, &v, NULL);
		return;
	}
	post(p, c, on_sent);
}

static void
parlayx_send(struct transport *t, struct job *job, const char *text)
{
	const struct parlayx *p = t->state;
	struct call *c = call_new(t, job, text);

	c->receipt = *p->style.callback != '\0';
	send_call(c);
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

static void
parlayx_ask(struct transport *t, struct job *job)
{
	struct parlayx *p = t->state;
	struct soap_moment now;
	struct verdict v;
	struct call *c;

	if (p->ask_by == ASK_NONE) {
		unknown(&v, "4.4.2", "the platform cannot be asked");
		finish(t, job, &v, NULL);
		return;
	}
	soap_moment_now(&p->style, &now);
	buf_reset(&p->request);
	soap_get_status(&p->style, &now, job_rcpt(job)->to, job->correlator, &p->request);
	c = call_new(t, job, "");
	c->receipt = *p->style.callback != '\0'; /* as it was sent */
	post(p, c, on_asked);
}

static void
parlayx_close(struct transport *t)
{
	struct parlayx *p = t->state;

	/* It calls on_sent() or on_asked() for what is under way, so every job gets its verdict. */
	http_free(p->http);
	parlayx_in_free(p->in);
	buf_free(&p->request);
	fault_free(p->faults);
	free(p);
	t->state = NULL;
}

const struct transport_driver sdp_parlayx = {
	.name = "parlayx",
	.carries = MSG_SMS,
	.settings = rows,
	.open = parlayx_open,
	.send = parlayx_send,
	.ask = parlayx_ask,
	.called = parlayx_called,
	.close = parlayx_close,
};
