/*
 * way.h - which transport takes a recipient: by the routes table, and for what is named by a URI by
 * the kind of party that it names.
 */
#ifndef BRIDGE_WAY_H
#define BRIDGE_WAY_H

#include <stddef.h>

struct intake;
struct msg;
struct pump;
struct verdict;

/*
 * Find the way of recipient i of m and write it into its row: to, how, transport, space. A recipient
 * with `given` (an envelope's) goes by the routes table alone. One with `to` (a URI) and given "":
 *   mailto:  as an envelope's where the domain is one of ours, else by mail
 *   tel:     by the transport that the row names, else by the number's prefix in the table, else by
 *            the first transport that carries SMS
 *   xmpp:    by the transport that the row names, else by the first one that carries IM
 * 0 and *p, or -1 and *v: NEVER 5.x.x, LATER (cannot tell).
 */
int way_find(const struct intake *in, struct msg *m, size_t i, struct pump **p, struct verdict *v);

#endif
