/*
 * roster.h - how the gateway and its contacts stand in people's rosters (RFC 6121 section 3): they can
 * be added, and show as available.
 */
#ifndef IM_ROSTER_H
#define IM_ROSTER_H

struct gateway;
struct xml;

/* A presence stanza came, which is none of our own. */
void roster_presence(struct gateway *g, const struct xml *presence);
/* The stream is up: show those who have registered that the gateway is there. */
void roster_up(struct gateway *g);
/* The stream is about to end in good order: the opposite. */
void roster_down(struct gateway *g);

#endif
