/*
 * depth.c - how many jobs of each transport are not final.
 */
#include "bridge/store/depth.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/store/shelf.h"

enum { TRANSPORTS = 64 };

struct depth {
	char transport[64];
	int64_t jobs, change; /* committed; by the transaction under way */
};

struct depths {
	pthread_mutex_t lock; /* other threads look; only the writer's changes */
	struct depth rows[TRANSPORTS];
	unsigned n;
};

static struct depth *
find(struct depths *d, const char *transport)
{
	for (unsigned i = 0; i < d->n; i++)
		if (strcmp(d->rows[i].transport, transport) == 0)
			return &d->rows[i];
	return NULL;
}

static struct depth *
find_or_add(struct depths *d, const char *transport)
{
	struct depth *row = find(d, transport);

	if (row)
		return row;
	assert(d->n < TRANSPORTS);
	pthread_mutex_lock(&d->lock);
	row = &d->rows[d->n++];
	memset(row, 0, sizeof *row);
	memcpy(row->transport, transport, strnlen(transport, sizeof row->transport - 1));
	pthread_mutex_unlock(&d->lock);
	return row;
}

struct depths *
depth_open(struct shelf *s, struct verdict *v)
{
	struct depths *d = xcalloc(1, sizeof *d);
	const char kind = NAME_COUNT;
	struct key k = { .len = 0 };
	int rc;

	pthread_mutex_init(&d->lock, NULL);
	key_add(&k, &kind, 1);
	while ((rc = shelf_seek(s, STORE_NAMES, &k, 0, v)) == 1 && s->found.data[0] == kind &&
	    d->n < TRANSPORTS) {
		const char *transport = s->found.data + 1; /* ends in NUL */

		shelf_behind(s, &k);
		if ((rc = shelf_get(s, STORE_NAMES, s->found.data, s->found.len, v)) < 0)
			break;
		if (rc == 1 && s->value.len == 8)
			find_or_add(d, transport)->jobs = key_get64(s->value.data);
	}
	if (rc >= 0)
		return d;
	depth_close(d);
	return NULL;
}

void
depth_close(struct depths *d)
{
	if (!d)
		return;
	pthread_mutex_destroy(&d->lock);
	free(d);
}

void
depth_change(struct depths *d, const char *transport, int change)
{
	find_or_add(d, transport)->change += change;
}

int
depth_write(struct depths *d, struct shelf *s, struct verdict *v)
{
	unsigned char number[8];

	for (unsigned i = 0; i < d->n; i++) {
		const struct depth *row = &d->rows[i];
		struct key k = key_name_prefix(NAME_COUNT, row->transport);

		if (row->change == 0)
			continue;
		key_put64(number, row->jobs + row->change);
		if (shelf_put(s, STORE_NAMES, &k, number, sizeof number, v) < 0)
			return -1;
	}
	return 0;
}

void
depth_settle(struct depths *d, bool committed)
{
	pthread_mutex_lock(&d->lock);
	for (unsigned i = 0; i < d->n; i++) {
		if (committed)
			d->rows[i].jobs += d->rows[i].change;
		d->rows[i].change = 0;
	}
	pthread_mutex_unlock(&d->lock);
}

uint64_t
depth_of(struct depths *d, const char *transport)
{
	int64_t sum = 0;

	pthread_mutex_lock(&d->lock);
	for (unsigned i = 0; i < d->n; i++)
		if (!transport || strcmp(d->rows[i].transport, transport) == 0)
			sum += d->rows[i].jobs;
	pthread_mutex_unlock(&d->lock);
	return sum < 0 ? 0 : (uint64_t)sum;
}
