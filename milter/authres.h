/*
 * authres.h - what our own mail server's verifier found: the field Authentication-Results, RFC 8601.
 *
 * Anybody can write that field. Believed is one whose authserv-id is configured and which stands above
 * the Received fields of other hosts; that a verifier removes those that forge its own name is its duty
 * (RFC 8601 section 5). Of each method the topmost result counts.
 */
#ifndef MILTER_AUTHRES_H
#define MILTER_AUTHRES_H

#include <stdbool.h>

/* Of one message; zeroed at its beginning. */
struct authres {
	unsigned seen; /* enum msg_auth: methods with a result */
	unsigned pass; /* those that say "pass" for the sender's domain */
};

/*
 * Look at a field's value. ids: the authserv-ids believed, parted by blanks; sender: the envelope
 * sender's address, with whose domain a result must be aligned: DKIM's header.d (or a parent of the
 * sender's domain), SPF's smtp.mailfrom, DMARC's header.from.
 */
void authres_look(struct authres *a, const char *value, const char *ids, const char *sender);

#endif
