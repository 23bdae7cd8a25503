/*
 * guests.c - a list of connections, by how long each has been without a whole request, and a list of
 * the addresses that they come from.
 *
 * Time is counted in arrivals: how long somebody has been silent matters only when others come. Both
 * lists are walked, since they are as short as the number of connections, and only when there are too
 * many.
 */
#include "bridge/base/guests.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/base/networks.h"

enum {
	TRUSTED = 64, /* addresses that are remembered when they have no connection */
	NETWORK = 8,  /* bytes of an IPv6 address that are one subscriber's: a /64 */
};

/* Where guests come from. */
struct peer {
	struct in6_addr network;
	unsigned n; /* connections that count */
	unsigned guests; /* those that have been named as surplus and are still there, too */
	bool known, trusted;
	struct peer *next;
};

struct guest {
	struct guests *all;
	struct peer *peer;
	int fd;
	char name[INET6_ADDRSTRLEN];
	bool asks, answered, surplus;
	uint64_t came;	/* the how manyeth it is */
	uint64_t round; /* in which it came */
	struct guest *next, *previous;
};

struct guests {
	unsigned most, n;
	uint64_t arrivals, round;
	bool came, known_came; /* in this round */
	unsigned trusted;
	struct peer *peers;
	struct guest *first, *last; /* first: has been without a whole request longest */
};

struct guests *
guests_new(unsigned most)
{
	struct guests *g = xcalloc(1, sizeof *g);

	g->most = most;
	return g;
}

void
guests_free(struct guests *g)
{
	struct peer *p;

	if (!g)
		return;
	assert(!g->first);
	while ((p = g->peers)) {
		g->peers = p->next;
		free(p);
	}
	free(g);
}

unsigned
guests_room(const struct guests *g)
{
	return g->most + 1 + g->most / 32;
}

static void
append(struct guest *guest)
{
	struct guests *g = guest->all;

	guest->next = NULL;
	guest->previous = g->last;
	*(g->last ? &g->last->next : &g->first) = guest;
	g->last = guest;
}

static void
take_out(struct guest *guest)
{
	struct guests *g = guest->all;

	*(guest->previous ? &guest->previous->next : &g->first) = guest->next;
	*(guest->next ? &guest->next->previous : &g->last) = guest->previous;
}

static struct peer *
peer_of(struct guests *g, const char *name)
{
	struct in6_addr network;
	struct peer *p;

	if (!network_address(name, &network))
		memset(&network, 0, sizeof network); /* a unix socket's */
	else if (!IN6_IS_ADDR_V4MAPPED(&network))
		memset(network.s6_addr + NETWORK, 0, sizeof network - NETWORK);
	for (p = g->peers; p; p = p->next)
		if (memcmp(&p->network, &network, sizeof network) == 0)
			return p;
	p = xcalloc(1, sizeof *p);
	p->network = network;
	p->next = g->peers;
	g->peers = p;
	return p;
}

static void
forget(struct guests *g, struct peer *gone)
{
	struct peer **p = &g->peers;

	while (*p != gone)
		p = &(*p)->next;
	*p = gone->next;
	free(gone);
}

struct guest *
guests_enter(struct guests *g, int fd, const char *peer, bool known)
{
	struct guest *guest = xcalloc(1, sizeof *guest);

	guest->all = g;
	guest->fd = fd;
	snprintf(guest->name, sizeof guest->name, "%s", peer);
	guest->peer = peer_of(g, peer);
	guest->peer->known |= known;
	guest->peer->n++;
	guest->peer->guests++;
	guest->came = ++g->arrivals;
	guest->round = g->round;
	append(guest);
	g->n++;
	g->came = true;
	g->known_came |= guest->peer->known;
	return guest;
}

/* It does not count any more. */
static void
uncount(struct guest *guest)
{
	guest->all->n--;
	guest->peer->n--;
}

void
guests_leave(struct guest *guest)
{
	struct guests *g = guest->all;
	struct peer *p = guest->peer;

	if (!guest->surplus)
		uncount(guest);
	take_out(guest);
	free(guest);
	if (--p->guests == 0 && !p->trusted)
		forget(g, p);
}

void
guests_ask(struct guest *guest)
{
	guest->asks = true;
}

void
guests_rest(struct guest *guest)
{
	guest->asks = false;
	guest->answered = true;
	take_out(guest);
	append(guest);
}

void
guests_trust(struct guest *guest)
{
	struct guests *g = guest->all;
	struct peer *p = guest->peer;

	p->known = true;
	if (p->trusted || g->trusted == TRUSTED)
		return;
	p->trusted = true;
	g->trusted++;
}

/*
 * Has it come just now? A stranger is let be in the round in which it came. Who is known, as long as
 * it may be about to ask: when all of them ask at once, more of them wait outside instead.
 */
static bool
is_new(const struct guest *guest)
{
	const struct guests *g = guest->all;

	if (guest->round == g->round)
		return true;
	return guest->peer->known && !guest->answered && g->arrivals - guest->came < g->most / 4;
}

/* Is a's connection to be closed rather than b's, who is before it in the list? */
static bool
goes_first(const struct guest *a, const struct guest *b)
{
	if (a->peer->known != b->peer->known)
		return !a->peer->known;
	return a->peer->n > b->peer->n;
}

struct guest *
guests_surplus(struct guests *g)
{
	struct guest *goes = NULL;
	bool strangers = false;

	if (g->n > g->most && (g->came || g->n >= guests_room(g)))
		for (struct guest *a = g->first; a; a = a->next) {
			if (a->surplus)
				continue;
			strangers |= !a->peer->known;
			if (!a->asks && !is_new(a) && (!goes || goes_first(a, goes)))
				goes = a;
		}
	if (!goes || (goes->peer->known && strangers && !g->known_came)) {
		g->came = g->known_came = false;
		g->round++;
		return NULL;
	}
	goes->surplus = true;
	uncount(goes);
	return goes;
}

int
guests_fd(const struct guest *guest)
{
	return guest->fd;
}

const char *
guests_peer(const struct guest *guest)
{
	return guest->name;
}

unsigned
guests_of_peer(const struct guest *guest)
{
	return guest->peer->n;
}
