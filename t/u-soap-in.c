/*
 * u-soap-in.c - what platforms bring: each form in which calls have been seen, what is refused, the
 * answers byte for byte, and dates.
 */
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "sdp/soap_in.h"
#include "t/tap.h"

#define OPEN "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>"
#define CALL(ns, x) OPEN "<e:Body xmlns:n='" ns "'>" x "</e:Body></e:Envelope>"
#define SMS "http://www.csapi.org/schema/parlayx/sms/notification/v2_2/local"
#define MMS "http://www.csapi.org/schema/parlayx/multimedia_messaging/notification/v3_1/local"
#define FROM "<senderAddress>tel:+4915550100</senderAddress>"
#define TO "<smsServiceActivationNumber>tel:4711</smsServiceActivationNumber>"

static const struct {
	const char *name, *xml;
	struct soap_call want; /* NULL: "" */
} good[] = {
	{ "an SMS of Parlay X 2.2",
	    CALL(SMS, "<n:notifySmsReception><n:correlator>reg-1</n:correlator><n:message><message>INFO "
	    "please</message>" FROM TO "<dateTime>2024-05-01T10:30:00Z</dateTime></n:message>"
	    "</n:notifySmsReception>"),
	    { .is = SOAP_SMS_RECEPTION, .name = "notifySmsReception", .ns = SMS, .correlator = "reg-1",
	    .message = { .sender = "tel:+4915550100", .number = "tel:4711", .text = "INFO please",
	    .date = "2024-05-01T10:30:00Z" } } },
	{ "an SMS of 2.1, its correlator empty, all in the default namespace",
	    "<Envelope><Body><notifySmsReception xmlns='a:b'><correlator/><message><message> two\n"
	    "lines </message><senderAddress> 4915550100 </senderAddress><smsServiceActivationNumber>4711"
	    "</smsServiceActivationNumber></message></notifySmsReception></Body></Envelope>",
	    { .is = SOAP_SMS_RECEPTION, .name = "notifySmsReception", .ns = "a:b",
	    .message = { .sender = "4915550100", .number = "4711", .text = " two\nlines " } } },
	{ "an SMS without text, in no namespace",
	    "<Envelope><Header/><Body><notifySmsReception><message><message/>" FROM TO
	    "</message></notifySmsReception></Body></Envelope>",
	    { .is = SOAP_SMS_RECEPTION, .name = "notifySmsReception",
	    .message = { .sender = "tel:+4915550100", .number = "tel:4711" } } },
	{ "Huawei's header",
	    OPEN "<e:Header><h:NotifySOAPHeader xmlns:h='http://www.huawei.com.cn/schema/common/v2_1'>"
	    "<h:spRevId>r</h:spRevId><h:spRevpassword>AB</h:spRevpassword><h:spId>1</h:spId>"
	    "<h:timeStamp>20240501103000</h:timeStamp><h:linkid>7</h:linkid><h:traceUniqueID>t9"
	    "</h:traceUniqueID><h:OperatorID>1</h:OperatorID></h:NotifySOAPHeader></e:Header><e:Body>"
	    "<n:notifySmsReception xmlns:n='" SMS "'><n:correlator>c</n:correlator><n:message><message>x"
	    "</message>" FROM TO "</n:message></n:notifySmsReception></e:Body></e:Envelope>",
	    { .is = SOAP_SMS_RECEPTION, .name = "notifySmsReception", .ns = SMS, .correlator = "c",
	    .message = { .sender = "tel:+4915550100", .number = "tel:4711", .text = "x" },
	    .rev_id = "r", .rev_password = "AB", .time_stamp = "20240501103000", .link_id = "7",
	    .trace_id = "t9" } },
	{ "a receipt of an SMS",
	    CALL(SMS, "<n:notifySmsDeliveryReceipt><n:correlator>q7f3a1-0</n:correlator>"
	    "<n:deliveryStatus><address>tel:+4915550100</address><deliveryStatus>DeliveredToTerminal"
	    "</deliveryStatus></n:deliveryStatus></n:notifySmsDeliveryReceipt>"),
	    { .is = SOAP_SMS_RECEIPT, .name = "notifySmsDeliveryReceipt", .ns = SMS,
	    .correlator = "q7f3a1-0", .address = "tel:+4915550100", .status = "DeliveredToTerminal" } },
	{ "a receipt without an address, everything qualified",
	    CALL(SMS, "<n:notifySmsDeliveryReceipt><n:correlator>c</n:correlator><n:deliveryStatus>"
	    "<n:deliveryStatus>\nInsufficient_Balance\t</n:deliveryStatus></n:deliveryStatus>"
	    "</n:notifySmsDeliveryReceipt>"),
	    { .is = SOAP_SMS_RECEIPT, .name = "notifySmsDeliveryReceipt", .ns = SMS, .correlator = "c",
	    .status = "Insufficient_Balance" } },
	{ "an MMS is announced",
	    CALL(MMS, "<n:notifyMessageReception><n:correlator>reg-2</n:correlator><n:message>"
	    "<messageIdentifier>mm-0815</messageIdentifier><messageServiceActivationNumber>tel:4711"
	    "</messageServiceActivationNumber>" FROM "<subject>Look</subject><priority>Normal</priority>"
	    "<dateTime>2024-05-01T10:31:00Z</dateTime></n:message></n:notifyMessageReception>"),
	    { .is = SOAP_MESSAGE_RECEPTION, .name = "notifyMessageReception", .ns = MMS,
	    .correlator = "reg-2", .message = { .identifier = "mm-0815", .sender = "tel:+4915550100",
	    .number = "tel:4711", .subject = "Look", .date = "2024-05-01T10:31:00Z" } } },
	{ "an MMS of nothing but text",
	    CALL(MMS, "<n:notifyMessageReception><n:correlator>reg-2</n:correlator><n:message>"
	    "<messageServiceActivationNumber>tel:4711</messageServiceActivationNumber>" FROM
	    "<priority>Normal</priority><message>plain words</message></n:message>"
	    "</n:notifyMessageReception>"),
	    { .is = SOAP_MESSAGE_RECEPTION, .name = "notifyMessageReception", .ns = MMS,
	    .correlator = "reg-2", .message = { .sender = "tel:+4915550100", .number = "tel:4711",
	    .text = "plain words" } } },
	{ "a receipt of an MMS",
	    CALL(MMS, "<n:notifyMessageDeliveryReceipt><n:correlator>q7f3a1-2</n:correlator>"
	    "<n:deliveryStatus><address>4915550100</address><deliveryStatus>DeliveryImpossible"
	    "</deliveryStatus></n:deliveryStatus></n:notifyMessageDeliveryReceipt>"),
	    { .is = SOAP_MESSAGE_RECEIPT, .name = "notifyMessageDeliveryReceipt", .ns = MMS,
	    .correlator = "q7f3a1-2", .address = "4915550100", .status = "DeliveryImpossible" } },
};

