/*
 * load.c - makes load for the benches: keeps a number of requests in flight and says how many a
 * second were done, and what that cost.
 *
 *	load submit SOCKET N IN-FLIGHT STATE-URL	messages to triviumd's submit door, until the
 *							platform has accepted them all
 *	load soap URL N IN-FLIGHT STATE-URL		the same messages as SOAP straight to the platform
 *	load im SOCKET N IN-FLIGHT -			the same, to IM users u0 … of im.test
 *	load rcpt SOCKET N IN-FLIGHT -			the question of each RCPT, by 100 senders
 *	load fill SOCKET N IN-FLIGHT -			messages to the submit door, until all are on disk
 *
 * Prints "RATE requests/s CPU-MICROSECONDS-each".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/http.h"
#include "bridge/base/loop.h"
#include "bridge/message/door.h"
#include "bridge/message/msg.h"
#include "t/alarm.h"

static struct loop *loop;
static struct http *http;
static struct timer timer;
static const char *mode, *target, *state_url;
static long wanted, started, ended, accepted, accepted_before = -1;
static unsigned run;

static void
make_message(struct buf *body, long n)
{
	struct msg *m = msg_new();

	m->from = arena_printf(m->arena, "mailto:monitor%ld@example.org", n % 100);
	m->auth = AUTH_IP;
	m->message_id = arena_printf(m->arena, "<%u.%ld@load>", run, n);
	m->text = ALARM_TEXT;
	m->subject = ALARM_SUBJECT;
	m->size = 1000;
	if (strcmp(mode, "im") == 0)
		msg_add_rcpt(m, arena_printf(m->arena, "u%ld%%im.test@im.example.com", n % 100));
	else
		msg_add_rcpt(m, arena_printf(m->arena, "+4915%08ld@sms.example.com", n));
	msg_format(m, body);
	msg_free(m);
}

static void start_one(void);

static void
on_state(void *arg, const struct http_answer *a)
{
	const char *p = a->end == HTTP_ANSWERED ? strstr(a->body, "\"accepted\"") : NULL;
	long all = p ? strtol(strchr(p, ':') + 1, NULL, 10) : -1;

	(void)arg;
	if (all < 0) {
		fprintf(stderr, "load: %s does not tell its state: %s\n", state_url, a->error);
		exit(1);
	}
	if (accepted_before < 0)
		accepted_before = all;
	accepted = all - accepted_before;
	loop_stop(loop);
}

static void
ask_state(void)
{
	const struct http_request r = { .url = state_url, .timeout_ms = 10000,
		.connect_timeout_ms = 10000, .max_answer = 100000 };

	http_send(http, &r, on_state, NULL);
	loop_run(loop);
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	(void)arg;
	if (a->end != HTTP_ANSWERED || a->status != 200) {
		fprintf(stderr, "load: status %d: %s%s\n", a->status, a->error, a->body);
		exit(1);
	}
	ended++;
	if (started < wanted)
		start_one();
	else if (ended == wanted)
		loop_stop(loop);
}

static void
start_one(void)
{
	static struct buf body;
	bool soap = strcmp(mode, "soap") == 0;
	static const char *const action[] = { "SOAPAction: \"\"", NULL };
	struct http_request r = { .url = target, .timeout_ms = 60000, .connect_timeout_ms = 10000,
		.max_answer = 100000, .content_type = "text/xml; charset=utf-8", .headers = action };

	buf_init(&body, 100000);
	if (soap) {
		alarm_soap_nth(started, &body);
	} else {
		r.url = strcmp(mode, "rcpt") == 0 ? "http://localhost" DOOR_RCPT : "http://localhost" DOOR_SUBMIT;
		r.unix_socket = target;
		r.content_type = DOOR_TYPE;
		r.headers = NULL;
		make_message(&body, started);
	}
	r.body = body.data;
	r.len = body.len;
	started++;
	http_send(http, &r, on_answer, NULL);
	buf_free(&body);
}

static void
on_look(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

int
main(int argc, char **argv)
{
	struct rusage use;
	int64_t begin, took;
	long in_flight;

	if (argc != 6)
		return 64;
	mode = argv[1];
	target = argv[2];
	wanted = atol(argv[3]);
	in_flight = atol(argv[4]);
	state_url = argv[5];
	run = (unsigned)getpid() ^ (unsigned)time(NULL) << 12;
	loop = loop_new();
	http = http_new(loop, 1000);
	if (*state_url != '-')
		ask_state();
	begin = loop_ms();
	while (started < wanted && started < in_flight)
		start_one();
	loop_run(loop);
	while (*state_url != '-' && accepted < wanted) {
		timer_set(loop, &timer, 2, on_look, NULL);
		loop_run(loop);
		ask_state();
	}
	took = loop_ms() - begin;
	getrusage(RUSAGE_SELF, &use);
	printf("%.0f requests/s %.0f us\n", (double)wanted * 1000 / (double)(took ? took : 1),
	    ((double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
		(double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec)) / (double)wanted);
	http_free(http);
	loop_free(loop);
	return 0;
}
