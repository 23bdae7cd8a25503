/*
 * callbackrun.c - lets platforms call the transports of the sdp sections of a configuration, with
 * the listener of triviumd but without queue or routes: `callbackrun [-q] FILE`. The first line
 * printed is the port, then, but for -q, each message and report that came is a line, as JSON. What a
 * text, a subject or a correlator begins with says what becomes of it: "later", "never", "hold"
 * (answered when the process gets SIGUSR1), else it is taken. SIGUSR2 lets no more request in and
 * takes leave of the networks, which is then told; SIGTERM ends it, with what is held still waiting.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/conf.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/sock.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/callback.h"
#include "bridge/flow/fit.h"
#include "bridge/flow/listener.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/message/addr.h"
#include "bridge/store/queue.h"
#include "bridge/store/report.h"
#include "bridge/store/settings.h"

enum { SECTIONS = 8, HELD = 64 };

static struct addr_rules rules;
static struct transport transports[SECTIONS];
static struct callback_settings callbacks[SECTIONS];
static size_t count;
static struct loop *loop;
static struct listener *listener;
static struct {
	void (*on_taken)(void *arg, const struct verdict *v);
	void *arg;
} held[HELD];
static size_t nheld;
static bool silent;

static void
put(const char *name, const char *value)
{
	if (!value)
		return;
	printf(", \"%s\": \"", name);
	for (; *value; value++)
		if ((unsigned char)*value < ' ' || *value == '"' || *value == '\\')
			printf("\\u%04x", (unsigned char)*value);
		else
			putchar(*value);
	putchar('"');
}

static void
decide(const char *word, void (*on_taken)(void *arg, const struct verdict *v), void *arg)
{
	struct verdict v;

	printf("}\n");
	fflush(stdout);
	done(&v, "2.0.0", "taken");
	if (strncmp(word, "later", 5) == 0)
		later(&v, "4.3.0", "not now");
	else if (strncmp(word, "never", 5) == 0)
		never(&v, "5.7.1", "not at all");
	if (strncmp(word, "hold", 4) == 0 && nheld < HELD) {
		held[nheld].on_taken = on_taken;
		held[nheld++].arg = arg;
	} else {
		on_taken(arg, &v);
	}
}

static void
print_parts(const struct msg *m)
{
	for (size_t i = 0; i < m->nparts; i++) {
		char name[40];

		snprintf(name, sizeof name, "part%zu", i);
		put(name, m->parts[i].type);
		snprintf(name, sizeof name, "name%zu", i);
		put(name, m->parts[i].name);
		printf(", \"len%zu\": %zu", i, m->parts[i].len);
	}
}

void
finish(struct transport *t, struct job *job, const struct verdict *v, const char *request)
{
	(void)t;
	(void)job;
	(void)v;
	(void)request;
}

const struct addr_rules *
receive_rules(const struct receive *in)
{
	(void)in;
	return &rules;
}

void
receive_message(struct receive *in, struct transport *t, struct msg *m,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg)
{
	struct verdict v;
	char *word;

	if (silent) {
		msg_free(m);
		done(&v, "2.0.0", "taken");
		on_taken(arg, &v);
		return;
	}
	word = strdup(*m->text ? m->text : m->subject ? m->subject : "");

	(void)in;
	printf("{\"what\": \"message\"");
	put("transport", t->name);
	put("from", m->from);
	put("to", m->rcpts[0].given);
	put("text", m->text);
	put("subject", m->subject);
	put("date", m->date);
	put("once", m->once);
	printf(", \"once_ms\": %lld", (long long)m->once_ms);
	print_parts(m);
	msg_free(m);
	decide(word, on_taken, arg);
	free(word);
}

void
receive_report(struct receive *in, struct transport *t, const struct report *r,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg)
{
	static const char *const is[] = { [REPORT_DELIVERED] = "delivered",
		[REPORT_FAILED] = "failed", [REPORT_RELAYED] = "relayed",
		[REPORT_WAITING] = "waiting" };

	(void)in;
	printf("{\"what\": \"report\"");
	put("transport", t->name);
	put("correlator", r->correlator);
	put("request", r->request);
	put("address", r->address);
	put("is", is[r->is]);
	put("dsn", r->dsn);
	put("code", r->code);
	put("said", r->text);
	decide(r->correlator ? r->correlator : "", on_taken, arg);
}

static void
on_usr1(void *arg)
{
	struct verdict v;

	(void)arg;
	done(&v, "2.0.0", "taken at last");
	while (nheld) {
		nheld--;
		held[nheld].on_taken(held[nheld].arg, &v);
	}
}

static void
on_usr2(void *arg)
{
	static struct timer again;

	(void)arg;
	listener_quiesce(listener);
	for (size_t i = 0; i < count; i++)
		if (transports[i].driver->quiet && !transports[i].driver->quiet(&transports[i])) {
			timer_set(loop, &again, 20, on_usr2, NULL);
			return;
		}
	printf("{\"what\": \"quiet\"}\n");
	fflush(stdout);
}

static void
on_term(void *arg)
{
	loop_stop(arg);
}

/* Open every section as a transport that may be called. */
static void
open_all(const struct conf *c, struct callbacks *to)
{
	static const struct setting driver[] = {
		{ "driver", CONF_STRING, 0, NULL, NULL, NULL, "Which driver." },
		{ 0 },
	};
	const struct section *s;
	const char *name;
	struct verdict v;

	for (count = 0; count < SECTIONS && (s = conf_section(c, "sdp", count)); count++) {
		struct transport *t = &transports[count];

		section_fill(s, driver, &name);
		section_fill(s, callback_rows, &callbacks[count]);
		t->name = section_title(s);
		t->loop = loop;
		t->driver = transport_driver_find(sdp_drivers, name);
		if (!t->driver || t->driver->open(t, s, &v) < 0 ||
		    callbacks_add(to, t, &callbacks[count], &v) < 0) {
			fprintf(stderr, "%s: %s\n", t->name, t->driver ? v.text : "no driver");
			exit(2);
		}
	}
}

