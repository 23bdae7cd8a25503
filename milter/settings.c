/*
 * settings.c - the rows of the section `milter` of trivium.conf(5) that only the milter reads.
 */
#include <stddef.h>

#include "milter/milter.h"

#define AT(field) offsetof(struct milter_settings, field)

const struct setting milter_rows[] = {
	{ "networks", CONF_STRING, AT(networks), "127.0.0.0/8 [::1]/128", NULL, NULL,
	    "clients that may send to phones without a login" },
	{ "authserv", CONF_STRING, AT(authserv), "", NULL, NULL,
	    "authserv-ids whose Authentication-Results are believed; with them the policy may let "
	    "senders in by DKIM, SPF or DMARC" },
	{ "size", CONF_SIZE, AT(size), "25 MB", "1 kB", "1 GB", "the longest mail taken" },
	{ "wait", CONF_TIME, AT(wait), "30 s", "1 s", "10 m",
	    "how long a mail may take at the bridge, before its sender is told to try again" },
	{ "discard", CONF_BOOL, AT(discard), "yes", NULL, NULL,
	    "drop a mail in one piece when all its recipients were taken; no, where the mail "
	    "server "
	    "adds recipients of its own (always_bcc)" },
	{ "ca_file", CONF_STRING, AT(ca_file), "", NULL, NULL,
	    "certificates to trust when the bridge is reached by https; empty: the system's" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};
