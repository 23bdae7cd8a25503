/*
 * optout.c - the words by which a phone wants no more messages.
 *
 * The preset stop words are those that 47 CFR 64.1200(a)(10) names since April 2025.
 */
#include "bridge/flow/optout.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "bridge/message/fold.h"

#define AT(field) offsetof(struct optout_settings, field)

const struct setting optout_rows[] = {
	{ "stop_words", CONF_STRING, AT(stop_words), "STOP,QUIT,END,REVOKE,OPT OUT,CANCEL,UNSUBSCRIBE",
	    NULL, NULL, "words, parted by commas, by which a phone says that it wants no more messages" },
	{ "start_words", CONF_STRING, AT(start_words), "START,UNSTOP", NULL, NULL,
	    "words by which it wants them again" },
	{ "help_words", CONF_STRING, AT(help_words), "HELP", NULL, NULL,
	    "words by which it asks who writes, where the inbound table does not say whom they lead to" },
	{ "stop_text", CONF_STRING, AT(stop_text),
	    "You will get no more messages from this number. Answer START to get them again.", NULL, NULL,
	    "the answer to a stop word" },
	{ "start_text", CONF_STRING, AT(start_text),
	    "You will get messages from this number again. Answer STOP to end them.", NULL, NULL,
	    "the answer to a start word" },
	{ "help_text", CONF_STRING, AT(help_text),
	    "This number passes messages on between mail and phones. Answer STOP to get no more of them.",
	    NULL, NULL, "the answer to a help word" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

enum { WORD = 200 };

static bool
is_edge(char c)
{
	return isspace((unsigned char)c) || (c && strchr(".,!;:\"'-", c));
}

/* The text folded (see fold.h), its edges clean; "" when it is too long for a word. */
static void
tidy(const char *text, size_t len, char out[WORD])
{
	static const char *const foreign[] = { "\u3002", "\u2026", "\u00a1" }; /* full stop, dots, ¡ */
	char *begin = out;
	size_t n;

	while (len && is_edge(*text))
		text++, len--;
	while (len && is_edge(text[len - 1]))
		len--;
	n = len < WORD ? fold(text, len, out) : 0;
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		for (char *at = out; n && (at = strstr(at, foreign[i]));)
			memset(at, '.', strlen(foreign[i]));
	while (n && is_edge(out[n - 1]))
		n--;
	out[n] = '\0';
	while (is_edge(*begin))
		begin++;
	memmove(out, begin, strlen(begin) + 1);
}

/* Does the list have the word? */
static bool
has(const char *list, const char *word)
{
	char item[WORD];

	while (*list) {
		size_t n = strcspn(list, ",");

		tidy(list, n, item);
		if (*item && strcmp(item, word) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

enum optout_word
optout_find(const struct optout_settings *s, const char *text)
{
	char word[WORD];
	size_t len;

	tidy(text, strlen(text), word);
	if (!*word)
		return OPTOUT_NONE;
	if (has(s->stop_words, word))
		return OPTOUT_STOP;
	if (has(s->start_words, word))
		return OPTOUT_START;
	if (has(s->help_words, word))
		return OPTOUT_HELP;
	len = strlen(word);
	if (len > 3 && strcmp(word + len - 3, "all") == 0) {
		for (len -= 3; len && word[len - 1] == ' '; len--)
			;
		word[len] = '\0';
		if (*word && has(s->stop_words, word))
			return OPTOUT_STOP_ALL;
	}
	return OPTOUT_NONE;
}
