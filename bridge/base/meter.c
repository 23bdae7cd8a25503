/*
 * meter.c - how often something may happen.
 */
#include "bridge/base/meter.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/dict.h"
#include "bridge/base/mem.h"

/* When the allowance of a name is whole again, in microseconds, so that fast rates are exact. */
struct cell {
	TAILQ_ENTRY(cell) used; /* the one used last at the head */
	struct dict_node node;
	int64_t whole_us;
	char name[];
};

struct meter {
	struct dict cells;
	TAILQ_HEAD(cells, cell) used;
	size_t n, most;
};

struct meter *
meter_new(size_t most)
{
	struct meter *m = xcalloc(1, sizeof *m);

	dict_init(&m->cells, most);
	TAILQ_INIT(&m->used);
	m->most = most;
	return m;
}

static void
drop(struct meter *m, struct cell *c)
{
	TAILQ_REMOVE(&m->used, c, used);
	dict_remove(&c->node);
	free(c);
	m->n--;
}

void
meter_free(struct meter *m)
{
	struct cell *c;

	if (!m)
		return;
	while ((c = TAILQ_FIRST(&m->used)))
		drop(m, c);
	dict_free(&m->cells);
	free(m);
}

/* When the allowance would be whole again after n more. */
static int64_t
whole_after(const struct cell *c, unsigned count, int64_t ms, unsigned n, int64_t now)
{
	int64_t from = c && c->whole_us > now * 1000 ? c->whole_us : now * 1000;

	return from + (int64_t)n * (ms * 1000 / count);
}

bool
meter_has(const struct meter *m, const char *name, unsigned count, int64_t ms, unsigned n,
    int64_t now)
{
	return whole_after(dict_get(&m->cells, name), count, ms, n, now) <= (now + ms) * 1000;
}

static struct cell *
cell_new(struct meter *m, const char *name)
{
	size_t len = strlen(name) + 1;
	struct cell *c;

	if (m->n == m->most)
		drop(m, TAILQ_LAST(&m->used, cells));
	c = xcalloc(1, sizeof *c + len);
	memcpy(c->name, name, len);
	dict_add(&m->cells, &c->node, c->name, c);
	m->n++;
	return c;
}

void
meter_take(struct meter *m, const char *name, unsigned count, int64_t ms, unsigned n, int64_t now)
{
	struct cell *c = dict_get(&m->cells, name);

	if (c)
		TAILQ_REMOVE(&m->used, c, used);
	else
		c = cell_new(m, name);
	TAILQ_INSERT_HEAD(&m->used, c, used);
	c->whole_us = whole_after(c, count, ms, n, now);
}
