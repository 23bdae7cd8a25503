/*
 * u-soap.c - the documents of Parlay X: what is sent, byte for byte, and what is read from answers
 * in all the forms that platforms have been seen to use.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "sdp/soap.h"
#include "t/tap.h"

#define TO "tel:+4915550100"
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
    "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:p=\"http://www.csapi.org" \
    "/schema/parlayx/sms/send/"
#define RECEIPT "<p:receiptRequest><endpoint>http://192.0.2.10:8080/sdp/sms</endpoint>" \
    "<interfaceName>SmsNotification</interfaceName><correlator>Q7F3A1</correlator></p:receiptRequest>"

/* 2024-05-01T10:30:00Z, the time of the published examples. */
static const struct soap_moment moment = { .now = 1714559400,
	.nonce = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255 } };

static const struct {
	const char *name;
	struct soap_style style;
	const char *text, *correlator, *want;
} sent[] = {
	{ "the smallest request", { .version = SOAP_2_2 }, "Lunch is at noon", "Q7F3A1",
	    HEAD "v2_2/local\"><e:Body><p:sendSms><p:addresses>tel:+4915550100</p:addresses>"
	    "<p:message>Lunch is at noon</p:message></p:sendSms></e:Body></e:Envelope>\n" },
	{ "all elements: children qualified, theirs not",
	    { .version = SOAP_2_1, .sender = "tel:4711",
	    .callback = "http://192.0.2.10:8080/sdp/sms" }, "Fish & chips <today>", "Q7F3A1",
	    HEAD "v2_1/local\"><e:Body><p:sendSms><p:addresses>tel:+4915550100</p:addresses>"
	    "<p:senderName>tel:4711</p:senderName><p:message>Fish &amp; chips &lt;today&gt;</p:message>"
	    RECEIPT "</p:sendSms></e:Body></e:Envelope>\n" },
	{ "no receipt when none is wanted",
	    { .version = SOAP_3_1, .callback = "http://192.0.2.10:8080/sdp/sms" }, "x", NULL,
	    HEAD "v3_1/local\"><e:Body><p:sendSms><p:addresses>tel:+4915550100</p:addresses>"
	    "<p:message>x</p:message></p:sendSms></e:Body></e:Envelope>\n" },
	{ "Huawei's header, with the published digest, and numbers without plus",
	    { .version = SOAP_2_2, .header = SOAP_HUAWEI, .spid = "900100",
	    .password = "demo-word", .service_id = "9001002000001", .oa = true, .fa = "recipient",
	    .address_form = SOAP_TEL }, "x", NULL,
	    HEAD "v2_2/local\"><e:Header>"
	    "<h:RequestSOAPHeader xmlns:h=\"http://www.huawei.com.cn/schema/common/v2_1\">"
	    "<h:spId>900100</h:spId><h:spPassword>9e49a80cf50a8ed2bbd4a8cc2fd470d8</h:spPassword>"
	    "<h:serviceId>9001002000001</h:serviceId><h:timeStamp>20240501103000</h:timeStamp>"
	    "<h:OA>tel:4915550100</h:OA><h:FA>tel:4915550100</h:FA></h:RequestSOAPHeader></e:Header>"
	    "<e:Body><p:sendSms><p:addresses>tel:4915550100</p:addresses><p:message>x</p:message>"
	    "</p:sendSms></e:Body></e:Envelope>\n" },
	{ "Huawei's header: MD5 of the password alone, upper case; who pays is fixed; bare numbers",
	    { .version = SOAP_2_2, .header = SOAP_HUAWEI, .spid = "1", .password = "password",
	    .huawei_password = SOAP_STATIC, .huawei_upper = 1, .fa = "tel:4711",
	    .address_form = SOAP_BARE }, "x", NULL,
	    HEAD "v2_2/local\"><e:Header>"
	    "<h:RequestSOAPHeader xmlns:h=\"http://www.huawei.com.cn/schema/common/v2_1\">"
	    "<h:spId>1</h:spId><h:spPassword>5F4DCC3B5AA765D61D8327DEB882CF99</h:spPassword>"
	    "<h:timeStamp>20240501103000</h:timeStamp><h:FA>tel:4711</h:FA></h:RequestSOAPHeader>"
	    "</e:Header><e:Body><p:sendSms><p:addresses>4915550100</p:addresses>"
	    "<p:message>x</p:message></p:sendSms></e:Body></e:Envelope>\n" },
	{ "Huawei's header: no password; time of the machine's zone (here UTC+7)",
	    { .version = SOAP_2_2, .header = SOAP_HUAWEI, .spid = "1", .password = "password",
	    .huawei_password = SOAP_NO_PASSWORD, .local_time = 1 }, "x", NULL,
	    HEAD "v2_2/local\"><e:Header>"
	    "<h:RequestSOAPHeader xmlns:h=\"http://www.huawei.com.cn/schema/common/v2_1\">"
	    "<h:spId>1</h:spId><h:timeStamp>20240501173000</h:timeStamp></h:RequestSOAPHeader>"
	    "</e:Header><e:Body><p:sendSms><p:addresses>tel:+4915550100</p:addresses>"
	    "<p:message>x</p:message></p:sendSms></e:Body></e:Envelope>\n" },
	/* The digest was made with Python's hashlib. */
	{ "a UsernameToken: Base64(SHA1(nonce created password))",
	    { .version = SOAP_2_2, .header = SOAP_WSSE, .username = "joe", .password = "secret" },
	    "x", NULL,
	    HEAD "v2_2/local\"><e:Header><w:Security xmlns:w=\"http://docs.oasis-open.org/wss/2004/01/"
	    "oasis-200401-wss-wssecurity-secext-1.0.xsd\" e:mustUnderstand=\"1\"><w:UsernameToken>"
	    "<w:Username>joe</w:Username><w:Password Type=\"http://docs.oasis-open.org/wss/2004/01/"
	    "oasis-200401-wss-username-token-profile-1.0#PasswordDigest\">qD9KMQsnMSqs2iTESI0re0K/C38=</w:Password>"
	    "<w:Nonce EncodingType=\"http://docs.oasis-open.org/wss/2004/01/"
	    "oasis-200401-wss-soap-message-security-1.0#Base64Binary\">AAECAwQFBgcICQoLDA0O/w==</w:Nonce>"
	    "<u:Created xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/"
	    "oasis-200401-wss-wssecurity-utility-1.0.xsd\">2024-05-01T10:30:00Z</u:Created>"
	    "</w:UsernameToken></w:Security></e:Header><e:Body><p:sendSms>"
	    "<p:addresses>tel:+4915550100</p:addresses><p:message>x</p:message></p:sendSms></e:Body>"
	    "</e:Envelope>\n" },
	{ "odd text: controls left out, bad bytes replaced, the rest as it was",
	    { .version = SOAP_2_2 }, "a\001\b\n\tb ]]> \"' \xff \xf0\x9f\x8c\x8d", NULL,
	    HEAD "v2_2/local\"><e:Body><p:sendSms><p:addresses>tel:+4915550100</p:addresses>"
	    "<p:message>a\n\tb ]]&gt; &quot;' \xef\xbf\xbd \xf0\x9f\x8c\x8d</p:message></p:sendSms></e:Body>"
	    "</e:Envelope>\n" },
};

