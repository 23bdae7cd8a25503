/*
 * shelf.h - the store, with room to read into: what the ledger's files stand on. All return -1 and
 * *v (LATER) when the store could not.
 */
#ifndef BRIDGE_SHELF_H
#define BRIDGE_SHELF_H

#include "bridge/base/buf.h"
#include "bridge/message/msg.h"
#include "bridge/store/job.h"
#include "bridge/store/key.h"
#include "bridge/store/queue_store.h"

struct verdict;

enum { SHELF_RECORD = MSG_MAX_FORMATTED + 64 * 1024 }; /* bytes of the longest value */

struct shelf {
	const struct store_driver *driver;
	void *store;
	void *memory;	   /* a store_mem, for entries that are not written (see brief.h) */
	struct buf found;  /* the key that shelf_seek() found */
	struct buf other;  /* the one found in the other place */
	struct buf value;  /* what shelf_get() found */
	struct buf record; /* for writing */
};

/* On a store (lent). For shelf_free(). */
void shelf_init(struct shelf *s, const struct store_driver *driver, void *store);
void shelf_free(struct shelf *s);
/* A transaction, of the store and of what is remembered. */
int shelf_begin(struct shelf *s, struct verdict *v);
int shelf_commit(struct shelf *s, struct verdict *v);
void shelf_abort(struct shelf *s);
/* As the functions of struct store_driver: 1 found (in s->value), 0 not. */
int shelf_get(struct shelf *s, enum store_map m, const void *key, size_t len, struct verdict *v);
int shelf_put(struct shelf *s, enum store_map m, const struct key *k, const void *value, size_t len,
    struct verdict *v);
int shelf_del(struct shelf *s, enum store_map m, const struct key *k, struct verdict *v);
/* The first key at or behind k that begins with k's first `prefix` bytes: 1 (in s->found), 0. */
int shelf_seek(struct shelf *s, enum store_map m, const struct key *k, size_t prefix,
    struct verdict *v);
/* Make k the next key behind the one found, for going on. */
void shelf_behind(const struct shelf *s, struct key *k);
/* The last JOB_KEY bytes of the key found: the job it is about. Lent until the next seek. */
const unsigned char *shelf_found_job(const struct shelf *s);
/* Have an entry without a value in memory alone. All of the above find it all the same; the value of
 * one in STORE_BODIES is that of its first job's entry in STORE_LENT. */
void shelf_remember(struct shelf *s, enum store_map m, const struct key *k);
/* Have it no more. Was it there? */
bool shelf_forget(struct shelf *s, enum store_map m, const struct key *k);
/* Write a job under its key. */
int shelf_write_job(struct shelf *s, const struct job *j, struct verdict *v);
/* 1: *j, for job_free(); 0: there is none. One that cannot be read is told, and counts as none. */
int shelf_read_job(struct shelf *s, const unsigned char key[JOB_KEY], struct job **j,
    struct verdict *v);
/* Give the job another name, or take it away. Nothing is done for a text of NULL. */
int shelf_name(struct shelf *s, char kind, const char *text, const struct job *j,
    struct verdict *v);
int shelf_unname(struct shelf *s, char kind, const char *text, const struct job *j,
    struct verdict *v);

#endif
