/*
 * soap_mms.c - the requests of Parlay X MMS.
 */
#include "sdp/soap_mms.h"

#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"

#define MMS "http://www.csapi.org/schema/parlayx/multimedia_messaging/"

static const char *const send_ns[] = {
	[SOAP_MMS_2_4] = MMS "send/v2_4/local",
	[SOAP_MMS_3_1] = MMS "send/v3_1/local",
};
static const char *const receive_ns[] = {
	[SOAP_MMS_2_4] = MMS "receive/v2_4/local",
	[SOAP_MMS_3_1] = MMS "receive/v3_1/local",
};

/* The first so many characters of s. */
static void
cut(const char *s, char out[4 * SOAP_SUBJECT + 1])
{
	const char *end = s + strlen(s);
	size_t n = 0;

	for (unsigned i = 0; i < SOAP_SUBJECT && s < end; i++)
		n += utf8_put(out + n, utf8_next(&s, end));
	out[n] = '\0';
	utf8_line(out);
}

int
soap_send_message(const struct soap_style *s, const struct soap_mms *mms,
    const struct soap_moment *m, const char *to, const char *subject, const char *correlator,
    struct buf *out)
{
	struct xml_writer *w = soap_begin(s, m, to, send_ns[mms->version], out);
	char shown[4 * SOAP_SUBJECT + 1];

	xml_open(w, "p:sendMessage");
	soap_address(w, "p:addresses", s, to);
	soap_optional(w, "p:senderAddress", s->sender);
	cut(subject ? subject : "", shown);
	soap_optional(w, "p:subject", shown);
	if (correlator && *s->callback)
		soap_reference(w, "p:receiptRequest", s->callback, mms->interface_name, correlator);
	return xml_end_document(w);
}

int
soap_get_message_status(const struct soap_style *s, const struct soap_mms *mms,
    const struct soap_moment *m, const char *to, const char *request, struct buf *out)
{
	struct xml_writer *w = soap_begin(s, m, to, send_ns[mms->version], out);

	xml_open(w, "p:getMessageDeliveryStatus");
	xml_element(w, "p:requestIdentifier", request);
	return xml_end_document(w);
}

int
soap_get_message(const struct soap_style *s, const struct soap_mms *mms,
    const struct soap_moment *m, const char *operation, const char *identifier, struct buf *out)
{
	struct xml_writer *w = soap_begin(s, m, "", receive_ns[mms->version], out);
	struct arena *a = arena_new();

	xml_open(w, arena_printf(a, "p:%s", operation));
	/* Not messageIdentifier, as a reference calls it. */
	xml_element(w, "p:messageRefIdentifier", identifier);
	arena_free(a);
	return xml_end_document(w);
}

int
soap_uris_parse(struct arena *a, const char *bytes, size_t len, struct soap_uris *out,
    struct verdict *v)
{
	const struct xml *root = xml_parse(a, bytes, len, v);
	const struct xml *x = xml_child(xml_child(root, "Body"), "getMessageURIsResponse");

	*out = (struct soap_uris){ .text = "" };
	if (!root || !x)
		return later(v, "4.5.0", "the platform does not say where the message is");
	x = xml_child(x, "result");
	if (xml_child(x, "bodyText"))
		out->text = xml_child(x, "bodyText")->text;
	for (x = x ? x->first : NULL; x && out->n < SOAP_URIS; x = x->next)
		if (strcmp(x->name, "fileReferences") == 0)
			out->uri[out->n++] = xml_trimmed(a, x);
	return 0;
}
