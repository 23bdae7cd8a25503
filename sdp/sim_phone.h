/*
 * sim_phone.h - what phones write: who wants to hear of it, what waits to be fetched, and the
 * operations for that.
 */
#ifndef SDP_SIM_PHONE_H
#define SDP_SIM_PHONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdp/sim_state.h"

struct sim;
struct sim_call;
struct sim_phones;

enum sim_written_is {
	SIM_WRITTEN_KEPT,    /* until it is fetched by polling */
	SIM_WRITTEN_WAITING, /* on its way to an endpoint */
	SIM_WRITTEN_TAKEN,
	SIM_WRITTEN_LOST,
};

/* A message that a phone wrote. */
struct sim_written {
	uint64_t n;   /* 1, 2, … */
	int64_t time; /* ms since 1970 */
	char id[24];  /* of an MMS that is to be fetched; "": none */
	char *from, *to; /* "tel:+4915550100", "tel:4711" */
	char *subject, *text;
	bool mms;
	struct sim_media *media;
	unsigned nmedia;
	enum sim_written_is is;
	struct sim_written *next;
};

/* How a message is to be brought. All may be "". */
struct sim_bring {
	const char *endpoint; /* "": to who registered, else to --callback, else it is kept */
	const char *correlator, *version, *link_id;
	bool undated; /* without dateTime */
};

/* For sim_phones_free(), which accepts NULL. */
struct sim_phones *sim_phones_new(void);
void sim_phones_free(struct sim_phones *p);
/* Forget all messages and registrations. */
void sim_phones_reset(struct sim_phones *p);
/* A phone writes w (whose strings and media are copied; n, time, id and is are filled in by this).
 * The message, lent; or NULL with a sentence in why. */
const struct sim_written *sim_phone_write(struct sim *sim, const struct sim_written *w,
    const struct sim_bring *how, char *why, size_t room);
/* The oldest message that is kept, the others behind it; NULL: none. */
const struct sim_written *sim_phones_first(const struct sim_phones *p);
/* How many there have been. */
uint64_t sim_phones_count(const struct sim_phones *p);

/* getReceivedSms and getReceivedMessages, startSmsNotification, stopSmsNotification and those of MMS,
 * getMessage and getMessageURIs. 0, or -1 when it was refused. */
int sim_call_received(struct sim_call *c);
int sim_call_start(struct sim_call *c);
int sim_call_stop(struct sim_call *c);
int sim_call_get_message(struct sim_call *c);

#endif
