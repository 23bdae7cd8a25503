/*
 * log.c - one line per event.
 */
#include "bridge/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/utf8.h"

enum { LINE = 2000 };

static struct {
	const char *program;
	bool to_syslog;
	pthread_mutex_t lock; /* of the next two: the second that was last written out */
	time_t second;
	char stamp[32];
} the_log = { .program = "trivium", .lock = PTHREAD_MUTEX_INITIALIZER };

void
log_open(const char *program, bool to_syslog)
{
	the_log.program = program;
	the_log.to_syslog = to_syslog;
	if (to_syslog)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

/* Make the line harmless: nothing in it can end it, colour a terminal or break its encoding. */
static void
clean(char *line)
{
	char *p = line;

	while (*p) {
		size_t n = utf8_valid(p, strlen(p));

		/* C0, DEL and C1 (C2 80 .. C2 9F) are controls to a terminal. */
		if (n == 0 || (n == 1 && ((unsigned char)*p < 0x20 || *p == 0x7f))) {
			*p++ = '?';
		} else if (n == 2 && (unsigned char)p[0] == 0xc2 && (unsigned char)p[1] < 0xa0) {
			*p++ = '?';
			*p++ = '?';
		} else {
			p += n;
		}
	}
}

/* Now as "Nov 24 23:57:15", made anew once a second. */
static void
stamp(char out[32])
{
	time_t now = time(NULL);
	struct tm tm;

	pthread_mutex_lock(&the_log.lock);
	if (now != the_log.second) {
		the_log.second = now;
		strftime(the_log.stamp, sizeof the_log.stamp, "%b %e %H:%M:%S",
		    localtime_r(&now, &tm));
	}
	memcpy(out, the_log.stamp, sizeof the_log.stamp);
	pthread_mutex_unlock(&the_log.lock);
}

static void put(int level, const char *id, const char *prefix, const char *format, va_list ap)
    __attribute__((format(printf, 4, 0)));

static void
put(int level, const char *id, const char *prefix, const char *format, va_list ap)
{
	char text[LINE], line[LINE + 200], now[32];

	vsnprintf(text, sizeof text, format, ap);
	clean(text);
	if (the_log.to_syslog) {
		syslog(level, "%s%s%s%s", id ? id : "", id ? ": " : "", prefix, text);
		return;
	}
	stamp(now);
	snprintf(line, sizeof line, "%s %s[%d]: %s%s%s%s\n", now, the_log.program, (int)getpid(),
	    id ? id : "", id ? ": " : "", prefix, text);
	/* One write, so that lines of several threads or processes do not mix. */
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		return;
}

void
log_event(const char *id, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(LOG_INFO, id, "", format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(LOG_INFO, NULL, "", format, ap);
	va_end(ap);
}

void
log_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(LOG_WARNING, NULL, "warning: ", format, ap);
	va_end(ap);
}

void
log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(LOG_ERR, NULL, "error: ", format, ap);
	va_end(ap);
}
