/*
 * log.h - one line per event, to syslog or stderr, in the manner of Postfix.
 *
 * The log is the one global of the process. Control bytes, and bytes that are not valid UTF-8, are
 * shown as '?', so no stranger's text can forge a line.
 */
#ifndef BRIDGE_LOG_H
#define BRIDGE_LOG_H

#include <stdbool.h>

/* Start logging as `program`. to_syslog: syslog(3), facility mail; else stderr. Thread-safe after. */
void log_open(const char *program, bool to_syslog);
/* Do not show phone numbers whole from now on: of each only what it begins with, and its last two digits.
 * To be called before there are other threads. */
void log_mask(void);
/* Let the lines of the calling thread gather until log_flush() (or, with false, no more: those that
 * have gathered are written). Errors never wait. To syslog no line ever waits. */
void log_gather(bool yes);
/* Write what has gathered, of whatever thread. */
void log_flush(void);
/* A message's event: "id: key=value, …". id may be NULL. */
void log_event(const char *id, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* From now on also tell on_event(arg, id, text) of each event that has an id, on the thread that logs
 * it. To be called before there are others. */
void log_watch(void (*on_event)(void *arg, const char *id, const char *text), void *arg);
/* News of the program itself: started, reloaded, a transport came back. */
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Something an administrator should look at; the program goes on. */
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Something that stops the program or a part of it. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
