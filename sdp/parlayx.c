/*
 * parlayx.c - the driver for Parlay X platforms, SOAP over HTTP: its settings, its beginning and end.
 *
 * One request carries one recipient, so that each can fail alone. soap.c makes and reads the
 * documents, fault.c says what an error means; parlayx.h says where the rest is.
 */
#include "sdp/parlayx.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/conf.h"
#include "bridge/base/http.h"
#include "bridge/base/mem.h"
#include "bridge/base/url.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/transport.h"
#include "bridge/store/queue.h"
#include "sdp/drivers.h"
#include "sdp/fault.h"

enum { MAX_IDLE = 256 }; /* connections kept between requests; no operator allows more */

static const struct setting rows[] = {
	{ "sms_url", CONF_STRING, offsetof(struct parlayx, sms_url), NULL, NULL, NULL,
	    "The whole URL of the platform's SendSms service, http or https." },
	{ "version", CONF_CHOICE, offsetof(struct parlayx, style.version), "2_2", "2_1 2_2 3_1",
	    NULL, "The version of the SendSms interface, as in its namespace." },
	{ "mms_url", CONF_STRING, offsetof(struct parlayx, mms_url), "", NULL, NULL,
	    "The whole URL of the platform's SendMessage service; empty: no MMS is sent." },
	{ "mms_receive_url", CONF_STRING, offsetof(struct parlayx, mms_receive_url), "", NULL, NULL,
	    "The whole URL of its ReceiveMessage service, from which MMS of phones are fetched." },
	{ "mms_version", CONF_CHOICE, offsetof(struct parlayx, mms.version), "2_4", "2_4 3_1", NULL,
	    "The version of those two interfaces, as in their namespaces." },
	{ "mms_interface_name", CONF_STRING, offsetof(struct parlayx, mms.interface_name),
	    "MessageNotification", NULL, NULL, "What the platform wants as interfaceName in an MMS's "
	    "request for receipts." },
	{ "mms_encoding", CONF_CHOICE, offsetof(struct parlayx, mms_binary), "base64",
	    "base64 binary", NULL, "How an MMS's attachments are written." },
	{ "mms_fetch", CONF_CHOICE, offsetof(struct parlayx, mms_fetch), "message", "message uris",
	    NULL, "By which operation an MMS is fetched: getMessage, or getMessageURIs." },
	{ "mms_hosts", CONF_STRING, offsetof(struct parlayx, mms_hosts), "", NULL, NULL,
	    "With mms_fetch = uris: hosts, or HOST:PORT, from which parts may be fetched besides "
	    "mms_receive_url's own." },
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
	{ "sms_manager_url", CONF_STRING, offsetof(struct parlayx, sms_manager_url), "", NULL, NULL,
	    "The whole URL of the SmsNotificationManager, where we register; empty: we do not." },
	{ "mms_manager_url", CONF_STRING, offsetof(struct parlayx, mms_manager_url), "", NULL, NULL,
	    "The same of the MessageNotificationManager." },
	{ "service_numbers", CONF_STRING, offsetof(struct parlayx, service_numbers), "", NULL, NULL,
	    "The numbers to register for, as the platform wants them written; empty: sender." },
	{ "criteria", CONF_STRING, offsetof(struct parlayx, criteria), "", NULL, NULL,
	    "The first word of the texts to register for; empty: all texts." },
	{ "unregister", CONF_BOOL, offsetof(struct parlayx, unregister), "no", NULL, NULL,
	    "End the registrations when triviumd stops." },
	{ "receive_url", CONF_STRING, offsetof(struct parlayx, receive_url), "", NULL, NULL,
	    "The whole URL of the ReceiveSms service, to be asked for SMS of phones." },
	{ "registration", CONF_STRING, offsetof(struct parlayx, registration), "", NULL, NULL,
	    "The registrationIdentifier for that, given by the operator; empty: it is not asked." },
	{ "mms_registration", CONF_STRING, offsetof(struct parlayx, mms_registration), "", NULL,
	    NULL, "The same for asking mms_receive_url for MMS." },
	{ "poll", CONF_TIME, offsetof(struct parlayx, poll), "10 s", "10 ms", "1 d",
	    "How often they are asked." },
	{ "callback_id", CONF_STRING, offsetof(struct parlayx, callback_id), "", NULL, NULL,
	    "The spRevId that NotifySOAPHeader must name when callback_password_file is set; empty: "
	    "any." },
	{ "callback_password_file", CONF_SECRET, offsetof(struct parlayx, callback_password), "",
	    NULL, NULL, "The file whose first line is the password behind spRevpassword of "
	    "NotifySOAPHeader; empty: that is not looked at." },
	{ 0 },
};

