/*
 * css_sheet.c - a style sheet's text to rules.
 *
 * Selectors that no mail program would see come true (":hover", "u ~ .body") are dropped, as are
 * media queries for paper, small screens and the dark.
 */
#include "bridge/message/css_sheet.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/mem.h"

/* The word of a compound that its rule is found by; 0: every element. */
uint32_t
css_key(const struct css_compound *c)
{
	return c->id ? c->id : c->nclasses ? c->classes[0] : c->name;
}

static bool
in_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || (c & 0x80);
}

static const char *
skip_space(const char *s, const char *end)
{
	while (s < end && isspace((unsigned char)*s))
		s++;
	return s;
}

/* "[name]" or "[name op value]" behind its '['. Returns what is behind it; NULL: not understood. */
static const char *
take_test(const char *s, const char *end, struct css_test *t)
{
	const char *close = memchr(s, ']', (size_t)(end - s)), *word;
	size_t n = 0;

	if (!close || t->name)
		return NULL;
	word = s = skip_space(s, close);
	while (s < close && in_word(*s))
		s++;
	t->name = css_hash(word, (size_t)(s - word));
	s = skip_space(s, close);
	if (s == close)
		return close + 1;
	t->how = *s++;
	if (t->how != '=' && (s == close || *s++ != '='))
		return NULL;
	for (; s < close; s++)
		if (*s != '"' && *s != '\'' && n + 1 < sizeof t->value && (n || *s > ' '))
			t->value[n++] = *s;
	while (n && isspace((unsigned char)t->value[n - 1]))
		n--;
	t->value[n] = '\0';
	return n && strchr("=~|^$*", t->how) ? close + 1 : NULL;
}

/* "odd", "3", "2n", "2n + 1" between the parentheses. False: it is another one. */
static bool
take_nth(const char *s, const char *close, struct css_compound *c)
{
	char *end;
	long step, offset = 0;

	if (close - s >= 3 && strncasecmp(s, "odd", 3) == 0) {
		c->step = 2;
		c->offset = 1;
		return true;
	}
	if (close - s >= 4 && strncasecmp(s, "even", 4) == 0) {
		c->step = 2;
		return true;
	}
	step = isdigit((unsigned char)*s) ? strtol(s, &end, 10) : 1;
	s = isdigit((unsigned char)*s) ? end : s;
	if (s == close || tolower((unsigned char)*s) != 'n') {
		c->offset = (unsigned)step;
		return skip_space(s, close) == close && step > 0;
	}
	s = skip_space(s + 1, close);
	if (s < close && *s == '+') {
		s = skip_space(s + 1, close);
		offset = strtol(s, &end, 10);
		s = skip_space(end, close);
	}
	if (s != close || step < 1 || step > 1000 || offset < 0 || offset > 1000)
		return false;
	c->step = (unsigned)step;
	c->offset = (unsigned)offset;
	return true;
}

/* ":first-child" and its like behind its ':'. Returns what is behind it; NULL: it is one that no
 * reader of mail would see come true, or is not understood. */
static const char *
take_pseudo(const char *s, const char *end, struct css_compound *c)
{
	const char *word = s, *open, *close;
	size_t n;

	while (s < end && in_word(*s))
		s++;
	n = (size_t)(s - word);
	if (n == 11 && strncasecmp(word, "first-child", n) == 0) {
		c->offset = 1;
		return s;
	}
	if (n == 4 && strncasecmp(word, "root", n) == 0) {
		c->name = css_hash("html", 4);
		return s;
	}
	open = s;
	if (s == end || *s != '(' || !(close = memchr(s, ')', (size_t)(end - s))))
		return NULL;
	s = skip_space(open + 1, close);
	if (n == 9 && strncasecmp(word, "nth-child", n) == 0) {
		return take_nth(s, close, c) ? close + 1 : NULL;
	}
	if (n != 3 || strncasecmp(word, "not", n) != 0 || s == close)
		return NULL;
	word = s + (*s == '.');
	for (s = word; s < close && in_word(*s); s++)
		;
	if (skip_space(s, close) != close || s == word)
		return NULL;
	*(word[-1] == '.' ? &c->not_class : &c->not_name) = css_hash(word, (size_t)(s - word));
	return close + 1;
}

