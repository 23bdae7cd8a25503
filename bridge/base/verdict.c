/*
 * verdict.c - one answer all the way.
 */
#include "bridge/base/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(struct verdict *v, enum verdict_is is, const char *dsn, const char *format,
    va_list ap) __attribute__((format(printf, 4, 0)));

static void
fill(struct verdict *v, enum verdict_is is, const char *dsn, const char *format, va_list ap)
{
	/* The arguments may point into v->text itself: `later(v, "4.3.0", "queue: %s", v->text)`. */
	char text[sizeof v->text];

	vsnprintf(text, sizeof text, format, ap);
	v->is = is;
	v->whole = false;
	v->after_s = 0;
	snprintf(v->dsn, sizeof v->dsn, "%s", dsn);
	memcpy(v->text, text, sizeof text);
}

int
done(struct verdict *v, const char *dsn, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fill(v, DONE, dsn, format, ap);
	va_end(ap);
	return 0;
}

int
later(struct verdict *v, const char *dsn, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fill(v, LATER, dsn, format, ap);
	va_end(ap);
	return -1;
}

int
never(struct verdict *v, const char *dsn, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fill(v, NEVER, dsn, format, ap);
	va_end(ap);
	return -1;
}

int
unknown(struct verdict *v, const char *dsn, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fill(v, UNKNOWN, dsn, format, ap);
	va_end(ap);
	return -1;
}

const char *
verdict_smtp(const struct verdict *v)
{
	switch (v->is) {
	case DONE:
		return "250";
	case LATER:
	case UNKNOWN:
		return strcmp(v->dsn, "4.3.1") == 0 ? "452" : "451";
	case NEVER:
		break;
	}
	if (strcmp(v->dsn, "5.3.4") == 0)
		return "552";
	return strncmp(v->dsn, "5.6.", 4) == 0 ? "554" : "550";
}
