/*
 * smtp-client.c - smtp.h by hand, for t/15-smtp.t. One relay: smtp-client URL key=value… (tls, ca_file,
 * username, password, hello, timeout). Reads lines "FROM TO FILE", a blank each between, "-" for the
 * null sender; those of one paragraph go out side by side, and each end is printed: "IS whole dsn
 * text", in the lines' order. "free" frees the client with what is under way.
 */
#include "bridge/base/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

enum { MOST = 64 };

static struct loop *loop;
static int to_come;

static struct one {
	char *bytes;
	struct verdict v;
} all[MOST];

static const char *const names[] = { [DONE] = "DONE", [LATER] = "LATER", [NEVER] = "NEVER",
	[UNKNOWN] = "UNKNOWN" };

static void
on_end(void *arg, const struct verdict *v)
{
	struct one *one = arg;

	one->v = *v;
	if (--to_come == 0)
		loop_stop(loop);
}

static void
on_tick(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static char *
slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *bytes = xcalloc(1, 1 << 25);

	*len = f ? fread(bytes, 1, 1 << 25, f) : 0;
	if (f)
		fclose(f);
	return bytes;
}

static void
show(int n)
{
	for (int i = 0; i < n; i++) {
		struct verdict *v = &all[i].v;

		printf("%s %s %s %s\n", names[v->is], v->whole ? "whole" : "-", v->dsn, v->text);
		free(all[i].bytes);
	}
	fflush(stdout);
}

static void
add(struct smtp *s, char *line, int n)
{
	char *from = strsep(&line, " "), *to = strsep(&line, " ");
	struct smtp_mail m = { .from = strcmp(from, "-") == 0 ? "" : from, .to = to };

	for (char *p = to; (p = strstr(p, "\\n")); p += 2)
		memcpy(p, "\r\n", 2);
	all[n].bytes = slurp(line, &m.len);
	m.bytes = all[n].bytes;
	to_come++;
	smtp_send(s, &m, on_end, &all[n]);
}

int
main(int argc, char **argv)
{
	struct smtp_relay r = { .url = argv[1], .hello = "", .ca_file = "", .username = "",
		.password = "", .timeout_ms = 5000, .connect_timeout_ms = 3000 };
	struct timer tick = { 0 };
	char line[4096];
	struct smtp *s;
	int n = 0;

	for (int i = 2; i < argc; i++) {
		char *value = strchr(argv[i], '=') + 1;

		if (strncmp(argv[i], "tls", 3) == 0)
			r.tls = *value == 'l' ? SMTP_TLS_ALWAYS : SMTP_TLS_NEVER;
		else if (strncmp(argv[i], "ca", 2) == 0)
			r.ca_file = value;
		else if (strncmp(argv[i], "user", 4) == 0)
			r.username = value;
		else if (strncmp(argv[i], "pass", 4) == 0)
			r.password = value;
		else if (strncmp(argv[i], "hello", 5) == 0)
			r.hello = value;
		else
			r.timeout_ms = strtol(value, NULL, 10);
	}
	loop = loop_new();
	s = smtp_new(loop, &r, 4);
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "free") == 0) {
			timer_set(loop, &tick, 500, on_tick, NULL);
			loop_run(loop);
			smtp_free(s);
			s = NULL;
			show(n);
			n = 0;
		} else if (*line) {
			add(s, line, n++);
		} else {
			loop_run(loop);
			show(n);
			n = 0;
		}
	}
	smtp_free(s);
	loop_free(loop);
	return 0;
}
