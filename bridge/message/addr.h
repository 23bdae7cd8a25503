/*
 * addr.h - parties and how they are written: mailboxes as in SMTP, phone numbers as people type
 * them, URIs as used inside Trivium ("tel:+8613800138000", "mailto:alice@example.com").
 */
#ifndef BRIDGE_ADDR_H
#define BRIDGE_ADDR_H

#include <stddef.h>

#include "bridge/base/conf.h"

struct verdict;

enum {
	ADDR_NUMBER = 20,  /* room for '+', 15 digits (E.164) and NUL, and then some */
	ADDR_MAILBOX = 330, /* 64 + '@' + 255 (RFC 5321 4.5.3.1) and room for quotes, and NUL */
};

/* How numbers are typed where Trivium stands. The top rows of trivium.conf(5). */
struct addr_rules {
	const char *country_code;	  /* "86"; "": numbers without one are refused */
	const char *trunk_prefix;	  /* "0"; "": none */
	const char *international_prefix; /* "00" */
};
extern const struct setting addr_settings[];

/* Can numbers be told by these rules? 0, or -1 and *v (NEVER 5.3.5, names the key). */
int addr_rules_check(const struct addr_rules *r, struct verdict *v);

struct mailbox {
	char local[ADDR_MAILBOX];  /* as written, unquoted */
	char domain[ADDR_MAILBOX]; /* lower case; "" when there is none */
};

/*
 * Read a mailbox as SMTP or sendmail(1) hand it over (RFC 5321 4.1.2): with or without <>, source
 * route dropped, quoted local part unquoted; without "@" the domain is "". A local part may be
 * longer than 64 bytes, as those of bounce addresses are, while the whole has no more than 320; its
 * bytes may be UTF-8 (RFC 6531) and are passed as they stand. The null sender "<>" is no mailbox.
 * 0, or -1 and *v (NEVER 5.1.3).
 */
int addr_mailbox(const char *given, struct mailbox *m, struct verdict *v);

/*
 * Normalise a number to E.164: "+" and 7 to 15 digits. Takes what people type: spaces, NBSP, dots,
 * dashes, slashes, parentheses, "(0)", a leading "tel:", ";parameters", "+" or the international
 * prefix, else the trunk prefix is dropped (once) and the country code put in front; full-width and
 * Arabic-Indic digits. Idempotent. 0, or -1 and *v (NEVER 5.1.3, says what is wrong with it; LATER
 * 4.3.5 when the rules' country code is none).
 *
 * Web forms strip the "+": digits that begin with the country code, and are more than its longest
 * national number has, are taken as if the "+" were there (8613800138000 with country code 86). A
 * trunk prefix that does not begin with 0 is dropped only from what is too long without.
 */
int addr_number(const char *typed, const struct addr_rules *r, char out[ADDR_NUMBER],
    struct verdict *v);

#endif
