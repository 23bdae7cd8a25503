/*
 * compose.h - a mail made of a message: what a person wrote on a phone or in IM, or a report about a
 * mail (RFC 3464). GMime stays in compose.c.
 */
#ifndef BRIDGE_COMPOSE_H
#define BRIDGE_COMPOSE_H

#include <stddef.h>

#include "bridge/message/mailbox.h"

struct buf;
struct msg;
struct verdict;

/* The field that marks the mails we make: it has the phones' domain, and such a mail that comes back is
 * refused. X-Loop would have told some vacation programs that no person wrote. */
#define LOOP_FIELD "X-Trivium-Loop"

/* Bytes of the longest mail made: all media in base64, all text in the worst encoding, and the head. */
enum { COMPOSE_MAX = 16 << 20 };

struct compose {
	struct mailbox_domains domains;
	const char *postmaster; /* who answers for reports; "": nobody is named */
};

/*
 * Append the mail of m to its first recipient (its URI) to out: 7 bit, lines ended by
 * CR LF. The same message gives the same Message-ID each time. Nothing of the message can add a
 * header field or a part: names, subjects and ids are made one line without controls and encoded
 * (RFC 2047, 2231). mime_start() comes first.
 * 0, or -1 and *v (NEVER 5.1.3: sender or recipient has no mailbox; 5.3.4: too long).
 */
int compose(const struct msg *m, const struct compose *c, struct buf *out, struct verdict *v);

#endif
