/*
 * space.h - the numbers that phones see us write from: a service number, so many digits behind it,
 * or a pool of whole numbers. Each phone has a conversation with each of its peers on one of them, so
 * that its answer, sent to that number, finds the way back.
 */
#ifndef BRIDGE_SPACE_H
#define BRIDGE_SPACE_H

#include <stddef.h>

struct verdict;

enum {
	SPACE_NUMBER = 24, /* room for a number and NUL */
	SPACE_DIGITS = 2,  /* most digits of an extension */
	SPACE_POOL = 500,  /* most numbers of a pool: each needs a code of two letters */
	SPACE_CODES = 100, /* conversations of a phone when we have the service number alone */
};

struct space {
	char base[SPACE_NUMBER]; /* digits of the service number; "": there is none, and no answers */
	unsigned digits;	 /* that may stand behind it; 0: none */
	char (*pool)[SPACE_NUMBER]; /* digits of whole numbers, used instead of extensions */
	size_t npool;
};

/* Read a space: service number as written ("tel:10690123"; ""), digits of extensions, and a pool
 * ("1069012301 1069012302", parted by blanks or commas; ""). For space_free(). 0, or -1 and *v
 * (NEVER, says which word is no number, or that both digits and a pool are given). */
int space_init(struct space *s, const char *base, long digits, const char *pool, struct verdict *v);
void space_free(struct space *s);
/* How many conversations one phone can have; 0: none, since it could not answer. */
unsigned space_slots(const struct space *s);
/* The number of slot n (below space_slots()). */
void space_number(const struct space *s, unsigned n, char out[SPACE_NUMBER]);

enum space_where {
	SPACE_SLOT,    /* a conversation's number: *n */
	SPACE_BASE,    /* the service number itself, or one that a slot shares with others */
	SPACE_FOREIGN, /* none of ours */
};
/* Which of our numbers did a phone write to? As platforms write it: "tel:", "+", a country code in
 * front, separators. */
enum space_where space_find(const struct space *s, const char *called, unsigned *n);
/* The number as we write it ourselves, digits alone: without a platform's country code where it is one
 * of ours. "" when it is no number. */
void space_own(const struct space *s, const char *called, char out[SPACE_NUMBER]);
/* The code by which a person names slot n in a text, without "#": "aa", "ab", … Room for 3 bytes. */
void space_code(unsigned n, char out[3]);
/* The slot of a code (letter case does not matter), or -1. len: its bytes. */
int space_from_code(const char *code, size_t len);

#endif