static struct conf *
read_conf(const char *path, struct bridge_settings *b)
{
	static const struct setting driver[] = {
		{ "driver", CONF_STRING, 0, NULL, NULL, NULL, "Which driver." },
		{ 0 },
	};
	static const struct setting *rows[12] = { driver, callback_rows, fit_rows };
	static const char *names[12];
	static const struct setting *const bridge[] = { bridge_rows, NULL };
	static const struct setting *const top[] = { addr_settings, NULL };
	static const struct conf_kind kinds[] = { { "", false, top, NULL },
		{ "bridge", false, bridge, NULL }, { "sdp", true, rows, names }, { 0 } };
	struct conf *c;

	for (int i = 0; sdp_drivers[i] && i < 7; i++) {
		rows[i + 3] = sdp_drivers[i]->settings;
		names[i + 3] = sdp_drivers[i]->name;
	}
	if (!(c = conf_read(path, kinds, stderr)))
		exit(2);
	section_fill(conf_section(c, "", 0), addr_settings, &rules);
	section_fill(conf_section(c, "bridge", 0), bridge_rows, b);
	return c;
}

int
main(int argc, char **argv)
{
	struct bridge_settings b;
	struct callbacks *c = callbacks_new();
	struct conf *conf;
	struct verdict v;

	silent = argc == 3 && strcmp(argv[1], "-q") == 0;
	if (argc != 2 + silent)
		return 2;
	log_open("callbackrun", false);
	loop = loop_new();
	conf = read_conf(argv[argc - 1], &b);
	open_all(conf, c);
	loop_signal(loop, SIGTERM, on_term, loop);
	loop_signal(loop, SIGUSR1, on_usr1, NULL);
	loop_signal(loop, SIGUSR2, on_usr2, NULL);
	if (!(listener = listener_open(loop, &b, &v))) {
		fprintf(stderr, "%s\n", v.text);
		return 2;
	}
	listener_add(listener, CALLBACK_PREFIX, callbacks_called, c);
	listener_serve(listener);
	printf("%u\n", listener_port(listener));
	fflush(stdout);
	for (size_t i = 0; i < count; i++)
		if (transports[i].driver->start)
			transports[i].driver->start(&transports[i]);
	loop_run(loop);
	for (size_t i = 0; i < count; i++)
		transports[i].driver->close(&transports[i]);
	listener_close(listener);
	callbacks_free(c);
	conf_free(conf);
	loop_free(loop);
	return 0;
}
