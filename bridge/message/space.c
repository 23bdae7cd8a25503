/*
 * space.c - the numbers that phones see us write from.
 */
#include "bridge/message/space.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

enum { COUNTRY_CODE = 4 }; /* most digits that a platform puts in front of a number: "+" or "00" and code */

/* The digits of a number as written; false when there are none, too many, or other characters than
 * people and platforms put between them. */
static bool
digits_of(const char *written, char out[SPACE_NUMBER])
{
	size_t n = 0;

	if (strncasecmp(written, "tel:", 4) == 0)
		written += 4;
	else if (strncasecmp(written, "short:", 6) == 0)
		written += 6;
	for (; *written && *written != ';'; written++) {
		if (isdigit((unsigned char)*written)) {
			if (n == SPACE_NUMBER - 1)
				return false;
			out[n++] = *written;
		} else if (!strchr("+-. ()", *written)) {
			return false;
		}
	}
	out[n] = '\0';
	return n > 0;
}

static int
read_pool(struct space *s, const char *pool, struct verdict *v)
{
	char word[SPACE_NUMBER * 2];

	while (*(pool += strspn(pool, " ,\t"))) {
		size_t len = strcspn(pool, " ,\t");

		if (s->npool == SPACE_POOL)
			return never(v, "5.3.5", "numbers: more than %d", SPACE_POOL);
		s->pool = xrealloc(s->pool, (s->npool + 1) * sizeof *s->pool);
		snprintf(word, sizeof word, "%.*s", (int)len, pool);
		if (len >= sizeof word || !digits_of(word, s->pool[s->npool]))
			return never(v, "5.3.5", "numbers: \"%.*s\" is no number", (int)len, pool);
		s->npool++;
		pool += len;
	}
	return 0;
}

int
space_init(struct space *s, const char *base, long digits, const char *pool, struct verdict *v)
{
	*s = (struct space){ .digits = (unsigned)digits };
	if (read_pool(s, pool, v) < 0) {
		space_free(s);
		return -1;
	}
	if (digits && s->npool) {
		space_free(s);
		return never(v, "5.3.5", "extensions and numbers exclude each other");
	}
	/* A name instead of a number ("ACME") is shown by phones, but nobody can answer it. */
	if (*base && !digits_of(base, s->base))
		*s->base = '\0';
	if (digits && (!*s->base || strlen(s->base) + s->digits >= SPACE_NUMBER)) {
		space_free(s);
		return never(v, "5.3.5", "extensions: sender must be a number that digits can be added to");
	}
	return 0;
}

void
space_free(struct space *s)
{
	free(s->pool);
	s->pool = NULL;
	s->npool = 0;
}

unsigned
space_slots(const struct space *s)
{
	unsigned slots = 1;

	if (s->npool)
		return (unsigned)s->npool;
	if (!*s->base)
		return 0;
	for (unsigned i = 0; i < s->digits; i++)
		slots *= 10;
	return s->digits ? slots : SPACE_CODES;
}

void
space_number(const struct space *s, unsigned n, char out[SPACE_NUMBER])
{
	const char *base = s->npool ? s->pool[n] : s->base;
	unsigned digits = s->npool ? 0 : s->digits;
	size_t len = strlen(base);

	memcpy(out, base, len);
	for (unsigned i = digits; i > 0; i--, n /= 10)
		out[len + i - 1] = (char)('0' + n % 10);
	out[len + digits] = '\0';
}

/* What stands in `number` behind `base`, when that is so many digits more and at most a country code
 * stands in front; else NULL. */
static const char *
behind(const char *number, const char *base, size_t more)
{
	size_t want = strlen(base) + more, have = strlen(number);

	if (have < want || have > want + COUNTRY_CODE)
		return NULL;
	number += have - want;
	return strncmp(number, base, strlen(base)) == 0 ? number + strlen(base) : NULL;
}

enum space_where
space_find(const struct space *s, const char *called, unsigned *n)
{
	char number[SPACE_NUMBER];
	const char *extension;

	if (!digits_of(called, number))
		return SPACE_FOREIGN;
	for (size_t i = 0; i < s->npool; i++)
		if (behind(number, s->pool[i], 0)) {
			*n = (unsigned)i;
			return SPACE_SLOT;
		}
	if (!*s->base)
		return SPACE_FOREIGN;
	if (s->digits && (extension = behind(number, s->base, s->digits))) {
		*n = (unsigned)strtoul(extension, NULL, 10);
		return SPACE_SLOT;
	}
	return behind(number, s->base, 0) ? SPACE_BASE : SPACE_FOREIGN;
}

void
space_own(const struct space *s, const char *called, char out[SPACE_NUMBER])
{
	unsigned n = 0;

	switch (space_find(s, called, &n)) {
	case SPACE_SLOT:
		space_number(s, n, out);
		return;
	case SPACE_BASE:
		memcpy(out, s->base, SPACE_NUMBER);
		return;
	case SPACE_FOREIGN:
		break;
	}
	if (!digits_of(called, out))
		*out = '\0';
}

void
space_code(unsigned n, char out[3])
{
	out[0] = (char)('a' + n / 26 % 26);
	out[1] = (char)('a' + n % 26);
	out[2] = '\0';
}

int
space_from_code(const char *code, size_t len)
{
	int high, low;

	if (len != 2)
		return -1;
	high = tolower((unsigned char)code[0]) - 'a';
	low = tolower((unsigned char)code[1]) - 'a';
	return high < 0 || high > 25 || low < 0 || low > 25 ? -1 : high * 26 + low;
}
