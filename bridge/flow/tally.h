/*
 * tally.h - what a transport has done since the start, in numbers, for those who watch it.
 */
#ifndef BRIDGE_TALLY_H
#define BRIDGE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "bridge/store/report.h"

enum { TALLY_REASONS = 24, TALLY_BUCKETS = 9 };

/* So often for that reason, an enhanced status code. */
struct tally_reason {
	char dsn[12];
	uint64_t failed, deferred;
};

struct tally {
	uint64_t accepted; /* messages for one recipient that were put on the disk */
	uint64_t sent, delivered, failed, deferred, uncertain, undelivered, no_report;
	struct tally_reason reasons[TALLY_REASONS]; /* the last one is for all that have no place */
	/* From acceptance to the network's yes: tally_bucket_s[i] seconds or less, and all. */
	uint64_t latency[TALLY_BUCKETS], latencies;
	double latency_sum; /* seconds */
	uint64_t heartbeats; /* see heartbeat.h */
	enum { TALLY_NO_HEARTBEAT, TALLY_WELL, TALLY_ILL } heartbeat; /* how the last one was */
};

extern const double tally_bucket_s[TALLY_BUCKETS];

/* It failed, or was put off, for that reason. */
void tally_failed(struct tally *t, const char *dsn);
void tally_deferred(struct tally *t, const char *dsn);
/* It was sent, so many seconds after it was accepted. */
void tally_sent(struct tally *t, double seconds);

/* Its network reported so of a message, which changed what was known. */
void tally_reported(struct tally *t, enum report_is is);

#endif
