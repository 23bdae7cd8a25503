/*
 * mem.c - memory that is there, or the process is not.
 */
#include "bridge/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
or_die(void *p)
{
	if (!p) {
		/* Nothing that allocates may be called here, so not the log. */
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
xcalloc(size_t count, size_t size)
{
	return or_die(calloc(count ? count : 1, size ? size : 1));
}

void *
xmalloc(size_t size)
{
	return or_die(malloc(size ? size : 1));
}

void *
xrealloc(void *p, size_t size)
{
	return or_die(realloc(p, size ? size : 1));
}

char *
xstrdup(const char *s)
{
	return s ? or_die(strdup(s)) : NULL;
}

char *
xstrndup(const char *s, size_t n)
{
	char *copy = xcalloc(n + 1, 1);

	memcpy(copy, s, n);
	return copy;
}

char *
xvasprintf(const char *format, va_list ap)
{
	char *s = NULL;

	return or_die(vasprintf(&s, format, ap) < 0 ? NULL : s);
}

char *
xasprintf(const char *format, ...)
{
	va_list ap;
	char *s;

	va_start(ap, format);
	s = xvasprintf(format, ap);
	va_end(ap);
	return s;
}
