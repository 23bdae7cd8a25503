/*
 * print.h - how triviumctl writes: columns, times, and strangers' text made safe for a terminal.
 */
#ifndef BRIDGE_CTL_PRINT_H
#define BRIDGE_CTL_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct buf;

enum { PRINT_TIME = 24 };

/* Local time of seconds since 1970 as "2026-11-24T23:12:17"; "-" for 0. Returns out. */
const char *print_time(int64_t seconds, char out[PRINT_TIME]);
/* A span as "45s", "12m", "3h05m" or "2d03h". Returns out. */
const char *print_span(int64_t seconds, char out[PRINT_TIME]);
/* Append s to b: control characters, those that turn the direction of writing, and bytes that are
 * not UTF-8 become '?'. */
void print_safe(struct buf *b, const char *s);
/* Write s, made safe. */
void print_text(FILE *to, const char *s);

/* Write a line of JSON, an object of strings: name, value, name, value, … NULL. */
void print_object(const char *name, ...) __attribute__((sentinel));

/*
 * A table whose columns are as wide as what was seen of them so far. Rows are kept until
 * table_flush(), so that of any number of rows only some need be in memory.
 */
struct columns {
	size_t n;                 /* how many; the last is not padded */
	const char *const *heads; /* their titles */
	const bool *right;        /* numbers stand to the right */
	size_t *widths;
	char **cells;
	size_t ncells, room;
	bool headed; /* the titles are written */
};

/* A table of n columns; heads and right have n elements and must last. For columns_free(). */
void columns_init(struct columns *t, size_t n, const char *const *heads, const bool *right);
/* Add the next cell of the row, made safe. "" is shown as "-", but for the last column's. */
void columns_add(struct columns *t, const char *cell);
void columns_addf(struct columns *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Write the rows added since the last time. */
void columns_flush(struct columns *t);
void columns_free(struct columns *t);

#endif
