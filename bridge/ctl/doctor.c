/*
 * doctor.c - `triviumctl doctor`: looks at a whole installation and says what to mend.
 *
 * Each check prints one line: what was looked at, and how it is. Nothing is changed. Of the mail server
 * only what Trivium depends on is looked at; Postfix is asked with postconf(1), where it is installed.
 */
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/conf.h"
#include "bridge/base/verdict.h"
#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/doctor_media.h"
#include "bridge/ctl/print.h"
#include "bridge/message/msg.h"
#include "bridge/store/scan.h"
#include "bridge/store/table.h"

enum { VALUE = 4096, PATIENCE_S = 5 };

enum finding { FINE, WARN, BAD };

/* What the checks share. */
struct doctor {
	struct ctl *ctl;
	struct scan_settings scan;
	unsigned bad, warned;
};

static void say(struct doctor *d, enum finding f, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void
say(struct doctor *d, enum finding f, const char *what, const char *format, ...)
{
	static const char *const marks[] = { [FINE] = "ok   ", [WARN] = "warn ", [BAD] = "BAD  " };
	static const char *const words[] = { [FINE] = "ok", [WARN] = "warn", [BAD] = "bad" };
	char text[1000];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (d->ctl->json) {
		print_object("what", what, "finding", words[f], "text", text, (char *)NULL);
	} else {
		printf("%s %-12s ", marks[f], what);
		print_text(stdout, text);
		putchar('\n');
	}
	d->bad += f == BAD;
	d->warned += f == WARN;
}

/* Tables. */

static void
check_table(struct doctor *d, const char *what, const char *name)
{
	char value[TABLE_VALUE];
	struct verdict v;
	struct table *t;

	if (!*name)
		return;
	if (!(t = table_open(name, &v)) || table_get(t, "doctor", value, sizeof value, &v) < 0)
		say(d, BAD, what, "%s; make it with `triviumctl map %s`", v.text, what);
	else
		say(d, FINE, what, "%s can be read", name);
	table_close(t);
}

static void
check_tables(struct doctor *d)
{
	const struct tables_settings *t = &d->ctl->tables;

	check_table(d, "routes", t->routes);
	check_table(d, "users", t->users);
	check_table(d, "policy", t->policy);
	check_table(d, "inbound", t->inbound);
	if (!*t->policy)
		say(d, WARN, "policy", "there is no policy table: who has a login or is in networks may send to "
		    "every number, premium services too");
}

/* Sockets. */

static int
connect_within(int fd, const struct sockaddr *a, socklen_t len)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	return connect(fd, a, len);
}

static int
reach_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, rc;

	if (snprintf(a.sun_path, sizeof a.sun_path, "%s", path) >= (int)sizeof a.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = fd < 0 ? -1 : connect_within(fd, (const struct sockaddr *)&a, sizeof a);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* "host:port", with [] around an IPv6 address. */
static int
reach_tcp(const char *where)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(where, ':');
	struct addrinfo *all = NULL;
	char host[256];
	int rc = -1;

	if (!colon)
		return -1;
	if (*where == '[')
		snprintf(host, sizeof host, "%.*s", (int)strcspn(where + 1, "]"), where + 1);
	else
		snprintf(host, sizeof host, "%.*s", (int)(colon - where), where);
	if (getaddrinfo(host, colon + 1, &hints, &all) != 0)
		return -1;
	for (struct addrinfo *a = all; a && rc < 0; a = a->ai_next) {
		int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);

		rc = fd < 0 ? -1 : connect_within(fd, a->ai_addr, a->ai_addrlen);
		if (fd >= 0)
			close(fd);
	}
	freeaddrinfo(all);
	return rc;
}

static void
check_listener(struct doctor *d, const char *what, const char *where)
{
	if (!*where)
		say(d, WARN, what, "is not configured%s",
		    strcmp(what, "listen") == 0 ? ": phones cannot answer, and no reports come" : "");
	else if (reach_tcp(where) < 0)
		say(d, BAD, what, "nobody listens at %s: %s", where, strerror(errno));
	else
		say(d, FINE, what, "%s answers", where);
}

/* The daemon and what it knows of its transports. */

static void
check_transports(struct doctor *d)
{
	struct value *all;

	if (ask(d->ctl, false, "/transports", NULL, &all) != 0) {
		d->bad++; /* ask() has said why */
		return;
	}
	for (size_t i = 0; i < value_count(all, "transports"); i++) {
		const struct value *t = value_at(all, "transports", i);

		if (value_true(t, "paused"))
			say(d, BAD, value_text(t, "name"), "is paused: %s", value_text(t, "reason"));
		else
			say(d, FINE, value_text(t, "name"), "works, %lld sent since the start",
			    (long long)value_number(t, "sent"));
	}
	if (value_count(all, "transports") == 0)
		say(d, BAD, "transports", "there is none: no sdp, im or mail section");
	ask_free(all);
}

static void
check_daemon(struct doctor *d)
{
	struct value *counts;

	if (ask(d->ctl, false, "/counts", NULL, &counts) != 0) {
		d->bad++;
		return;
	}
	if (value_true(counts, "full"))
		say(d, BAD, "triviumd", "takes nothing: the queue's disk is full");
	else
		say(d, FINE, "triviumd", "answers, %lld messages in its queue",
		    (long long)value_number(counts, "jobs"));
	ask_free(counts);
	check_transports(d);
	check_listener(d, "listen", d->ctl->bridge.listen);
	check_listener(d, "admin", d->ctl->bridge.admin);
}

/* Scanners. */

