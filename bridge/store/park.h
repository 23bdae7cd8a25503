/*
 * park.h - messages on their way in that something is fetched for first, while the network that brought
 * them has forgotten them already. On the queue's writer thread, in its transaction; all return -1 and
 * *v (LATER) when the store could not.
 */
#ifndef BRIDGE_PARK_H
#define BRIDGE_PARK_H

#include <stddef.h>

struct buf;
struct msg;
struct shelf;
struct verdict;

/* A message that waits, as queue_parked() gives it. */
struct parked {
	struct msg *msg; /* for msg_free(), unless it is taken and set to NULL; its id is the name it waits by */
	char *link;	 /* of what is to be fetched for it */
};

/* Append all that is needed to hand m on later, as a record. Any thread. */
void park_format(const struct msg *m, const char *link, struct buf *out);
/* Keep a record under the message's id. 0. */
int park_write(struct shelf *s, const char *transport, const char *id, const struct buf *record,
    struct verdict *v);
/* It waits no more. 0, also when it did not. */
int park_drop(struct shelf *s, const char *transport, const char *id, struct verdict *v);
/* All that wait, the oldest first, into *list (for parked_free()). What cannot be read is passed over.
 * The count. */
int park_read(struct shelf *s, const char *transport, struct parked **list, struct verdict *v);
/* Accepts NULL. */
void parked_free(struct parked *list, size_t n);

#endif
