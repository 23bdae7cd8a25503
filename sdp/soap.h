/*
 * soap.h - the documents of Parlay X SMS, in and out: sendSms, getSmsDeliveryStatus, faults, and
 * the headers by which operators want to be addressed. ETSI ES 202 391-1 and -4, ES 202 504.
 */
#ifndef SDP_SOAP_H
#define SDP_SOAP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct buf;
struct verdict;

/* The order of each is that of the words in the configuration's row. */
enum soap_version { SOAP_2_1, SOAP_2_2, SOAP_3_1 };
enum soap_header { SOAP_NO_HEADER, SOAP_HUAWEI, SOAP_WSSE };
enum soap_password { SOAP_DIGEST, SOAP_STATIC, SOAP_NO_PASSWORD };
enum soap_form { SOAP_PLUS, SOAP_TEL, SOAP_BARE };

/* How an operator wants the requests. Strings are never NULL; "" leaves an element out. */
struct soap_style {
	int version, header;	/* enum soap_version, soap_header */
	const char *username, *password;
	const char *spid, *service_id;
	int huawei_password;	/* enum soap_password */
	int huawei_upper;	/* 1: the digest in upper case */
	int local_time;		/* 1: timeStamp in the machine's zone, 0: in UTC */
	bool oa;		/* say in OA whose subscription it is: the recipient */
	const char *fa;		/* who pays, as sent; "recipient": the recipient */
	const char *sender;	/* senderName */
	int address_form;	/* enum soap_form */
	const char *callback;	/* endpoint of the receipts; "": no receiptRequest */
	const char *interface_name;
};

/* Can requests be made in that style? 0, or -1 and *v (NEVER, names the settings that lack). */
int soap_check(const struct soap_style *s, struct verdict *v);

enum { SOAP_NONCE = 16, SOAP_MAX_REQUEST = 512 * 1024, SOAP_MAX_ANSWER = 64 * 1024 };

/* What makes two tries differ: a header's digest must be new for each. */
struct soap_moment {
	time_t now;
	unsigned char nonce[SOAP_NONCE];
};

/* The moment of a try in that style: this second and, for header = wsse alone, new random bytes. */
void soap_moment_now(const struct soap_style *s, struct soap_moment *m);

/*
 * Append a sendSms request to out. to: "tel:+254700000001"; text: UTF-8. correlator NULL: without
 * receiptRequest, whatever the style says. 0, or -1 when it does not fit into out's maximum.
 */
int soap_send_sms(const struct soap_style *s, const struct soap_moment *m, const char *to,
    const char *text, const char *correlator, struct buf *out);
/* Append a getSmsDeliveryStatus request for that request identifier to out; `to` is the message's
 * recipient, for the header. 0 or -1 as above. */
int soap_get_status(const struct soap_style *s, const struct soap_moment *m, const char *to,
    const char *request, struct buf *out);

/* For soap_mms.c and soap_manage.c, which write further requests. */
struct xml_writer;
/* An envelope with the style's header, open at <e:Body>; ns is bound to p. to: whom it is about, for
 * the header, "" when nobody. For xml_end_document(). */
struct xml_writer *soap_begin(const struct soap_style *s, const struct soap_moment *m,
    const char *to, const char *ns, struct buf *out);
/* An element with a number in the style's form; what is no "tel:+…" stands as it is; "": none. */
void soap_address(struct xml_writer *w, const char *name, const struct soap_style *s, const char *to);
/* An element, unless its value is "". */
void soap_optional(struct xml_writer *w, const char *name, const char *value);
/* A SimpleReference: where news is to be brought, and by what we know what it is about. */
void soap_reference(struct xml_writer *w, const char *name, const char *endpoint,
    const char *interface, const char *correlator);

enum soap_kind {
	SOAP_RESULT, /* the response that was expected */
	SOAP_FAULT,  /* the platform's error, in one of the forms platforms use */
	SOAP_OTHER,  /* neither: a portal's page, a cut document, … */
};

enum { SOAP_ID = 129, SOAP_VARIABLE = 64, SOAP_TEXT = 200 };

struct soap_answer {
	enum soap_kind kind;
	/* Result: the request identifier; "" when there is none, or none that can be kept.
	 * Fault: its id, else "client", "server" or "default", as in the table of fault.h. */
	char id[SOAP_ID];
	bool has_id;		      /* result: there is an identifier; fault: it has an id */
	char variable[SOAP_VARIABLE]; /* a fault's %1; "" when there is none */
	char text[SOAP_TEXT];	      /* a fault's sentence, its variables filled in; a status; why
				       * it is no answer. One line of UTF-8 */
	unsigned count;		      /* how many `result` elements the response has */
};

/*
 * Read an answer to the operation ("sendSms", "getSmsDeliveryStatus"): any bytes, at most
 * SOAP_MAX_ANSWER. Element names are matched without their namespaces, since platforms put wrong
 * ones. *a is filled in.
 */
void soap_parse(const char *bytes, size_t len, const char *operation, struct soap_answer *a);

#endif
