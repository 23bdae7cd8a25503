/*
 * conf_text.h - a configuration file's text, made plain for libconfuse. For conf.c only.
 */
#ifndef BRIDGE_CONF_TEXT_H
#define BRIDGE_CONF_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct conf_errors;

struct conf_text {
	char *text; /* NUL-terminated */
	size_t len;
	int *opened; /* the line of each section's '{', in order, sections passed over left out */
	size_t nopened;
};

/*
 * Read the file at path, at most 1 MB of it. passed(arg, name, titled) says whether sections of
 * that kind, standing there with or without a title, are to be passed over. Comments and such
 * sections become blanks; the lines stay where they are. 0, or -1 with complaints in e. In both
 * cases for conf_text_free().
 */
int conf_text_read(struct conf_text *t, const char *path,
    bool (*passed)(void *arg, const char *name, bool titled), void *arg, struct conf_errors *e);
void conf_text_free(struct conf_text *t);

#endif
