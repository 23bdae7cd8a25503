/*
 * bdb_file.h - a Berkeley DB file by itself, as database tools make it: read whole, written whole.
 */
#ifndef BRIDGE_BDB_FILE_H
#define BRIDGE_BDB_FILE_H

#include <stdbool.h>

struct records;
struct verdict;

/*
 * Add all records of the hash or btree file at path to r. Keys and values may have a trailing NUL,
 * which is taken off; a key that is empty or has a NUL inside is passed over; of several values of
 * a key the first one counts. The file's structure is checked first. 0, or -1 and *v (LATER 4.3.0):
 * it cannot be opened, is damaged or half written, or holds more than fits into r.
 */
int bdb_file_read(const char *path, struct records *r, struct verdict *v);
/* Write r to the file at path, which exists and is empty, with a trailing NUL behind each key and
 * value as postmap(1) does, and flush it to the disk. 0, or -1 and *v (LATER 4.3.0). */
int bdb_file_write(const char *path, bool btree, const struct records *r, struct verdict *v);

#endif
