/*
 * doctor.h - what the checks of `triviumctl doctor` share.
 */
#ifndef BRIDGE_CTL_DOCTOR_H
#define BRIDGE_CTL_DOCTOR_H

#include <stdbool.h>

#include "bridge/store/scan.h"

struct ctl;

enum doctor_finding { DOCTOR_FINE, DOCTOR_WARN, DOCTOR_BAD };

struct doctor {
	struct ctl *ctl;
	struct scan_settings scan;
	unsigned bad, warned; /* findings so far */
};

/* Print a finding, a line or a JSON object: what was looked at, and how it is (as by printf(3)). */
void doctor_say(struct doctor *d, enum doctor_finding f, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Print that the milter listens there, or (rc < 0, and errno) that it does not. */
void doctor_say_milter(struct doctor *d, const char *where, int rc);

/* Does anybody listen at that unix socket, or at "host:port" ([] around an IPv6 address)? 0, or -1 and errno. */
int doctor_reach_unix(const char *path);
int doctor_reach_tcp(const char *where);

/* What Postfix's settings say of Trivium. False when it is not installed: nothing was said. */
bool doctor_postfix(struct doctor *d);
/* What Sendmail's configuration says of it: the file cf, NULL for the usual place. */
void doctor_sendmail(struct doctor *d, const char *cf);

#endif