static int
check_url(const char *key, const char *url, struct verdict *v)
{
	if (*url && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return never(v, "5.3.5", "%s must begin with http:// or https://", key);
	if (*url && !url_is(url, "http", "https"))
		return never(v, "5.3.5", "%s = \"%.200s\" is no URL", key, url);
	return 0;
}

static int
check(const struct parlayx *p, struct verdict *v)
{
	if (!*p->sms_url)
		return never(v, "5.3.5", "sms_url must begin with http:// or https://");
	if (check_url("sms_url", p->sms_url, v) < 0 || check_url("mms_url", p->mms_url, v) < 0 ||
	    check_url("mms_receive_url", p->mms_receive_url, v) < 0 ||
	    check_url("sms_manager_url", p->sms_manager_url, v) < 0 ||
	    check_url("mms_manager_url", p->mms_manager_url, v) < 0 ||
	    check_url("receive_url", p->receive_url, v) < 0 || check_url("callback", p->style.callback, v) < 0)
		return -1;
	if ((*p->sms_manager_url || *p->mms_manager_url) && !*p->style.callback)
		return never(v, "5.3.5", "sms_manager_url and mms_manager_url need callback");
	if (p->basic && !*p->style.username)
		return never(v, "5.3.5", "basic = yes needs username");
	return soap_check(&p->style, v);
}

static int
parlayx_open(struct transport *t, const struct section *section, struct verdict *v)
{
	struct parlayx *p = xcalloc(1, sizeof *p);

	section_fill(section, rows, p);
	section_fill(section, fit_rows, &p->fit);
	if (check(p, v) < 0 || !(p->faults = fault_table(p->errors, v))) {
		free(p);
		return -1;
	}
	t->sender = p->style.sender;
	t->carries = MSG_SMS | (*p->mms_url ? MSG_MMS : 0);
	p->http = http_new(t->loop, MAX_IDLE);
	p->fitter = fitter_new(t->loop);
	buf_init(&p->request, SOAP_MAX_REQUEST);
	p->in = parlayx_in_new();
	t->state = p;
	return done(v, "2.0.0", "ready");
}

static void
parlayx_start(struct transport *t)
{
	parlayx_register(t);
	parlayx_poll(t);
}

static bool
parlayx_quiet(struct transport *t)
{
	struct parlayx *p = t->state;

	p->quiet = true;
	return parlayx_unregister(t) && parlayx_polled(t);
}

static void
parlayx_close(struct transport *t)
{
	struct parlayx *p = t->state;

	p->closing = true;
	fitter_free(p->fitter);
	/* It calls on_sent() or on_asked() for what is under way, so every job gets its verdict. */
	http_free(p->http);
	parlayx_registrations_free(t);
	parlayx_polls_free(t);
	parlayx_in_free(p->in);
	buf_free(&p->request);
	fault_free(p->faults);
	free(p);
	t->state = NULL;
}

const struct transport_driver sdp_parlayx = {
	.name = "parlayx",
	.carries = MSG_SMS | MSG_MMS,
	.settings = rows,
	.open = parlayx_open,
	.send = parlayx_send,
	.ask = parlayx_ask,
	.start = parlayx_start,
	.called = parlayx_called,
	.inquire = parlayx_inquire,
	.quiet = parlayx_quiet,
	.close = parlayx_close,
};
