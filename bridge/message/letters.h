/*
 * letters.h - which letters follow each other in the world's languages: what guess.c judges by.
 */
#ifndef BRIDGE_LETTERS_H
#define BRIDGE_LETTERS_H

#include <stdbool.h>

enum {
	LETTERS_LANGUAGES = 32,
	LETTERS_LEVELS = 3,
};

/* A language written with an alphabet. The pairs of levels[0] are at least one in a hundred of its
 * pairs with a letter beyond ASCII, those of levels[1] one in 400, those of levels[2] one in 1,700;
 * each is two characters of UTF-8, small letters or '_' for what is no letter. */
struct letters_pairs {
	const char *language; /* ISO 639 */
	bool latin;
	const char *levels[LETTERS_LEVELS];
};

extern const struct letters_pairs letters_pairs[LETTERS_LANGUAGES];

/* The characters used most in Chinese of both kinds, Japanese and Korean, UTF-8; ends in NULL. */
extern const char *const letters_common[];

#endif
