/*
 * verdict.h - one answer all the way: from the library that failed to the log, the queue, the SMTP
 * reply, the HTTP status and the report.
 */
#ifndef BRIDGE_VERDICT_H
#define BRIDGE_VERDICT_H

#include <stdbool.h>

enum verdict_is {
	DONE,	 /* it happened */
	LATER,	 /* it did not happen, and may on another try */
	NEVER,	 /* it did not happen and will not */
	UNKNOWN, /* it may have happened: the request went out and no answer came */
};

struct verdict {
	enum verdict_is is;
	bool whole;	/* the failure is the whole transport's, not this message's */
	long after_s;	/* the other side asked to be left alone for so many seconds; 0: it did not */
	char dsn[12];	/* enhanced status code, RFC 3463: "4.4.1" */
	char text[300]; /* one sentence for people, without a line end */
};

/* Fill *v with "it happened". dsn is a 2.x.x code. Returns 0, so that `return done(…)` reads well. */
int done(struct verdict *v, const char *dsn, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fill *v with a failure that may pass; dsn is a 4.x.x code. Returns -1. */
int later(struct verdict *v, const char *dsn, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fill *v with a failure that stays; dsn is a 5.x.x code. Returns -1. */
int never(struct verdict *v, const char *dsn, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fill *v with an outcome that nobody knows; dsn is a 4.x.x code. Returns -1. */
int unknown(struct verdict *v, const char *dsn, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The SMTP reply code that goes with v (RFC 5321 section 4.2.3, RFC 3463 section 3): "250", "451",
 * "452", "550", "552" or "554". A static string.
 */
const char *verdict_smtp(const struct verdict *v);

#endif
