/*
 * mailbox.h - as which mailbox a party appears in mail: a phone as +number@domain, an IM user by its
 * JID, and a mail user as itself.
 */
#ifndef BRIDGE_MAILBOX_H
#define BRIDGE_MAILBOX_H

#include "bridge/message/addr.h"

struct verdict;

/* Under which domains of ours parties of other worlds have their mailboxes. */
struct mailbox_domains {
	const char *phones; /* "sms.example.com" */
	const char *im;	    /* "im.example.com": JIDs of it are mailboxes as they are; "": none */
};

/*
 * Write the mailbox of a party: "tel:+49…" is +49…@phones, "xmpp:juliet@im" itself,
 * "xmpp:juliet@capulet.lit" juliet%capulet.lit@im, "mailto:x" x (checked, quoted where that is
 * needed; "mailto:", the null sender, gives ""). 0, or -1 and *v (NEVER 5.1.3) when it has none.
 */
int mailbox_of(const char *uri, const struct mailbox_domains *d, char out[ADDR_MAILBOX],
    struct verdict *v);
/* Write a mailbox as SMTP and a header want it (RFC 5321 4.1.2), the local part in quotes where it
 * must be. 0, or -1 when it does not fit or holds what no mailbox can (a control byte). */
int mailbox_write(const char *local, const char *domain, char out[ADDR_MAILBOX]);

#endif
