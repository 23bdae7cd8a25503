/*
 * imrun.c - runs the transport of the first im section of a configuration without queue or pump:
 * `imrun FILE [JID NUMBER]...`, where the JIDs are registered with those numbers. Reads orders from its input, a line each, words parted by tabs, with \n, \t, \\ and
 * \xHH in them:
 *
 *	send ID TO FROM TEXT            a job: to and from are URIs
 *	picture ID TO FROM TEXT         the same, with a small PNG
 *	old ID TO FROM TEXT             the same, written two hours ago
 *	report ID TO IN_REPLY_TO ACTION TEXT
 *	answer done|later|never DSN TEXT   what messages that arrive get from now on
 *	quiet                           the daemon stops: ends when the transport is quiet
 *
 * and says on its output, in the same form, what happens:
 *
 *	ready; probe; answered; find WHAT; finish ID OUTCOME whole|message DSN REQUEST TEXT
 *	part TYPE NAME SIZE, for each part of the message in the next line
 *	message FROM TO MESSAGE_ID ONCE NAME TEXT IN_REPLY_TO REFERENCES SUBJECT
 *	report REQUEST ADDRESS IS DSN CODE TEXT; quiet
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/conf.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/message/addr.h"
#include "bridge/store/binding.h"
#include "bridge/store/queue.h"
#include "bridge/store/report.h"
#include "bridge/store/user.h"

static struct transport transport;
static const struct addr_rules rules = { "49", "0", "00" };
static struct verdict answer;
static struct bindings *bindings;
static struct timer quiet;

static void
say(const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			putchar('\t');
		for (const char *s = words[i] ? words[i] : "-"; *s; s++) {
			if (*s == '\n')
				fputs("\\n", stdout);
			else if (*s == '\t')
				fputs("\\t", stdout);
			else if (*s == '\\')
				fputs("\\\\", stdout);
			else if ((unsigned char)*s < ' ')
				printf("\\x%02x", (unsigned char)*s);
			else
				putchar(*s);
		}
	}
	putchar('\n');
	fflush(stdout);
}
#define SAY(...) say((const char *const[]){ __VA_ARGS__ }, \
    sizeof(const char *const[]){ __VA_ARGS__ } / sizeof(const char *))

void
finish(struct transport *t, struct job *job, const struct verdict *v, const char *request)
{
	static const char *const is[] = { [DONE] = "done", [LATER] = "later", [NEVER] = "never",
		[UNKNOWN] = "unknown" };

	(void)t;
	SAY("finish", job->msg->id, is[v->is], v->whole ? "whole" : "message", v->dsn, request, v->text);
	msg_free(job->msg);
	free(job);
}

void
pump_probe(struct pump *p)
{
	(void)p;
	SAY("probe");
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
	char size[24];

	(void)in, (void)t;
	for (size_t i = 0; i < m->nparts; i++) {
		snprintf(size, sizeof size, "%zu", m->parts[i].len);
		SAY("part", m->parts[i].type, m->parts[i].name, size);
	}
	SAY("message", m->from, m->rcpts[0].to, m->message_id, m->once, m->name,
	    *m->text ? m->full ? m->full : m->text : "", m->in_reply_to, m->references, m->subject);
	msg_free(m);
	on_taken(arg, &answer);
}

void
receive_park(struct receive *in, const struct transport *t, const struct msg *m, const char *link,
    void (*on_done)(void *arg, const struct verdict *v), void *arg)
{
	struct verdict v;

	(void)in, (void)t, (void)m, (void)link;
	done(&v, "2.0.0", "kept");
	on_done(arg, &v);
}

void
receive_unpark(struct receive *in, const struct transport *t, const char *id)
{
	(void)in, (void)t, (void)id;
}

void
receive_parked(struct receive *in, const struct transport *t,
    void (*on_parked)(void *arg, struct parked *list, size_t n, const struct verdict *v), void *arg)
{
	struct verdict v;

	(void)in, (void)t;
	done(&v, "2.0.0", "none");
	on_parked(arg, NULL, 0, &v);
}

const struct binding *
receive_bound(const struct receive *in, const struct transport *t, const char *jid)
{
	(void)in;
	return bindings_at(bindings, t->name, jid);
}

void
receive_bound_each(const struct receive *in, const struct transport *t,
    void (*each)(void *arg, const struct binding *one), void *arg)
{
	(void)in;
	bindings_each(bindings, t->name, each, arg);
}

void
receive_bind(struct receive *in, const struct transport *t, const struct binding *one,
    void (*on_done)(void *arg, const struct verdict *v), void *arg)
{
	struct binding b = *one;
	struct verdict v;

	(void)in;
	b.via = t->name;
	bindings_set(bindings, &b);
	done(&v, "2.0.0", "kept");
	on_done(arg, &v);
}

int
receive_user(const struct receive *in, const char *identity, struct user *u, struct verdict *v)
{
	(void)in, (void)v;
	*u = (struct user){ .name = "Bob Brown", .tel = "+49170111222" };
	return strcmp(identity, "bob") == 0 || strcmp(identity, "tel:+49170111222") == 0;
}

void
receive_find(struct receive *in, const char *what,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg)
{
	(void)in;
	SAY("find", what);
	on_found(arg, NULL, 0);
}

void
receive_report(struct receive *in, struct transport *t, const struct report *r,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg)
{
	static const char *const is[] = { "delivered", "failed", "relayed", "waiting" };
	struct verdict v;

	(void)in, (void)t;
	SAY("report", r->request, r->address, is[r->is], r->dsn, r->code, r->text);
	done(&v, "2.0.0", "heard");
	on_taken(arg, &v);
}

/* Undo what say() does to a word, in place. */
static char *
plain(char *word)
{
	char *out = word;

	for (char *s = word; *s; s++) {
		if (*s != '\\') {
			*out++ = *s;
		} else if (*++s == 'x') {
			*out++ = (char)strtol((char[]){ s[1], s[2], 0 }, NULL, 16);
			s += 2;
		} else {
			*out++ = *s == 'n' ? '\n' : *s == 't' ? '\t' : *s;
		}
	}
	*out = '\0';
	return word;
}

