/*
 * jid.h - addresses of XMPP (RFC 7622), and how strangers of other worlds are written in them: the
 * local part escaped by XEP-0106, since a mail address has an "@" of its own.
 */
#ifndef IM_JID_H
#define IM_JID_H

#include <stdbool.h>
#include <stddef.h>

enum { JID_PART = 1024 }; /* 1023 bytes (RFC 7622 3.1) and NUL */

struct jid {
	char local[JID_PART];  /* "" when there is none; ASCII letters are small */
	char domain[JID_PART]; /* likewise */
	char resource[JID_PART];
};

/* Read a JID. Returns whether it is one: parts not too long, strict UTF-8, no control characters, none
 * of the characters in its local part that XMPP forbids. *j is undefined when not. */
bool jid_parse(const char *s, struct jid *j);
/* Write "local@domain", without resource, into room bytes. Returns whether it fitted. */
bool jid_bare(const struct jid *j, char *out, size_t room);
/*
 * Write a local part as it may stand in a JID (XEP-0106 4.2), ASCII letters made small: ten characters
 * become \20, \22 and so on, and a backslash becomes \5c where it would else be read as the
 * beginning of one. Returns false when it cannot be: too long, a space at an end, characters that
 * no JID has, nothing at all.
 */
bool jid_escape(const char *plain, char out[JID_PART]);
/* The other way round: exactly the ten codes become characters, in one pass from the left. */
void jid_unescape(const char *local, char out[JID_PART]);

#endif
