/*
 * fuzz-soap-in.c - any bytes as what a platform brings: a call, or a list of messages. What is read
 * has no NULL and ends; the answer to it is XML again.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/message/msg.h"
#include "sdp/soap_in.h"
#include "sdp/soap_manage.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const seeds[] = {
		"<E:Envelope xmlns:E='e'><E:Header><NotifySOAPHeader><spRevId>1</spRevId><linkid>7"
		"</linkid></NotifySOAPHeader></E:Header><E:Body><n:notifySmsReception xmlns:n='x'>"
		"<n:correlator>c</n:correlator><n:message><message>t</message><senderAddress>tel:1"
		"</senderAddress><smsServiceActivationNumber>2</smsServiceActivationNumber><dateTime>"
		"2024-05-01T10:30:00Z</dateTime></n:message></n:notifySmsReception></E:Body></E:Envelope>",
		"<Envelope><Body><notifyMessageDeliveryReceipt><correlator>c</correlator><deliveryStatus>"
		"<address>1</address><deliveryStatus>x</deliveryStatus></deliveryStatus>"
		"</notifyMessageDeliveryReceipt></Body></Envelope>",
		"<Envelope><Body><getReceivedSmsResponse><result><message>t</message><senderAddress>1"
		"</senderAddress><smsServiceActivationNumber>2</smsServiceActivationNumber></result>"
		"</getReceivedSmsResponse></Body></Envelope>",
	};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
		fuzz_seed(seeds[i], strlen(seeds[i]));
	return 0;
}

static void
check_message(struct arena *a, const struct soap_message *m)
{
	char date[SOAP_DATE];

	assert(*m->sender && *m->number && m->identifier && m->subject);
	assert(strlen(soap_text(a, m->text)) <= MSG_MAX_TEXT);
	soap_date(m->date, date);
	assert(!strpbrk(date, "\r\n") && strlen(date) < SOAP_DATE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct soap_message *list;
	struct soap_call c;
	struct verdict v;
	struct buf out;
	size_t n, bad;

	if (soap_call_parse(a, (const char *)data, size, &c, &v) == 1) {
		if (c.is == SOAP_SMS_RECEPTION || c.is == SOAP_MESSAGE_RECEPTION)
			check_message(a, &c.message);
		else
			assert(*c.correlator && *c.status);
		buf_init(&out, 16 * 1024);
		soap_call_answer(&c, &out);
		assert(!out.over && xml_parse(a, out.data, out.len, &v));
		buf_free(&out);
	}
	for (int mms = 0; mms < 2; mms++)
		if (soap_received_parse(a, (const char *)data, size, mms, &list, &n, &bad, &v) == 0)
			for (size_t i = 0; i < n; i++)
				check_message(a, &list[i]);
	arena_free(a);
	return 0;
}
