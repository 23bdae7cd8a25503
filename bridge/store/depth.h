/*
 * depth.h - how many jobs of each transport are not final: counted in memory and kept in the store,
 * so that neither asking nor starting has to count them.
 */
#ifndef BRIDGE_DEPTH_H
#define BRIDGE_DEPTH_H

#include <stdbool.h>
#include <stdint.h>

struct depths;
struct shelf;
struct verdict;

/* The counters that the store has. For depth_close(); NULL and *v when it could not tell. */
struct depths *depth_open(struct shelf *s, struct verdict *v);
void depth_close(struct depths *d);
/* The transaction under way makes so many more. */
void depth_change(struct depths *d, const char *transport, int change);
/* Write the changes, before the transaction's commit. 0, or -1 and *v. */
int depth_write(struct depths *d, struct shelf *s, struct verdict *v);
/* The transaction is over: its changes count, or they do not. */
void depth_settle(struct depths *d, bool committed);
/* The jobs of one transport, or (NULL) of all. Any thread. */
uint64_t depth_of(struct depths *d, const char *transport);

#endif
