/*
 * trim_words.h - words that tell what a line of a mail is for: for trim*.c alone.
 *
 * All texts here are folded (fold.h) and end in NUL.
 */
#ifndef BRIDGE_TRIM_WORDS_H
#define BRIDGE_TRIM_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The lists; trim_words.c says of each what it holds. */
enum words {
	WORDS_WROTE,
	WORDS_ORIGINALS,
	WORDS_FORWARDS,
	WORDS_MESSAGES,
	WORDS_SENT,
	WORDS_SENTMY,
	WORDS_GETS,
	WORDS_DEVICES,
	WORDS_EXCUSES,
	WORDS_SECRETS,
	WORDS_BANNERS,
	WORDS_FOOTERS,
	WORDS_CLOSINGS,
	WORDS_CONTACTS,
	WORDS_REPLYABOVE,
	WORDS_PREFIXES,
	WORDS_LISTS, /* how many they are */
};

extern const struct word_list {
	const char *const *word;
	size_t n;
} word_lists[WORDS_LISTS];

/* The entry that s begins with; NULL when there is none. */
const char *words_at(enum words which, const char *s);
/* The first place in text where an entry stands at a word's beginning; NULL when there is none. */
const char *words_find(enum words which, const char *text);
/* How many entries stand in text, each counted once, as far as 32. */
unsigned words_count(enum words which, const char *text);
/* Is an entry the len bytes at s and no more? */
bool words_is(enum words which, const char *s, size_t len);
/* Does text hold a verb that says who wrote something? */
bool words_wrote(const char *text);

/* What a field of a header is for. */
enum label {
	LABEL_NONE, /* it is none of a mail's */
	LABEL_FROM,
	LABEL_DATE,
	LABEL_TO,
	LABEL_CC,
	LABEL_SUBJECT,
	LABEL_OTHER,
};
/* What a label says (len bytes, without its colon), in whatever language it is (trim_labels.c). */
enum label words_label(const char *s, size_t len);

#endif
