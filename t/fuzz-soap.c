/*
 * fuzz-soap.c - any bytes as a platform's answer: what is read from it may go into the log, a report
 * and the queue, so it is bounded, one line, and valid UTF-8.
 */
#include "sdp/soap.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "sdp/fault.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct faults *faults;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const seeds[] = {
		"<E:Envelope xmlns:E='e'><E:Body><sendSmsResponse><result>4711</result>"
		"</sendSmsResponse></E:Body></E:Envelope>",
		"<Envelope><Body><Fault><faultcode>e:SVC0901</faultcode><faultstring>x POL0904"
		"</faultstring><detail><x><messageId>SVC0002</messageId><text>%1 and %2</text>"
		"<variables>a</variables><variables>%1</variables></x></detail></Fault></Body>"
		"</Envelope>",
		"<Envelope><Body><sendSmsResponse><result><errorCode>0</errorCode><Description>d"
		"</Description></result></sendSmsResponse></Body></Envelope>",
		"<Envelope><Body><sendSmsResponse><result><address>a</address><deliveryStatus>b"
		"</deliveryStatus></result></sendSmsResponse></Body></Envelope>",
	};
	struct verdict v;

	(void)argc, (void)argv;
	faults = fault_table("", &v);
	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
		fuzz_seed(seeds[i], strlen(seeds[i]));
	return 0;
}

/* One line of valid UTF-8. */
static void
check_text(const char *s)
{
	for (size_t n; *s; s += n) {
		n = utf8_valid(s, strlen(s));
		assert(n > 0);
		assert((unsigned char)*s >= ' ' && *s != 0x7f);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct soap_answer a;
	struct verdict v;

	soap_parse((const char *)data, size, "sendSms", &a);
	for (const char *c = a.id; *c; c++)
		assert(*c > ' ' && *c <= '~');
	check_text(a.text);
	check_text(a.variable);
	assert(a.kind != SOAP_FAULT || *a.id);
	assert(a.has_id || a.kind == SOAP_FAULT || !*a.id);
	if (a.kind == SOAP_FAULT)
		fault_verdict(fault_find(faults, a.id, a.variable), false, a.text, &v);
	return 0;
}
