/*
 * css.c - which rules of a style sheet hold for an element.
 *
 * Rules are kept in a table by the last part of their selector, so an element looks at few of them.
 */
#include "bridge/message/css.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/message/css_sheet.h"

/* The weight of a style attribute's declarations, and what "!important" adds. */
static const uint32_t in_line = 0x7fffffff, important = 0x80000000;

struct css *
css_new(void)
{
	struct css *css = xcalloc(1, sizeof *css);

	for (size_t i = 0; i < CSS_BUCKETS; i++)
		css->buckets[i] = -1;
	return css;
}

void
css_free(struct css *css)
{
	if (!css)
		return;
	free(css->rules);
	free(css->values);
	free(css);
}

uint32_t
css_hash(const char *s, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)tolower((unsigned char)s[i])) * 16777619u;
	return h ? h : 1;
}

static bool
has_class(const struct css_element *e, uint32_t hash)
{
	for (size_t i = 0; i < e->nclasses; i++)
		if (e->classes[i] == hash)
			return true;
	return false;
}

static bool
matches(const struct css_compound *c, const struct css_element *e)
{
	if ((c->name && c->name != e->name) || (c->id && c->id != e->id) ||
	    (c->not_name && c->not_name == e->name) || (c->not_class && has_class(e, c->not_class)))
		return false;
	if (c->step ? e->index % c->step != c->offset % c->step
		    : c->offset && e->index != c->offset)
		return false;
	for (size_t i = 0; i < c->nclasses; i++)
		if (!has_class(e, c->classes[i]))
			return false;
	return true;
}

/* Is one of the words of s that? */
static bool
has_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	while (*(s += strspn(s, " \t\r\n"))) {
		size_t len = strcspn(s, " \t\r\n");

		if (len == n && strncmp(s, word, n) == 0)
			return true;
		s += len;
	}
	return false;
}

/* Does an attribute's value pass? */
static bool
passes(const struct css_test *t, const char *value)
{
	size_t n = strlen(t->value), len = strlen(value);

	switch (t->how) {
	case '=':
		return strcmp(value, t->value) == 0;
	case '~':
		return has_word(value, t->value);
	case '|':
		return strncmp(value, t->value, n) == 0 && (!value[n] || value[n] == '-');
	case '^':
		return strncmp(value, t->value, n) == 0;
	case '$':
		return len >= n && strcmp(value + len - n, t->value) == 0;
	case '*':
		return strstr(value, t->value) != NULL;
	default:
		return true;
	}
}

/* Do the element's attributes pass? */
static bool
test_holds(const struct css_test *t, const struct css_context *context)
{
	const char *const *a = context->attributes;

	if (!t->name)
		return true;
	for (; a && a[0]; a += 2)
		if (css_hash(a[0], strlen(a[0])) == t->name)
			return passes(t, a[1] ? a[1] : "");
	return false;
}

/* Does a rule hold for the last element of the path? An ancestor that fits is taken where it is
 * found first; that another one further up would fit better is as good as never. Of ancestors and
 * siblings no attributes are known. */
static bool
rule_holds(struct css *css, const struct css_rule *r, const struct css_element *path, size_t depth,
    const struct css_context *context)
{
	size_t at = depth - 1;
	const struct css_compound *c = &r->compounds[r->n - 1];

	if (!matches(c, &path[at]) || !test_holds(&c->test, context))
		return false;
	for (; c > r->compounds; c--) {
		if (c[-1].test.name)
			return false;
		if (c->combinator == '+') {
			if (at != depth - 1 || !context->before || !matches(c - 1, context->before))
				return false;
			continue;
		}
		do {
			if (at-- == 0)
				return false;
			css->steps++;
		} while (!matches(c - 1, &path[at]) && c->combinator != '>');
		if (!matches(c - 1, &path[at]))
			return false;
	}
	return true;
}

static void
set(struct css_values *v, const struct css_declaration *d, uint32_t weight)
{
	if (d->important)
		weight += important;
	if (v->set[d->property] && v->weight[d->property] > weight)
		return;
	v->set[d->property] = true;
	v->value[d->property] = d->value;
	v->weight[d->property] = weight;
}

/* The rules found by one word, in the order in which they were written. */
static void
apply(struct css *css, uint32_t word, const struct css_element *path, size_t depth,
    const struct css_context *context, struct css_values *v)
{
	int found[CSS_CHAIN];
	int n = 0;

	for (int i = css->buckets[word % CSS_BUCKETS];
	     i >= 0 && n < CSS_CHAIN && css->steps < CSS_STEPS; i = css->rules[i].next) {
		const struct css_rule *r = &css->rules[i];

		css->steps++;
		if (css_key(&r->compounds[r->n - 1]) == word &&
		    rule_holds(css, r, path, depth, context))
			found[n++] = i;
	}
	while (n-- > 0) {
		const struct css_rule *r = &css->rules[found[n]];

		for (size_t i = 0; i < r->count; i++)
			set(v, &css->values[r->first + i], r->weight);
	}
}

void
css_style(struct css *css, const struct css_element *path, size_t depth,
    const struct css_context *context, const char *style, struct css_values *v)
{
	const struct css_element *e = &path[depth - 1];
	struct css_declaration d;

	memset(v->set, 0, sizeof v->set);
	if (css->nrules) {
		apply(css, 0, path, depth, context, v);
		apply(css, e->name, path, depth, context, v);
		for (size_t i = 0; i < e->nclasses; i++)
			apply(css, e->classes[i], path, depth, context, v);
		if (e->id)
			apply(css, e->id, path, depth, context, v);
	}
	if (!style)
		return;
	for (const char *end = style + strlen(style); css_declaration(&style, end, &d);)
		set(v, &d, in_line);
}
