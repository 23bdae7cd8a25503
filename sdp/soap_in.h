/*
 * soap_in.h - what Parlay X platforms bring: notifySmsReception, notifySmsDeliveryReceipt,
 * notifyMessageReception, notifyMessageDeliveryReceipt, and the answers to them. ETSI ES 202 391-4
 * and -5, ES 202 504.
 */
#ifndef SDP_SOAP_IN_H
#define SDP_SOAP_IN_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct verdict;
struct xml;

enum soap_operation {
	SOAP_SMS_RECEPTION,
	SOAP_SMS_RECEIPT,
	SOAP_MESSAGE_RECEPTION, /* of an MMS */
	SOAP_MESSAGE_RECEIPT,
};

/* A message of a phone. Strings are in the arena, never NULL, "" where they are absent. */
struct soap_message {
	const char *identifier; /* by which the content can be fetched */
	const char *sender, *number; /* addresses as the platform writes them; number is ours */
	const char *subject, *text;
	const char *date; /* xsd:dateTime as written */
};

/* A call. Strings as in struct soap_message. */
struct soap_call {
	enum soap_operation is;
	const char *name, *ns; /* of the operation's element */
	const char *correlator;
	struct soap_message message;
	const char *address, *status; /* of a receipt */
	/* Huawei's NotifySOAPHeader, and its kin. */
	const char *rev_id, *rev_password, *time_stamp, *link_id, *trace_id;
};

/*
 * Read a call: any bytes. Operations are known by their local names, in any version, namespace or
 * prefix. 1; 0 and *v, when it is XML but no call that is known or whole (says what is wrong with
 * it); -1 and *v when it is no XML. What is lent is in the arena.
 */
int soap_call_parse(struct arena *a, const char *bytes, size_t len, struct soap_call *c,
    struct verdict *v);
/* Read an SmsMessage or a MessageReference. 0, or -1 and *v (NEVER): the sender is missing, or the
 * number. */
int soap_message_parse(struct arena *a, const struct xml *x, struct soap_message *m,
    struct verdict *v);

/* Append the answer to a call that was taken: an empty NAMEResponse in the namespace that came. */
void soap_call_answer(const struct soap_call *c, struct buf *out);
/* Append a fault (SOAP 1.1 section 4.4): who is to blame, "Client" or "Server", and why. */
void soap_call_fault(const char *who, const char *why, struct buf *out);

/* A message's text as it is kept: at most MSG_MAX_TEXT bytes, lines ending in LF, in the arena. */
char *soap_text(struct arena *a, const char *text);

enum { SOAP_DATE = 40 };
/* An xsd:dateTime as a Date field has it (RFC 5322 3.3); a time without a zone is taken as UTC, and
 * marked as of unknown zone. False when it is none: out is "". */
bool soap_date(const char *text, char out[SOAP_DATE]);

#endif
