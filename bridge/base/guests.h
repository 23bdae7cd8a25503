/*
 * guests.h - who is connected to a server, and whose connection is closed when there are too many.
 *
 * So that whoever comes is served, a server takes some more than it keeps, and closes the surplus:
 * strangers' connections before those of whom it knows; of these, those of the address that has
 * most; of these, the one that has been without a whole request longest. Never closed is one whose
 * request is being answered, one that is known for the sake of strangers, and one that has come just
 * now. Who sends a byte now and then wins nothing by that, and neither does one who asks for nothing
 * again and again. Nothing here knows a socket but by its number, or the time.
 */
#ifndef BRIDGE_GUESTS_H
#define BRIDGE_GUESTS_H

#include <stdbool.h>

struct guest;
struct guests;

/* For guests_free(). most: how many connections are kept. */
struct guests *guests_new(unsigned most);
/* All have left. Accepts NULL. */
void guests_free(struct guests *g);
/* How many connections the server is to take: some more than it keeps. */
unsigned guests_room(const struct guests *g);

/* A connection has come from that address ("192.0.2.1", "::1", "unix"); known: it is one that strangers
 * must not push out. For guests_leave(). */
struct guest *guests_enter(struct guests *g, int fd, const char *peer, bool known);
/* It is closed. */
void guests_leave(struct guest *guest);
/* A whole request of it has come, and is being answered. */
void guests_ask(struct guest *guest);
/* The answer is over. */
void guests_rest(struct guest *guest);
/* It has shown who it is, so its address is known from now on, for those of it that come later, too. */
void guests_trust(struct guest *guest);

/*
 * The next one whose connection is to be closed, or NULL. To be asked again until it is NULL, whenever
 * all that has come has been looked at. Who is named once is not counted any more; it leaves when it is
 * closed.
 */
struct guest *guests_surplus(struct guests *g);
/* The descriptor and the address as they were given (lent), and how many connections the address has. */
int guests_fd(const struct guest *guest);
const char *guests_peer(const struct guest *guest);
unsigned guests_of_peer(const struct guest *guest);

#endif
