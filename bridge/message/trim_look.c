/*
 * trim_look.c - dates, times and addresses in a folded text, in whatever order and language.
 *
 * Months and days of the week have names in every language, numbers do not: a date is told by its
 * numbers, as three in a row with separators, or a year with a day of a month somewhere near.
 */
#include <ctype.h>
#include <string.h>

#include "bridge/message/trim_line.h"

/* A number in a text. */
struct number {
	const char *end; /* behind it */
	unsigned digits;
	unsigned value; /* of at most 5 digits */
};

static struct number
number_at(const char *s)
{
	struct number n = { .end = s };

	for (; *n.end >= '0' && *n.end <= '9'; n.end++)
		if (n.digits++ < 5)
			n.value = n.value * 10 + (unsigned)(*n.end - '0');
	return n;
}

/* The Gregorian, Buddhist and Persian calendars. */
static bool
is_year(const struct number *n)
{
	return n->digits == 4 &&
	       ((n->value >= 1970 && n->value < 2100) || (n->value >= 2513 && n->value < 2643) ||
		   (n->value >= 1349 && n->value < 1480));
}

/* Does a unit stand behind a number: a character or a word of a language that writes it there? */
static bool
has_unit(const char *s, const char *const *units)
{
	s += *s == ' ';
	for (; *units; units++)
		if (strncmp(s, *units, strlen(*units)) == 0)
			return true;
	return false;
}

/* "10:32", "10.32", "10h32", "10時32分", "3 pm": *end is then behind it. */
static bool
is_time(const struct number *n, const char **end)
{
	static const char *const hours[] = { "時", "时", "시", "點", "点", "am", "pm", "a.m", "p.m",
		"uhr", "น.", NULL };
	const char *s = n->end;
	struct number minutes;

	if (n->digits > 2 || n->value > 24)
		return false;
	if (has_unit(s, hours)) {
		*end = s + 1;
		return true;
	}
	if (*s != ':' && *s != '.' && *s != 'h')
		return false;
	minutes = number_at(s + 1);
	if (minutes.digits != 2 || minutes.value > 59 ||
	    (*s == '.' && (*minutes.end == '.' || *minutes.end == '-') &&
		isdigit((unsigned char)minutes.end[1])))
		return false;
	*end = minutes.end;
	/* The seconds. */
	if (*minutes.end == *s)
		*end = number_at(minutes.end + 1).end;
	return true;
}

/* The number behind a separator, which may have a space behind it: "5. 2. 2024". */
static struct number
number_behind(const char *s, char separator)
{
	struct number none = { .end = s };

	if (*s != separator)
		return none;
	s++;
	return number_at(s + (*s == ' ' && separator == '.'));
}

/* "5.2.2024", "02/05/24", "2024-02-05", "2024年2月", "2024년": *end is then behind it. */
static bool
is_date(const struct number *n, const char **end)
{
	static const char *const years[] = { "年", "년", "г", "р.", NULL };
	struct number second, third;

	if (is_year(n) && has_unit(n->end, years)) {
		*end = n->end;
		return true;
	}
	if ((n->digits > 2 && !is_year(n)) || !*n->end || !strchr("./-", *n->end))
		return false;
	second = number_behind(n->end, *n->end);
	third = number_behind(second.end, *n->end);
	if (second.digits == 0 || second.digits > 2 || second.value > 31)
		return false;
	if (n->digits == 4 ? third.digits == 0 || third.digits > 2
			   : third.digits != 2 && !is_year(&third))
		return false;
	*end = third.end;
	return true;
}

struct look
look_at(const char *f)
{
	struct look look = { .words = *f != '\0' };
	bool year = false, day = false;

	for (const char *s = f; *s; s++) {
		struct number n;

		look.words += *s == ' ';
		if (*s == '@' && s > f &&
		    (isalnum((unsigned char)s[-1]) || s[-1] == '_' || s[-1] == '-') &&
		    isalnum((unsigned char)s[1]))
			look.address = true;
		if (*s < '0' || *s > '9')
			continue;
		n = number_at(s);
		if (is_date(&n, &n.end))
			look.date = true;
		else if (is_time(&n, &n.end))
			look.time = true;
		else if (is_year(&n))
			year = true;
		else if (n.digits <= 2 && n.value >= 1 && n.value <= 31)
			day = true;
		s = n.end - 1;
	}
	look.date |= day && (year || look.time);
	return look;
}
