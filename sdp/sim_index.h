/*
 * sim_index.h - find things by a string: a hash table whose nodes live inside the things.
 */
#ifndef SDP_SIM_INDEX_H
#define SDP_SIM_INDEX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* One place in one index; a part of the thing that is found. */
struct sim_node {
	LIST_ENTRY(sim_node) link; /* in its bucket */
	uint64_t hash;
	const char *key; /* lent by the thing, until it is removed */
	void *item;      /* the thing */
};

LIST_HEAD(sim_bucket, sim_node);

struct sim_index {
	struct sim_bucket *bucket;
	size_t mask;   /* buckets - 1; their number is a power of two */
	uint64_t seed; /* so that no one can choose keys that all fall into one bucket */
};

/* An empty index that is fast up to about `expected` things. For sim_index_free(). */
void sim_index_init(struct sim_index *i, size_t expected);
/* Frees the table, not the things in it. */
void sim_index_free(struct sim_index *i);
/* Add item under key. A key may stand several times: the newest is found. */
void sim_index_add(struct sim_index *i, struct sim_node *n, const char *key, void *item);
/* The newest thing with that key, or NULL. */
void *sim_index_get(const struct sim_index *i, const char *key);
/* Take the node out of the index it is in. Takes the same time however many have its key. */
void sim_index_remove(struct sim_node *n);

#endif
