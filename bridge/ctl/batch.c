/*
 * batch.c - `triviumctl segments --batch`: a line of JSON in, a line of JSON out. jansson stays here.
 */
#include "bridge/ctl/batch.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/message/gsm.h"
#include "bridge/message/text.h"

/* The value of the four hexadecimal digits at s, or -1. */
static long
four_digits(const char *s)
{
	char digits[5] = "", *end;
	long value;

	strncpy(digits, s, 4);
	value = strspn(digits, "0123456789abcdefABCDEF") == 4 ? strtol(digits, &end, 16) : -1;
	return value;
}

/*
 * Half a surrogate pair, written as "\uD83D", is no character, and jansson refuses the whole line for
 * it. Programs that cut strings make such; it counts as one unit, as U+FFFD does, so it becomes that.
 */
static void
mend_halves(char *line)
{
	for (char *p = strchr(line, '\\'); p; p = strchr(p, '\\')) {
		long one = p[1] == 'u' ? four_digits(p + 2) : -1, two = -1;

		if (one >= 0 && p[6] == '\\' && p[7] == 'u')
			two = four_digits(p + 8);
		if (one >= 0xD800 && one <= 0xDBFF && two >= 0xDC00 && two <= 0xDFFF) {
			p += 12;
			continue;
		}
		if (one >= 0xD800 && one <= 0xDFFF)
			memcpy(p + 2, "fffd", 4);
		p += p[1] ? 2 : 1;
	}
}

/* The languages of a list of names, or of one name. NULL, or what is wrong. */
static const char *
read_languages(const json_t *list, unsigned *languages)
{
	size_t n = json_is_array(list) ? json_array_size(list) : 1;

	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_is_array(list) ? json_array_get(list, i) : list;
		unsigned language;

		if (!json_is_string(one))
			return "\"lang\" is a list of names of languages";
		language = gsm_language(json_string_value(one), json_string_length(one));
		if (language == GSM_DEFAULT)
			return "\"lang\" names a language that has no tables";
		*languages |= 1u << language;
	}
	return NULL;
}

/* The value of a switch, false where it is not there. NULL, or what is wrong. */
static const char *
read_switch(const json_t *options, const char *name, bool *on)
{
	const json_t *value = json_object_get(options, name);

	if (value && !json_is_boolean(value) && !json_is_null(value))
		return "\"ref16\" and \"smart\" are true or false";
	*on = json_is_true(value);
	return NULL;
}

/* NULL, or what is wrong with the options. */
static const char *
read_options(const json_t *options, struct text_rules *rules)
{
	const json_t *lang = json_object_get(options, "lang");
	const json_t *force = json_object_get(options, "force");
	const char *wrong = NULL;

	*rules = (struct text_rules){ 0 };
	if (!options || json_is_null(options))
		return NULL;
	if (!json_is_object(options))
		return "\"opts\" is no object";
	if (force && !json_is_null(force)) {
		if (!json_is_string(force) || strcmp(json_string_value(force), "ucs2") != 0)
			return "\"force\" can only be \"ucs2\"";
		rules->ucs2 = true;
	}
	if (lang && !json_is_null(lang))
		wrong = read_languages(lang, &rules->languages);
	if (!wrong)
		wrong = read_switch(options, "ref16", &rules->ref16);
	if (!wrong)
		wrong = read_switch(options, "smart", &rules->smart);
	return wrong;
}

/* Measure the text into the answer. */
static void
measure(const char *text, size_t len, const struct text_rules *rules, json_t *answer)
{
	struct text_alphabet a;
	struct text_size size = text_choose(text, len, rules, &a);
	struct buf mapped;

	json_object_set_new(answer, "encoding", json_string(text_encoding_name(size.encoding)));
	json_object_set_new(answer, "units", json_integer(size.units));
	json_object_set_new(answer, "segments", json_integer(size.segments));
	if (!rules->smart)
		return;
	buf_init(&mapped, 8 * len + 1);
	text_write(text, len, &a, &mapped);
	json_object_set_new(answer, "mapped", json_stringn(buf_str(&mapped), mapped.len));
	buf_free(&mapped);
}

/* NULL, or what is wrong with the question. */
static const char *
answer_to(const json_t *question, json_t *answer)
{
	const json_t *text = json_object_get(question, "text");
	struct text_rules rules;
	const char *wrong;

	if (!json_is_object(question))
		return "the line is no JSON object";
	if (!json_is_string(text))
		return "\"text\" is no string, or not there";
	wrong = read_options(json_object_get(question, "opts"), &rules);
	if (!wrong)
		measure(json_string_value(text), json_string_length(text), &rules, answer);
	return wrong;
}

int
batch_answer(char *line, size_t len, FILE *to)
{
	json_error_t error = { .text = "" };
	json_t *question, *answer = json_object(), *id;
	const char *wrong;

	mend_halves(line);
	question = json_loadb(line, len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	id = json_object_get(question, "id");
	json_object_set_new(answer, "id", id ? json_incref(id) : json_null());
	wrong = question ? answer_to(question, answer) : error.text;
	if (wrong)
		json_object_set_new(answer, "error", json_string(wrong));
	json_dumpf(answer, to, JSON_COMPACT | JSON_ENCODE_ANY);
	putc('\n', to);
	json_decref(question);
	json_decref(answer);
	return wrong ? -1 : 0;
}
