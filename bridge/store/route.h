/*
 * route.h - the routes table: which recipients are ours, and which transport takes them.
 *
 * Keys, in lower case, are looked up in the order of transport(5): user@domain, domain, .parent,
 * .grandparent ...; then, when that gave a phone route, "+prefix" of the number, the longest first,
 * which overrides it. A value is sms:NAME, mms:NAME, phone:NAME, im:NAME (NAME is a transport's; behind
 * those of phones words of style.h may stand, and those of a prefix stand behind a mailbox's),
 * or error:CODE TEXT: CODE 5.x.x refuses, 4.x.x puts off, and 5.0.0 is meant where it is left out.
 */
#ifndef BRIDGE_ROUTE_H
#define BRIDGE_ROUTE_H

#include "bridge/message/addr.h"
#include "bridge/message/msg.h"

struct table;
struct verdict;

enum { ROUTE_NAME = 64, ROUTE_STYLE = 256 };

struct route {
	enum msg_how how;
	char transport[ROUTE_NAME]; /* name of an sdp or im section; "" with MSG_BOUNCE */
	char to[ADDR_MAILBOX + 8];  /* the recipient's URI: "tel:+8613800138000" */
	char style[ROUTE_STYLE];    /* words for style_parse(), "" where the routes have none */
};

/*
 * Resolve an envelope recipient as the mail server gave it. 1 = ours, *r is filled; 0 = not ours;
 * -1 = ours, but it gets *v instead: NEVER 5.1.3 (no number, no JID), 5.1.1 (a user without a
 * phone), NEVER/LATER as an `error:` route says, LATER 4.3.0 (the table could not
 * tell, or a value in it is malformed; then it is unknown whether it is ours). on_step, when given,
 * is told each step in words, for `triviumctl trace`. What is no number before the @ may be the name of
 * a user (see user.h; users NULL: there is no such table).
 */
int route_find(struct table *routes, struct table *users, const struct addr_rules *rules,
    const char *given, struct route *r, void (*on_step)(void *arg, const char *step), void *arg,
    struct verdict *v);
/*
 * The way to a number ("+8613800138000"): that of its longest prefix in the table. 1, 0 when the
 * table says nothing of it, or -1 and *v as above.
 */
int route_number(struct table *routes, const char *number, struct route *r, struct verdict *v);
/* The transport that a value of the routes table names, and which kinds (MSG_*) of messages it is to carry
 * there: any one of them will do. 1; 0: it names none, or is wrong. */
int route_names(const char *value, char transport[ROUTE_NAME], unsigned *kinds);
/* Check a key (in lower case) and a value of the routes table, as `triviumctl map` does. 0, or
 * -1 and *v (NEVER, names the key and says what is wrong). */
int route_check(const char *key, const char *value, struct verdict *v);

#endif