/* A name, ".class" or "#id". Returns what is behind it; NULL: it is none. */
static const char *
take_name(const char *s, const char *end, struct css_compound *c)
{
	char kind = in_word(*s) ? 'e' : *s++;
	const char *word = s;
	uint32_t hash;

	while (s < end && in_word(*s))
		s++;
	if (s == word)
		return NULL;
	hash = css_hash(word, (size_t)(s - word));
	if (kind == 'e')
		c->name = hash;
	else if (kind == '#')
		c->id = hash;
	else if (c->nclasses < CSS_PARTS)
		c->classes[c->nclasses++] = hash;
	return s;
}

/* A compound at *at; moves behind it. Returns false when it can match nothing that is looked at. */
static bool
take_compound(const char **at, const char *end, struct css_compound *c)
{
	const char *s = *at;
	bool any = false;

	*c = (struct css_compound){ .combinator = ' ' };
	while (s && s < end && (in_word(*s) || strchr(".#*[:", *s))) {
		any = true;
		if (*s == '*')
			s++;
		else if (*s == '[')
			s = take_test(s + 1, end, &c->test);
		else if (*s == ':')
			s = take_pseudo(s + 1, end, c);
		else
			s = take_name(s, end, c);
	}
	if (s)
		*at = s;
	return any && s;
}

/* A selector, up to end, into the rule. False: it is of no interest. */
static bool
take_selector(const char *s, const char *end, struct css_rule *r)
{
	char combinator = ' ';
	uint32_t weight = 0;

	r->n = 0;
	for (s = skip_space(s, end); s < end; s = skip_space(s, end)) {
		struct css_compound *c;

		if (*s == '>' || *s == '+') {
			combinator = *s++;
			continue;
		}
		if (r->n == CSS_COMPOUNDS) {
			memmove(r->compounds, r->compounds + 1, sizeof *c * (CSS_COMPOUNDS - 1));
			r->n--;
		}
		c = &r->compounds[r->n];
		if (!take_compound(&s, end, c))
			return false;
		c->combinator = combinator;
		combinator = ' ';
		weight += (c->id ? 2000 : 0) + (uint32_t)c->nclasses * 40 + (c->name ? 1 : 0) +
			  (c->test.name || c->not_class || c->offset || c->step ? 40 : 0);
		r->n++;
	}
	r->weight = (weight < CSS_SPECIFIC ? weight : CSS_SPECIFIC) << CSS_ORDER;
	return r->n > 0;
}

static void
add_rule(struct css *css, const struct css_rule *rule)
{
	struct css_rule *r;
	int *bucket = &css->buckets[css_key(&rule->compounds[rule->n - 1]) % CSS_BUCKETS];

	if (css->nrules == CSS_RULES)
		return;
	if (css->nrules == css->room) {
		css->room = css->room ? css->room * 2 : 32;
		css->rules = xrealloc(css->rules, css->room * sizeof *css->rules);
	}
	r = &css->rules[css->nrules];
	*r = *rule;
	r->weight += (uint32_t)css->nrules;
	r->next = *bucket;
	*bucket = (int)css->nrules++;
}

/* The declarations between braces. Returns how many of them matter. */
static size_t
add_values(struct css *css, const char *s, const char *end)
{
	struct css_declaration d;
	size_t n = 0;

	while (css->nvalues < CSS_VALUES && css_declaration(&s, end, &d)) {
		if (css->nvalues == css->values_room) {
			css->values_room = css->values_room ? css->values_room * 2 : 64;
			css->values = xrealloc(css->values, css->values_room * sizeof *css->values);
		}
		css->values[css->nvalues++] = d;
		n++;
	}
	return n;
}

static void
add_rules(struct css *css, const char *selectors, const char *selectors_end, const char *s,
    const char *end)
{
	struct css_rule rule = { .first = css->nvalues };

	rule.count = add_values(css, s, end);
	while (rule.count && selectors < selectors_end) {
		const char *comma = memchr(selectors, ',', (size_t)(selectors_end - selectors));
		const char *stop = comma ? comma : selectors_end;

		if (take_selector(selectors, stop, &rule))
			add_rule(css, &rule);
		selectors = comma ? comma + 1 : selectors_end;
	}
}

static bool
has(const char *s, size_t len, const char *word)
{
	for (size_t i = 0; i + strlen(word) <= len; i++)
		if (strncasecmp(s + i, word, strlen(word)) == 0)
			return true;
	return false;
}

