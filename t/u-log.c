/*
 * u-log.c - lines that gather: none is lost, none comes out of order.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "t/tap.h"

/* Run fn with stderr in a pipe, in a process of its own; what it wrote there, and how it ended. */
static const char *
logged_by(void (*fn)(void), int *status)
{
	static char text[100 * 1024];
	size_t len = 0;
	ssize_t n;
	int fds[2];
	pid_t child;

	if (pipe(fds) != 0 || (child = fork()) < 0)
		exit(1);
	if (child == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		log_open("u-log", false);
		fn();
		_exit(0);
	}
	close(fds[1]);
	while (len < sizeof text - 1 && (n = read(fds[0], text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fds[0]);
	waitpid(child, status, 0);
	return text;
}

/* Only what stands behind "u-log[PID]: ", a word a line. */
static const char *
words(const char *text)
{
	static char out[1000];
	size_t n = 0;

	out[0] = '\0';
	for (const char *p = text; (p = strstr(p, "]: ")) && n < sizeof out - 100; p++)
		n += (size_t)snprintf(out + n, 100, "%.*s ", (int)strcspn(p + 3, "\n"), p + 3);
	return out;
}

static void *
other_thread(void *arg)
{
	log_info("other");
	return arg;
}

static void
gathers(void)
{
	pthread_t t;

	log_gather(true);
	log_info("one");
	log_event("id", "two");
	pthread_create(&t, NULL, other_thread, NULL);
	pthread_join(t, NULL);
	log_info("three");
	log_flush();
	log_info("four");
	log_gather(false);
	log_info("five");
}

static void
never_flushes(void)
{
	log_gather(true);
	log_info("one");
	log_info("lost");
}

static void
has_an_error(void)
{
	log_gather(true);
	log_info("one");
	log_error("two");
}

static void
aborts(void)
{
	log_gather(true);
	log_info("one");
	abort();
}

static void
fills(void)
{
	char long_text[1500];

	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	log_gather(true);
	for (int i = 0; i < 40; i++)
		log_info("%s", long_text);
	log_flush();
}

static struct loop *loop;

static void
on_time(void *arg)
{
	(void)arg;
	log_info("in the loop");
	loop_stop(loop);
}

static void
loops(void)
{
	struct timer t = { 0 };

	loop = loop_new();
	timer_set(loop, &t, 0, on_time, NULL);
	loop_run(loop);
	loop_free(loop);
}

static void
masks(void)
{
	log_open("p", false);
	log_mask();
	log_info("to=<tel:+491711234567>, given=<01711234567@sms.example.com>, from=<+18005550100@x>");
	log_info("size=12345678, delay=1234567, request 179559851622800000007, id 01KJ1234567890ABCDEFGHJKMN");
	log_info("+123456 tel:112 <1234567> a1234567@x tel:1234567 +12345678901234567");
}

int
main(void)
{
	const char *text;
	int status, lines = 0;

	is_str(words(logged_by(gathers, &status)), "one id: two other three four five ",
	    "lines keep their order, whoever writes them");
	is_str(words(logged_by(never_flushes, &status)), "", "gathered lines wait");
	is_str(words(logged_by(has_an_error, &status)), "one error: two ",
	    "an error does not wait, nor what came before it");
	is_str(words(logged_by(aborts, &status)), "one ", "abort() loses no line");
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "and is still an abort");
	text = logged_by(fills, &status);
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	is_int(lines, 40, "more than there is room for");
	is_str(words(logged_by(loops, &status)), "in the loop ", "a loop writes before it ends");
	text = logged_by(masks, &status);
	ok(strstr(text, "to=<tel:+491*******67>, given=<017******67@sms.example.com>, from=<+180******00@x>"),
	    "numbers are masked");
	ok(strstr(text, "size=12345678, delay=1234567, request 179559851622800000007, id 01KJ1234567890ABCDEFGHJKMN"),
	    "and nothing else is");
	ok(strstr(text, "+123456 tel:112 <1234567> a1234567@x tel:123**67 +12345678901234567"),
	    "nor what is no phone's");
	return tap_done();
}
