/*
 * settings.h - the settings that several programs must agree on: where the bridge's doors are, and
 * which tables there are.
 */
#ifndef BRIDGE_SETTINGS_H
#define BRIDGE_SETTINGS_H

#include "bridge/base/conf.h"

/* The doors of triviumd, in the section `bridge`, in the form that http_where() reads. */
struct bridge_settings {
	const char *submit;  /* where it takes messages, see door.h */
	const char *submit_secret; /* who brings them over TCP must know it; "": none */
	const char *submit_cert, *submit_key; /* PEM files for TLS; "": none */
	const char *admin;   /* where /metrics, /healthz and the status page are, see admin.h; "": nowhere */
	const char *control; /* where it takes an administrator's orders, see control.h */
	const char *listen;  /* where networks call, as httpd.h has it; "": nowhere. See listener.h */
	const char *listen_cert, *listen_key; /* PEM files for TLS; "": none */
};
extern const struct setting bridge_rows[];

/* Where the mail server finds the milter, in the section `milter`. */
struct milter_place {
	const char *socket;	 /* "unix:/path", "inet:port@host" */
	const char *second_door; /* {daemon_name} of the smtpd that Postfix itself speaks to; "": none */
};
extern const struct setting milter_place_rows[];

/* The section `tables`: each is a name for table_open(). */
struct tables_settings {
	const char *routes; /* see route.h */
	const char *users; /* who is who, see user.h; "": none */
	const char *policy; /* what senders may, see policy.h; "": the presets */
	const char *inbound; /* whom service numbers and keywords lead to; "": none */
};
extern const struct setting tables_rows[];

#endif
