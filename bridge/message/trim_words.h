/*
 * trim_words.h - words that tell what a line of a mail is for: for trim*.c alone. Texts are folded.
 */
#ifndef BRIDGE_TRIM_WORDS_H
#define BRIDGE_TRIM_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/message/words.h"

/* The lists; trim_words.c says of each what it holds. */
enum trim_words {
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
	WORDS_STRONG,
	WORDS_HEADINGS,
	WORDS_BANNERS,
	WORDS_FOOTERS,
	WORDS_CLOSINGS,
	WORDS_CONTACTS,
	WORDS_REPLYABOVE,
	WORDS_ANSWERS,
	TRIM_WORDS, /* how many they are */
};

extern const struct word_list trim_words[TRIM_WORDS];

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