static struct job *
new_job(char *const *w)
{
	struct job *j = calloc(1, sizeof *j);
	struct msg *m = j->msg = msg_new();

	snprintf(m->id, sizeof m->id, "%s", w[1]);
	m->arrived = time(NULL) - (strcmp(w[0], "old") == 0 ? 7200 : 0);
	msg_add_rcpt(m, w[2])->to = arena_strdup(m->arena, w[2]);
	if (strcmp(w[0], "report") == 0) {
		m->from = "mailto:";
		m->about = "01ABOUT";
		m->in_reply_to = arena_strdup(m->arena, w[3]);
		m->action = arena_strdup(m->arena, w[4]);
	} else {
		m->from = arena_strdup(m->arena, w[3]);
	}
	m->text = arena_strdup(m->arena, w[*w[0] == 'r' ? 5 : 4]);
	if (*w[0] == 'p')
		msg_add_part(m, "image/png", "h\xc3\xa4t 1.png", "\x89PNG\r\n\x1a\nAnd so on", 17);
	return j;
}

static void
on_quiet(void *arg)
{
	struct transport *t = arg;

	if (!t->driver->quiet(t)) {
		timer_set(t->loop, &quiet, 20, on_quiet, t);
		return;
	}
	SAY("quiet");
	loop_stop(t->loop);
}

static void
obey(char *line)
{
	static char none[1];
	char *words[8] = { none, none, none, none, none, none, none, none };
	struct job *j;
	size_t n = 0;

	for (char *w; n < 8 && (w = strsep(&line, "\t"));)
		words[n++] = plain(w);
	if (strcmp(words[0], "quiet") == 0) {
		on_quiet(&transport);
	} else if (strcmp(words[0], "answer") == 0) {
		(*words[1] == 'd' ? done : *words[1] == 'l' ? later : never)(
		    &answer, words[2], "%s", words[3]);
		SAY("answered");
	} else if (*words[0]) {
		j = new_job(words);
		transport.driver->send(&transport, j, j->msg->text);
	}
}

/* Lines come whole through a pipe when they are short; a longer one is waited for. */
static void
on_input(void *arg, uint32_t events)
{
	static char line[1 << 20];
	static size_t len;
	ssize_t n = read(0, line + len, sizeof line - len - 1);
	char *end;

	(void)arg, (void)events;
	if (n <= 0) {
		loop_stop(transport.loop);
		return;
	}
	len += (size_t)n;
	while ((end = memchr(line, '\n', len))) {
		*end++ = '\0';
		obey(line);
		len -= (size_t)(end - line);
		memmove(line, end, len);
	}
}

static void
on_term(void *arg)
{
	loop_stop(arg);
}

static struct conf *
open_transport(const char *path)
{
	static const struct setting driver[] = {
		{ "driver", CONF_STRING, 0, NULL, NULL, NULL, "Which driver." },
		{ 0 },
	};
	static const struct setting *rows[10] = { driver };
	static const char *names[10];
	static const struct conf_kind kinds[] = { { "im", true, rows, names }, { 0 } };
	struct conf *c;
	const char *name;
	struct verdict v;

	for (int i = 0; im_drivers[i] && i < 8; i++) {
		rows[i + 1] = im_drivers[i]->settings;
		names[i + 1] = im_drivers[i]->name;
	}
	if (!(c = conf_read(path, kinds, stderr)))
		exit(2);
	section_fill(conf_section(c, "im", 0), driver, &name);
	transport.driver = transport_driver_find(im_drivers, name);
	transport.name = section_title(conf_section(c, "im", 0));
	if (transport.driver->open(&transport, conf_section(c, "im", 0), &v) < 0) {
		fprintf(stderr, "%s\n", v.text);
		exit(2);
	}
	return c;
}

int
main(int argc, char **argv)
{
	struct loop *l = loop_new();
	struct watch *w;
	struct conf *c;

	if (argc < 2 || argc % 2)
		return 2;
	log_open("imrun", false);
	signal(SIGPIPE, SIG_IGN);
	loop_signal(l, SIGTERM, on_term, l);
	done(&answer, "2.0.0", "ok");
	transport.loop = l;
	c = open_transport(argv[1]);
	bindings = bindings_new();
	for (int i = 2; i < argc; i += 2) {
		struct binding b = { .via = transport.name, .jid = argv[i] };

		snprintf(b.number, sizeof b.number, "%s", argv[i + 1]);
		bindings_set(bindings, &b);
	}
	w = loop_watch(l, 0, EPOLLIN, on_input, NULL);
	transport.driver->start(&transport);
	SAY("ready");
	loop_run(l);
	transport.driver->close(&transport);
	bindings_free(bindings);
	loop_unwatch(w);
	conf_free(c);
	loop_free(l);
	return 0;
}
