/*
 * metrics.c - the numbers of the daemon for Prometheus.
 */
#include "bridge/flow/metrics.h"

#include <stdbool.h>
#include <stdio.h>

#include "bridge/base/buf.h"
#include "bridge/base/loop.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/tally.h"
#include "bridge/store/queue.h"

static const struct {
	const char *name, *help;
	size_t offset; /* of a uint64_t in struct tally */
} counters[] = {
	{ "accepted", "Messages for one recipient that were put on the disk.",
	    offsetof(struct tally, accepted) },
	{ "sent", "Messages that the network has taken.", offsetof(struct tally, sent) },
	{ "delivered", "Messages that the network reported as delivered.",
	    offsetof(struct tally, delivered) },
	{ "undelivered", "Messages that the network took, and reported as failed.",
	    offsetof(struct tally, undelivered) },
	{ "no_report", "Messages whose report never came.", offsetof(struct tally, no_report) },
	{ "uncertain", "Sends whose outcome stayed unknown.", offsetof(struct tally, uncertain) },
};

static void
put_help(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP trivium_%s %s\n# TYPE trivium_%s %s\n", name, help, name, type);
}

static void
put_counters(struct pump *const *pumps, size_t n, struct buf *out)
{
	char name[32];

	for (size_t c = 0; c < sizeof counters / sizeof counters[0]; c++) {
		snprintf(name, sizeof name, "%s_total", counters[c].name);
		put_help(out, name, "counter", counters[c].help);
		for (size_t i = 0; i < n; i++) {
			const char *t = (const char *)pump_tally_of(pumps[i]);

			buf_addf(out, "trivium_%s{transport=\"%s\"} %llu\n", name, pump_name(pumps[i]),
			    (unsigned long long)*(const uint64_t *)(const void *)(t + counters[c].offset));
		}
	}
}

/* Section titles and status codes need no escaping: they are letters, digits, ".", "_" and "-". */
static void
put_reasons(struct pump *const *pumps, size_t n, bool failed, struct buf *out)
{
	const char *name = failed ? "failed_total" : "deferred_total";

	put_help(out, name, "counter", failed ? "Messages that failed, by enhanced status code."
					      : "Tries that were put off, by enhanced status code.");
	for (size_t i = 0; i < n; i++) {
		const struct tally *t = pump_tally_of(pumps[i]);

		for (int r = 0; r < TALLY_REASONS && *t->reasons[r].dsn; r++)
			buf_addf(out, "trivium_%s{transport=\"%s\",reason=\"%s\"} %llu\n", name,
			    pump_name(pumps[i]), t->reasons[r].dsn,
			    (unsigned long long)(failed ? t->reasons[r].failed : t->reasons[r].deferred));
	}
}

static void
put_latency(struct pump *const *pumps, size_t n, struct buf *out)
{
	put_help(out, "latency_seconds", "histogram", "From acceptance to the network's yes.");
	for (size_t i = 0; i < n; i++) {
		const struct tally *t = pump_tally_of(pumps[i]);
		const char *name = pump_name(pumps[i]);

		for (int b = 0; b < TALLY_BUCKETS; b++)
			buf_addf(out, "trivium_latency_seconds_bucket{transport=\"%s\",le=\"%g\"} %llu\n",
			    name, tally_bucket_s[b], (unsigned long long)t->latency[b]);
		buf_addf(out, "trivium_latency_seconds_bucket{transport=\"%s\",le=\"+Inf\"} %llu\n"
		    "trivium_latency_seconds_sum{transport=\"%s\"} %.3f\n"
		    "trivium_latency_seconds_count{transport=\"%s\"} %llu\n", name,
		    (unsigned long long)t->latencies, name, t->latency_sum, name,
		    (unsigned long long)t->latencies);
	}
}

static void
put_transports(struct queue *q, struct pump *const *pumps, size_t n, struct buf *out)
{
	struct pump_state s;

	put_help(out, "queue_depth", "gauge", "Messages that are not final.");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "trivium_queue_depth{transport=\"%s\"} %llu\n", pump_name(pumps[i]),
		    (unsigned long long)queue_depth(q, pump_name(pumps[i])));
	put_help(out, "transport_busy", "gauge", "Messages under way to the network.");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "trivium_transport_busy{transport=\"%s\"} %u\n", pump_name(pumps[i]),
		    pump_busy(pumps[i]));
	put_help(out, "heartbeat_ok", "gauge", "1 while the transport's heartbeats arrive, 0 while they do not.");
	for (size_t i = 0; i < n; i++) {
		const struct tally *t = pump_tally_of(pumps[i]);

		if (t->heartbeat != TALLY_NO_HEARTBEAT)
			buf_addf(out, "trivium_heartbeat_ok{transport=\"%s\"} %d\n", pump_name(pumps[i]),
			    t->heartbeat == TALLY_WELL);
	}
	put_help(out, "transport_paused", "gauge", "1 while the transport is paused as a whole.");
	for (size_t i = 0; i < n; i++) {
		pump_look(pumps[i], &s);
		buf_addf(out, "trivium_transport_paused{transport=\"%s\"} %d\n", s.name, s.paused);
	}
}

void
metrics_format(struct queue *q, struct pump *const *pumps, size_t n, int64_t oldest, struct buf *out)
{
	struct queue_counts c = queue_counts(q);
	int64_t age = oldest ? loop_wall_ms() - oldest : 0;

	put_counters(pumps, n, out);
	put_reasons(pumps, n, true, out);
	put_reasons(pumps, n, false, out);
	put_transports(q, pumps, n, out);
	put_latency(pumps, n, out);
	put_help(out, "queue_age_seconds", "gauge", "Age of the oldest message that is not final.");
	buf_addf(out, "trivium_queue_age_seconds %.3f\n", (double)(age > 0 ? age : 0) / 1000);
	put_help(out, "commits_total", "counter", "Transactions of the queue; each flushes the disk once.");
	buf_addf(out, "trivium_commits_total %llu\n", (unsigned long long)c.commits);
	put_help(out, "requests_total", "counter", "Requests to the queue that these transactions did.");
	buf_addf(out, "trivium_requests_total %llu\n", (unsigned long long)c.requests);
	put_help(out, "disk_full", "gauge", "1 while the queue takes nothing for want of room.");
	buf_addf(out, "trivium_disk_full %d\n", c.full);
}
