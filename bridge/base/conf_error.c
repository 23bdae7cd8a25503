/*
 * conf_error.c - what is wrong in a configuration file.
 *
 * A section's values are checked when the section has ended, so errors are not found in the order
 * of the lines; a reader who mends them from top to bottom wants them so.
 */
#include "bridge/base/conf_error.h"

#include <stdarg.h>
#include <stdlib.h>

#include "bridge/base/mem.h"

struct conf_error {
	int line;
	size_t found; /* as qsort(3) is not stable */
	char *text;
};

/* More than anyone reads; what follows is not kept. */
enum { MOST = 200 };

void
conf_complain(struct conf_errors *e, int line, const char *format, ...)
{
	va_list ap;
	char text[1024];

	if (e->n >= MOST)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	e->list = xrealloc(e->list, (e->n + 1) * sizeof *e->list);
	e->list[e->n] = (struct conf_error){ line, e->n, xstrdup(text) };
	e->n++;
}

static int
by_line(const void *a, const void *b)
{
	const struct conf_error *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->found < y->found ? -1 : 1;
}

void
conf_errors_print(const struct conf_errors *e, const char *path, FILE *out)
{
	if (e->n)
		qsort(e->list, e->n, sizeof *e->list, by_line);
	for (size_t i = 0; i < e->n; i++)
		fprintf(out, "%s:%d: %s\n", path, e->list[i].line, e->list[i].text);
}

void
conf_errors_free(struct conf_errors *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->list[i].text);
	free(e->list);
	*e = (struct conf_errors){ 0 };
}
