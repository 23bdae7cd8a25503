/*
 * metrics.h - the numbers of the daemon in the text form that Prometheus reads (version 0.0.4).
 */
#ifndef BRIDGE_METRICS_H
#define BRIDGE_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct pump;
struct queue;

/* Append all of them. oldest: ms since 1970 when the oldest message in the queue was accepted; 0:
 * there is none. */
void metrics_format(struct queue *q, struct pump *const *pumps, size_t n, int64_t oldest,
    struct buf *out);

#endif
