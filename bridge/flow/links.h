/*
 * links.h - pages where those who got the beginning of a long message read all of it, with its
 * attachments, for a time. Whoever has the address may read: it has 80 bits of chance in it.
 */
#ifndef BRIDGE_LINKS_H
#define BRIDGE_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/conf.h"

struct httpd_request;
struct links;
struct msg;
struct queue;

struct links_settings {
	const char *url; /* that phones reach, and that leads to LINKS_PREFIX of the listener; "": no links */
	long time;	 /* ms that a link lasts */
};
extern const struct setting links_rows[]; /* of section bridge */

#define LINKS_PREFIX "/t/"

/* The room; settings and queue are lent. For links_free(). */
struct links *links_new(struct queue *q, const struct links_settings *s);
/* Accepts NULL. */
void links_free(struct links *l);
/* Are any made: is there an address for them? */
bool links_are_made(const struct links *l);
/* Give the message a link, when a recipient of it is cut short, or goes without its attachments, and its
 * style wants one: link, link_token and link_until are set then, and what it cuts is measured anew. */
void links_make(const struct links *l, struct msg *m);
/* A request to what follows the prefix, TOKEN or TOKEN/N, for listener_add(). */
void links_called(void *links, struct httpd_request *r, const char *rest);

#endif
