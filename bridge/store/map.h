/*
 * map.h - make a table's file from its text, as `triviumctl map` does and postmap(1) would, but
 * only when every line is good.
 */
#ifndef BRIDGE_MAP_H
#define BRIDGE_MAP_H

#include <stdbool.h>
#include <stdio.h>

struct verdict;

enum { MAP_KEY = 330 }; /* room for a key that a row does not name itself */

/* What a table's rows are. */
struct map_kind {
	const char *name; /* "routes" */
	/* Is that a good row? 0, or -1 and *v. */
	int (*check)(const char *key, const char *value, struct verdict *v);
	/* The n-th further key by which the row is to be found, where no row of its own has that key: 1,
	 * and it is in out; 0: there are no more. NULL: none. */
	int (*other_key)(const char *key, const char *value, unsigned n, char out[MAP_KEY]);
	/* The word behind the key belongs to it, too, with a slash between, when it has no colon:
	 * "10690123 HELP mailto:…". */
	bool two_words;
};
/*
 * Make PATH.db from the text at PATH; name is "hash:PATH", "btree:PATH", or "PATH", which is hash.
 *
 * The text is as postmap(1) reads it: a key, white space and a value on each line; a line that
 * begins with white space continues the one before; empty lines, and those whose first character
 * that is not white space is '#', are passed over. Keys are folded to lower case. Each row is
 * given to the kind's check(). Every error is told to errors as one line
 * "FILE:LINE: message".
 *
 * The new file takes the old one's place at once and as a whole, on the disk before it does, and
 * with its owner and mode (when there is none: the text's; never writable for all). With any error
 * the old one stays as it is. Returns 0, or a code of sysexits(3), what is wrong being told:
 * EX_USAGE (the name), EX_DATAERR (a line), EX_NOINPUT (the text cannot be read), EX_CANTCREAT
 * (PATH.db cannot be made).
 */
int map_build(const char *name, const struct map_kind *kind, FILE *errors);

#endif
