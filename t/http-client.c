/*
 * http-client.c - http.h by hand, for t/14-http.t. Reads lines "async|block URL key=value…" from
 * stdin, makes the exchange and prints how it ended. All lines share one client of each kind, so
 * connections are kept. "fds" prints how many descriptors are open, "where X" what http_where()
 * makes of X, "quit" frees the clients first.
 */
#include "bridge/base/http.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

static struct loop *loop;
static struct http *http;
static struct http_caller *caller;
static int waits, to_come;

static const char *const names[] = { [HTTP_ANSWERED] = "ANSWERED", [HTTP_UNSENT] = "UNSENT",
	[HTTP_TLS] = "TLS", [HTTP_LOST] = "LOST", [HTTP_TIMEOUT] = "TIMEOUT",
	[HTTP_TOO_LONG] = "TOO_LONG" };

static void
print(const struct http_answer *a)
{
	printf("%s status=%d len=%zu type=%s retry=%ld waits=%d error=%s\n", names[a->end], a->status,
	    a->len, a->content_type, a->retry_after, waits, a->error);
	fflush(stdout);
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	(void)arg;
	print(a);
	if (--to_come == 0)
		loop_stop(loop);
}

static void
on_wait(void *arg)
{
	(void)arg;
	waits++;
}

static void
print_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -3; /* ".", ".." and the directory itself */

	while (readdir(d))
		n++;
	closedir(d);
	printf("%d\n", n);
	fflush(stdout);
}

static void
print_where(const char *where)
{
	const char *path;
	struct verdict v;
	char url[64];

	if (http_where(where, &path, url, sizeof url, &v) < 0)
		printf("no: %s\n", v.text);
	else
		printf("%s %s\n", path ? path : "-", url);
	fflush(stdout);
}

static void
exchange(char *line)
{
	const char *headers[3] = { "X-Test: 1", NULL, NULL };
	struct http_request r = { .timeout_ms = 10000, .connect_timeout_ms = 10000,
		.max_answer = 100000, .headers = headers };
	struct http_answer a;
	char *how = strtok(line, " "), *word, *body = NULL;
	int times = 1;

	r.url = strtok(NULL, " ");
	while ((word = strtok(NULL, " "))) {
		char *value = word + strcspn(word, "=") + 1;

		if (strncmp(word, "body=", 5) == 0)
			r.body = value, r.len = strlen(value), r.content_type = "text/plain";
		else if (strncmp(word, "size=", 5) == 0)
			r.len = (size_t)atol(value), r.body = body = xcalloc(1, r.len + 1);
		else if (strncmp(word, "max=", 4) == 0)
			r.max_answer = (size_t)atol(value);
		else if (strncmp(word, "timeout=", 8) == 0)
			r.timeout_ms = atol(value);
		else if (strncmp(word, "ca=", 3) == 0)
			r.ca_file = value;
		else if (strncmp(word, "unix=", 5) == 0)
			r.unix_socket = value;
		else if (strncmp(word, "user=", 5) == 0)
			r.username = value, r.password = "secret";
		else if (strncmp(word, "times=", 6) == 0)
			times = atoi(value);
		else if (strcmp(word, "inject") == 0)
			headers[1] = "X-Evil: 1\r\nX-Second: 2";
	}
	waits = 0;
	if (strcmp(how, "block") == 0) {
		http_call(caller, &r, on_wait, NULL, &a);
		print(&a);
		http_answer_free(&a);
	} else {
		for (to_come = times; times > 0; times--)
			http_send(http, &r, on_answer, NULL);
		if (strcmp(how, "async") == 0)
			loop_run(loop);
	}
	free(body);
}

int
main(void)
{
	char line[4096];

	loop = loop_new();
	http = http_new(loop, 16);
	caller = http_caller_new();
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "fds") == 0)
			print_fds();
		else if (strncmp(line, "where ", 6) == 0)
			print_where(line + 6);
		else if (strcmp(line, "quit") == 0)
			break;
		else
			exchange(line);
	}
	http_free(http);
	http_caller_free(caller);
	loop_free(loop);
	print_fds();
	return 0;
}
