/*
 * daemon.h - what triviumd and trivium-milter have in common: their options, the settings that
 * stand outside all sections, giving up root, going to the background, telling systemd.
 */
#ifndef BRIDGE_DAEMON_H
#define BRIDGE_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/conf.h"

struct verdict;

#define TRIVIUM_VERSION "0.1"

enum daemon_log { DAEMON_SYSLOG, DAEMON_STDERR }; /* in the order of the row's choices */

enum daemon_numbers { DAEMON_FULL, DAEMON_MASKED };	   /* likewise */

/* The top of trivium.conf(5), but for the numbers' rules (see addr.h). */
struct daemon_settings {
	const char *hostname;  /* "": the machine's own, see daemon_hostname() */
	const char *state_dir; /* where what must last is kept */
	const char *user;      /* whom to become; "": stay who started it */
	int log;               /* enum daemon_log */
	int log_numbers;       /* enum daemon_numbers */
};
extern const struct setting daemon_rows[];

/* A daemon as it was called. */
struct daemon {
	const char *conf; /* -c FILE; else the default. Lent by argv */
	bool background;  /* -d */
	bool check;       /* -n: check the configuration, then exit */
	int waiting;      /* where daemon_ready() wakes the process that was called; -1: none */
	bool quiet;       /* daemon_ready() lets go of stderr */
};

/* Read the options. Prints the version (-V) or the usage and exits by itself: 0 when asked for,
 * EX_USAGE for what is no option. */
void daemon_options(struct daemon *d, const char *program, int argc, char **argv);

/* Start the log as the settings say. `program` must last. */
void daemon_log(const struct daemon_settings *s, const char *program);

/* The hostname setting, or the machine's own name when it is "", into name. */
void daemon_hostname(const struct daemon_settings *s, char *name, size_t room);

/*
 * With -d: go on in a child that belongs to no terminal, whose standard input and output are
 * /dev/null; the process that was called stays until daemon_ready() and exits 0, or exits 1 when
 * the child ends before that, so that who called it learns whether it works. stderr stays open
 * until daemon_ready(), and beyond it when it is the log. Call it before there are threads. 0, or
 * -1 and *v (LATER).
 */
int daemon_background(struct daemon *d, const struct daemon_settings *s, struct verdict *v);

/*
 * Become that user, with the user's groups, for good. "" changes nothing, and neither does a
 * process that is not root: it cannot. 0, or -1 and *v (NEVER) when there is no such user, it is
 * root itself, or root could be had back.
 */
int daemon_drop_root(const char *user, struct verdict *v);

/* The daemon serves from now on: tell systemd (see daemon_notify) and who waits for
 * daemon_background. */
void daemon_ready(struct daemon *d);

/* Tell systemd a state, such as "STOPPING=1", as sd_notify(3) does: a datagram to $NOTIFY_SOCKET.
 * Does nothing where there is no systemd, and never fails. */
void daemon_notify(const char *state);

#endif