/* What to look at when one does not answer. */
static const char *
scanner_hint(const char *where)
{
	static const struct {
		const char *kind, *hint;
	} hints[] = {
		{ "clamd:", "is clamd running, and may Trivium's user write to its socket?" },
		{ "libclamav:", "has freshclam fetched the databases, and may they be read?" },
		{ "icap:", "is the ICAP server running, and is the service's name right?" },
		{ "spamd:", "is spamd running, and does it allow this host?" },
		{ "rspamd:", "is rspamd running, and is that its worker for scanning?" },
	};

	for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
		if (strncmp(where, hints[i].kind, strlen(hints[i].kind)) == 0)
			return hints[i].hint;
	return "is it running?";
}

/* Show one of them a harmless mail, by what the daemons would do. */
static void
check_scanner(struct doctor *d, const char *what, const struct scan_settings *s)
{
	static const char mail[] = "From: doctor@localhost\r\nSubject: a test of the scanner\r\n\r\nHarmless.\r\n";
	struct msg *m = msg_new();
	struct scan *scan;
	const char *where = strcmp(s->antivirus, "none") != 0 ? s->antivirus : s->antispam;
	struct verdict v;
	int fd = memfd_create("mail", MFD_CLOEXEC), rc = -1;

	m->from = "mailto:";
	m->text = "Harmless.";
	if (fd >= 0 && write(fd, mail, sizeof mail - 1) != (ssize_t)sizeof mail - 1)
		later(&v, "4.3.0", "%s", strerror(errno));
	else if ((scan = scan_open(s, &v))) {
		if (scan_start(scan, &v) == 0)
			rc = scan_message(scan, m, fd, sizeof mail - 1, &v);
		scan_close(scan);
	}
	if (rc < 0)
		say(d, BAD, what, "does not answer: %s; %s Until it does, %s", v.text, scanner_hint(where),
		    d->scan.away == SCAN_PASS ? "mails pass unscanned" : "no mail for phones is taken");
	else
		say(d, FINE, what, "looks at mails");
	if (fd >= 0)
		close(fd);
	msg_free(m);
}

static void
check_scanners(struct doctor *d)
{
	struct scan_settings virus, spam;

	section_fill(conf_section(d->ctl->conf, "scan", 0), scan_rows, &d->scan);
	virus = spam = d->scan;
	virus.antispam = spam.antivirus = "none";
	virus.candid = spam.candid = true;
	virus.away = spam.away = SCAN_TEMPFAIL; /* else it would pass, and nobody would know */
	if (strcmp(virus.antivirus, "none") != 0)
		check_scanner(d, "antivirus", &virus);
	if (strcmp(spam.antispam, "none") != 0)
		check_scanner(d, "antispam", &spam);
}

/* Pictures. */

static void
check_media(struct doctor *d)
{
	char why[200];

	if (!doctor_media_wanted(d->ctl->conf))
		return;
	if (doctor_media_check(why, sizeof why) < 0)
		say(d, BAD, "trivium-media", "%s; until that is mended, MMS go without their pictures", why);
	else
		say(d, FINE, "trivium-media", "makes pictures fit for MMS");
}

/* Postfix. */

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
		rc = reach_unix(path);
	} else if (tcp) {
		snprintf(path, sizeof path, "%s", milter + 5);
		rc = reach_tcp(path);
	} else {
		return;
	}
	if (rc < 0)
		say(d, BAD, "milter", "nobody listens at %s: %s; is trivium-milter running?", path,
		    strerror(errno));
	else
		say(d, FINE, "milter", "%s answers", path);
	if (tcp)
		say(d, WARN, "milter", "by TCP each mail waits 45 ms; a unix socket does not");
}

static void
check_milters(struct doctor *d)
{
	char list[VALUE], *save = NULL;

	if (!postconf("smtpd_milters", list) || !*list) {
		say(d, BAD, "postfix", "smtpd_milters is empty: no mail reaches trivium-milter");
		return;
	}
	for (char *w = strtok_r(list, " \t,{}", &save); w; w = strtok_r(NULL, " \t,{}", &save))
		check_milter(d, w);
}

static void
check_postfix(struct doctor *d)
{
	char value[VALUE];

	if (!postconf("mail_version", value)) {
		say(d, WARN, "postfix", "postconf cannot be asked; if your mail server is Sendmail, see README");
		return;
	}
	say(d, FINE, "postfix", "is version %s", value);
	check_milters(d);
	if (postconf("in_flow_delay", value) && strcmp(value, "0s") != 0 && strcmp(value, "0") != 0)
		say(d, BAD, "postfix", "in_flow_delay = %s holds each mail that Trivium takes up; set it to 0s",
		    value);
	if (postconf("enable_long_queue_ids", value) && strcmp(value, "yes") != 0)
		say(d, WARN, "postfix", "enable_long_queue_ids = yes would make the log's ids last");
}

int
ctl_doctor(struct ctl *c, char **words)
{
	struct doctor d = { .ctl = c };
	int rc = ctl_configure(c);

	(void)words;
	if (rc)
		return rc;
	say(&d, FINE, "conf", "%s can be read", c->file);
	check_tables(&d);
	check_daemon(&d);
	check_scanners(&d);
	check_media(&d);
	check_postfix(&d);
	if (c->json)
		return d.bad ? CTL_NO : 0;
	if (d.bad)
		printf("%u to mend.\n", d.bad);
	else
		puts(d.warned ? "Works; see the warnings." : "All is well.");
	return d.bad ? CTL_NO : 0;
}
