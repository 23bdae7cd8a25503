/*
 * key.h - the keys under which the store has things; queue_store.h says what each map holds.
 */
#ifndef BRIDGE_KEY_H
#define BRIDGE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;

enum {
	KEY_MOST = 512,
	KEY_CONVERSATION = 16, /* bytes: a digest of transport, sender and recipient, cut short */
	KEY_NAME = 300,	       /* bytes of a name that are kept */
};

/* Kinds of names in STORE_NAMES. */
enum {
	NAME_MESSAGE = 'm',   /* a Message-ID */
	NAME_REQUEST = 'r',   /* a platform's request identifier */
	NAME_JOIN = 'j',      /* "FROM TO": of a job that waits for more segments, see join.h */
	NAME_OPEN = 'o',      /* "": of every job that is not final */
	NAME_BODY_JOBS = 'b', /* a message's id: how many of its jobs are not final */
	NAME_COUNT = '#',     /* a transport's name: how many of its jobs are not final */
	NAME_STORM = 's',     /* a digest: when a window of storm.h ends, and what waits for that */
	NAME_NOTICE = 'n',    /* a message's id: when its sender is to be told what there is to tell */
};

struct key {
	unsigned char bytes[KEY_MOST];
	size_t len;
};

/* Is that URI the one, whatever its letter case and, in IM, its resource? */
bool key_is_uri(const char *uri, const char *one);
/* Append bytes to the key; that they fit is the caller's bug otherwise. */
void key_add(struct key *k, const void *bytes, size_t len);
/* A number as 8 bytes, the highest first, so that keys sort as the numbers do (those >= 0). */
void key_put64(unsigned char out[8], int64_t value);
int64_t key_get64(const void *bytes);
/* In STORE_DUE: what all keys of a transport begin with; and the key of a job due at that time. */
struct key key_due_prefix(const char *transport);
struct key key_due(const struct job *j, int64_t due);
/* There, too: what all keys begin with of a transport's jobs that await their reports; and the key of
 * one that is to be looked at at that time. */
struct key key_await_prefix(const char *transport);
struct key key_await(const struct job *j, int64_t due);
/* And of the notices that senders are to have; and the key of the one about a message. */
struct key key_notice_prefix(void);
struct key key_notice(const char *id, int64_t due);
/* In STORE_TURNS: the job's key; its first KEY_CONVERSATION bytes are the conversation's. */
struct key key_turn(const struct job *j);
/* In STORE_NAMES: what all keys of a name begin with; and the key that leads from it to a job. Longer
 * names are told apart by their first bytes only, which costs a look-up a few jobs too many. */
struct key key_name_prefix(char kind, const char *text);
struct key key_name(char kind, const char *text, const struct job *j);

#endif
