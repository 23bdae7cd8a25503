/*
 * log.c - one line per event.
 *
 * A busy loop's lines are a good part of all its system calls. So the lines of a thread that says so
 * gather, and go out together before it sleeps; a line of any other thread takes them along, which
 * keeps the order. Should the program abort(), they still go out.
 */
#include "bridge/base/log.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/utf8.h"

enum {
	LINE = 2000,	       /* bytes of a line's text */
	PREFIX = 200,	       /* and of what stands before it */
	GATHERED = 32 * 1024,
	PIECE = 4096,	       /* so much is written at once: a pipe takes it whole (PIPE_BUF) */
};

static struct {
	const char *program;
	bool to_syslog, masks;
	pthread_mutex_t lock; /* guards what follows */
	time_t second;	      /* for which `stamp` was made */
	char stamp[128];      /* "Nov 24 23:57:15 program[pid]: " */
	char lines[GATHERED];
	size_t len;
	void (*on_event)(void *arg, const char *id, const char *text);
	void *arg;
} the_log = { .program = "trivium", .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local bool gathering;

/* Write whole lines, as many as fit at a time: so those of several processes do not mix. */
static void
write_lines(const char *lines, size_t len)
{
	while (len > 0) {
		size_t n = len > PIECE ? PIECE : len;
		ssize_t done;

		while (n < len && n > 1 && lines[n - 1] != '\n')
			n--;
		done = write(STDERR_FILENO, lines, n);
		if (done < 0 && errno != EINTR)
			return; /* nobody reads it */
		lines += done < 0 ? 0 : done;
		len -= done < 0 ? 0 : (size_t)done;
	}
}

/* The process is about to die; whoever held the lock may be the one who aborts. */
static void
on_abort(int signo)
{
	(void)signo;
	write_lines(the_log.lines, the_log.len);
	the_log.len = 0;
}

void
log_open(const char *program, bool to_syslog)
{
	the_log.program = program;
	the_log.to_syslog = to_syslog;
	the_log.second = 0;
	if (to_syslog)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_MAIL);
	signal(SIGABRT, on_abort);
}

void
log_mask(void)
{
	the_log.masks = true;
}

void
log_watch(void (*on_event)(void *arg, const char *id, const char *text), void *arg)
{
	the_log.on_event = on_event;
	the_log.arg = arg;
}

static void
write_gathered(void)
{
	write_lines(the_log.lines, the_log.len);
	the_log.len = 0;
}

void
log_gather(bool yes)
{
	gathering = yes;
	log_flush();
}

void
log_flush(void)
{
	pthread_mutex_lock(&the_log.lock);
	write_gathered();
	pthread_mutex_unlock(&the_log.lock);
}

/* Make the line harmless: nothing in it can end it, colour a terminal or break its encoding. */
static void
clean(char *line)
{
	char *p = line;

	while (*p) {
		size_t n;

		if (*p >= ' ' && *p < 0x7f) {
			p++;
			continue;
		}
		n = utf8_valid(p, strnlen(p, 4));

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

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Hide the middle of what is a phone number: 7 to 15 digits behind "+" or "tel:", or before "@", as the
 * local part of a mail address. Times, sizes and identifiers are none. */
static void
mask(char *line)
{
	for (char *p = line, *end; *p; p = end) {
		bool number;

		for (end = p; is_digit(*end); end++)
			;
		if (end == p) {
			end++;
			continue;
		}
		number = (p > line && p[-1] == '+') || (p - line >= 4 && memcmp(p - 4, "tel:", 4) == 0) ||
			 (*end == '@' && (p == line || strchr("<\" =", p[-1])));
		if (number && end - p >= 7 && end - p <= 15)
			memset(p + 3, '*', (size_t)(end - p) - 5);
	}
}

/* What stands before each line, made anew once a second. With the lock. */
static const char *
stamp(void)
{
	time_t now = time(NULL);
	char when[32];
	struct tm tm;

	if (now != the_log.second) {
		the_log.second = now;
		strftime(when, sizeof when, "%b %e %H:%M:%S", localtime_r(&now, &tm));
		snprintf(the_log.stamp, sizeof the_log.stamp, "%s %.64s[%d]: ", when,
		    the_log.program, (int)getpid());
	}
	return the_log.stamp;
}

static void put(int level, const char *id, const char *prefix, const char *format, va_list ap)
    __attribute__((format(printf, 4, 0)));

static void
put(int level, const char *id, const char *prefix, const char *format, va_list ap)
{
	char text[LINE];
	int n;

	vsnprintf(text, sizeof text, format, ap);
	clean(text);
	if (the_log.masks)
		mask(text);
	if (id && the_log.on_event)
		the_log.on_event(the_log.arg, id, text);
	if (the_log.to_syslog) {
		syslog(level, "%s%s%s%s", id ? id : "", id ? ": " : "", prefix, text);
		return;
	}
	pthread_mutex_lock(&the_log.lock);
	if (sizeof the_log.lines - the_log.len < LINE + PREFIX)
		write_gathered();
	n = snprintf(the_log.lines + the_log.len, LINE + PREFIX, "%s%.64s%s%s%s\n", stamp(),
	    id ? id : "", id ? ": " : "", prefix, text);
	the_log.len += n < 0 ? 0 : (size_t)n;
	if (!gathering || level <= LOG_ERR)
		write_gathered();
	pthread_mutex_unlock(&the_log.lock);
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
