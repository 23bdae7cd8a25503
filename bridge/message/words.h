/*
 * words.h - lists of words and phrases, looked for in folded text (fold.h).
 *
 * A list is sorted by its bytes, its entries are folded, and, where more than words_is() is to be
 * asked of it, none begins with another: one search then finds the only one that can fit, so the
 * cost of a text is linear in its length whatever it holds. t/u-trim.c checks all lists.
 */
#ifndef BRIDGE_WORDS_H
#define BRIDGE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word_list {
	const char *const *word;
	size_t n;
};

/* The entry that s begins with; NULL when there is none. */
const char *words_at(const struct word_list *list, const char *s);
/* The first place from `from` on where an entry stands at a word's beginning; NULL when there is
 * none. `from` is within text or at its end. */
const char *words_find(const struct word_list *list, const char *from, const char *text);
/* Is there such a place in text? */
bool words_in(const struct word_list *list, const char *text);
/* How many entries stand in text, each counted once, as far as 32. */
unsigned words_count(const struct word_list *list, const char *text);
/* Is an entry the len bytes at s and no more? */
bool words_is(const struct word_list *list, const char *s, size_t len);
/* The number of bytes of letters and digits at s, of whatever script. */
size_t words_letters(const char *s);

#endif
