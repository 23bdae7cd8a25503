/*
 * queue_bdb.c - the queue's store on Berkeley DB.
 *
 * One environment with a log and transactions, opened by one process and used by one thread. So
 * there is no locking subsystem, and its regions are private memory: nothing another process left
 * behind can be in the way, and recovery runs at each open. db_verify(1) and its kin work on a copy
 * made by backup(), never on the living environment.
 *
 * A full disk: put() answers ENOSPC, or ENOMEM when the cache could not be written. The log needs
 * room even to recover, so a ballast file is kept that open() may give up for that.
 */
#include "bridge/store/queue_store.h"

#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

enum {
	CACHE = 16 << 20,
	LOG_FILE = 8 << 20,
	LOG_BUFFER = 1 << 20,
	BALLAST = 3 * CACHE + 4 * LOG_FILE,
	PAGE = 8192,
	CHECKPOINT_KB = 16 << 10, /* of log */
	CHECKPOINT_S = 60,
	COMPLAINTS = 20, /* lines a minute of Berkeley DB's own, which can be thousands */
};

static const char *const map_names[STORE_MAPS] = {
	[STORE_BODIES] = "bodies", [STORE_JOBS] = "jobs", [STORE_LENT] = "lent",
	[STORE_DUE] = "due",
	[STORE_TURNS] = "turns", [STORE_KEYS] = "keys", [STORE_NAMES] = "names",
	[STORE_TALKS] = "talks", [STORE_QUOTAS] = "quotas", [STORE_CONSENTS] = "consents", [STORE_LINKS] = "links",
	[STORE_PARKED] = "parked", [STORE_BINDINGS] = "bindings",
};

struct bdb {
	DB_ENV *env;
	DB *maps[STORE_MAPS];
	DB_TXN *txn;
	char *dir;
	time_t tidied, checkpoint; /* when that was done last */
};

/* Berkeley DB says the same for each page it cannot write; the disk must not fill up with that. */
static void
on_complaint(const DB_ENV *env, const char *prefix, const char *text)
{
	static time_t minute;
	static unsigned said;
	time_t now = time(NULL) / 60;

	(void)env;
	(void)prefix;
	if (now != minute) {
		minute = now;
		said = 0;
	}
	if (said++ < COMPLAINTS)
		log_warn("queue: %s", text);
}

/*
 * The verdict for one of Berkeley DB's errors. After DB_RUNRECOVERY the environment is beyond use
 * in this process, and the only way on is to start again: recovery is part of open().
 */
static int
fail(struct verdict *v, int error, const char *doing)
{
	if (error == DB_RUNRECOVERY) {
		log_error("queue: %s: %s; stopping, since the next start recovers it", doing,
		    db_strerror(error));
		_exit(75);
	}
	if (error == ENOSPC || error == ENOMEM || error == EDQUOT)
		return later(v, "4.3.1", "queue: %s: the disk is full", doing);
	return later(v, "4.3.0", "queue: %s: %s", doing, db_strerror(error));
}

static char *
ballast_path(const char *dir)
{
	return xasprintf("%s/ballast", dir);
}

