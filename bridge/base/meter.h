/*
 * meter.h - how often something may happen: rates kept in memory, one for each name.
 *
 * The generic cell rate algorithm (as in ITU-T I.371, annex A): of each name one time is kept, when
 * its allowance is whole again. A restart forgets them; what must survive is a quota.
 */
#ifndef BRIDGE_METER_H
#define BRIDGE_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meter;

/* For meter_free(). most: names kept; when more are needed, the one not used for longest is
 * forgotten. */
struct meter *meter_new(size_t most);
/* Accepts NULL. */
void meter_free(struct meter *m);
/* Would n more fit into `count` per `ms` milliseconds? now: monotonic ms. */
bool meter_has(const struct meter *m, const char *name, unsigned count, int64_t ms, unsigned n,
    int64_t now);
/* They happen now, whether they fit or not. */
void meter_take(struct meter *m, const char *name, unsigned count, int64_t ms, unsigned n, int64_t now);

#endif
