/*
 * conf_section.h - the sections of a configuration as they are read. For conf.c only.
 */
#ifndef BRIDGE_CONF_SECTION_H
#define BRIDGE_CONF_SECTION_H

#include <stdbool.h>
#include <stddef.h>

struct conf_errors;
struct conf_kind;

struct section {
	/* NULL: the program has no keys outside all sections. Lent while the file is read only, so
	 * the name is kept. */
	const struct conf_kind *kind;
	char *name, *title, *path, *where;
	int line;
	struct value *values;
	size_t n;
	struct section *next;
};

struct conf {
	struct section *first, *last;
};

/* A section of that kind without values, for section_free() or conf_add(). */
struct section *section_new(const struct conf_kind *kind, const char *path, int line);
/* Accepts NULL. */
void section_free(struct section *s);
/* Give it its title; complain when that is none of ours. */
void section_entitle(struct section *s, const char *title, struct conf_errors *e);
/* Set a key as the file has it on that line; complain when it was set before. */
void section_set(
    struct section *s, const char *name, const char *text, int line, struct conf_errors *e);
/* Is there a value set on that line? */
bool section_has_line(const struct section *s, int line);
/* Check all values, and read the secrets. whole: also complain of keys that are missing. */
void section_judge(struct section *s, bool whole, struct conf_errors *e);
/* Append the section to the configuration, which owns it then. */
void conf_add(struct conf *c, struct section *s);

#endif
