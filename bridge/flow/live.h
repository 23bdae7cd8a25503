/*
 * live.h - the settings that may change while triviumd runs: it reads its configuration anew at SIGHUP.
 * The structs are lent to the rooms that use them, and are filled in place.
 */
#ifndef BRIDGE_LIVE_H
#define BRIDGE_LIVE_H

#include "bridge/base/conf.h"
#include "bridge/flow/heartbeat.h"
#include "bridge/flow/links.h"
#include "bridge/flow/optout.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/pumping.h"
#include "bridge/store/retry.h"

struct verdict;

/* Of the whole. */
struct live {
	struct retry retry;
	struct optout_settings optout;
	struct pumping_settings pumping;
	struct links_settings links;
};

/* Of one transport. */
struct live_transport {
	const char *kind; /* of its section: "sdp", "im" or "mail" */
	const char *name; /* of the transport; a titled section's title */
	struct pump_settings pump;
	struct heartbeat_settings heartbeat; /* of kind sdp alone */
};

/* Fill it at start. The strings are lent by the configuration. */
void live_fill(struct live *l, const struct conf *c);
/* The same for the transport (its kind set) of that section. 0, or -1 and *v when its values do not go
 * together. */
int live_fill_transport(struct live_transport *t, const struct section *s, struct verdict *v);

/*
 * Change them to what the new configuration says, where it differs from the one before; keys that count
 * at the start only stay as they were. Each key that has changed is logged, with whether it counts now or
 * needs a restart: for the former `was`, which was read last, counts, for the others `first`, with which the
 * process began. All configurations must be kept as long as the settings. 0; or -1, nothing changed,
 * when the new values do not go together, which is said on errors as "FILE:LINE: message", a line each.
 */
int live_change(struct live *l, struct live_transport *const *all, size_t n, const struct conf *first,
    const struct conf *was, const struct conf *is, FILE *errors);

#endif
