/*
 * doctor.c - `triviumctl doctor`: looks at a whole installation and says what to mend.
 *
 * Each check prints one line: what was looked at, and how it is. Nothing is changed. Of the mail server
 * only what Trivium depends on is looked at, see doctor_postfix.c and doctor_sendmail.c.
 */
#include "bridge/ctl/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/conf.h"
#include "bridge/base/verdict.h"
#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/doctor_media.h"
#include "bridge/ctl/print.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "bridge/store/route.h"
#include "bridge/store/table.h"

void
doctor_say(struct doctor *d, enum doctor_finding f, const char *what, const char *format, ...)
{
	static const char *const marks[] = { [DOCTOR_FINE] = "ok   ", [DOCTOR_WARN] = "warn ", [DOCTOR_BAD] = "BAD  " };
	static const char *const words[] = { [DOCTOR_FINE] = "ok", [DOCTOR_WARN] = "warn", [DOCTOR_BAD] = "bad" };
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
	d->bad += f == DOCTOR_BAD;
	d->warned += f == DOCTOR_WARN;
}

void
doctor_say_milter(struct doctor *d, const char *where, int rc)
{
	if (rc < 0)
		doctor_say(d, DOCTOR_BAD, "milter", "nobody listens at %s: %s; is trivium-milter running?", where,
		    strerror(errno));
	else
		doctor_say(d, DOCTOR_FINE, "milter", "%s answers", where);
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
		doctor_say(d, DOCTOR_BAD, what, "%s; make it with `triviumctl map %s`", v.text, what);
	else
		doctor_say(d, DOCTOR_FINE, what, "%s can be read", name);
	table_close(t);
}

/* What the routes lead to. */
struct routes {
	struct doctor *d;
	unsigned rows, lost;
	char key[ADDR_MAILBOX], name[ROUTE_NAME]; /* of the first row that leads nowhere */
	bool known;				  /* that transport is there, but does not carry that */
};

static void
look_at_route(void *arg, const char *key, const char *value)
{
	struct routes *r = arg;
	struct ctl_transport t;
	char name[ROUTE_NAME];
	unsigned kinds;
	bool known;

	r->rows++;
	if (!route_names(value, name, &kinds))
		return;
	known = ctl_transport(r->d->ctl, name, &t);
	if ((known && ctl_carries(&t) & kinds) || r->lost++)
		return;
	snprintf(r->key, sizeof r->key, "%s", key);
	snprintf(r->name, sizeof r->name, "%s", name);
	r->known = known;
}

static void
check_routes(struct doctor *d)
{
	struct routes r = { .d = d };
	struct verdict v;
	struct table *t = *d->ctl->tables.routes ? table_open(d->ctl->tables.routes, &v) : NULL;

	if (!*d->ctl->tables.routes)
		doctor_say(d, DOCTOR_WARN, "routes", "there is no routes table: no mail is for phones");
	/* That it cannot be read has been said. */
	if (t && table_each(t, look_at_route, &r, &v) == 0) {
		if (r.rows == 0)
			doctor_say(d, DOCTOR_WARN, "routes", "the table is empty: no mail is for phones");
		if (r.lost)
			doctor_say(d, DOCTOR_BAD, "routes", "%s leads to \"%s\", which %s (%u such row%s)", r.key, r.name,
			    r.known ? "does not carry that kind of message" : "is no section sdp or im", r.lost,
			    r.lost == 1 ? "" : "s");
	}
	table_close(t);
}

static void
check_tables(struct doctor *d)
{
	const struct tables_settings *t = &d->ctl->tables;

	check_table(d, "routes", t->routes);
	check_routes(d);
	check_table(d, "users", t->users);
	check_table(d, "policy", t->policy);
	check_table(d, "inbound", t->inbound);
	if (!*t->policy)
		doctor_say(d, DOCTOR_WARN, "policy", "there is no policy table: who has a login or is in networks may send to "
		    "every number, premium services too");
}

/* Sockets. */

static void
check_listener(struct doctor *d, const char *what, const char *where)
{
	if (!*where)
		doctor_say(d, DOCTOR_WARN, what, "is not configured%s",
		    strcmp(what, "listen") == 0 ? ": phones cannot answer, and no reports come" : "");
	else if (doctor_reach_tcp(where) < 0)
		doctor_say(d, DOCTOR_BAD, what, "nobody listens at %s: %s", where, strerror(errno));
	else
		doctor_say(d, DOCTOR_FINE, what, "%s answers", where);
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
			doctor_say(d, DOCTOR_BAD, value_text(t, "name"), "is paused: %s", value_text(t, "reason"));
		else
			doctor_say(d, DOCTOR_FINE, value_text(t, "name"), "works, %lld sent since the start",
			    (long long)value_number(t, "sent"));
	}
	if (value_count(all, "transports") == 0)
		doctor_say(d, DOCTOR_BAD, "transports", "there is none: no sdp, im or mail section");
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
		doctor_say(d, DOCTOR_BAD, "triviumd", "takes nothing: the queue's disk is full");
	else
		doctor_say(d, DOCTOR_FINE, "triviumd", "answers, %lld messages in its queue",
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
		doctor_say(d, DOCTOR_BAD, what, "does not answer: %s; %s Until it does, %s", v.text, scanner_hint(where),
		    d->scan.away == SCAN_PASS ? "mails pass unscanned" : "no mail for phones is taken");
	else
		doctor_say(d, DOCTOR_FINE, what, "looks at mails");
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
		doctor_say(d, DOCTOR_BAD, "trivium-media", "%s; until that is mended, MMS go without their pictures", why);
	else
		doctor_say(d, DOCTOR_FINE, "trivium-media", "makes pictures fit for MMS");
}

int
ctl_doctor(struct ctl *c, char **words)
{
	struct doctor d = { .ctl = c };
	int rc = ctl_configure(c);

	if (rc)
		return rc;
	doctor_say(&d, DOCTOR_FINE, "conf", "%s can be read", c->file);
	check_tables(&d);
	check_daemon(&d);
	check_scanners(&d);
	check_media(&d);
	if (words[0] || !doctor_postfix(&d))
		doctor_sendmail(&d, words[0]);
	if (c->json)
		return d.bad ? CTL_NO : 0;
	if (d.bad)
		printf("%u to mend.\n", d.bad);
	else
		puts(d.warned ? "Works; see the warnings." : "All is well.");
	return d.bad ? CTL_NO : 0;
}
