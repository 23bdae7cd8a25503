/*
 * table.c - look-up tables: finds the driver that the name asks for.
 */
#include "bridge/store/table.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

const struct table_driver *const table_drivers[] = {
	&table_hash,
	&table_btree,
	&table_static,
	NULL,
};

struct table {
	const struct table_driver *driver;
	void *state;
	char *name;
};

struct table *
table_open(const char *name, struct verdict *v)
{
	size_t len = strcspn(name, ":");
	struct table *t;
	void *state;

	for (const struct table_driver *const *d = table_drivers; *d; d++) {
		if (name[len] != ':' || strlen((*d)->name) != len ||
		    strncmp((*d)->name, name, len) != 0)
			continue;
		state = (*d)->open(name + len + 1, v);
		if (!state)
			return NULL;
		t = xcalloc(1, sizeof *t);
		*t = (struct table){ *d, state, xstrdup(name) };
		return t;
	}
	never(v, "5.3.5", "table \"%s\": a table's name is hash:/path or btree:/path", name);
	return NULL;
}

void
table_close(struct table *t)
{
	if (!t)
		return;
	t->driver->close(t->state);
	free(t->name);
	free(t);
}

int
table_get(struct table *t, const char *key, char *value, size_t room, struct verdict *v)
{
	return t->driver->get(t->state, key, value, room, v);
}

int
table_each(struct table *t, void (*each)(void *arg, const char *key, const char *value), void *arg,
    struct verdict *v)
{
	return t->driver->each(t->state, each, arg, v);
}

const char *
table_name(const struct table *t)
{
	return t->name;
}
