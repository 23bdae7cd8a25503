/*
 * zones.c - zones of the system's database, in its compiled form (RFC 8536).
 *
 * The C library knows one zone a process, and changing that is nothing that threads may do; so the
 * files are read here. What counts is when clocks change and to which offset: the second block,
 * whose times have 64 bits. The rule behind it for years to come is not read: files as Debian has
 * them spell out all changes until 2037.
 */
#include "bridge/store/zones.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/mem.h"

enum { FILE_MOST = 64 * 1024, KEPT = 64, HEAD = 44, WAY = 256, TYPE = 6 };

/* One zone. n 0: its clocks never change; from the first on `before` holds no more. */
struct zone {
	char name[ZONE_NAME];
	bool known;
	long before;
	struct change {
		int64_t at;
		long offset;
	} *changes;
	size_t n;
};

struct zones {
	struct zone kept[KEPT];
	size_t n, next; /* next: which one goes when there is no room */
};

struct zones *
zones_new(void)
{
	return xcalloc(1, sizeof(struct zones));
}

void
zones_free(struct zones *z)
{
	if (!z)
		return;
	for (size_t i = 0; i < z->n; i++)
		free(z->kept[i].changes);
	free(z);
}

bool
zone_is_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/");

	return n > 0 && n < ZONE_NAME && !name[n] && *name != '/' && *name != '-' && *name != '+';
}

/* The file's bytes; their number, 0 when it cannot be read. */
static size_t
read_file(const char *name, unsigned char *bytes)
{
	const char *dir = getenv("TZDIR");
	char path[WAY];
	ssize_t n = 0;
	int fd;

	if ((size_t)snprintf(path, sizeof path, "%s/%s", dir ? dir : "/usr/share/zoneinfo", name) >=
	    sizeof path || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	n = read(fd, bytes, FILE_MOST);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

static int64_t
big_endian(const unsigned char *p, size_t len)
{
	uint64_t n = *p & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < len; i++)
		n = n << 8 | p[i];
	return (int64_t)n;
}

/* Counts of a block, in the order of its head. */
enum { IS_UT, IS_STD, LEAPS, TIMES, TYPES, CHARS, COUNTS };

/* Read a block's head and say how long the block behind it is; 0 when there is none. */
static size_t
read_counts(const unsigned char *p, size_t len, size_t time, size_t counts[COUNTS])
{
	if (len < HEAD || memcmp(p, "TZif", 4) != 0)
		return 0;
	for (size_t i = 0; i < COUNTS; i++) {
		int64_t n = big_endian(p + 20 + 4 * i, 4);

		if (n < 0 || n > FILE_MOST)
			return 0;
		counts[i] = (size_t)n;
	}
	return HEAD + counts[TIMES] * (time + 1) + counts[TYPES] * TYPE + counts[CHARS] +
	       counts[LEAPS] * (time + 4) + counts[IS_STD] + counts[IS_UT];
}

static void
parse(struct zone *z, const unsigned char *p, size_t len)
{
	size_t counts[COUNTS], first = read_counts(p, len, 4, counts), block, n;
	const unsigned char *which, *types;

	if (!first || first > len || !(block = read_counts(p + first, len - first, 8, counts)) ||
	    block > len - first || counts[TYPES] == 0)
		return;
	n = counts[TIMES];
	p += first + HEAD;
	which = p + 8 * n;
	types = which + n;
	for (size_t i = 0; i < n; i++)
		if (which[i] >= counts[TYPES])
			return;
	z->known = true;
	z->n = n;
	z->before = (long)big_endian(types, 4);
	z->changes = xcalloc(n + 1, sizeof *z->changes);
	for (size_t i = 0; i < n; i++) {
		z->changes[i].at = big_endian(p + 8 * i, 8);
		z->changes[i].offset = (long)big_endian(types + TYPE * which[i], 4);
	}
}

static const struct zone *
find(struct zones *z, const char *name)
{
	unsigned char *bytes;
	struct zone *one;

	if (!zone_is_name(name))
		return NULL;
	for (size_t i = 0; i < z->n; i++)
		if (strcmp(z->kept[i].name, name) == 0)
			return z->kept[i].known ? &z->kept[i] : NULL;
	if (z->n < KEPT)
		one = &z->kept[z->n++];
	else
		one = &z->kept[z->next++ % KEPT];
	free(one->changes);
	*one = (struct zone){ .n = 0 };
	snprintf(one->name, sizeof one->name, "%s", name);
	bytes = xcalloc(1, FILE_MOST);
	parse(one, bytes, read_file(name, bytes));
	free(bytes);
	return one->known ? one : NULL;
}

bool
zones_know(struct zones *z, const char *name)
{
	return find(z, name) != NULL;
}

static long
offset_here(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	localtime_r(&t, &tm);
	return tm.tm_gmtoff;
}

long
zones_offset(struct zones *z, const char *name, int64_t at)
{
	const struct zone *one = name ? find(z, name) : NULL;
	size_t low = 0, high;

	if (!one)
		return offset_here(at);
	/* The last change at or before that time. */
	for (high = one->n; low < high;) {
		size_t middle = (low + high) / 2;

		if (one->changes[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? one->changes[low - 1].offset : one->before;
}
