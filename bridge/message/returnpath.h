/*
 * returnpath.h - the envelope sender of a mail that we make: bounce-CORRELATOR-MAC@domain. A report
 * that comes back to it tells which send it is about, and nobody else can make one up.
 *
 * The correlator is the job's (see queue.h), whose first characters are the message's id and with it
 * the time; the MAC is the first 80 bits of HMAC-SHA256 over it, in the ids' base 32. Letter case is
 * of no matter, as some mail servers change it.
 */
#ifndef BRIDGE_RETURNPATH_H
#define BRIDGE_RETURNPATH_H

#include <stdbool.h>
#include <stdint.h>

struct returnpath; /* the secret */
struct verdict;

enum {
	RETURNPATH_CORRELATOR = 31, /* 30 characters and NUL */
	RETURNPATH_LOCAL = 55,	    /* "bounce-", 30, '-', 16, NUL: fits into 64 (RFC 5321 4.5.3.1.1) */
	RETURNPATH_DAYS = 30,	    /* it counts so long; mail servers give up after five */
};

/* The secret in that file, which is made when it is not there, for its owner only. For
 * returnpath_close(); NULL and *v (LATER: it cannot be read or made; NEVER: it is no secret). */
struct returnpath *returnpath_open(const char *path, struct verdict *v);
/* Accepts NULL. */
void returnpath_close(struct returnpath *r);

/* The local part for a correlator. */
void returnpath_make(const struct returnpath *r, const char *correlator,
    char out[RETURNPATH_LOCAL]);
/* Has the local part the form of a return path, whoever made it? */
bool returnpath_is(const char *local);
/* Read one back. 0 and the correlator; or -1 and *v (NEVER 5.1.1: it is not ours, or too old at that
 * time, ms since 1970). */
int returnpath_read(const struct returnpath *r, const char *local, int64_t now,
    char correlator[RETURNPATH_CORRELATOR], struct verdict *v);

#endif