/* The rows name only what matters to them; the rest is as the configuration's presets. */
static struct soap_style
whole(struct soap_style s)
{
	const char **strings[] = { &s.username, &s.password, &s.spid, &s.service_id, &s.fa, &s.sender,
		&s.callback };

	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
		if (!*strings[i])
			*strings[i] = "";
	s.interface_name = "SmsNotification";
	return s;
}

static void
requests(void)
{
	struct soap_style plain = whole(sent[0].style);
	struct buf out;

	buf_init(&out, SOAP_MAX_REQUEST);
	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
		struct soap_style style = whole(sent[i].style);

		buf_reset(&out);
		is_int(soap_send_sms(&style, &moment, TO, sent[i].text, sent[i].correlator, &out),
		    0, sent[i].name);
		is_str(buf_str(&out), sent[i].want, sent[i].name);
	}
	buf_reset(&out);
	is_int(soap_get_status(&plain, &moment, TO, "10177351234500000042", &out), 0,
	    "asking for a status");
	is_str(buf_str(&out), HEAD "v2_2/local\"><e:Body><p:getSmsDeliveryStatus><p:requestIdentifier>"
	    "10177351234500000042</p:requestIdentifier></p:getSmsDeliveryStatus></e:Body></e:Envelope>\n",
	    "asking for a status");
	buf_free(&out);
	buf_init(&out, 100);
	is_int(soap_send_sms(&plain, &moment, TO, "x", NULL, &out), -1, "no room");
	buf_free(&out);
}

static void
moments(void)
{
	static const struct soap_style wsse = { .header = SOAP_WSSE };
	struct soap_moment a, b;

	soap_moment_now(&wsse, &a);
	soap_moment_now(&wsse, &b);
	ok(memcmp(a.nonce, b.nonce, SOAP_NONCE) != 0, "each moment has a nonce of its own");
}

