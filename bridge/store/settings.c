/*
 * settings.c - the rows of the sections `bridge`, `milter` and `tables` that the daemons and triviumctl
 * share. One row for all of them, so that they cannot differ in where the other one is to be found.
 */
#include "bridge/store/settings.h"

const struct setting bridge_rows[] = {
	{ "submit", CONF_STRING, offsetof(struct bridge_settings, submit),
	    "unix:/run/trivium/submit.sock", NULL, NULL,
	    "where the bridge takes messages: \"unix:/path\" or \"https://host:port\"" },
	{ "submit_secret_file", CONF_SECRET, offsetof(struct bridge_settings, submit_secret), "",
	    NULL, NULL, "holds what milter and bridge must both know when submit is https" },
	{ "submit_cert", CONF_STRING, offsetof(struct bridge_settings, submit_cert), "", NULL, NULL,
	    "the bridge's certificate, and its chain, when submit is https (PEM)" },
	{ "submit_key", CONF_STRING, offsetof(struct bridge_settings, submit_key), "", NULL, NULL,
	    "the key of that certificate (PEM)" },
	{ "admin", CONF_STRING, offsetof(struct bridge_settings, admin), "", NULL, NULL,
	    "\"host:port\" of /metrics, /healthz, /readyz and the status page; empty: none" },
	{ "control", CONF_STRING, offsetof(struct bridge_settings, control),
	    "unix:/run/trivium/control.sock", NULL, NULL,
	    "the socket on which triviumctl reaches the bridge: \"unix:/path\"" },
	{ "listen", CONF_STRING, offsetof(struct bridge_settings, listen), "", NULL, NULL,
	    "where platforms bring receipts and messages: \"127.0.0.1:8080\", \"unix:/path\"" },
	{ "listen_cert", CONF_STRING, offsetof(struct bridge_settings, listen_cert), "", NULL, NULL,
	    "the certificate shown there, and its chain (PEM); empty: no TLS" },
	{ "listen_key", CONF_STRING, offsetof(struct bridge_settings, listen_key), "", NULL, NULL,
	    "the key of that certificate (PEM)" },
	{ 0 },
};

const struct setting milter_place_rows[] = {
	{ "socket", CONF_STRING, offsetof(struct milter_place, socket),
	    "unix:/var/spool/postfix/trivium/milter.sock", NULL, NULL,
	    "where the mail server finds the milter: \"unix:/path\", \"inet:port@host\"" },
	{ "second_door", CONF_STRING, offsetof(struct milter_place, second_door), "trivium-second", NULL, NULL,
	    "milter_macro_daemon_name of the smtpd that Postfix itself speaks to; empty: none" },
	{ 0 },
};

const struct setting tables_rows[] = {
	{ "routes", CONF_STRING, offsetof(struct tables_settings, routes),
	    "hash:" SYSCONFDIR "/routes", NULL, NULL,
	    "which recipients are ours, and which transport takes them" },
	{ "users", CONF_STRING, offsetof(struct tables_settings, users), "", NULL, NULL,
	    "who is who in mail, on the phone and in IM; empty: nobody is known" },
	{ "policy", CONF_STRING, offsetof(struct tables_settings, policy), "", NULL, NULL,
	    "what senders may; empty: who has a login or is in networks may send to every number" },
	{ "inbound", CONF_STRING, offsetof(struct tables_settings, inbound), "", NULL, NULL,
	    "whom our service numbers, and keywords sent to them, lead to; empty: nobody" },
	{ 0 },
};
