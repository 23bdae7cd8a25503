/*
 * evidence.h - who sent a mail that comes by the second door, where the client is always our own
 * mail server: its Received fields know.
 */
#ifndef MILTER_EVIDENCE_H
#define MILTER_EVIDENCE_H

#include <stdbool.h>

enum { EVIDENCE_NAME = 256 };

enum evidence_is {
	EVIDENCE_NONE,     /* nothing that can be believed */
	EVIDENCE_INTERNAL, /* only hops inside our mail server: a bounce, a forwarding */
	EVIDENCE_LOCAL,    /* a user of this host, by sendmail(1) */
	EVIDENCE_CLIENT,   /* an SMTP client: address, and login when it had one */
	EVIDENCE_FOREIGN,  /* the uppermost field is none of our mail server's */
};

struct evidence {
	enum evidence_is is;
	bool settled; /* what comes further down in the mail was there before, and can be a lie */
	char address[EVIDENCE_NAME]; /* "192.0.2.1", "IPv6:2001:db8::1" */
	char login[EVIDENCE_NAME];   /* "": none */
};

/*
 * Look at the next field Received of the mail, from its top: value as it stands (lines parted by
 * LF, as Postfix's smtpd, pickup and local write them). host is our mail server's own name; a field
 * of another host ends the search, as does the first one that tells of a user, or of a client that
 * is not this host itself (a content filter's way back in). Begin with a zeroed *e.
 */
void evidence_look(struct evidence *e, const char *value, const char *host);

#endif
