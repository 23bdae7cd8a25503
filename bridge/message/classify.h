/*
 * classify.h - what kind of mail a mail is: a person's, or a program's and which.
 */
#ifndef BRIDGE_CLASSIFY_H
#define BRIDGE_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

enum {
	CLASSIFY_BYTES = 256 * 1024, /* of a mail, as much as is looked at */
};

enum mail_class {
	MAIL_NONE,	     /* it is no mail */
	MAIL_NORMAL,	     /* nothing says that a program sent it */
	MAIL_BOUNCE,	     /* delivery failed (RFC 3464, or in words) */
	MAIL_DELAY,	     /* delivery is late */
	MAIL_DELIVERED,	     /* delivery succeeded */
	MAIL_MDN,	     /* a receipt of its reader (RFC 8098) */
	MAIL_ARF,	     /* a complaint (RFC 5965) */
	MAIL_AUTO_REPLY,     /* an automatic answer (RFC 3834): vacation, out of office */
	MAIL_AUTO_GENERATED, /* a machine's own mail: cron, monitoring */
	MAIL_BULK,
	MAIL_LIST,	/* of a mailing list (RFC 2919) */
	MAIL_CHALLENGE, /* asks whether a person wrote the mail that it answers */
	MAIL_LOOP,	/* has been here before */
};

/* What was read of a mail elsewhere: decoded, UTF-8. NULL where it is not there. */
struct classify_text {
	const char *subject;
	const char *from; /* the From field */
	const char *text; /* what a reader sees; the beginning will do */
};

/*
 * The class of the mail whose first len bytes are at mail, with any line ends; no more than
 * CLASSIFY_BYTES of them are looked at. What is certain comes first: reports, then what fields of
 * the header say, then what words say. Time is linear in len.
 */
enum mail_class classify(const char *mail, size_t len, const struct classify_text *text);
/* Its name: "auto-reply". Static. */
const char *classify_name(enum mail_class c);
/* Must mail of that class not be answered by a program (RFC 3834 section 2)? */
bool classify_automatic(enum mail_class c);

#endif
