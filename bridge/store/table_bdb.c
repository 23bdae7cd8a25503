/*
 * table_bdb.c - a table in a Berkeley DB file that administrators rebuild while we run.
 *
 * The whole file is read into memory, which a look-up then asks; one stat(2) every few milliseconds
 * notices that the file is another one. Reading through Berkeley DB at each look-up would need its
 * locks, which the tools that rebuild a file know nothing of. What they do know differs: postmap(1)
 * truncates the file and fills it under flock(2), makemap(8) under fcntl(2) locks, db_load(1)
 * without any. So both kinds of lock are held while reading, a file that changes meanwhile is read
 * again, and contents that were good stay in use until there are better ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/bdb_file.h"
#include "bridge/store/records.h"
#include "bridge/store/table.h"

enum {
	WAIT_MS = 2000, /* for a writer, when there is nothing else to answer from */
	POLL_MS = 20,
	SETTLE_MS = 100, /* a file is stamped by a clock that ticks less often than this */
	RETRY_MS = 1000, /* for failures that the file's stamp may not show, such as EMFILE */
};
static const int64_t never_again = INT64_MAX;

/* What tells one state of a file from another. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	mode_t mode;
	struct timespec mtime, ctime;
	int error; /* errno of stat(2); 0: the rest holds */
};

struct bdb {
	char *path;
	pthread_rwlock_t lock;   /* of the next four */
	struct records *records; /* NULL: none were read yet */
	struct stamp stamp;      /* of the file as it was last tried */
	int64_t again;           /* monotonic ms when to try even so */
	struct verdict why;      /* why there are none */
	_Atomic int64_t looked;  /* the tick of the clock in which the file was last looked at */
	pthread_mutex_t loading; /* held by the thread that reads the file; and of the next */
	char warned[300];        /* the last warning, so that none is repeated */
};

static int64_t
now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct stamp
stamp_of(const struct stat *st)
{
	return (struct stamp){ st->st_dev, st->st_ino, st->st_size, st->st_mode, st->st_mtim,
		st->st_ctim, 0 };
}

static struct stamp
stamp_now(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return (struct stamp){ .error = errno };
	return stamp_of(&st);
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
same(const struct stamp *a, const struct stamp *b)
{
	return a->error == b->error && a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mode == b->mode && same_time(a->mtime, b->mtime) && same_time(a->ctime, b->ctime);
}

/* 1: both locks are held, as long as fd is open; 0: someone is writing; -1: cannot. */
static int
lock_both(int fd)
{
	struct flock whole = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -1;
	/* Of the open file, not of the process: a POSIX lock would go with any close(2) of the
	 * file, and Berkeley DB opens and closes it too. */
	if (fcntl(fd, F_OFD_SETLK, &whole) < 0)
		return errno == EAGAIN || errno == EACCES ? 0 : -1;
	return 1;
}

/* Open the file, if it is one that can be trusted. A descriptor, or -1 and *v. */
static int
open_file(const char *path, struct stamp *stamp, struct verdict *v)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		*stamp = (struct stamp){ .error = errno };
		later(v, "4.3.0", "%s: %s", path, strerror(errno));
		goto out;
	}
	*stamp = stamp_of(&st);
	if (!S_ISREG(st.st_mode))
		later(v, "4.3.0", "%s: not a regular file", path);
	else if (st.st_mode & S_IWOTH)
		later(v, "4.3.0", "%s: everyone on this machine may change it; chmod o-w it", path);
	else
		return fd;
out:
	if (fd >= 0)
		close(fd);
	return -1;
}

/* One try to read the file. 1: *r, for records_free(); 0: it is being written; -1: *v. */
static int
try_read(const char *path, struct stamp *stamp, struct records **r, struct verdict *v)
{
	int locked, rc = -1, fd = open_file(path, stamp, v);
	struct stamp after;

	if (fd < 0)
		return -1;
	locked = lock_both(fd);
	if (locked <= 0) {
		rc = locked < 0 ? later(v, "4.3.0", "lock %s: %s", path, strerror(errno)) : 0;
		goto out;
	}
	*r = records_new();
	rc = bdb_file_read(path, *r, v) == 0 ? 1 : -1;
	/* By name, since the file may have been replaced between open_file() and the reading. */
	after = stamp_now(path);
	if (!same(stamp, &after))
		rc = 0;
	if (rc != 1) {
		records_free(*r);
		*r = NULL;
	}
out:
	close(fd);
	return rc;
}

/* When a file so stamped and just read is to be read again. */
static int64_t
settled_at(const struct stamp *s)
{
	int64_t changed = (int64_t)s->ctime.tv_sec * 1000 + s->ctime.tv_nsec / 1000000;
	int64_t age = now_ms(CLOCK_REALTIME) - changed;

	/* A change right after the reading could leave the same stamp. */
	return age < 0 || age > SETTLE_MS ? never_again : now_ms(CLOCK_MONOTONIC) + SETTLE_MS;
}

