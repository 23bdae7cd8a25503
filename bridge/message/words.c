/*
 * words.c - lists of words and phrases, looked for in folded text.
 */
#include "bridge/message/words.h"

#include <string.h>

enum {
	MAX_COUNT = 32,
};

/* Is c the byte of a letter? Those of other scripts than Latin are, as far as it matters here. */
static bool
is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

/*
 * May a word begin at s, somewhere in a folded text? After a letter none does, but in scripts that
 * do not part words or put particles before them: Hebrew, Arabic, and all from U+0800 on.
 */
static bool
begins(const char *s, const char *text)
{
	unsigned char c = (unsigned char)*s;

	if ((c & 0xc0) == 0x80)
		return false;
	return s == text || !is_letter((unsigned char)s[-1]) || (c >= 0xd6 && c <= 0xdb) ||
	       c >= 0xe0;
}

/* strcmp(), whose call costs more than the few bytes that tell words apart. */
static int
compare(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (unsigned char)*a - (unsigned char)*b;
}

static bool
begins_with(const char *s, const char *word)
{
	for (; *word && *s == *word; s++, word++)
		;
	return !*word;
}

const char *
words_at(const struct word_list *list, const char *s)
{
	size_t low = 0, high = list->n;

	/* The last entry that is not behind s is the only one that can be its beginning. */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(list->word[middle], s) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && begins_with(s, list->word[low - 1]) ? list->word[low - 1] : NULL;
}

const char *
words_find(const struct word_list *list, const char *from, const char *text)
{
	bool first[256] = { false }; /* bytes that an entry begins with: most places in a text have none */

	for (size_t i = 0; i < list->n; i++)
		first[(unsigned char)list->word[i][0]] = true;
	for (const char *s = from; *s; s++)
		if (first[(unsigned char)*s] && begins(s, text) && words_at(list, s))
			return s;
	return NULL;
}

bool
words_in(const struct word_list *list, const char *text)
{
	return words_find(list, text, text) != NULL;
}

unsigned
words_count(const struct word_list *list, const char *text)
{
	const char *seen[MAX_COUNT];
	unsigned n = 0;

	for (const char *s = text; (s = words_find(list, s, text)) && n < MAX_COUNT; s++) {
		const char *word = words_at(list, s);
		unsigned i = 0;

		while (i < n && seen[i] != word)
			i++;
		if (i == n)
			seen[n++] = word;
	}
	return n;
}

bool
words_is(const struct word_list *list, const char *s, size_t len)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strncmp(list->word[middle], s, len);

		if (order == 0 && list->word[middle][len] == '\0')
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

size_t
words_letters(const char *s)
{
	size_t n = 0;

	while (is_letter((unsigned char)s[n]))
		n++;
	return n;
}