/* Put the ballast back when there is room for it. Failing is no harm: it is tried at each start. */
static void
ballast_make(const char *dir)
{
	char *path = ballast_path(dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;

	if (fd >= 0) {
		if (fstat(fd, &st) == 0 && st.st_size < BALLAST && posix_fallocate(fd, 0, BALLAST) != 0)
			unlink(path);
		close(fd);
	}
	free(path);
}

static void
bdb_close(void *store)
{
	struct bdb *b = store;

	for (int i = 0; i < STORE_MAPS; i++)
		if (b->maps[i])
			b->maps[i]->close(b->maps[i], 0);
	if (b->env) {
		b->env->txn_checkpoint(b->env, 0, 0, 0);
		b->env->close(b->env, 0);
	}
	free(b->dir);
	free(b);
}

static int
open_env(struct bdb *b)
{
	int rc;

	if ((rc = db_env_create(&b->env, 0)) != 0)
		return rc;
	b->env->set_errcall(b->env, on_complaint);
	if ((rc = b->env->set_cachesize(b->env, 0, CACHE, 1)) != 0 ||
	    (rc = b->env->set_lg_max(b->env, LOG_FILE)) != 0 ||
	    (rc = b->env->set_lg_bsize(b->env, LOG_BUFFER)) != 0 ||
	    (rc = b->env->log_set_config(b->env, DB_LOG_AUTO_REMOVE | DB_LOG_ZERO, 1)) != 0)
		return rc;
	return b->env->open(b->env, b->dir,
	    DB_CREATE | DB_RECOVER | DB_PRIVATE | DB_INIT_TXN | DB_INIT_LOG | DB_INIT_MPOOL, 0600);
}

static int
open_map(struct bdb *b, enum store_map m)
{
	char file[32];
	DB *db;
	int rc;

	snprintf(file, sizeof file, "%s.db", map_names[m]);
	if ((rc = db_create(&db, b->env, 0)) != 0)
		return rc;
	b->maps[m] = db;
	if ((rc = db->set_flags(db, DB_CHKSUM)) != 0 || (rc = db->set_pagesize(db, PAGE)) != 0)
		return rc;
	return db->open(db, NULL, file, NULL, DB_BTREE, DB_CREATE | DB_AUTO_COMMIT, 0600);
}

static struct bdb *
open_all(const char *dir, int *rc)
{
	struct bdb *b = xcalloc(1, sizeof *b);

	b->dir = xstrdup(dir);
	*rc = open_env(b);
	for (int i = 0; i < STORE_MAPS && *rc == 0; i++)
		*rc = open_map(b, (enum store_map)i);
	if (*rc == 0)
		return b;
	/* An environment that failed to open may only be closed, which also frees its maps. */
	if (b->env)
		b->env->close(b->env, 0);
	free(b->dir);
	free(b);
	return NULL;
}

static void *
bdb_open(const char *dir, struct verdict *v)
{
	char *ballast = ballast_path(dir);
	struct bdb *b;
	int rc;

	b = open_all(dir, &rc);
	if (!b && unlink(ballast) == 0) {
		log_warn("queue: %s: %s; gave up %s to make room for recovery", dir, db_strerror(rc),
		    ballast);
		b = open_all(dir, &rc);
	}
	free(ballast);
	if (!b) {
		later(v, "4.3.0", "queue: cannot open %s: %s", dir, db_strerror(rc));
		return NULL;
	}
	ballast_make(dir);
	b->checkpoint = time(NULL);
	return b;
}

static int
bdb_begin(void *store, struct verdict *v)
{
	struct bdb *b = store;
	int rc = b->env->txn_begin(b->env, NULL, &b->txn, 0);

	return rc ? fail(v, rc, "begin") : 0;
}

static int
bdb_commit(void *store, struct verdict *v)
{
	struct bdb *b = store;
	int rc = b->txn->commit(b->txn, DB_TXN_SYNC);

	b->txn = NULL;
	return rc ? fail(v, rc, "commit") : 0;
}

/*
 * Berkeley DB 5.3 can say of a commit that it is done when its log could not be written: in a new log
 * file, until the first flush of that file has succeeded (__log_flush_commit() takes the last flush
 * to have been in the same file). What it could not write stays in its buffer, and log_flush() tells
 * the truth; when all is written already, it touches no disk.
 */
static int
bdb_flush(void *store, struct verdict *v)
{
	struct bdb *b = store;
	int rc = b->env->log_flush(b->env, NULL);

	if (rc == 0)
		return 0;
	if (fail(v, rc, "flush") < 0 && strcmp(v->dsn, "4.3.1") == 0)
		return -1;
	/* After an error of the disk a second flush may succeed although the first one's bytes are
	 * lost. Recovery reads what is there. */
	log_error("%s; stopping, since the next start finds out what is on the disk", v->text);
	_exit(75);
}

static void
bdb_abort(void *store)
{
	struct bdb *b = store;
	struct verdict v;
	int rc;

	if (b->txn && (rc = b->txn->abort(b->txn)) != 0)
		fail(&v, rc, "abort");
	b->txn = NULL;
}

/* Berkeley DB hands out its own memory; it is copied before the next call may change it. */
static int
copy_out(struct buf *into, const DBT *from, struct verdict *v)
{
	if (!into)
		return 1;
	buf_reset(into);
	if (buf_add(into, from->data, from->size) < 0)
		return later(v, "4.3.0", "queue: a record of %u bytes is too long", from->size);
	return 1;
}

static DBT
dbt(const void *data, size_t len)
{
	/* The library's type has no const; what it is given here it only reads. */
	return (DBT){ .data = (void *)(uintptr_t)data, .size = (u_int32_t)len };
}

static int
bdb_get(void *store, enum store_map m, const void *key, size_t len, struct buf *value,
    struct verdict *v)
{
	struct bdb *b = store;
	DBT k = dbt(key, len), d = { 0 };
	int rc = b->maps[m]->get(b->maps[m], b->txn, &k, &d, 0);

	if (rc == DB_NOTFOUND)
		return 0;
	return rc ? fail(v, rc, map_names[m]) : copy_out(value, &d, v);
}

static int
bdb_put(void *store, enum store_map m, const void *key, size_t len, const void *value,
    size_t value_len, struct verdict *v)
{
	struct bdb *b = store;
	DBT k = dbt(key, len), d = dbt(value, value_len);
	int rc = b->maps[m]->put(b->maps[m], b->txn, &k, &d, 0);

	return rc ? fail(v, rc, map_names[m]) : 0;
}

static int
bdb_del(void *store, enum store_map m, const void *key, size_t len, struct verdict *v)
{
	struct bdb *b = store;
	DBT k = dbt(key, len);
	int rc = b->maps[m]->del(b->maps[m], b->txn, &k, 0);

	return rc && rc != DB_NOTFOUND ? fail(v, rc, map_names[m]) : 0;
}

static int
bdb_seek(void *store, enum store_map m, const void *key, size_t len, struct buf *found,
    struct buf *value, struct verdict *v)
{
	struct bdb *b = store;
	DBT k = dbt(key, len), d = { 0 };
	DBC *cursor;
	int rc;

	if (!value)
		d.flags = DB_DBT_PARTIAL; /* of zero bytes: only the key is wanted */
	if ((rc = b->maps[m]->cursor(b->maps[m], b->txn, &cursor, 0)) != 0)
		return fail(v, rc, map_names[m]);
	rc = cursor->get(cursor, &k, &d, DB_SET_RANGE);
	if (rc == 0)
		rc = copy_out(found, &k, v) < 0 || copy_out(value, &d, v) < 0 ? -1 : 1;
	else
		rc = rc == DB_NOTFOUND ? 0 : fail(v, rc, map_names[m]);
	cursor->close(cursor);
	return rc;
}

static void
bdb_tidy(void *store)
{
	struct bdb *b = store;
	time_t now = time(NULL);
	int rc;

	/* Even to find that nothing is to be done, Berkeley DB looks through the directory. */
	if (now == b->tidied)
		return;
	b->tidied = now;
	/* With the log's files removed by age of the checkpoint, this also bounds recovery's time. */
	rc = b->env->txn_checkpoint(b->env, CHECKPOINT_KB, 0, 0);
	if (rc == 0 && now - b->checkpoint >= CHECKPOINT_S) {
		b->checkpoint = now;
		rc = b->env->txn_checkpoint(b->env, 0, 0, 0);
	}
	if (rc == DB_RUNRECOVERY) {
		struct verdict v;

		fail(&v, rc, "checkpoint");
	}
}

static int
bdb_backup(void *store, const char *dir, struct verdict *v)
{
	struct bdb *b = store;
	int rc;

	if (mkdir(dir, 0700) < 0)
		return never(v, "5.3.0", "%s: %s", dir, strerror(errno));
	b->env->txn_checkpoint(b->env, 0, 0, DB_FORCE);
	rc = b->env->backup(b->env, dir, DB_BACKUP_CLEAN);
	return rc ? later(v, "4.3.0", "%s: %s", dir, db_strerror(rc)) : 0;
}

const struct store_driver store_bdb = {
	.name = "bdb",
	.open = bdb_open,
	.begin = bdb_begin,
	.commit = bdb_commit,
	.flush = bdb_flush,
	.abort = bdb_abort,
	.get = bdb_get,
	.put = bdb_put,
	.del = bdb_del,
	.seek = bdb_seek,
	.tidy = bdb_tidy,
	.backup = bdb_backup,
	.close = bdb_close,
};
