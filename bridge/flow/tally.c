/*
 * tally.c - what a transport has done since the start.
 */
#include "bridge/flow/tally.h"

#include <stdio.h>
#include <string.h>

const double tally_bucket_s[TALLY_BUCKETS] = { 0.1, 0.5, 1, 2, 5, 30, 300, 3600, 86400 };

/* Codes are a network's, so their number is bounded here. */
static struct tally_reason *
reason(struct tally *t, const char *dsn)
{
	struct tally_reason *r = t->reasons, *last = t->reasons + TALLY_REASONS - 1;

	while (r < last && *r->dsn && strcmp(r->dsn, dsn) != 0)
		r++;
	if (!*r->dsn)
		snprintf(r->dsn, sizeof r->dsn, "%s", r == last ? "other" : dsn);
	return r;
}

void
tally_failed(struct tally *t, const char *dsn)
{
	t->failed++;
	reason(t, dsn)->failed++;
}

void
tally_deferred(struct tally *t, const char *dsn)
{
	t->deferred++;
	reason(t, dsn)->deferred++;
}

void
tally_sent(struct tally *t, double seconds)
{
	t->sent++;
	t->latencies++;
	t->latency_sum += seconds > 0 ? seconds : 0;
	for (int i = 0; i < TALLY_BUCKETS; i++)
		t->latency[i] += seconds <= tally_bucket_s[i];
}

void
tally_reported(struct tally *t, enum report_is is)
{
	switch (is) {
	case REPORT_DELIVERED:
		t->delivered++;
		break;
	case REPORT_FAILED:
		t->undelivered++;
		break;
	case REPORT_RELAYED:
	case REPORT_WAITING:
		break;
	}
}
