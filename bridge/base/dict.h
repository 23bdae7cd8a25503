/*
 * dict.h - find things by a string: a hash table whose nodes live inside the things.
 */
#ifndef BRIDGE_DICT_H
#define BRIDGE_DICT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* One place in one index; a part of the thing that is found. */
struct dict_node {
	LIST_ENTRY(dict_node) link; /* in its bucket */
	uint64_t hash;
	const char *key; /* lent by the thing, until it is removed */
	void *item;      /* the thing */
};

LIST_HEAD(dict_bucket, dict_node);

struct dict {
	struct dict_bucket *bucket;
	size_t mask;   /* buckets - 1; their number is a power of two */
	uint64_t seed; /* so that no one can choose keys that all fall into one bucket */
};

/* An empty index that is fast up to about `expected` things. For dict_free(). */
void dict_init(struct dict *i, size_t expected);
/* Frees the table, not the things in it. */
void dict_free(struct dict *i);
/* Add item under key. A key may stand several times: the newest is found. */
void dict_add(struct dict *i, struct dict_node *n, const char *key, void *item);
/* The newest thing with that key, or NULL. */
void *dict_get(const struct dict *i, const char *key);
/* Take the node out of the index it is in. Takes the same time however many have its key. */
void dict_remove(struct dict_node *n);

#endif
