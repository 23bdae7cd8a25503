/*
 * transport_mail.h - the transport named "mail": what phones and IM users write goes to the mail
 * server, and so do the reports about mails that came from there.
 */
#ifndef BRIDGE_TRANSPORT_MAIL_H
#define BRIDGE_TRANSPORT_MAIL_H

#include <stdbool.h>

#include "bridge/base/conf.h"
#include "bridge/flow/pump.h"

struct returnpath;
struct transport;
struct transport_driver;

/* The section `mail` of trivium.conf(5), as far as others than the transport need it. */
struct mail_settings {
	const char *relay;	/* where mail made by us is injected; "": no mail goes out */
	const char *domain;	/* of the phones' mailboxes, and of our Message-IDs and return paths */
	const char *im_domain;	/* of IM users' mailboxes; "": they have none */
	const char *postmaster; /* who answers for reports; "": nobody is named */
};
extern const struct setting mail_rows[];
extern const struct setting mail_pump_rows[]; /* of the same section, for its pump */
/* Fill a pump's settings from the section. */
void mail_pump_settings(const struct section *section, struct pump_settings *s);

extern const struct transport_driver transport_mail;

/* Does the section name a relay? Else there is no such transport. */
bool mail_is_wanted(const struct section *section);
/* The open transport's settings. Lent. */
const struct mail_settings *transport_mail_settings(const struct transport *t);
/* Give it the secret for its return paths (lent), before the first send. */
void transport_mail_sign(struct transport *t, const struct returnpath *r);

#endif