static void
warn(struct bdb *b, const struct verdict *v)
{
	if (strcmp(b->warned, v->text) == 0)
		return;
	snprintf(b->warned, sizeof b->warned, "%s", v->text);
	log_warn("table %s; the contents from before stay in use", v->text);
}

/* Put what was read in place. */
static void
swap(struct bdb *b, struct records *r, const struct stamp *stamp)
{
	struct records *old;

	pthread_rwlock_wrlock(&b->lock);
	old = b->records;
	b->records = r;
	b->stamp = *stamp;
	b->again = settled_at(stamp);
	pthread_rwlock_unlock(&b->lock);
	records_free(old);
	b->warned[0] = '\0';
}

/* The file cannot be read: remember it, so that not every look-up tries. */
static void
give_up(struct bdb *b, const struct stamp *stamp, const struct verdict *v)
{
	bool had;

	pthread_rwlock_wrlock(&b->lock);
	b->stamp = *stamp;
	b->again = now_ms(CLOCK_MONOTONIC) + RETRY_MS;
	b->why = *v;
	had = b->records != NULL;
	pthread_rwlock_unlock(&b->lock);
	if (had)
		warn(b, v);
}

/* Read the file, with b->loading held. */
static void
load(struct bdb *b, bool wait)
{
	int64_t until = now_ms(CLOCK_MONOTONIC) + WAIT_MS;
	struct records *r = NULL;
	struct stamp stamp;
	struct verdict v;
	int rc;

	while ((rc = try_read(b->path, &stamp, &r, &v)) == 0 && wait &&
	       now_ms(CLOCK_MONOTONIC) < until)
		nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000L }, NULL);
	if (rc == 1) {
		swap(b, r, &stamp);
	} else if (rc < 0) {
		give_up(b, &stamp, &v);
	} else if (wait) {
		later(&v, "4.3.0", "%s: another program is writing it", b->path);
		give_up(b, &stamp, &v);
	}
}

/* Is what we have the file as it is now? Fills *have: there are contents. */
static bool
current(struct bdb *b, bool *have)
{
	struct stamp now = stamp_now(b->path);
	bool yes;

	pthread_rwlock_rdlock(&b->lock);
	*have = b->records != NULL;
	yes = same(&now, &b->stamp) && now_ms(CLOCK_MONOTONIC) < b->again;
	pthread_rwlock_unlock(&b->lock);
	return yes;
}

static void
refresh(struct bdb *b)
{
	bool have;

	if (current(b, &have))
		return;
	/* While another thread reads the file, the contents from before will do, if there are any.
	 */
	if (!have)
		pthread_mutex_lock(&b->loading);
	else if (pthread_mutex_trylock(&b->loading) != 0)
		return;
	if (!current(b, &have))
		load(b, !have);
	pthread_mutex_unlock(&b->loading);
}

static int
bdb_get(void *state, const char *key, char *value, size_t room, struct verdict *v)
{
	struct bdb *b = state;
	/* An address is looked up under a dozen keys, and the file need not be looked at for each:
	 * this clock moves every few milliseconds. */
	int64_t tick = now_ms(CLOCK_MONOTONIC_COARSE);
	const char *found;
	int rc;

	if (b->looked != tick) {
		refresh(b);
		b->looked = tick;
	}
	pthread_rwlock_rdlock(&b->lock);
	if (b->records) {
		found = records_get(b->records, key);
		if (found)
			snprintf(value, room, "%s", found);
		rc = found != NULL;
	} else {
		*v = b->why;
		rc = -1;
	}
	pthread_rwlock_unlock(&b->lock);
	return rc;
}

static int
bdb_each(void *state, void (*each)(void *arg, const char *key, const char *value), void *arg, struct verdict *v)
{
	struct bdb *b = state;
	int rc = 0;

	refresh(b);
	pthread_rwlock_rdlock(&b->lock);
	if (b->records) {
		records_each(b->records, each, arg);
	} else {
		*v = b->why;
		rc = -1;
	}
	pthread_rwlock_unlock(&b->lock);
	return rc;
}

static void *
bdb_open(const char *where, struct verdict *v)
{
	struct bdb *b;

	if (where[0] != '/') {
		never(v, "5.3.5", "table \"%s\": the path must begin with /", where);
		return NULL;
	}
	b = xcalloc(1, sizeof *b);
	b->path = xasprintf("%s.db", where);
	pthread_rwlock_init(&b->lock, NULL);
	pthread_mutex_init(&b->loading, NULL);
	return b;
}

static void
bdb_close(void *state)
{
	struct bdb *b = state;

	pthread_mutex_destroy(&b->loading);
	pthread_rwlock_destroy(&b->lock);
	records_free(b->records);
	free(b->path);
	free(b);
}

/* The file itself says what kind it is; the two names are those of Postfix. */
const struct table_driver table_hash = { "hash", bdb_open, bdb_get, bdb_each, bdb_close };
const struct table_driver table_btree = { "btree", bdb_open, bdb_get, bdb_each, bdb_close };
