/*
 * trim_mobile.c - the line that a device or a program adds to say that a mail came from it.
 *
 * Each language has its words for "sent from" at the line's beginning or at its end, and the
 * device's name is the same in all.
 */
#include <string.h>

#include "bridge/message/trim_line.h"
#include "bridge/message/trim_words.h"

/* Where to get Outlook for a phone, in any words: the system's name begins or ends them, or a link.
 */
static bool
is_outlook(const char *f)
{
	const char *last = strrchr(f, ' ');

	if (!strstr(f, "outlook") || look_at(f).words > 10)
		return false;
	if (strstr(f, "aka.ms") || strncmp(f, "ios", 3) == 0 || strncmp(f, "android ", 8) == 0)
		return true;
	return last && (strncmp(last + 1, "ios", 3) == 0 || strcmp(last + 1, "android") == 0);
}

bool
line_is_mobile(const struct line *l)
{
	const char *f = l->f + strspn(l->f, "<([*_-~ "), *at, *comma, *device,
		   *last = strrchr(f, ' ');

	if (l->flen == 0 || l->flen > 160 || look_at(f).words > 16)
		return false;
	if (words_at(&trim_words[WORDS_SENTMY], f) && !strpbrk(f, ",.?") && look_at(f).words <= 9)
		return true;
	if (f[strlen(f) - 1] == '?')
		return false;
	if (is_outlook(f))
		return true;
	if (!(device = words_find(&trim_words[WORDS_DEVICES], f, f)))
		return false;
	comma = strstr(f, ", ");
	if (comma && comma < device && !words_in(&trim_words[WORDS_EXCUSES], comma))
		return false;
	if (words_at(&trim_words[WORDS_GETS], f) ||
	    (last && words_at(&trim_words[WORDS_GETS], last + 1)) ||
	    ((unsigned char)*f >= 0xe0 && words_in(&trim_words[WORDS_GETS], f)))
		if (strstr(f, "outlook") || strstr(f, "yahoo") || strstr(f, "bluemail"))
			return true;
	if ((at = words_at(&trim_words[WORDS_SENT], f)))
		return true;
	at = words_find(&trim_words[WORDS_SENT], f, f);
	return at && ((unsigned char)*at >= 0x80 || (last && at > last));
}
