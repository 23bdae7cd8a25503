/*
 * soapdump.c - writes each kind of request that sdp/soap.c makes into a file of its own, in the
 * folder given, for t/51-soap-valid.t to hold against the schemas.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "sdp/soap.h"

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
	printf("%u\n", n);
	return 0;
}
