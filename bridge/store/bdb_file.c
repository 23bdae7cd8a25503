/*
 * bdb_file.c - a Berkeley DB file by itself.
 *
 * With queue_bdb.c this is the second file that knows Berkeley DB's types: the queue is an
 * environment with transactions that one process owns, this here are single files without an
 * environment, which other programs may rewrite at any time. So no memory map (a file cut short
 * under it would kill us), and a look at its structure first, as a cursor walking a half-written
 * file finds fewer records, not an error.
 */
#include "bridge/store/bdb_file.h"

#include <db.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/store/records.h"

/* The library's remarks would go to stderr; what it returns says enough. */
static void
no_remarks(const DB_ENV *env, const char *prefix, const char *text)
{
	(void)env;
	(void)prefix;
	(void)text;
}

static int
handle(DB **db)
{
	int rc = db_create(db, NULL, 0);

	if (rc == 0) {
		(*db)->set_errcall(*db, no_remarks);
		(*db)->set_cachesize(*db, 0, 8 << 20, 1);
		/* verify() takes no such flag for itself. */
		rc = (*db)->get_env(*db)->set_flags((*db)->get_env(*db), DB_NOMMAP, 1);
	}
	return rc;
}

/* Is the file whole? */
static int
verify(const char *path, struct verdict *v)
{
	DB *db;
	int rc = handle(&db);

	/* Whatever it answers, verify() ends the handle. */
	if (rc == 0)
		rc = db->verify(db, path, NULL, NULL, 0);
	if (rc == DB_VERIFY_BAD || rc == EINVAL)
		return later(v, "4.3.0", "%s: damaged, half written or no Berkeley DB file", path);
	return rc ? later(v, "4.3.0", "%s: %s", path, db_strerror(rc)) : 0;
}

/* Without the trailing NUL. */
static size_t
length(const DBT *d)
{
	const char *s = d->data;

	return d->size && s[d->size - 1] == '\0' ? d->size - 1 : d->size;
}

static int
read_all(const char *path, DBC *cursor, struct records *r, struct verdict *v)
{
	DBT key = { 0 }, value = { 0 };
	int rc;

	while ((rc = cursor->get(cursor, &key, &value, DB_NEXT)) == 0) {
		size_t klen = length(&key);

		if (klen == 0 || memchr(key.data, '\0', klen))
			continue;
		if (records_add(r, key.data, klen, value.data, length(&value)) < 0)
			return later(v, "4.3.0", "%s: more than %d records or %d MB", path,
			    RECORDS_MOST, RECORDS_BYTES >> 20);
	}
	return rc == DB_NOTFOUND ? 0 : later(v, "4.3.0", "%s: %s", path, db_strerror(rc));
}

int
bdb_file_read(const char *path, struct records *r, struct verdict *v)
{
	DB *db = NULL;
	DBC *cursor = NULL;
	DBTYPE type;
	int rc, result = -1;

	if (verify(path, v) < 0)
		return -1;
	rc = handle(&db);
	if (rc == 0)
		rc = db->open(db, NULL, path, NULL, DB_UNKNOWN, DB_RDONLY | DB_NOMMAP, 0);
	if (rc == 0)
		rc = db->get_type(db, &type);
	if (rc == 0)
		rc = db->cursor(db, NULL, &cursor, 0);
	if (rc != 0)
		later(v, "4.3.0", "%s: %s", path, db_strerror(rc));
	else if (type != DB_HASH && type != DB_BTREE)
		later(v, "4.3.0", "%s: neither a hash nor a btree file", path);
	else
		result = read_all(path, cursor, r, v);
	if (cursor)
		cursor->close(cursor);
	if (db)
		db->close(db, 0);
	return result;
}

static int
write_all(DB *db, const struct records *r)
{
	int rc = 0;

	for (size_t i = 0; i < records_count(r) && rc == 0; i++) {
		const char *v, *k = records_at(r, i, &v);
		DBT key = { .data = (void *)k, .size = (u_int32_t)strlen(k) + 1 };
		DBT value = { .data = (void *)v, .size = (u_int32_t)strlen(v) + 1 };

		rc = db->put(db, NULL, &key, &value, 0);
	}
	return rc;
}

int
bdb_file_write(const char *path, bool btree, const struct records *r, struct verdict *v)
{
	DB *db = NULL;
	int closed, rc = handle(&db);

	if (rc == 0)
		rc = db->open(db, NULL, path, NULL, btree ? DB_BTREE : DB_HASH,
		    DB_CREATE | DB_TRUNCATE, 0600);
	if (rc == 0)
		rc = write_all(db, r);
	/* Flushes to the disk too. */
	closed = db ? db->close(db, 0) : 0;
	if (rc == 0)
		rc = closed;
	return rc ? later(v, "4.3.0", "%s: %s", path, db_strerror(rc)) : 0;
}
