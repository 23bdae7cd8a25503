/*
 * style.c - how a message is shown on a phone, in words.
 */
#include "bridge/message/style.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/message/gsm.h"

enum { WORD_MOST = 200 }; /* bytes of a word */

static const char *
parse_switch(const char *value, bool *on)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return "text= and smart= are yes or no";
	*on = value[0] == 'y';
	return NULL;
}

const char *
style_lead(const char *list, enum style_lead lead[STYLE_LEADS])
{
	static const char wrong[] = "what leads is subject, from, both with a comma between, or none";
	size_t n = 0;

	lead[0] = lead[1] = STYLE_END;
	if (strcmp(list, "none") == 0)
		return NULL;
	while (n < STYLE_LEADS) {
		size_t len = strcspn(list, ",");

		if (len == 7 && memcmp(list, "subject", len) == 0)
			lead[n] = STYLE_SUBJECT;
		else if (len == 4 && memcmp(list, "from", len) == 0)
			lead[n] = STYLE_FROM;
		else
			return wrong;
		if (n && lead[0] == lead[n])
			return wrong;
		n++;
		if (!list[len])
			return NULL;
		list += len + 1;
	}
	return wrong;
}

static const char *
parse_lead(const char *value, struct style *s)
{
	return style_lead(value, s->lead);
}

static const char *
parse_text(const char *value, struct style *s)
{
	return parse_switch(value, &s->text);
}

static const char *
parse_smart(const char *value, struct style *s)
{
	return parse_switch(value, &s->rules.smart);
}

static const char *
parse_cut(const char *value, struct style *s)
{
	s->link = strcmp(value, "link") == 0;
	return s->link || strcmp(value, "ellipsis") == 0 ? NULL : "cut= is ellipsis or link";
}

static const char *
parse_segments(const char *value, struct style *s)
{
	size_t digits = strspn(value, "0123456789");
	long n = digits && digits < 4 && !value[digits] ? strtol(value, NULL, 10) : 0;

	if (n < 1 || n > TEXT_SEGMENTS)
		return "segments= is a number from 1 to 255";
	s->segments = (unsigned)n;
	return NULL;
}

static const char *
parse_mms(const char *value, struct style *s)
{
	if (value[0] < '1' || value[0] > '9' || value[1])
		return "mms_count= is a number from 1 to 9";
	s->mms = (unsigned)(value[0] - '0');
	return NULL;
}

static const char *
parse_national(const char *value, struct style *s)
{
	size_t n;

	if (strcmp(value, "none") == 0)
		s->rules.languages = 0;
	else if (!*value || gsm_languages(value, &s->rules.languages, &n))
		return "national= names languages that have tables, as tr or tr,es, or none";
	return NULL;
}

static const struct {
	const char *name;
	const char *(*parse)(const char *value, struct style *s);
} words_known[] = {
	{ "lead=", parse_lead },
	{ "text=", parse_text },
	{ "smart=", parse_smart },
	{ "segments=", parse_segments },
	{ "mms_count=", parse_mms },
	{ "national=", parse_national },
	{ "cut=", parse_cut },
};

/* One word. NULL, or what is wrong with it. */
static const char *
parse_word(const char *word, struct style *s)
{
	for (size_t i = 0; i < sizeof words_known / sizeof words_known[0]; i++) {
		size_t n = strlen(words_known[i].name);

		if (strncmp(word, words_known[i].name, n) == 0)
			return words_known[i].parse(word + n, s);
	}
	return "the words are lead=, text=, smart=, segments=, mms_count=, national= and cut=";
}

const char *
style_parse(const char *words, struct style *s)
{
	static const char blanks[] = " \t";
	const char *wrong = NULL;

	words += strspn(words, blanks);
	while (*words && !wrong) {
		char word[WORD_MOST];
		size_t n = strcspn(words, blanks);

		if (n >= sizeof word)
			return "a word is too long";
		memcpy(word, words, n);
		word[n] = '\0';
		wrong = parse_word(word, s);
		words += n;
		words += strspn(words, blanks);
	}
	return wrong;
}
