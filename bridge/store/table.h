/*
 * table.h - look-up tables that an administrator makes with database tools (see trivium-tables(5)).
 */
#ifndef BRIDGE_TABLE_H
#define BRIDGE_TABLE_H

#include <stddef.h>

struct verdict;

struct table; /* thread-safe */

/* A kind of table: the plug. */
struct table_driver {
	const char *name; /* "hash", "btree", "static" */
	/* Open `where` (behind "name:"). The driver's state, or NULL and *v. */
	void *(*open)(const char *where, struct verdict *v);
	/* 1: found, value (NUL-terminated, cut at room) is filled; 0: no such key; -1: could not
	 * tell, and *v (LATER). Any thread. */
	int (*get)(void *state, const char *key, char *value, size_t room, struct verdict *v);
	/* Every row, in no order: each(arg, key, value), which lends them and asks for nothing more. 0, or -1
	 * and *v (LATER). */
	int (*each)(void *state, void (*each)(void *arg, const char *key, const char *value), void *arg,
	    struct verdict *v);
	void (*close)(void *state);
};
extern const struct table_driver table_hash, table_btree, table_static;
extern const struct table_driver *const table_drivers[]; /* ends in NULL */

enum { TABLE_VALUE = 4096 }; /* room that suffices for any value of ours */

/*
 * Open a table named as in the configuration: "hash:/etc/trivium/routes" (the file is that path
 * with .db), "btree:/…", "static:key=value,key=value" for tests. Keys and values are read with or
 * without a trailing NUL. A file that does not exist yet is not an error here: table_get() says so.
 * For table_close(); NULL and *v (NEVER) when the name is not of that form.
 */
struct table *table_open(const char *name, struct verdict *v);
/* Accepts NULL. */
void table_close(struct table *t);
/*
 * Look a key up (as it stands; callers fold case). 1, 0, or -1 and *v (LATER 4.3.0, "could not
 * tell"), as in struct table_driver. A file that was rebuilt or replaced is noticed within milliseconds; a
 * new file that cannot be read leaves the old contents in use, with a warning in the log.
 */
int table_get(struct table *t, const char *key, char *value, size_t room, struct verdict *v);
/* Every row, as in struct table_driver. */
int table_each(struct table *t, void (*each)(void *arg, const char *key, const char *value), void *arg,
    struct verdict *v);
/* The name it was opened by. Lent. */
const char *table_name(const struct table *t);

#endif
