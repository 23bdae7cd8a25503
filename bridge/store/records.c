/*
 * records.c - keys and their values in memory.
 *
 * All text stands in one block, found by offsets since the block moves while it grows; an index
 * with open addressing, never more than half full, leads there.
 */
#include "bridge/store/records.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"

struct record {
	uint32_t key, value; /* offsets in the text */
};

struct records {
	char *text;
	size_t len, room;
	struct record *list;
	size_t n, list_room;
	uint32_t *index; /* place in the list + 1; 0: free */
	size_t slots;    /* a power of two */
};

struct records *
records_new(void)
{
	return xcalloc(1, sizeof(struct records));
}

void
records_free(struct records *r)
{
	if (!r)
		return;
	free(r->text);
	free(r->list);
	free(r->index);
	free(r);
}

/* FNV-1a. Whoever could choose keys that collide is the one who makes the table. */
static size_t
hash(const char *key, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	while (len--)
		h = (h ^ (unsigned char)*key++) * 0x100000001b3;
	return (size_t)(h ^ h >> 32);
}

/* The slot where the key is, or where it would be. */
static size_t
slot(const struct records *r, const char *key, size_t len)
{
	size_t i = hash(key, len) & (r->slots - 1);

	for (; r->index[i]; i = (i + 1) & (r->slots - 1)) {
		const char *other = r->text + r->list[r->index[i] - 1].key;

		if (strncmp(other, key, len) == 0 && other[len] == '\0')
			break;
	}
	return i;
}

static void
index_grow(struct records *r)
{
	free(r->index);
	r->slots = r->slots ? r->slots * 2 : 64;
	r->index = xcalloc(r->slots, sizeof *r->index);
	for (size_t i = 0; i < r->n; i++) {
		const char *key = r->text + r->list[i].key;

		r->index[slot(r, key, strlen(key))] = (uint32_t)i + 1;
	}
}

/* Append a string to the text. Its offset. The room is there. */
static uint32_t
put(struct records *r, const char *s, size_t len)
{
	size_t at = r->len;

	memcpy(r->text + at, s, len);
	r->text[at + len] = '\0';
	r->len += len + 1;
	return (uint32_t)at;
}

int
records_add(struct records *r, const char *key, size_t klen, const char *value, size_t vlen)
{
	size_t i, need;

	vlen = strnlen(value, vlen);
	if (r->n >= RECORDS_MOST || klen > RECORDS_BYTES || vlen > RECORDS_BYTES ||
	    r->len + klen + vlen + 2 > RECORDS_BYTES)
		return -1;
	if (r->n * 2 >= r->slots)
		index_grow(r);
	i = slot(r, key, klen);
	if (r->index[i])
		return 1;
	need = r->len + klen + vlen + 2;
	if (need > r->room) {
		r->room = need < 2048 ? 4096 : need * 2;
		r->text = xrealloc(r->text, r->room);
	}
	if (r->n == r->list_room) {
		r->list_room = r->list_room ? r->list_room * 2 : 32;
		r->list = xrealloc(r->list, r->list_room * sizeof *r->list);
	}
	r->list[r->n].key = put(r, key, klen);
	r->list[r->n].value = put(r, value, vlen);
	r->index[i] = (uint32_t)++r->n;
	return 0;
}

const char *
records_get(const struct records *r, const char *key)
{
	uint32_t at = r->n ? r->index[slot(r, key, strlen(key))] : 0;

	return at ? r->text + r->list[at - 1].value : NULL;
}

void
records_each(
    const struct records *r, void (*each)(void *arg, const char *key, const char *value), void *arg)
{
	for (size_t i = 0; i < r->n; i++)
		each(arg, r->text + r->list[i].key, r->text + r->list[i].value);
}

size_t
records_count(const struct records *r)
{
	return r->n;
}

const char *
records_at(const struct records *r, size_t i, const char **value)
{
	*value = r->text + r->list[i].value;
	return r->text + r->list[i].key;
}
