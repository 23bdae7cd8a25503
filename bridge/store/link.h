/*
 * link.h - messages that can be read at a link for a time: a copy of their own, since the queue keeps a
 * message's content no longer than it needs it. On the queue's writer thread, in its transaction; all
 * return -1 and *v (LATER) when the store could not.
 */
#ifndef BRIDGE_LINK_H
#define BRIDGE_LINK_H

#include <stddef.h>
#include <stdint.h>

struct msg;
struct shelf;
struct verdict;

enum { LINK_TOKEN = 17 }; /* 16 characters, 80 bits of chance, and NUL */

/* Keep the message under m->link_token until m->link_until. 0. */
int link_write(struct shelf *s, const struct msg *m, struct verdict *v);
/* 1: *m is it, for msg_free(), and *until says when it ends (seconds since 1970); 0: there is none. */
int link_read(struct shelf *s, const char *token, struct msg **m, int64_t *until, struct verdict *v);
/* Forget those whose time is over (now: seconds since 1970), at most `most`. The count. */
int link_trim(struct shelf *s, int64_t now, unsigned most, struct verdict *v);

/* Forget those that a sender (a URI) wrote, of the next `most` entries from *at on, which is moved on; *gone
 * grows by as many as there were. 1: there may be more; 0: that was the end. */
struct key;
int link_forget(struct shelf *s, const char *who, struct key *at, unsigned most, unsigned *gone,
    struct verdict *v);

#endif
