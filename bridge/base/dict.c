/*
 * dict.c - find things by a string. The number of buckets is fixed at birth, since the number of
 * things is bounded wherever this is used.
 */
#include "bridge/base/dict.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bridge/base/mem.h"

enum { BUCKETS_MIN = 64, BUCKETS_MAX = 1 << 20 };

/* FNV-1a, begun at a value that nobody outside knows. */
static uint64_t
hash(const struct dict *i, const char *key)
{
	uint64_t h = i->seed;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 0x100000001b3;
	return h ^ h >> 32;
}

void
dict_init(struct dict *i, size_t expected)
{
	size_t n = BUCKETS_MIN;

	while (n < expected && n < BUCKETS_MAX)
		n *= 2;
	i->bucket = xcalloc(n, sizeof *i->bucket);
	i->mask = n - 1;
	/* A seed of zeroes would still be right, only guessable. */
	i->seed = 0;
	if (getrandom(&i->seed, sizeof i->seed, GRND_NONBLOCK) < 0)
		i->seed = 0xcbf29ce484222325;
}

void
dict_free(struct dict *i)
{
	free(i->bucket);
	i->bucket = NULL;
}

void
dict_add(struct dict *i, struct dict_node *n, const char *key, void *item)
{
	n->key = key;
	n->item = item;
	n->hash = hash(i, key);
	LIST_INSERT_HEAD(&i->bucket[n->hash & i->mask], n, link);
}

void *
dict_get(const struct dict *i, const char *key)
{
	uint64_t h = hash(i, key);
	const struct dict_node *n;

	LIST_FOREACH(n, &i->bucket[h & i->mask], link)
	if (n->hash == h && strcmp(n->key, key) == 0)
		return n->item;
	return NULL;
}

void
dict_remove(struct dict_node *n)
{
	assert(n->key);
	LIST_REMOVE(n, link);
	memset(n, 0, sizeof *n);
}