static const struct {
	struct soap_style style;
	const char *want; /* NULL: fine */
} checks[] = {
	{ { .version = SOAP_2_1 }, NULL },
	{ { .header = SOAP_WSSE, .username = "u", .password = "p" }, NULL },
	{ { .header = SOAP_WSSE, .username = "u" },
	    "header = wsse needs username and password_file" },
	{ { .header = SOAP_HUAWEI, .password = "p" }, "header = huawei needs spid" },
	{ { .header = SOAP_HUAWEI, .spid = "1" },
	    "header = huawei needs password_file, or huawei_password = none" },
	{ { .header = SOAP_HUAWEI, .spid = "1", .huawei_password = SOAP_NO_PASSWORD }, NULL },
	{ { .header = SOAP_HUAWEI, .spid = "1", .password = "p" }, NULL },
};

static void
styles(void)
{
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		struct soap_style style = whole(checks[i].style);
		struct verdict v;
		int rc = soap_check(&style, &v);

		is_str(rc < 0 ? v.text : NULL, checks[i].want, checks[i].want ? checks[i].want : "fine");
	}
}

/* Answers. E() is an envelope, F() one with a fault. */
#define E(body) "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">" \
    "<e:Body>" body "</e:Body></e:Envelope>"
#define F(inside) E("<e:Fault>" inside "</e:Fault>")
#define PX "<p:sendSmsResponse xmlns:p=\"http://www.csapi.org/schema/parlayx/sms/send/v2_2/local\">"
#define X128 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *name, *bytes;
	enum soap_kind kind;
	bool has_id;
	const char *id, *variable, *text; /* NULL: any text */
} received[] = {
	/* Success. */
	{ "a request identifier", E(PX "<p:result>10177351234500000042</p:result></p:sendSmsResponse>"),
	    SOAP_RESULT, true, "10177351234500000042", "", "" },
	{ "no namespaces at all",
	    "<Envelope><Body><sendSmsResponse><result>a-1</result></sendSmsResponse></Body></Envelope>",
	    SOAP_RESULT, true, "a-1", "", "" },
	{ "a byte order mark, comments, a header, white space, xsi:type",
	    "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- x -->\n<S:Envelope xmlns:S=\"x\">\n<S:Header/>\n"
	    "<S:Body>\n<n:sendSmsResponse xmlns:n=\"y\"><!-- r -->\n<n:result xmlns:xsi=\"i\" "
	    "xsi:type=\"s\">\n 4711 \n</n:result></n:sendSmsResponse></S:Body></S:Envelope>\n",
	    SOAP_RESULT, true, "4711", "", "" },
	{ "an empty result", E(PX "<p:result/></p:sendSmsResponse>"), SOAP_RESULT, false, "", "", "" },
	{ "no result", E(PX "</p:sendSmsResponse>"), SOAP_RESULT, false, "", "", "" },
	{ "an identifier of 128 bytes", E(PX "<p:result>" X128 "</p:result></p:sendSmsResponse>"),
	    SOAP_RESULT, true, X128, "", "" },
	{ "a longer one: success, but not kept", E(PX "<p:result>" X128 "x</p:result></p:sendSmsResponse>"),
	    SOAP_RESULT, true, "", "", "" },
	{ "one with a line end: likewise", E(PX "<p:result>a\nstatus=sent</p:result></p:sendSmsResponse>"),
	    SOAP_RESULT, true, "", "", "" },

	/* Faults as the standard has them. */
	{ "a service exception", F("<faultcode>e:Server</faultcode><faultstring>Invalid</faultstring><detail>"
	    "<c:ServiceException xmlns:c=\"http://www.csapi.org/schema/parlayx/common/v2_1\">"
	    "<messageId>SVC0002</messageId><text>Invalid input value for message part %1</text>"
	    "<variables>addresses</variables></c:ServiceException></detail>"),
	    SOAP_FAULT, true, "SVC0002", "addresses", "Invalid input value for message part addresses" },
	{ "two variables, filled in once", F("<detail><x><messageId>SVC0003</messageId>"
	    "<text>%1: 100%, valid are %2 (%3) %</text><variables>a%2</variables><variables>b</variables>"
	    "</x></detail>"),
	    SOAP_FAULT, true, "SVC0003", "a%2", "a%2: 100%, valid are b (%3) %" },
	{ "a policy exception, its elements qualified, and of version 3",
	    F("<faultcode>e:Server</faultcode><faultstring/><detail><c:PolicyException xmlns:c="
	    "\"http://www.csapi.org/schema/parlayx/common/v3_1\"><c:messageId> POL0001 </c:messageId>"
	    "<c:text>A policy error occurred. Error code is %1.</c:text><c:variables>123</c:variables>"
	    "</c:PolicyException></detail>"),
	    SOAP_FAULT, true, "POL0001", "123", "A policy error occurred. Error code is 123." },
	{ "names that end in Detail, deeper", F("<detail><a><ServiceExceptionDetail>"
	    "<messageId>SVC0001</messageId><text>t</text></ServiceExceptionDetail></a></detail>"),
	    SOAP_FAULT, true, "SVC0001", "", "t" },
	{ "the detail's id comes before the faultcode's", F("<faultcode>SVC0901</faultcode>"
	    "<faultstring>POL0904</faultstring><detail><x><messageId>SVC0004</messageId></x></detail>"),
	    SOAP_FAULT, true, "SVC0004", "", "POL0904" },

	/* And as the field has them. */
	{ "Huawei: the id is the faultcode", F("<faultcode>SVC0901</faultcode>"
	    "<faultstring>Sp password is not accepted!</faultstring>"),
	    SOAP_FAULT, true, "SVC0901", "", "Sp password is not accepted!" },
	{ "with a prefix", F("<faultcode>ns1:POL0904</faultcode><faultstring>SVC0001</faultstring>"),
	    SOAP_FAULT, true, "POL0904", "", "SVC0001" },
	{ "in the text only", F("<faultcode>e:Server</faultcode>"
	    "<faultstring>error [POL0904]: flow control</faultstring>"),
	    SOAP_FAULT, true, "POL0904", "", "error [POL0904]: flow control" },
	{ "at the text's end", F("<faultcode>e:Client</faultcode><faultstring>code=SVC0002</faultstring>"),
	    SOAP_FAULT, true, "SVC0002", "", "code=SVC0002" },
	{ "a longer number is none", F("<faultcode>e:Server</faultcode>"
	    "<faultstring>SVC00021 XSVC0002 SVC0002_ SVC002</faultstring>"),
	    SOAP_FAULT, false, "server", "", NULL },
	{ "an empty messageId is none", F("<faultcode>SVC0001</faultcode><detail><x><messageId/></x></detail>"),
	    SOAP_FAULT, true, "SVC0001", "", "" },
	{ "an id of the operator's own", F("<detail><x><messageId>GEN-17</messageId><text>%1</text></x></detail>"),
	    SOAP_FAULT, true, "GEN-17", "", "%1" },
	{ "no id, Client", F("<faultcode>S:Client.Authentication</faultcode><faultstring>who?</faultstring>"),
	    SOAP_FAULT, false, "client", "", "who?" },
	{ "no id, Server", F("<faultcode>Server</faultcode><faultstring>java.lang.NullPointerException\n"
	    "\tat X</faultstring>"),
	    SOAP_FAULT, false, "server", "", "java.lang.NullPointerException  at X" },
	{ "neither", F("<faultcode>S:MustUnderstand</faultcode>"), SOAP_FAULT, false, "MustUnderstand",
	    "", "" },
	{ "WS-Security", F("<faultcode>wsse:FailedAuthentication</faultcode>"), SOAP_FAULT, false,
	    "FailedAuthentication", "", "" },
	{ "a sentence for a code", F("<faultcode>went wrong</faultcode>"), SOAP_FAULT, false, "default",
	    "", "" },
	{ "a fault with nothing in it", E("<e:Fault/>"), SOAP_FAULT, false, "default", "", "" },
	{ "an error code instead of a fault", E(PX "<p:result><errorCode>SVC0004</errorCode>"
	    "<Description>No valid addresses</Description></p:result></p:sendSmsResponse>"),
	    SOAP_FAULT, true, "SVC0004", "", "No valid addresses" },
	{ "an error code under an element of its own", E("<result><errorCode>POL0904</errorCode>"
	    "<description>slow down</description></result>"),
	    SOAP_FAULT, true, "POL0904", "", "slow down" },
	{ "error code 0", E(PX "<p:result><errorCode>00000000</errorCode></p:result></p:sendSmsResponse>"),
	    SOAP_FAULT, true, "0", "", "" },
	{ "an error code that is no word", E(PX "<p:result><errorCode>a b</errorCode></p:result>"
	    "</p:sendSmsResponse>"),
	    SOAP_FAULT, false, "default", "", "" },

	/* Neither. */
	{ "nothing", "", SOAP_OTHER, false, "", "", NULL },
	{ "text", "OK", SOAP_OTHER, false, "", "", NULL },
	{ "a portal's page", "<html><body>Please log in</body></html>", SOAP_OTHER, false, "", "",
	    "no SOAP answer to sendSms" },
	{ "a page that is no XML", "<!DOCTYPE html><html><body>x<br></body></html>", SOAP_OTHER, false, "",
	    "", NULL },
	{ "another operation's response", E("<p:sendSmsLogoResponse xmlns:p=\"y\"><p:result>1</p:result>"
	    "</p:sendSmsLogoResponse>"), SOAP_OTHER, false, "", "", "no SOAP answer to sendSms" },
	{ "a response without an envelope", "<sendSmsResponse><result>1</result></sendSmsResponse>",
	    SOAP_OTHER, false, "", "", "no SOAP answer to sendSms" },
	{ "an empty Body", E(""), SOAP_OTHER, false, "", "", "no SOAP answer to sendSms" },
	{ "a cut document", "<e:Envelope xmlns:e=\"x\"><e:Body><sendSmsResponse><result>12</res",
	    SOAP_OTHER, false, "", "", NULL },
	{ "a billion laughs", "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>"
	    E("<sendSmsResponse><result>&b;</result></sendSmsResponse>"), SOAP_OTHER, false, "", "", NULL },
};

