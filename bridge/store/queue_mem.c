/*
 * queue_mem.c - the queue's store in memory: the tests' twin of queue_bdb.c, made of sorted arrays.
 */
#include "bridge/store/queue_store.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

struct entry {
	char *key, *value;
	size_t len, value_len;
};

struct map {
	struct entry *entries;
	size_t n, room;
};

/* What a change undid, so that abort() can bring it back. */
struct undo {
	enum store_map map;
	struct entry was; /* value NULL: there was none */
};

struct mem {
	struct map maps[STORE_MAPS];
	struct undo *undos;
	size_t nundos, undo_room;
};

static int
compare(const struct entry *e, const void *key, size_t len)
{
	int order = memcmp(e->key, key, e->len < len ? e->len : len);

	return order ? order : e->len < len ? -1 : e->len > len;
}

/* Where the first entry at or behind the key stands. */
static size_t
lower_bound(const struct map *m, const void *key, size_t len)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(&m->entries[middle], key, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct entry *
find(const struct map *m, const void *key, size_t len)
{
	size_t i = lower_bound(m, key, len);

	return i < m->n && compare(&m->entries[i], key, len) == 0 ? &m->entries[i] : NULL;
}

static void
set(struct map *m, const void *key, size_t len, const void *value, size_t value_len)
{
	struct entry *e = find(m, key, len);
	size_t i;

	if (!e) {
		if (m->n == m->room) {
			m->room = m->room ? 2 * m->room : 64;
			m->entries = xrealloc(m->entries, m->room * sizeof *m->entries);
		}
		i = lower_bound(m, key, len);
		e = &m->entries[i];
		memmove(e + 1, e, (m->n++ - i) * sizeof *e);
		*e = (struct entry){ .key = xstrndup(key, len), .len = len };
	}
	free(e->value);
	e->value = xstrndup(value, value_len);
	e->value_len = value_len;
}

static void
unset(struct map *m, const void *key, size_t len)
{
	struct entry *e = find(m, key, len);

	if (!e)
		return;
	free(e->key);
	free(e->value);
	memmove(e, e + 1, (size_t)(m->entries + m->n-- - e - 1) * sizeof *e);
}

static void *
mem_open(const char *dir, struct verdict *v)
{
	(void)dir;
	(void)v;
	return xcalloc(1, sizeof(struct mem));
}

static void
remember(struct mem *s, enum store_map m, const void *key, size_t len)
{
	const struct entry *e = find(&s->maps[m], key, len);
	struct undo *u;

	if (s->nundos == s->undo_room) {
		s->undo_room = s->undo_room ? 2 * s->undo_room : 64;
		s->undos = xrealloc(s->undos, s->undo_room * sizeof *s->undos);
	}
	u = &s->undos[s->nundos++];
	u->map = m;
	u->was = (struct entry){ .key = xstrndup(key, len), .len = len };
	if (e) {
		u->was.value = xstrndup(e->value, e->value_len);
		u->was.value_len = e->value_len;
	}
}

static void
forget_undos(struct mem *s)
{
	while (s->nundos > 0) {
		struct undo *u = &s->undos[--s->nundos];

		free(u->was.key);
		free(u->was.value);
	}
}

static int
mem_begin(void *store, struct verdict *v)
{
	(void)v;
	forget_undos(store);
	return 0;
}

static int
mem_commit(void *store, struct verdict *v)
{
	(void)v;
	forget_undos(store);
	return 0;
}

static void
mem_abort(void *store)
{
	struct mem *s = store;

	for (size_t i = s->nundos; i > 0; i--) {
		const struct undo *u = &s->undos[i - 1];

		if (u->was.value)
			set(&s->maps[u->map], u->was.key, u->was.len, u->was.value,
			    u->was.value_len);
		else
			unset(&s->maps[u->map], u->was.key, u->was.len);
	}
	forget_undos(s);
}

static void
copy_out(struct buf *into, const char *bytes, size_t len)
{
	if (!into)
		return;
	buf_reset(into);
	buf_add(into, bytes, len);
}

static int
mem_get(void *store, enum store_map m, const void *key, size_t len, struct buf *value,
    struct verdict *v)
{
	struct mem *s = store;
	const struct entry *e = find(&s->maps[m], key, len);

	(void)v;
	if (e)
		copy_out(value, e->value, e->value_len);
	return e != NULL;
}

static int
mem_put(void *store, enum store_map m, const void *key, size_t len, const void *value,
    size_t value_len, struct verdict *v)
{
	struct mem *s = store;

	(void)v;
	remember(s, m, key, len);
	set(&s->maps[m], key, len, value, value_len);
	return 0;
}

static int
mem_del(void *store, enum store_map m, const void *key, size_t len, struct verdict *v)
{
	struct mem *s = store;

	(void)v;
	remember(s, m, key, len);
	unset(&s->maps[m], key, len);
	return 0;
}

static int
mem_seek(void *store, enum store_map m, const void *key, size_t len, struct buf *found,
    struct buf *value, struct verdict *v)
{
	struct mem *s = store;
	size_t i = lower_bound(&s->maps[m], key, len);

	(void)v;
	if (i == s->maps[m].n)
		return 0;
	copy_out(found, s->maps[m].entries[i].key, s->maps[m].entries[i].len);
	copy_out(value, s->maps[m].entries[i].value, s->maps[m].entries[i].value_len);
	return 1;
}

static void
mem_tidy(void *store)
{
	(void)store;
}

static int
mem_backup(void *store, const char *dir, struct verdict *v)
{
	(void)store;
	return never(v, "5.3.0", "%s: a queue in memory has no copy", dir);
}

static void
mem_close(void *store)
{
	struct mem *s = store;

	forget_undos(s);
	free(s->undos);
	for (int m = 0; m < STORE_MAPS; m++) {
		while (s->maps[m].n > 0)
			unset(&s->maps[m], s->maps[m].entries[s->maps[m].n - 1].key,
			    s->maps[m].entries[s->maps[m].n - 1].len);
		free(s->maps[m].entries);
	}
	free(s);
}

const struct store_driver store_mem = {
	.name = "mem",
	.open = mem_open,
	.begin = mem_begin,
	.commit = mem_commit,
	.abort = mem_abort,
	.get = mem_get,
	.put = mem_put,
	.del = mem_del,
	.seek = mem_seek,
	.tidy = mem_tidy,
	.backup = mem_backup,
	.close = mem_close,
};
