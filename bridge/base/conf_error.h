/*
 * conf_error.h - what is wrong in a configuration file, collected while it is read and told in the
 * order of its lines. For conf.c and its parts only.
 */
#ifndef BRIDGE_CONF_ERROR_H
#define BRIDGE_CONF_ERROR_H

#include <stddef.h>
#include <stdio.h>

struct conf_errors {
	struct conf_error *list; /* zeroed at first */
	size_t n;
};

/* Add one for that line of the file (1 is the first), text as by printf(3). */
void conf_complain(struct conf_errors *e, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Print all as "PATH:LINE: text\n", by line. */
void conf_errors_print(const struct conf_errors *e, const char *path, FILE *out);
/* Forget all; e is as new. */
void conf_errors_free(struct conf_errors *e);

#endif
