/*
 * optout.h - the words by which a phone wants no more messages, or again: STOP, START, HELP and what
 * the administrator adds in other languages. Only as the whole message: "STOP 12345" is data.
 */
#ifndef BRIDGE_OPTOUT_H
#define BRIDGE_OPTOUT_H

#include "bridge/base/conf.h"

struct optout_settings {
	const char *stop_words, *start_words, *help_words; /* parted by commas */
	const char *stop_text, *start_text, *help_text;	   /* the answers */
};
extern const struct setting optout_rows[]; /* of section bridge */

enum optout_word { OPTOUT_NONE, OPTOUT_STOP, OPTOUT_STOP_ALL, OPTOUT_START, OPTOUT_HELP };

/*
 * What a text (UTF-8) says. Letter case, accents, widths, white space and punctuation at both ends
 * do not matter; a stop word with ALL behind it means every sender by that number.
 */
enum optout_word optout_find(const struct optout_settings *s, const char *text);

#endif
