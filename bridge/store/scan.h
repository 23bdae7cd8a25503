/*
 * scan.h - screening: what a message holds is shown to scanners for viruses and for spam before it
 * is taken. It blocks, so it is for the milter's threads and for worker.h.
 */
#ifndef BRIDGE_SCAN_H
#define BRIDGE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/conf.h"

struct msg;
struct verdict;

/* The section `scan` of trivium.conf(5). */
struct scan_settings {
	const char *antivirus, *antispam; /* "clamd:/run/clamav/clamd.ctl", …; "none" */
	int away;                         /* enum scan_away */
	long timeout;                     /* ms that looking at a message may take */
	long size;                        /* bytes of the longest that scanners are shown */
	long spam_size;                   /* of the longest mail that antispam is shown */
	bool candid; /* verdicts say why a scanner could not tell, and the log does not; no row of its own */
};
enum scan_away { SCAN_TEMPFAIL, SCAN_PASS };
extern const struct setting scan_rows[];

/* What is to be looked at. Lent for the call. */
struct scan_part {
	int fd; /* its bytes, from offset 0 to len; a driver does not move its offset */
	size_t len;
	const char *type;      /* "message/rfc822", "image/jpeg" */
	const struct msg *msg; /* in which it is: for its sender and recipients */
	int64_t until;         /* when the answer must be there, as loop_ms() has it */
};

enum scan_says {
	SCAN_AWAY = -1, /* could not tell; *v (LATER) says why */
	SCAN_CLEAN = 0,
	SCAN_FOUND = 1, /* `found` names it */
	SCAN_LATER = 2, /* the scanner wants the message to come again; *v (LATER) has its words */
	SCAN_SKIPPED = 3, /* by its own settings it did not look, and lets it in; *v says so */
};

enum { SCAN_NAME = 160 }; /* room for what was found */

/* A kind of scanner: the plug. Any thread may call look(), several at a time. */
struct scan_driver {
	const char *name; /* "clamd": what stands before the first colon of the setting */
	/* Read `where`, which is behind that colon. The driver's state, or NULL and *v (NEVER). s
	 * is lent until close(). */
	void *(*open)(const char *where, const struct scan_settings *s, struct verdict *v);
	/* Get ready, which may take long. 0, or -1 and *v. NULL: there is nothing to be done. */
	int (*start)(void *state, struct verdict *v);
	/* Look. found has SCAN_NAME bytes of room and is a string after SCAN_FOUND. */
	enum scan_says (*look)(
	    void *state, const struct scan_part *part, char *found, struct verdict *v);
	void (*close)(void *state);
};
extern const struct scan_driver scan_clamd, scan_clamav, scan_icap, scan_spamd, scan_rspamd;
extern const struct scan_driver *const scan_drivers[]; /* ends in NULL */

struct scan; /* the scanners of the configuration */

/* Read the settings (lent until scan_close()). For scan_close(); NULL and *v (NEVER) when they do
 * not do. Nothing is loaded nor connected yet. */
struct scan *scan_open(const struct scan_settings *s, struct verdict *v);
/* Get ready: once, before the first scan_message(), when there will be no fork any more. 0, or -1
 * and *v. */
int scan_start(struct scan *s, struct verdict *v);
/* Accepts NULL. */
void scan_close(struct scan *s);

/* Would scan_message() look at anything in that message? mail: it is there as a mail. No for NULL.
 */
bool scan_wants(const struct scan *s, const struct msg *m, bool mail);

/*
 * Look at a message: at the mail it came as (mail_fd, mail_size bytes from offset 0; -1: it came as
 * none, and its text is looked at, unless it is an SMS without parts and there is no antispam), and
 * at each of its parts, each once. 0: let it in (clean; or a scanner is away and the settings let
 * it pass, which is logged); -1 and *v: NEVER 5.7.1, something was found; NEVER 5.3.4, it is longer
 * than scanners are shown; LATER 4.7.1, a scanner could not tell, or wants it to come again.
 */
int scan_message(
    struct scan *s, const struct msg *m, int mail_fd, size_t mail_size, struct verdict *v);

#endif
