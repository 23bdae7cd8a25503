/*
 * binding.h - which phone number an IM user has proven to be its own, and what it wants: what users
 * change themselves, by registering with a gateway. The book on the loop's thread answers; the store
 * keeps it.
 */
#ifndef BRIDGE_BINDING_H
#define BRIDGE_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/message/addr.h"

struct bindings;
struct shelf;
struct verdict;

enum {
	BINDINGS_MOST = 200000,
	BINDING_JID = ADDR_MAILBOX, /* room for a JID; who has a longer one cannot have a binding */
};

struct binding {
	const char *via;	  /* the gateway: a transport's name */
	const char *jid;	  /* without resource */
	char number[ADDR_NUMBER]; /* "+4915550100"; "": the binding is undone */
	int64_t since;		  /* seconds since 1970 */
	bool tell;		  /* wants to be told in words when a message was delivered */
};

/* An empty book. For bindings_free(). */
struct bindings *bindings_new(void);
/* Accepts NULL. */
void bindings_free(struct bindings *b);
/* Enter one (copied), or change or undo what is there about the same gateway and JID. */
void bindings_set(struct bindings *b, const struct binding *one);
/* Undo all of a number or a JID. */
void bindings_forget(struct bindings *b, const char *jid_or_number);
/* Is there room for one more? */
bool bindings_room(const struct bindings *b);
/* What a user has at a gateway; or what anybody has at any by that JID or number, the latest. Lent until
 * it is changed; NULL: nothing. */
const struct binding *bindings_at(const struct bindings *b, const char *via, const char *jid);
const struct binding *bindings_of(const struct bindings *b, const char *jid_or_number);
/* Call for each of a gateway's (NULL: of all), the oldest entry first. */
void bindings_each(const struct bindings *b, const char *via,
    void (*each)(void *arg, const struct binding *one), void *arg);

/* On the queue's writer thread, in its transaction; 0, or -1 and *v (LATER). */

/* Keep it; or when it is undone, no more. */
int binding_write(struct shelf *s, const struct binding *one, struct verdict *v);
/* Every one that is kept: each(arg, one), which lends it. One that cannot be read is passed over, and
 * logged. */
int binding_each(struct shelf *s, void (*each)(void *arg, const struct binding *one), void *arg,
    struct verdict *v);

/* Undo all of a number or a JID, and count them. The count, or -1 and *v. */
int binding_forget(struct shelf *s, const char *jid_or_number, struct verdict *v);

#endif