static const struct {
	const char *xml;
	int is;
	const char *why; /* part of it */
} bad[] = {
	{ "", -1, "" },
	{ "from=1&to=2", -1, "" },
	{ "<Envelope><Body>", -1, "" },
	{ "<!DOCTYPE x><Envelope><Body/></Envelope>", -1, "" },
	{ "<Envelope/>", 0, "envelope" },
	{ "<html><body>hello</body></html>", 0, "envelope" },
	{ "<Envelope><Body/></Envelope>", 0, "empty" },
	{ CALL("x", "<n:syncOrderRelation/>"), 0, "\"syncOrderRelation\"" },
	{ CALL("x", "<n:notifySmsReceptionResponse/>"), 0, "no operation" },
	{ CALL("x", "<n:notifySmsReception/>"), 0, "message is missing" },
	{ CALL("x", "<n:notifySmsReception><n:message><message>x</message>" TO
	    "</n:message></n:notifySmsReception>"), 0, "senderAddress" },
	{ CALL("x", "<n:notifySmsReception><n:message><message>x</message>" FROM
	    "</n:message></n:notifySmsReception>"), 0, "activation number" },
	{ CALL("x", "<n:notifySmsDeliveryReceipt><n:correlator> </n:correlator><n:deliveryStatus>"
	    "<deliveryStatus>x</deliveryStatus></n:deliveryStatus></n:notifySmsDeliveryReceipt>"), 0,
	    "correlator" },
	{ CALL("x", "<n:notifySmsDeliveryReceipt><n:correlator>c</n:correlator>"
	    "</n:notifySmsDeliveryReceipt>"), 0, "deliveryStatus" },
	{ CALL("x", "<n:notifySmsDeliveryReceipt><n:correlator>c</n:correlator><n:deliveryStatus>"
	    "DeliveredToTerminal</n:deliveryStatus></n:notifySmsDeliveryReceipt>"), 0, "deliveryStatus" },
};

