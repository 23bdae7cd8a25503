/*
 * doctor_postfix.c - what Postfix's settings say of Trivium; they are asked with postconf(1).
 */
#include "bridge/ctl/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { VALUE = 4096 };

/* The value of a Postfix setting; false when postconf cannot be asked. */
static bool
postconf(const char *name, char value[VALUE])
{
	char command[200];
	size_t n;
	FILE *f;

	snprintf(command, sizeof command, "PATH=$PATH:/usr/sbin postconf -hx %s 2>/dev/null", name);
	if (!(f = popen(command, "r")))
		return false;
	n = fread(value, 1, VALUE - 1, f);
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return pclose(f) == 0;
}

/* One milter of Postfix's list: "unix:path", "inet:host:port", "{ unix:path, key=value }". */
static void
check_milter(struct doctor *d, const char *milter)
{
	char directory[VALUE], path[2 * VALUE];
	bool tcp = strncmp(milter, "inet:", 5) == 0;
	int rc;

	if (strncmp(milter, "unix:", 5) == 0) {
		if (!postconf("queue_directory", directory))
			*directory = '\0';
		snprintf(path, sizeof path, "%s%s%s", milter[5] == '/' ? "" : directory,
		    milter[5] == '/' ? "" : "/", milter + 5);
		rc = doctor_reach_unix(path);
	} else if (tcp) {
		snprintf(path, sizeof path, "%s", milter + 5);
		rc = doctor_reach_tcp(path);
	} else {
		return;
	}
	doctor_say_milter(d, path, rc);
	if (tcp)
		doctor_say(d, DOCTOR_WARN, "milter", "by TCP each mail waits 45 ms; a unix socket does not");
}

static void
check_milters(struct doctor *d)
{
	char list[VALUE], *save = NULL;

	if (!postconf("smtpd_milters", list) || !*list) {
		doctor_say(d, DOCTOR_BAD, "postfix", "smtpd_milters is empty: no mail reaches trivium-milter");
		return;
	}
	for (char *w = strtok_r(list, " \t,{}", &save); w; w = strtok_r(NULL, " \t,{}", &save))
		check_milter(d, w);
}

bool
doctor_postfix(struct doctor *d)
{
	char value[VALUE];

	if (!postconf("mail_version", value))
		return false;
	doctor_say(d, DOCTOR_FINE, "postfix", "is version %s", value);
	check_milters(d);
	if (postconf("in_flow_delay", value) && strcmp(value, "0s") != 0 && strcmp(value, "0") != 0)
		doctor_say(d, DOCTOR_BAD, "postfix", "in_flow_delay = %s holds each mail that Trivium takes up; set it to 0s",
		    value);
	if (postconf("enable_long_queue_ids", value) && strcmp(value, "yes") != 0)
		doctor_say(d, DOCTOR_WARN, "postfix", "enable_long_queue_ids = yes would make the log's ids last");
	return true;
}
