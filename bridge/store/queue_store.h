/*
 * queue_store.h - what the queue is built on: ordered maps with transactions. The plug.
 *
 * Only the queue's writer thread calls these, one at a time, so a store needs no locks. Keys are
 * bytes and sort as memcmp() does. Everything between begin() and commit() happens whole or not at
 * all, whenever the process or the machine dies.
 */
#ifndef BRIDGE_QUEUE_STORE_H
#define BRIDGE_QUEUE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct verdict;

/* What is kept, and by which key. id: 26 characters; n: recipient, 2 bytes; numbers big-endian. */
enum store_map {
	STORE_BODIES, /* id: the message without its recipients, until its last job is settled and
		       * nothing is left to tell of it */
	STORE_JOBS,   /* id n: a job */
	STORE_LENT,   /* id n: a job that was lent when it was added; see brief.h */
	STORE_DUE,    /* transport NUL due(8) id n: a job that has a time to be looked at; see key.h for
		       * those that await reports, and for notices */
	STORE_TURNS,  /* conversation(16) id n: the jobs of a conversation in order */
	STORE_KEYS,   /* submission key(32): id time(8) of the message that brought it first */
	STORE_NAMES,  /* kind, text NUL id n: other names of a job; and counters */
	STORE_TALKS,  /* transport NUL phone: its conversations, see talk.h */
	STORE_QUOTAS, /* period NUL sender: how much it has sent, see quota.h */
	STORE_CONSENTS, /* phone NUL number NUL peer NUL time(8): a decision, see consent.h */
	STORE_LINKS, /* token: until(8), content; and NUL until(8) token: when it goes, see link.h */
	STORE_BINDINGS, /* transport NUL JID: its number, see binding.h */
	STORE_PARKED, /* transport NUL id: a message that something is fetched for, see park.h */
	STORE_MAPS,
};

struct store_driver {
	const char *name;
	/* Open or create the store in the directory dir and recover it. State for close(), or NULL, *v. */
	void *(*open)(const char *dir, struct verdict *v);
	/* 0, or -1 and *v (LATER). */
	int (*begin)(void *store, struct verdict *v);
	/* Make all since begin() happen; after -1 nothing of it has. */
	int (*commit)(void *store, struct verdict *v);
	/* See that what was committed is on the disk, and do not believe commit() in that. 0, or -1 and *v
	 * (LATER 4.3.1: no room): it is not there yet; ask again. NULL: the store has no disk. */
	int (*flush)(void *store, struct verdict *v);
	/* Forget all since begin(). */
	void (*abort)(void *store);
	/* 1: *value (replaced) has it; 0: no such key; -1 and *v. */
	int (*get)(void *store, enum store_map m, const void *key, size_t len, struct buf *value,
	    struct verdict *v);
	/* 0, or -1 and *v: LATER 4.3.1 when the disk is full. */
	int (*put)(void *store, enum store_map m, const void *key, size_t len, const void *value,
	    size_t value_len, struct verdict *v);
	/* 0 (also when there was no such key), or -1 and *v. */
	int (*del)(void *store, enum store_map m, const void *key, size_t len, struct verdict *v);
	/* The first entry whose key is at or behind `key`: 1: *found and *value (each may be NULL) are
	 * replaced; 0: there is none; -1 and *v. `key` may lie in *found. */
	int (*seek)(void *store, enum store_map m, const void *key, size_t len, struct buf *found,
	    struct buf *value, struct verdict *v);
	/* Housekeeping between transactions: checkpoint, trim logs. */
	void (*tidy)(void *store);
	/* Copy everything into the new directory dir, between transactions. 0, or -1 and *v. */
	int (*backup)(void *store, const char *dir, struct verdict *v);
	void (*close)(void *store);
};

extern const struct store_driver store_bdb, store_mem;

#endif
