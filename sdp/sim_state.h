/*
 * sim_state.h - what the platform remembers: requests, the messages they put onto handsets, and
 * counts. It keeps the last --keep messages; a request lives as long as one of its messages, and
 * with it its correlator. Counts go on for ever.
 */
#ifndef SDP_SIM_STATE_H
#define SDP_SIM_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/message/text.h"
#include "bridge/base/dict.h"

struct sim_action;
struct sim_settings;
struct sim_version;

enum {
	SIM_NUMBER = 24,     /* room for '+', 15 digits and NUL, and then some */
	SIM_STATUS = 48,     /* room for a delivery status */
	SIM_CORRELATOR = 255 /* bytes of a correlator at most */
};

/* One recipient of a request. */
struct sim_recipient {
	const char *address;     /* as written: "tel:+4915550100" */
	char number[SIM_NUMBER]; /* "+4915550100"; as written when it is a national one, "0155…" */
	const struct sim_action *how; /* what becomes of its receipt; NULL: the usual */
	bool reported;                /* a receipt will be sent */
};

/* A picture, a sound, … of an MMS. */
struct sim_media {
	char *type, *name; /* "image/jpeg"; "" when it has none */
	char *bytes;
	size_t len;
};

enum { SIM_MEDIA = 32 }; /* of an MMS at most */

/* All of an MMS's media, each of it copied. For sim_media_free(), which accepts NULL. */
struct sim_media *sim_media_new(const struct sim_media *media, unsigned n);
void sim_media_free(struct sim_media *media, unsigned n);

/* A sendSms or sendMessage that was found valid. */
struct sim_send {
	const struct sim_version *version;
	const char *sender; /* "" when there is none */
	const char *text;
	const char *endpoint; /* NULL without a receiptRequest, and then correlator, too */
	const char *correlator;
	struct sim_recipient *recipients;
	unsigned nrecipients;
	struct text_size size; /* of text */
	const char *subject;   /* "" when there is none */
	struct sim_media *media; /* in the order in which they are shown; lent */
	unsigned nmedia;
};

enum sim_reported { SIM_REPORT_NONE, SIM_REPORT_WAITING, SIM_REPORT_TAKEN, SIM_REPORT_LOST };

/* A request that was accepted. */
struct sim_request {
	char id[32];      /* digits */
	char *correlator; /* "" when there is none */
	char *endpoint;   /* "" when there is none */
	const struct sim_version *version;
	uint64_t first; /* its messages are those from n = first … */
	unsigned count; /* … to first + count - 1 */
	unsigned left;  /* of them still kept */
	char *subject;  /* "" when there is none */
	struct sim_media *media;
	unsigned nmedia;
	struct dict_node by_id, by_correlator;
};

/* A message on a handset. */
struct sim_message {
	uint64_t n;   /* 1, 2, … as they came */
	int64_t time; /* milliseconds since 1970 */
	int64_t due;  /* loop_ms() when the network has its final status */
	struct sim_request *request;
	char *address;
	char *number;
	char *sender;
	const char *text; /* the end of by_text's key */
	struct text_size size;
	char status[SIM_STATUS]; /* the final one; see sim_message_status() */
	enum sim_reported reported;
	size_t bytes;            /* of memory, about */
	char *pair, *same;       /* the keys of the next two */
	struct dict_node by_pair; /* number and correlator */
	struct dict_node by_text; /* number and text */
};

/* Why requests were refused: a fault's id, "http 503", "reset", … and how often. */
struct sim_refusals {
	char why[32];
	uint64_t count;
};

struct sim_counts {
	uint64_t requests; /* that came to SIM_PATH */
	uint64_t accepted; /* sendSms */
	uint64_t asked;    /* getSmsDeliveryStatus, answered */
	uint64_t messages;
	uint64_t same_correlator; /* messages whose number and correlator were there already */
	uint64_t same_text;       /* messages whose number and text were there already */
	struct sim_refusals refusals[64];
	unsigned nrefusals;
};

struct sim_state;

/* What is remembered is for sim_state_free(). set is lent and must live as long. */
struct sim_state *sim_state_new(const struct sim_settings *set);
/* Accepts NULL. */
void sim_state_free(struct sim_state *s);
/* Forget everything and start to count from 0; identifiers of requests are not used again. */
void sim_state_reset(struct sim_state *s);

/* Put the messages onto the handsets. Copies send. Returns the request; it is lent, until one of
 * the later calls makes room. */
const struct sim_request *sim_state_accept(struct sim_state *s, const struct sim_send *send);
/* The counts, to be read and added to. */
struct sim_counts *sim_state_counts(struct sim_state *s);
/* Count a refusal. why is at most 31 characters, the rest is cut off. */
void sim_state_refused(struct sim_state *s, const char *why);

/* The request with that identifier, or NULL. */
const struct sim_request *sim_state_request(const struct sim_state *s, const char *id);
/* The newest request with that correlator, or NULL. */
const struct sim_request *sim_state_correlator(const struct sim_state *s, const char *correlator);
/* The message n, or NULL when there was none or it is forgotten. */
struct sim_message *sim_state_message(const struct sim_state *s, uint64_t n);
/* The oldest n that is kept, and the newest; oldest > newest when there is none. */
uint64_t sim_state_oldest(const struct sim_state *s);
uint64_t sim_state_newest(const struct sim_state *s);
/* What the network says of the message now: "MessageWaiting", and from `due` on its final status.
 */
const char *sim_message_status(const struct sim_message *m);

#endif