/* The pixels behind "min-width:" or its like; -1: it is not there. */
static long
pixels(const char *s, size_t len, const char *feature)
{
	size_t n = strlen(feature);

	for (size_t i = 0; i + n < len; i++)
		if (strncasecmp(s + i, feature, n) == 0) {
			for (i += n; i < len && !isdigit((unsigned char)s[i]); i++)
				;
			return i < len ? atol(s + i) : -1;
		}
	return -1;
}

/* Does one media query hold on a screen of a usual size, in the light? */
static bool
holds(const char *s, size_t len)
{
	const char *end = s + len;
	long most, least;

	s = skip_space(s, end);
	len = (size_t)(end - s);
	if (len > 4 && strncasecmp(s, "not ", 4) == 0)
		return !holds(s + 4, len - 4);
	most = pixels(s, len, has(s, len, "max-device-width") ? "max-device-width" : "max-width");
	least = pixels(s, len, "min-width");
	if (has(s, len, "print") || has(s, len, "speech") || has(s, len, "handheld") ||
	    has(s, len, "dark") || has(s, len, "orientation"))
		return false;
	return (most < 0 || most >= CSS_SCREEN) && (least < 0 || least <= CSS_SCREEN);
}

static bool
media_holds(const char *s, size_t len)
{
	const char *end = s + len;

	if (skip_space(s, end) == end)
		return true;
	while (s < end) {
		const char *comma = memchr(s, ',', (size_t)(end - s)), *stop = comma ? comma : end;

		if (holds(s, (size_t)(stop - s)))
			return true;
		s = comma ? comma + 1 : end;
	}
	return false;
}

/* Behind the '}' that closes the '{' before s. */
static const char *
block_end(const char *s, const char *end)
{
	int depth = 1;
	char quote = 0;

	for (; s < end; s++) {
		if (quote)
			quote = *s == quote || *s == '\n' ? 0 : quote;
		else if (*s == '"' || *s == '\'')
			quote = *s;
		else if (*s == '{')
			depth++;
		else if (*s == '}' && --depth == 0)
			break;
	}
	return s;
}

/* The rules in s. An @media or @supports may hold rules, two deep. */
static void
add_sheet(struct css *css, const char *s, const char *end, int depth)
{
	while (s < end) {
		const char *start = s = skip_space(s, end), *open, *close;

		/* "@import …;" has no block. */
		while (s < end && *s != '{' && (*s != ';' || *start != '@'))
			s++;
		if (s == end)
			return;
		if (*s++ != '{')
			continue;
		open = s;
		close = block_end(s, end);
		s = close < end ? close + 1 : end;
		if (*start != '@') {
			add_rules(css, start, open - 1, open, close);
		} else if (depth < 2 && open - start > 6 && strncasecmp(start, "@media", 6) == 0) {
			if (media_holds(start + 6, (size_t)(open - 1 - start) - 6))
				add_sheet(css, open, close, depth + 1);
		} else if (depth < 2 && open - start > 9 &&
			   strncasecmp(start, "@supports", 9) == 0) {
			add_sheet(css, open, close, depth + 1);
		}
	}
}

/* A copy without comments and what else stands around a sheet in HTML. For free(). */
static char *
without_comments(const char *s, size_t len, size_t *out_len)
{
	char *copy = xcalloc(1, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '/' && i + 1 < len && s[i + 1] == '*') {
			const char *end = memmem(s + i + 2, len - i - 2, "*/", 2);

			i = end ? (size_t)(end - s) + 1 : len;
			copy[n++] = ' ';
		} else if (s[i] == '<' && len - i >= 4 && memcmp(s + i, "<!--", 4) == 0) {
			i += 3;
		} else if (s[i] == '-' && len - i >= 3 && memcmp(s + i, "-->", 3) == 0) {
			i += 2;
		} else {
			copy[n++] = s[i];
		}
	}
	*out_len = n;
	return copy;
}

void
css_add(struct css *css, const char *media, const char *s, size_t len)
{
	size_t n;
	char *copy;

	if (media && !media_holds(media, strlen(media)))
		return;
	copy = without_comments(s, len, &n);
	add_sheet(css, copy, copy + n, 0);
	free(copy);
}
