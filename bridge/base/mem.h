/*
 * mem.h - memory that is there, or the process is not.
 *
 * A stranger's input is bounded before it gets here (see buf.h), so running out of memory is not
 * something a caller could mend: these end the process with a message, and no caller checks.
 */
#ifndef BRIDGE_MEM_H
#define BRIDGE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* size bytes, zeroed. The caller frees with free(). Never NULL. */
void *xcalloc(size_t count, size_t size);
/* size bytes with whatever they hold: for large buffers, whose zeroing would cost more than their use. The
 * caller frees with free(). Never NULL. */
void *xmalloc(size_t size);
/* As realloc(3). The caller frees with free(). Never NULL unless size is 0. */
void *xrealloc(void *p, size_t size);
/* A copy of the string s, for free(). NULL gives NULL. */
char *xstrdup(const char *s);
/* A copy of the first n bytes of s with a NUL behind, for free(). */
char *xstrndup(const char *s, size_t n);
/* A string made as by printf(3), for free(). */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, as by vprintf(3). */
char *xvasprintf(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));

#endif
