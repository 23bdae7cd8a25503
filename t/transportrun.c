/*
 * transportrun.c - runs the transport of the first sdp section of a configuration without queue or
 * pump: `transportrun FILE [again] [ask] [mms] [phone] [subject=S] [sender=NUMBER]
 * [part=TYPE,NAME,FILE …] [TEXT …]` sends each TEXT (or asks for it) as a job of its own and prints
 * what becomes of it, a line each: outcome, whole or message, status code, seconds to wait, request
 * identifier, words. SIGTERM closes the transport with its jobs under way.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/conf.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/fit.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/store/queue.h"
#include "t/no_receive.h"

enum { PARTS = 8, FILE_MOST = 1 << 20 };

static unsigned under_way;
static enum msg_how how = MSG_SMS;
static const char *subject, *sender, *parts[PARTS];
static unsigned nparts;
static struct transport transport;

void
finish(struct transport *t, struct job *job, const struct verdict *v, const char *request)
{
	static const char *const is[] = { [DONE] = "done", [LATER] = "later", [NEVER] = "never",
		[UNKNOWN] = "unknown" };

	printf("%s %s %s %ld %s %s\n", is[v->is], v->whole ? "whole" : "message", v->dsn, v->after_s,
	    request ? request : "-", v->text);
	fflush(stdout);
	msg_free(job->msg);
	free(job);
	if (--under_way == 0)
		loop_stop(t->loop);
}

static void
on_term(void *arg)
{
	struct transport *t = arg;

	t->driver->close(t);
	t->state = NULL;
	loop_stop(t->loop);
}

/* TYPE,NAME,FILE */
static void
add_part(struct msg *m, const char *arg)
{
	static char bytes[FILE_MOST];
	char type[100], name[300];
	int at = 0;
	FILE *in;

	if (sscanf(arg, "%99[^,],%299[^,],%n", type, name, &at) != 2 || !(in = fopen(arg + at, "r")))
		exit(2);
	msg_add_part(m, type, name, bytes, fread(bytes, 1, sizeof bytes, in));
	fclose(in);
}

static struct job *
new_job(bool again, unsigned n, const char *text)
{
	struct job *j = calloc(1, sizeof *j);
	struct msg_rcpt *r;

	j->msg = msg_new();
	msg_new_id(j->msg->id);
	r = msg_add_rcpt(j->msg, "+254700000001@sms.example.org");
	r->to = "tel:+254700000001";
	r->how = how;
	r->sender = sender;
	j->msg->subject = subject;
	j->msg->text = text;
	for (unsigned i = 0; i < nparts; i++)
		add_part(j->msg, parts[i]);
	j->again = again;
	snprintf(j->correlator, sizeof j->correlator, "%s%04u", j->msg->id, n % 10000);
	return j;
}

/* Open what the configuration names. */
static const struct conf *
open_transport(const char *path, struct loop *l)
{
	static const struct setting driver[] = {
		{ "driver", CONF_STRING, 0, NULL, NULL, NULL, "Which driver." },
		{ 0 },
	};
	static const struct setting *rows[12] = { driver, fit_rows };
	static const char *names[12];
	static const struct conf_kind kinds[] = { { "sdp", true, rows, names }, { 0 } };
	const struct conf *c;
	const char *name;
	struct verdict v;

	for (int i = 0; sdp_drivers[i] && i < 8; i++) {
		rows[i + 2] = sdp_drivers[i]->settings;
		names[i + 2] = sdp_drivers[i]->name;
	}
	if (!(c = conf_read(path, kinds, stderr)))
		exit(2);
	section_fill(conf_section(c, "sdp", 0), driver, &name);
	for (int i = 0; sdp_drivers[i]; i++)
		if (strcmp(sdp_drivers[i]->name, name) == 0)
			transport.driver = sdp_drivers[i];
	transport.name = section_title(conf_section(c, "sdp", 0));
	transport.loop = l;
	if (transport.driver->open(&transport, conf_section(c, "sdp", 0), &v) < 0) {
		fprintf(stderr, "%s\n", v.text);
		exit(2);
	}
	return c;
}

int
main(int argc, char **argv)
{
	struct loop *l = loop_new();
	bool again = false, ask = false;
	const struct conf *c;

	if (argc < 3)
		return 2;
	log_open("transportrun", false);
	loop_signal(l, SIGTERM, on_term, &transport);
	c = open_transport(argv[1], l);
	for (argv += 2; *argv; argv++)
		if (strcmp(*argv, "again") == 0)
			again = true;
		else if (strcmp(*argv, "ask") == 0)
			ask = true;
		else if (strcmp(*argv, "mms") == 0)
			how = MSG_MMS;
		else if (strcmp(*argv, "phone") == 0)
			how = MSG_PHONE;
		else if (strncmp(*argv, "subject=", 8) == 0)
			subject = *argv + 8;
		else if (strncmp(*argv, "sender=", 7) == 0)
			sender = *argv + 7;
		else if (strncmp(*argv, "part=", 5) == 0 && nparts < PARTS)
			parts[nparts++] = *argv + 5;
		else
			break;
	while (argv[under_way])
		under_way++;
	for (unsigned n = 0, jobs = under_way; n < jobs; n++) {
		struct job *j = new_job(again, n, argv[n]);

		if (ask)
			transport.driver->ask(&transport, j);
		else
			transport.driver->send(&transport, j, argv[n]);
	}
	if (under_way)
		loop_run(l);
	if (transport.state)
		transport.driver->close(&transport);
	conf_free((struct conf *)c);
	loop_free(l);
	return 0;
}
