/*
 * milter.h - what all sessions of the milter share: its settings, and what was made of them at
 * start.
 */
#ifndef MILTER_MILTER_H
#define MILTER_MILTER_H

#include <stdbool.h>

#include "bridge/base/conf.h"
#include "bridge/message/addr.h"
#include "bridge/message/content.h"
#include "bridge/store/settings.h"

struct networks;
struct scan;
struct submit;
struct table;

/* The section `milter` of trivium.conf(5), as far as it is the milter's alone. */
struct milter_settings {
	const char *networks; /* clients that may send without a login */
	const char *authserv; /* authserv-ids that are believed, parted by blanks; "": none */
	const char *ca_file; /* trust these when the bridge is reached by https; "": the system's */
	long size;           /* bytes of the largest mail taken */
	long wait;           /* ms that a mail may take at the bridge */
	bool discard;        /* drop a mail whose recipients are all ours in one piece */
};
extern const struct setting milter_rows[];

/* Made at start, const from then on; lent to every session. */
struct milter {
	struct milter_settings settings;
	struct milter_place place;
	struct content_settings content;
	struct addr_rules rules;
	struct networks *networks;
	struct table *routes;
	struct table *users; /* NULL: none */
	struct submit *bridge;
	struct scan *scan;
};

#endif