static void
answers(void)
{
	for (size_t i = 0; i < sizeof received / sizeof *received; i++) {
		struct soap_answer a;
		bool same;

		soap_parse(received[i].bytes, strlen(received[i].bytes), "sendSms", &a);
		same = a.kind == received[i].kind && a.has_id == received[i].has_id &&
		    strcmp(a.id, received[i].id) == 0 && strcmp(a.variable, received[i].variable) == 0 &&
		    (!received[i].text || strcmp(a.text, received[i].text) == 0);
		if (!ok(same, "%s", received[i].name))
			printf("# kind %d, has_id %d, id \"%s\", variable \"%s\", text \"%s\"\n", a.kind,
			    a.has_id, a.id, a.variable, a.text);
	}
}

static void
statuses(void)
{
	static const char two[] = E("<p:getSmsDeliveryStatusResponse xmlns:p=\"x\">"
	    "<p:result><address>tel:1</address><deliveryStatus>DeliveredToNetwork</deliveryStatus>"
	    "</p:result><p:result><address>tel:2</address><deliveryStatus>MessageWaiting"
	    "</deliveryStatus></p:result></p:getSmsDeliveryStatusResponse>");
	static const char none[] = E("<getSmsDeliveryStatusResponse/>");
	struct soap_answer a;

	soap_parse(two, strlen(two), "getSmsDeliveryStatus", &a);
	ok(a.kind == SOAP_RESULT && a.count == 2, "a list of two statuses");
	is_str(a.text, "DeliveredToNetwork", "the first one's words");
	soap_parse(none, strlen(none), "getSmsDeliveryStatus", &a);
	ok(a.kind == SOAP_RESULT && a.count == 0, "an empty list");
}

