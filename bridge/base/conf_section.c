/*
 * conf_section.c - the sections of a configuration: their values, checked by the rows that count.
 *
 * What a section's `driver` is says which rows count in it, so a section is judged when it is
 * whole.
 */
#include "bridge/base/conf_section.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/conf.h"
#include "bridge/base/conf_error.h"
#include "bridge/base/conf_value.h"
#include "bridge/base/mem.h"

enum { TITLE = 63 };

struct value {
	char *name;
	char *text; /* as set; of a CONF_SECRET, the secret itself */
	char *where;
	int line;
};

struct section *
section_new(const struct conf_kind *kind, const char *path, int line)
{
	struct section *s = xcalloc(1, sizeof *s);

	s->kind = kind;
	s->name = xstrdup(kind ? kind->name : NULL);
	s->line = line;
	s->title = xstrdup("");
	s->path = xstrdup(path);
	s->where = xasprintf("%s:%d", path, line);
	return s;
}

void
section_free(struct section *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		/* It may be a secret. */
		explicit_bzero(s->values[i].text, strlen(s->values[i].text));
		free(s->values[i].text);
		free(s->values[i].where);
		free(s->values[i].name);
	}
	free(s->values);
	free(s->name);
	free(s->title);
	free(s->path);
	free(s->where);
	free(s);
}

void
section_entitle(struct section *s, const char *title, struct conf_errors *e)
{
	free(s->title);
	s->title = xstrdup(title);
	if (!title[0] || strlen(title) > TITLE)
		conf_complain(
		    e, s->line, "section %s: a title has 1 to %d characters", s->kind->name, TITLE);
	for (const char *p = title; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p)) {
			conf_complain(e, s->line,
			    "section %s: a title has letters, digits, '.', '_' and '-' only",
			    s->kind->name);
			return;
		}
}

static struct value *
value_named(const struct section *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->values[i].name, name) == 0)
			return &s->values[i];
	return NULL;
}

static struct value *
value_add(struct section *s, const char *name, const char *text, int line)
{
	s->values = xrealloc(s->values, (s->n + 1) * sizeof *s->values);
	s->values[s->n] = (struct value){ .name = xstrdup(name),
		.text = xstrdup(text),
		.where = xasprintf("%s:%d", s->path, line),
		.line = line };
	return &s->values[s->n++];
}

void
section_set(struct section *s, const char *name, const char *text, int line, struct conf_errors *e)
{
	const struct value *before = value_named(s, name);

	if (before)
		conf_complain(
		    e, line, "key \"%s\" is set twice, first on line %d", name, before->line);
	else
		value_add(s, name, text, line);
}

bool
section_has_line(const struct section *s, int line)
{
	return s && s->n && s->values[s->n - 1].line == line;
}

