/*
 * origin.h - where a message of an IM user came from, kept in its Message-ID: whoever reports about
 * it names that, and then no table is needed to find the way back to the very line on the screen.
 */
#ifndef IM_ORIGIN_H
#define IM_ORIGIN_H

#include <stdbool.h>

#include "im/jid.h"

enum {
	ORIGIN_ID = 200,    /* bytes of a stranger's id that we can give back */
	ORIGIN_ROOM = 1500, /* room for an origin in writing */
};

/* Where a message of an IM user came from, and what is needed to answer it with a receipt or an error:
 * the id it had, and which client it was. */
struct origin {
	char id[ORIGIN_ID + 1];
	char resource[JID_PART]; /* "" when none */
	char local[JID_PART];	 /* of ours that it was for, escaped */
};

/* Write an origin as a Message-ID, "<…@domain>"; false when it is too long. It can be read back. */
bool origin_format(const struct origin *o, const char *domain, char out[ORIGIN_ROOM]);
/* Read what origin_format() has written; false when it is not that. */
bool origin_parse(const char *message_id, const char *domain, struct origin *o);

#endif
