/*
 * sim.h - the simulated platform: what its rooms share.
 *
 * A request walks sim_web (which path?) or sim_soap (is it valid?), sim_auth (who asks?), sim_rule
 * (should it go wrong on purpose?), sim_state (the messages on the handsets), sim_receipt (news for
 * the sender) and leaves by sim_answer. All of it runs on the loop's thread.
 */
#ifndef SDP_SIM_H
#define SDP_SIM_H

#include <stdbool.h>
#include <stddef.h>

struct http;
struct httpd;
struct httpd_request;
struct loop;
struct sim_answers;
struct sim_phones;
struct sim_receipts;
struct sim_rules;
struct sim_state;

/* How callers say who they are in the SOAP header. */
enum sim_header {
	SIM_HEADER_NONE,
	SIM_HEADER_HUAWEI, /* RequestSOAPHeader: spId and MD5(spId + password + timeStamp) */
	SIM_HEADER_WSSE,   /* WS-Security UsernameToken with a PasswordDigest */
};

/* The command line. */
struct sim_settings {
	const char *listen;            /* "127.0.0.1:9090" */
	const char *user, *password;   /* of HTTP Basic, or of the WS-Security token; NULL: none */
	enum sim_header header;        /* what a SOAP header must hold */
	const char *spid, *sppassword; /* of SIM_HEADER_HUAWEI */
	bool bare;                     /* addresses without "tel:" are taken */
	bool reuse_correlators;        /* a correlator may come twice */
	bool status_by_correlator;     /* getSmsDeliveryStatus takes a correlator, too */
	bool no_receipts;              /* none is sent, whatever is asked for */
	bool quiet;                    /* no line per request in the log */
	long receipt_delay;            /* milliseconds between a message and its receipt */
	long keep;                     /* messages remembered */
	long max_addresses;            /* in one request; more is POL0003 */
	long max_segments;             /* of one message; more is SVC0280 */
	const char *callback;          /* where phones' messages go when nobody registered; NULL: kept */
};

/* The platform. */
struct sim {
	const struct sim_settings *set;
	struct loop *loop;
	struct http *http;   /* to the receivers of receipts */
	struct httpd *httpd; /* from everyone */
	struct sim_state *state;
	struct sim_rules *rules;
	struct sim_answers *answers;
	struct sim_receipts *receipts;
	struct sim_phones *phones; /* what phones write, and who wants it */
};

enum sim_service {
	SIM_SEND_SMS,
	SIM_RECEIVE_SMS,
	SIM_MANAGE_SMS,
	SIM_SEND_MESSAGE,
	SIM_RECEIVE_MESSAGE,
	SIM_MANAGE_MESSAGE,
};

/* One version of a service's interface. Their namespaces differ in nothing else that matters here. */
struct sim_version {
	enum sim_service service;
	const char *name;         /* "v2_2" */
	const char *send;         /* namespace of its operations */
	const char *notification; /* namespace of what is brought in answer to them */
	const char *common;       /* namespace of ServiceException and PolicyException */
	bool mms;
};

/* SOAP 1.1's envelope (section 4). */
#define SIM_SOAP "http://schemas.xmlsoap.org/soap/envelope/"
/* Where sendSms is. */
#define SIM_PATH "/SendSmsService/services/SendSms"

#endif