static const struct {
	const char *text, *want;
} dates[] = {
	{ "2024-05-01T10:30:00Z", "Wed, 1 May 2024 10:30:00 +0000" },
	{ "2024-05-01T10:30:00.123456Z", "Wed, 1 May 2024 10:30:00 +0000" },
	{ "2024-05-01T10:30:00", "Wed, 1 May 2024 10:30:00 -0000" },
	{ "2024-02-29T23:59:59+06:30", "Thu, 29 Feb 2024 23:59:59 +0630" },
	{ "2024-12-31T00:00:00.5-05:00", "Tue, 31 Dec 2024 00:00:00 -0500" },
	{ "", "" },
	{ "yesterday", "" },
	{ "2023-02-29T10:30:00Z", "" },
	{ "2024-05-01T24:30:00Z", "" },
	{ "2024-13-01T10:30:00Z", "" },
	{ "2024-00-01T10:30:00Z", "" },
	{ "2024-05-01T10:30:61Z", "" },
	{ "2024-05-01T10:30:00+15:00", "" },
	{ "2024-05-01T10:30:00+1", "" },
	{ "2024-05-01T10:30:00Z\r\nBcc: x@example.org", "" },
	{ "1969-05-01T10:30:00Z", "" },
	{ "2024-05-01T-1:-1:-1Z", "" },
};

static bool
same(const char *name, const char *what, const char *got, const char *want)
{
	char text[200];

	snprintf(text, sizeof text, "%s: %s", name, what);
	return is_str(got, want ? want : "", text);
}

static void
test_good(size_t i)
{
	struct arena *a = arena_new();
	const struct soap_call *w = &good[i].want;
	const char *n = good[i].name;
	struct soap_call c;
	struct verdict v;

	if (ok(soap_call_parse(a, good[i].xml, strlen(good[i].xml), &c, &v) == 1, "%s", n)) {
		ok(c.is == w->is, "%s: which it is", n);
		same(n, "name", c.name, w->name);
		same(n, "ns", c.ns, w->ns);
		same(n, "correlator", c.correlator, w->correlator);
		same(n, "identifier", c.message.identifier, w->message.identifier);
		same(n, "sender", c.message.sender, w->message.sender);
		same(n, "number", c.message.number, w->message.number);
		same(n, "subject", c.message.subject, w->message.subject);
		same(n, "text", c.message.text, w->message.text);
		same(n, "date", c.message.date, w->message.date);
		same(n, "address", c.address, w->address);
		same(n, "status", c.status, w->status);
		same(n, "rev_id", c.rev_id, w->rev_id);
		same(n, "rev_password", c.rev_password, w->rev_password);
		same(n, "time_stamp", c.time_stamp, w->time_stamp);
		same(n, "link_id", c.link_id, w->link_id);
		same(n, "trace_id", c.trace_id, w->trace_id);
	}
	arena_free(a);
}

static void
test_bad(size_t i)
{
	struct arena *a = arena_new();
	struct soap_call c;
	struct verdict v;
	int is = soap_call_parse(a, bad[i].xml, strlen(bad[i].xml), &c, &v);

	ok(is == bad[i].is && v.is == NEVER && strstr(v.text, bad[i].why),
	    "bad %zu is %d: \"%s\"", i, is, v.text);
	arena_free(a);
}

static void
test_answers(void)
{
	struct soap_call c = { .name = "notifySmsReception", .ns = SMS };
	struct buf out;

	buf_init(&out, 4096);
	soap_call_answer(&c, &out);
	is_str(buf_str(&out), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<e:Envelope xmlns:e=\"http://"
	    "schemas.xmlsoap.org/soap/envelope/\"><e:Body><n:notifySmsReceptionResponse xmlns:n=\"" SMS
	    "\"/></e:Body></e:Envelope>\n", "the answer, in the namespace that came");
	buf_reset(&out);
	c.ns = "";
	soap_call_answer(&c, &out);
	ok(strstr(buf_str(&out), "<notifySmsReceptionResponse/>") != NULL, "or in none");
	buf_reset(&out);
	soap_call_fault("Client", "<wrong> & so on", &out);
	ok(strstr(buf_str(&out), "<e:Fault><faultcode>e:Client</faultcode><faultstring>&lt;wrong&gt; "
	    "&amp; so on</faultstring></e:Fault>") != NULL, "a fault");
	buf_free(&out);
}

int
main(void)
{
	char date[SOAP_DATE];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		test_good(i);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		test_bad(i);
	test_answers();
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		bool is = soap_date(dates[i].text, date);

		ok(strcmp(date, dates[i].want) == 0 && is == (*dates[i].want != '\0'),
		    "date %zu as a Date field: \"%s\"", i, date);
	}
	return tap_done();
}
