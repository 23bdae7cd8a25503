/*
 * records.h - keys and their values in memory: what a table holds, read many times, written once.
 */
#ifndef BRIDGE_RECORDS_H
#define BRIDGE_RECORDS_H

#include <stddef.h>

enum {
	RECORDS_MOST = 2 * 1000 * 1000,
	RECORDS_BYTES = 256 << 20, /* of all keys and values together */
};

struct records;

/* None yet; for records_free(). */
struct records *records_new(void);
/* Accepts NULL. */
void records_free(struct records *r);
/* Add a key (klen bytes without a NUL among them) and its value (vlen bytes, cut at a NUL). 0; 1:
 * the key is there already, and keeps its value; -1: more than RECORDS_MOST or RECORDS_BYTES. */
int records_add(struct records *r, const char *key, size_t klen, const char *value, size_t vlen);
/* The value of a key, or NULL. Lent until the next addition. */
const char *records_get(const struct records *r, const char *key);
/* Every key and its value, in the order of addition: each(arg, key, value). */
void records_each(
    const struct records *r, void (*each)(void *arg, const char *key, const char *value), void *arg);
/* How many there are; and the i-th added one's key, and its value. Lent as above. */
size_t records_count(const struct records *r);
const char *records_at(const struct records *r, size_t i, const char **value);

#endif
