/*
 * table_static.c - a table whose contents stand in its name, "static:key=value,key=value": the twin
 * without a file, for tests. A key is all up to the first '=', a value all up to the next ','. The
 * key "!" is for tests of what happens when a table cannot tell: with it, no look-up can.
 */
#include <stdio.h>
#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/store/records.h"
#include "bridge/store/table.h"

static void *
static_open(const char *where, struct verdict *v)
{
	struct records *r = records_new();

	while (*where) {
		size_t len = strcspn(where, ","), key = strcspn(where, "=");

		if (key >= len) {
			never(v, "5.3.5", "table static:%s: it must be key=value,key=value", where);
			records_free(r);
			return NULL;
		}
		records_add(r, where, key, where + key + 1, len - key - 1);
		where += len + (where[len] == ',');
	}
	return r;
}

static int
static_get(void *state, const char *key, char *value, size_t room, struct verdict *v)
{
	const char *broken = records_get(state, "!"), *found = records_get(state, key);

	if (broken)
		return later(v, "4.3.0", "%s", broken);
	if (found)
		snprintf(value, room, "%s", found);
	return found != NULL;
}

static int
static_each(void *state, void (*each)(void *arg, const char *key, const char *value), void *arg,
    struct verdict *v)
{
	const char *broken = records_get(state, "!");

	if (broken)
		return later(v, "4.3.0", "%s", broken);
	records_each(state, each, arg);
	return 0;
}

static void
static_close(void *state)
{
	records_free(state);
}

const struct table_driver table_static = {
	.name = "static",
	.open = static_open,
	.get = static_get,
	.each = static_each,
	.close = static_close,
};