/* Long texts are cut between two characters, never inside one, and nothing runs over. */
static void
bounds(void)
{
	for (int shift = 0; shift < 4; shift++) {
		char xml[2000] = "<Envelope><Body><Fault><faultstring>";
		struct soap_answer a;
		size_t whole;

		strcat(xml, &"xxx"[3 - shift]);
		for (int i = 0; i < 100; i++)
			strcat(xml, "\xe2\x82\xac");
		strcat(xml, "</faultstring></Fault></Body></Envelope>");
		soap_parse(xml, strlen(xml), "sendSms", &a);
		whole = (strlen(a.text) - (size_t)shift) / 3;
		ok(strlen(a.text) == (size_t)shift + 3 * whole && strlen(a.text) > SOAP_TEXT - 4,
		    "a text of 100 euro signs behind %d letters is cut between two", shift);
	}
}

static void
too_long(void)
{
	char *big = calloc(1, SOAP_MAX_ANSWER + 2);
	struct soap_answer a;

	memset(big, ' ', SOAP_MAX_ANSWER + 1);
	soap_parse(big, SOAP_MAX_ANSWER + 1, "sendSms", &a);
	is_str(a.text, "the answer is too long", "an answer that is too long");
	free(big);
}

int
main(void)
{
	setenv("TZ", "<+07>-7", 1);
	requests();
	moments();
	styles();
	answers();
	statuses();
	bounds();
	too_long();
	return tap_done();
}
