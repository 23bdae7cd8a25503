/*
 * sim_phones.h - the inside of struct sim_phones, for sim_phone.c and sim_want.c.
 */
#ifndef SDP_SIM_PHONES_H
#define SDP_SIM_PHONES_H

#include "sdp/sim_phone.h"

struct sim_version;
struct xml_writer;

enum { SIM_WANTS = 100 };

/* Who wants to hear of what is written to a number: a start…Notification. */
struct sim_want {
	const struct sim_version *version;
	char *endpoint, *correlator, *number, *criteria;
};

struct sim_phones {
	struct sim_written *first, *last;
	size_t kept, bytes;
	uint64_t count;
	struct sim_want wants[SIM_WANTS];
	size_t nwants;
};

/* Frees what it holds. */
void sim_want_free(struct sim_want *w);
/* Who wants that message, or NULL. */
const struct sim_want *sim_phones_want(const struct sim_phones *p, const struct sim_written *m);
/* The message that can be fetched by id, or NULL. */
struct sim_written *sim_phones_find(const struct sim_phones *p, const char *id);
/* The inside of an SmsMessage or a MessageReference. */
void sim_written_put(struct xml_writer *w, const struct sim_written *m, bool dated);

#endif
