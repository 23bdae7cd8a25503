/*
 * soapdump.c - writes each kind of request and answer that sdp/soap*.c make into a file of its own, in the
 * folder given, for t/51-soap-valid.t to hold against the schemas.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "sdp/soap.h"
#include "sdp/soap_in.h"
#include "sdp/soap_manage.h"
#include "sdp/soap_mms.h"

static const char *const texts[] = {
	"Lunch is at noon",
	"",
	" a  b\n\n c ",
	"<![CDATA[ ]]> &amp; <x/> \"'",
	"\001\002\b\t\v\f\r\n\x1f\x7f",
	"\xff\xc0\x80\xed\xa0\x80\xef\xbf\xbe\xef\xbf\xbf",
	"\xf0\x9f\x8c\x8d \xe2\x82\xac \xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7",
};

static const char *const correlators[] = { NULL, "01JDEXAMPLE0123456789ABCDEFGH0" };

static void
save(const char *folder, unsigned n, const struct buf *b)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%03u.xml", folder, n);
	f = fopen(path, "w");
	if (!f || fwrite(b->data, 1, b->len, f) != b->len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

/* All texts, with and without a receipt, and a question, in one style. */
static unsigned
dump(const struct soap_style *s, const char *folder, unsigned n)
{
	struct soap_moment now;
	struct buf out;

	soap_moment_now(s, &now);
	buf_init(&out, SOAP_MAX_REQUEST);
	for (size_t c = 0; c < sizeof correlators / sizeof *correlators; c++)
		for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
			buf_reset(&out);
			if (soap_send_sms(s, &now, "tel:+4915550100", texts[t], correlators[c], &out) < 0)
				exit(1);
			save(folder, n++, &out);
		}
	buf_reset(&out);
	if (soap_get_status(s, &now, "tel:+4915550100", "a<1>", &out) < 0)
		exit(1);
	save(folder, n++, &out);
	buf_free(&out);
	return n;
}

/* What MMS, registrations and polling need, in one style and version. */
static unsigned
dump_rest(const struct soap_style *s, const struct soap_mms *mms, const char *folder, unsigned n)
{
	struct soap_moment now;
	struct buf out;

	soap_moment_now(s, &now);
	for (unsigned kind = 0; kind < 16; kind++) {
		const struct soap_registration r = { kind & 1, "tel:4711", kind & 4 ? "LUNCH" : "",
			"trivium-1" };
		bool many = kind & 1, receipt = kind & 4;

		buf_init(&out, SOAP_MAX_REQUEST);
		if (kind < 2)
			soap_send_message(s, mms, &now, "tel:+4915550100", many ? "Fish & <chips>" : "",
			    correlators[many], &out);
		else if (kind < 4)
			soap_get_message(s, mms, &now, many ? "getMessage" : "getMessageURIs", "<1>",
			    &out);
		else if (kind < 8)
			soap_start(s, mms, &now, &r, &out);
		else if (kind < 10)
			soap_stop(s, mms, &now, &r, &out);
		else if (kind < 12)
			soap_get_received(s, mms, &now, many, "box & co", &out);
		else if (kind < 14)
			soap_get_message_status(s, mms, &now, "tel:+4915550100", "<1>", &out);
		else
			soap_call_fault(many ? "Client" : "Server", receipt ? "<no> & no" : "no", &out);
		save(folder, n++, &out);
		buf_free(&out);
	}
	return n;
}

/* The answers to what is brought, in the namespaces that come. */
static unsigned
dump_answers(const char *folder, unsigned n)
{
	static const struct soap_call calls[] = {
#define NS(x) "http://www.csapi.org/schema/parlayx/" x "/local"
		{ .name = "notifySmsReception", .ns = NS("sms/notification/v2_1") },
		{ .name = "notifySmsReception", .ns = NS("sms/notification/v2_2") },
		{ .name = "notifySmsDeliveryReceipt", .ns = NS("sms/notification/v3_1") },
		{ .name = "notifyMessageReception",
		    .ns = NS("multimedia_messaging/notification/v2_4") },
		{ .name = "notifyMessageDeliveryReceipt",
		    .ns = NS("multimedia_messaging/notification/v3_1") },
	};
	struct buf out;

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		buf_init(&out, SOAP_MAX_REQUEST);
		soap_call_answer(&calls[i], &out);
		save(folder, n++, &out);
		buf_free(&out);
	}
	return n;
}

int
main(int argc, char **argv)
{
	struct soap_style s = { .username = "joe & co", .password = "p<w>", .spid = "900100",
		.service_id = "9001", .oa = true, .fa = "recipient", .sender = "4711",
		.callback = "http://192.0.2.10:8080/sdp/a?b=1&c=2", .interface_name = "SmsNotification" };
	unsigned n = 0;

	if (argc != 2)
		return 2;
	for (s.version = SOAP_2_1; s.version <= SOAP_3_1; s.version++)
		for (s.header = SOAP_NO_HEADER; s.header <= SOAP_WSSE; s.header++)
			for (s.address_form = SOAP_PLUS; s.address_form <= SOAP_BARE; s.address_form++)
				n = dump(&s, argv[1], n);
	for (s.version = SOAP_2_1; s.version <= SOAP_3_1; s.version++)
		for (s.header = SOAP_NO_HEADER; s.header <= SOAP_WSSE; s.header++)
			for (int v = SOAP_MMS_2_4; v <= SOAP_MMS_3_1; v++) {
				struct soap_mms mms = { v, "MessageNotification" };

				s.address_form = SOAP_PLUS;
				n = dump_rest(&s, &mms, argv[1], n);
			}
	n = dump_answers(argv[1], n);
	printf("%u\n", n);
	return 0;
}
