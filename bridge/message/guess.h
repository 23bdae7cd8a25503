/*
 * guess.h - which charset a text is in when nothing says so, or what says so is wrong.
 */
#ifndef BRIDGE_GUESS_H
#define BRIDGE_GUESS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	GUESS_LOOKED_AT = 4096, /* bytes of a text that are judged at most */
};

/*
 * The charset, as iconv(3) writes it, in which the len bytes read most like the text of a language.
 * `said` is what the text's label claims (a name as of charset_name()), or NULL: it is believed
 * unless what it gives is no language and another charset's is. default_only: the label is one that
 * programs write without looking, so it weighs little. Tags are passed over. The bytes may be cut
 * anywhere. Returns a string that lives for ever, or `said`, also when there is nothing to judge by.
 */
const char *guess_charset(const char *said, bool default_only, const char *bytes, size_t len);

#endif
