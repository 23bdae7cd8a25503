/*
 * networks.h - lists of networks, as in `networks = "127.0.0.0/8 [::1]/128"`, and who lies in them.
 */
#ifndef BRIDGE_NETWORKS_H
#define BRIDGE_NETWORKS_H

#include <netinet/in.h>
#include <stdbool.h>

struct networks; /* const once made: any thread may ask */
struct verdict;

/*
 * Read a list, parted by blanks or commas: addresses, or networks as address/length; IPv6 with or
 * without [] around the address. For networks_free(); NULL and *v (NEVER, names the word) when a
 * word is none of these, or has bits set behind its length.
 */
struct networks *networks_parse(const char *list, struct verdict *v);
/* Accepts NULL. */
void networks_free(struct networks *n);
/* Does the address lie in one of them? IPv4 addresses are given mapped, as network_address() does.
 */
bool networks_have(const struct networks *n, const struct in6_addr *address);

/* Read an address: "192.0.2.1", "2001:db8::1", "IPv6:2001:db8::1" (as in Received fields). IPv4 and
 * v4-mapped ones become the same. Whether it is one. */
bool network_address(const char *text, struct in6_addr *address);

#endif