static const struct setting *
row_named(const struct setting *rows, const char *name)
{
	for (; rows->name; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

/* The section's driver: what the file says, else the preset of the rows that always count. */
static const char *
driver_of(const struct section *s)
{
	const struct value *v = value_named(s, "driver");
	const struct setting *row = NULL;

	for (size_t i = 0; !v && !row && s->kind->rows[i]; i++)
		if (!s->kind->drivers[i])
			row = row_named(s->kind->rows[i], "driver");
	return v ? v->text : row && row->preset ? row->preset : "";
}

/* Does the i-th table of rows count in this section? */
static bool
table_counts(const struct section *s, size_t i)
{
	const char *const *drivers = s->kind->drivers;

	return !drivers || !drivers[i] || strcmp(driver_of(s), drivers[i]) == 0;
}

/* A driver that is none of the kind's. */
static void
driver_judge(const struct section *s, const struct value *v, struct conf_errors *e)
{
	char known[400] = "";

	for (size_t i = 0; s->kind->rows[i]; i++) {
		if (s->kind->drivers[i] && strcmp(s->kind->drivers[i], v->text) == 0)
			return;
		if (s->kind->drivers[i])
			snprintf(known + strlen(known), sizeof known - strlen(known), " %s",
			    s->kind->drivers[i]);
	}
	conf_complain(e, v->line, "key \"driver\": \"%s\" is not one of:%s", v->text, known);
}

/* The row of a key, or NULL and in *driver the one of whose rows it is (NULL: nobody knows it). */
static const struct setting *
row_of(const struct section *s, const char *name, const char **driver)
{
	const struct setting *row;

	*driver = NULL;
	for (size_t i = 0; s->kind && s->kind->rows[i]; i++) {
		row = row_named(s->kind->rows[i], name);
		if (row && table_counts(s, i))
			return row;
		if (row)
			*driver = s->kind->drivers[i];
	}
	return NULL;
}

static void
value_judge(const struct section *s, struct value *v, struct conf_errors *e)
{
	const char *driver;
	const struct setting *row = row_of(s, v->name, &driver);
	char why[400], *secret;

	if (!row && driver) {
		conf_complain(e, v->line, "key \"%s\" is for driver = %s only", v->name, driver);
	} else if (!row && row_of(s, CONF_REST, &driver)) {
		return; /* another program reads it, and checks it */
	} else if (!row) {
		conf_complain(e, v->line, "unknown key \"%s\"", v->name);
	} else if (conf_value_check(row, v->text, why, sizeof why) < 0) {
		conf_complain(e, v->line, "key \"%s\": %s", v->name, why);
	} else if (row->type == CONF_SECRET) {
		secret = conf_secret(v->text, why, sizeof why);
		if (!secret) {
			conf_complain(e, v->line, "key \"%s\": %s", v->name, why);
			return;
		}
		free(v->text);
		v->text = secret;
	} else if (strcmp(v->name, "driver") == 0 && s->kind->drivers && row->type == CONF_STRING) {
		driver_judge(s, v, e);
	}
}

/* Presets are ours and good, but a secret's names a file, which is the administrator's. */
static void
absent_judge(struct section *s, const struct setting *row, struct conf_errors *e)
{
	if (value_named(s, row->name))
		return;
	if (!row->preset)
		conf_complain(e, s->line, "%s%s%s%s%skey \"%s\" is missing: %s",
		    s->kind->name[0] ? "section " : "", s->kind->name, s->title[0] ? " " : "",
		    s->title, s->kind->name[0] ? ": " : "", row->name, row->what);
	else if (row->type == CONF_SECRET && row->preset[0])
		value_judge(s, value_add(s, row->name, row->preset, s->line), e);
}

void
section_judge(struct section *s, bool whole, struct conf_errors *e)
{
	for (size_t i = 0; i < s->n; i++)
		value_judge(s, &s->values[i], e);
	for (size_t i = 0; whole && s->kind && s->kind->rows[i]; i++)
		for (const struct setting *r = s->kind->rows[i]; table_counts(s, i) && r->name; r++)
			absent_judge(s, r, e);
}

void
conf_add(struct conf *c, struct section *s)
{
	if (c->last)
		c->last->next = s;
	else
		c->first = s;
	c->last = s;
}

void
conf_free(struct conf *c)
{
	if (!c)
		return;
	for (struct section *s = c->first, *next; s; s = next) {
		next = s->next;
		section_free(s);
	}
	free(c);
}

const struct section *
conf_section(const struct conf *c, const char *kind, size_t n)
{
	for (const struct section *s = c->first; s; s = s->next)
		if (s->name && strcmp(s->name, kind) == 0 && n-- == 0)
			return s;
	return NULL;
}

const char *
section_title(const struct section *s)
{
	return s->title;
}

const char *
section_where(const struct section *s)
{
	return s->where;
}

const char *
section_key_where(const struct section *s, const char *key)
{
	const struct value *v = value_named(s, key);

	return v ? v->where : s->where;
}

const char *
section_text(const struct section *s, const char *key)
{
	const struct value *v = value_named(s, key);

	return v ? v->text : NULL;
}

void
section_compare(const struct section *was, const struct section *is, void (*each)(void *arg, const char *key),
    void *arg)
{
	for (size_t i = 0; i < is->n; i++) {
		const struct value *v = value_named(was, is->values[i].name);

		if (!v || strcmp(v->text, is->values[i].text) != 0)
			each(arg, is->values[i].name);
	}
	for (size_t i = 0; i < was->n; i++)
		if (!value_named(is, was->values[i].name))
			each(arg, was->values[i].name);
}

void
section_fill(const struct section *s, const struct setting *rows, void *into)
{
	for (; rows->name; rows++) {
		const struct value *v = value_named(s, rows->name);

		/* A row without a value and preset is of a driver that is not the section's. */
		conf_value_store(rows, v ? v->text : rows->preset ? rows->preset : "", into);
	}
}
