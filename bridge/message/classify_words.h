/*
 * classify_words.h - words that tell what sent a mail: for classify*.c alone. Texts are folded.
 */
#ifndef BRIDGE_CLASSIFY_WORDS_H
#define BRIDGE_CLASSIFY_WORDS_H

#include "bridge/message/words.h"

/* The lists; classify_words.c says of each what it holds. */
enum classify_words {
	CLASSIFY_FAILED,
	CLASSIFY_LATE,
	CLASSIFY_ARRIVED,
	CLASSIFY_READ,
	CLASSIFY_DAEMONS,
	CLASSIFY_REASONS,
	CLASSIFY_AWAY,
	CLASSIFY_ASKS,
	CLASSIFY_MACHINES,
	CLASSIFY_WORDS, /* how many they are */
};

extern const struct word_list classify_words[CLASSIFY_WORDS];

#endif
