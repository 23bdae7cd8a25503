/*
 * soap_manage.c - registrations and polling.
 */
#include "sdp/soap_manage.h"

#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"

#define PARLAYX "http://www.csapi.org/schema/parlayx/"

/* The managers' versions run ahead of the other interfaces'. */
static const char *
manager_ns(const struct soap_style *s, const struct soap_mms *mms, bool of_mms)
{
	if (of_mms)
		return mms->version == SOAP_MMS_2_4
		    ? PARLAYX "multimedia_messaging/notification_manager/v2_5/local"
		    : PARLAYX "multimedia_messaging/notification_manager/v3_2/local";
	return s->version == SOAP_3_1 ? PARLAYX "sms/notification_manager/v3_2/local"
	    : PARLAYX "sms/notification_manager/v2_3/local";
}

static const char *
receive_ns(const struct soap_style *s, const struct soap_mms *mms, bool of_mms)
{
	static const char *const sms[] = {
		[SOAP_2_1] = PARLAYX "sms/receive/v2_1/local",
		[SOAP_2_2] = PARLAYX "sms/receive/v2_2/local",
		[SOAP_3_1] = PARLAYX "sms/receive/v3_1/local",
	};

	if (of_mms)
		return mms->version == SOAP_MMS_2_4
		    ? PARLAYX "multimedia_messaging/receive/v2_4/local"
		    : PARLAYX "multimedia_messaging/receive/v3_1/local";
	return sms[s->version];
}

const char *
soap_start_name(bool of_mms)
{
	return of_mms ? "startMessageNotification" : "startSmsNotification";
}

const char *
soap_stop_name(bool of_mms)
{
	return of_mms ? "stopMessageNotification" : "stopSmsNotification";
}

int
soap_start(const struct soap_style *s, const struct soap_mms *mms, const struct soap_moment *m,
    const struct soap_registration *r, struct buf *out)
{
	struct xml_writer *w = soap_begin(s, m, "", manager_ns(s, mms, r->mms), out);

	xml_open(w, r->mms ? "p:startMessageNotification" : "p:startSmsNotification");
	soap_reference(w, "p:reference", s->callback, r->mms ? mms->interface_name :
	    s->interface_name, r->correlator);
	xml_element(w, r->mms ? "p:messageServiceActivationNumber" :
	    "p:smsServiceActivationNumber", r->number);
	soap_optional(w, "p:criteria", r->criteria);
	return xml_end_document(w);
}

int
soap_stop(const struct soap_style *s, const struct soap_mms *mms, const struct soap_moment *m,
    const struct soap_registration *r, struct buf *out)
{
	struct xml_writer *w = soap_begin(s, m, "", manager_ns(s, mms, r->mms), out);

	xml_open(w, r->mms ? "p:stopMessageNotification" : "p:stopSmsNotification");
	xml_element(w, "p:correlator", r->correlator);
	return xml_end_document(w);
}

int
soap_get_received(const struct soap_style *s, const struct soap_mms *mms,
    const struct soap_moment *m, bool of_mms, const char *registration, struct buf *out)
{
	struct xml_writer *w = soap_begin(s, m, "", receive_ns(s, mms, of_mms), out);

	xml_open(w, of_mms ? "p:getReceivedMessages" : "p:getReceivedSms");
	xml_element(w, "p:registrationIdentifier", registration);
	return xml_end_document(w);
}

int
soap_received_parse(struct arena *a, const char *bytes, size_t len, bool of_mms,
    struct soap_message **list, size_t *n, size_t *bad, struct verdict *v)
{
	const struct xml *root = xml_parse(a, bytes, len, v);
	const struct xml *body = xml_child(root, "Body");
	const struct xml *x = xml_child(body, of_mms ? "getReceivedMessagesResponse" :
	    "getReceivedSmsResponse");
	const struct xml *fault = xml_child(body, "Fault");

	*n = *bad = 0;
	if (fault)
		return later(v, "4.3.0", "%.100s %.150s",
		    xml_trimmed(a, xml_find(fault, "messageId")),
		    xml_trimmed(a, xml_child(fault, "faultstring")));
	if (!root || !x)
		return later(v, "4.5.0", "the answer is none");
	*list = arena_alloc(a, SOAP_RECEIVED * sizeof **list);
	for (x = x->first; x && *n < SOAP_RECEIVED; x = x->next) {
		if (strcmp(x->name, "result") != 0)
			continue;
		if (soap_message_parse(a, x, &(*list)[*n], v) == 0)
			++*n;
		else
			++*bad;
	}
	return 0;
}
