/*
 * show.c - `triviumctl show`: all that is known of a message and of each recipient's fate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "bridge/base/mem.h"
#include "bridge/ctl/ask.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"
#include "bridge/message/msg.h"

static void
line(const char *indent, const char *name, const char *text)
{
	if (!*text)
		return;
	printf("%s%-12s", indent, name);
	print_text(stdout, text);
	putchar('\n');
}

/* A time, and how far it is from now. */
static void
time_line(const char *indent, const char *name, int64_t at)
{
	char text[PRINT_TIME], span[PRINT_TIME];
	int64_t now = time(NULL);

	printf("%s%-12s%s (%s%s%s)\n", indent, name, print_time(at, text), at > now ? "in " : "",
	    print_span(at > now ? at - now : now - at, span), at > now ? "" : " ago");
}

static void
show_message(const struct value *job)
{
	printf("%s\n", value_text(job, "id"));
	line("  ", "from", value_text(job, "from"));
	line("  ", "message-id", value_text(job, "message_id"));
	line("  ", "mta", value_text(job, "mta_id"));
	line("  ", "client", value_text(job, "client"));
	line("  ", "login", value_text(job, "login"));
	time_line("  ", "arrived", value_number(job, "arrived"));
	printf("  %-12s%lld bytes\n", "size", (long long)value_number(job, "size"));
	printf("  %-12s%lld\n", "recipients", (long long)value_number(job, "of"));
}

static bool
is_final(const char *state)
{
	static const char *const open[] = { "queued", "sending", "uncertain", "held" };

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (strcmp(state, open[i]) == 0)
			return false;
	return true;
}

static void
show_recipient(const struct value *job)
{
	const char *to = value_text(job, "to"), *given = value_text(job, "given");
	const char *state = value_text(job, "state");
	int64_t due = value_number(job, "due"), probe = value_number(job, "probe");
	char at[PRINT_TIME];

	printf("\n  %s/%lld\n", value_text(job, "id"), (long long)value_number(job, "rcpt"));
	line("    ", "to", to);
	line("    ", "given", given);
	line("    ", "transport", value_text(job, "transport"));
	line("    ", "as", value_text(job, "how"));
	line("    ", "state", state);
	if (!strcmp(state, "queued") && value_has(job, "due"))
		time_line("    ", "next try", (probe > due ? probe : due) / 1000);
	line("    ", "waits", value_text(job, "waits"));
	if (value_true(job, "awaits"))
		time_line("    ", "report by", value_number(job, "report_by") / 1000);
	if (!is_final(state))
		time_line("    ", "expires", value_number(job, "expires"));
	printf("    %-12s%lld sent, %lld counted, %lld of unknown outcome\n", "tries",
	    (long long)value_number(job, "sends"), (long long)value_number(job, "tries"),
	    (long long)value_number(job, "unknowns"));
	if (value_has(job, "parts"))
		printf("    %-12s%lld, %lld of them sent, %lld delivered\n", "messages",
		    (long long)value_number(job, "parts"), (long long)value_number(job, "taken"),
		    (long long)value_number(job, "delivered"));
	line("    ", "correlator", value_text(job, "correlator"));
	line("    ", "request", value_text(job, "request"));
	for (size_t i = 0; i < value_count(job, "history"); i++) {
		const struct value *e = value_at(job, "history", i);

		printf("    %s  ", print_time(value_number(e, "time"), at));
		printf("%-10s", value_text(e, "state"));
		if (*value_text(e, "text")) {
			fputs("  ", stdout);
			print_text(stdout, value_text(e, "text"));
		}
		putchar('\n');
	}
}

/* The recipient in "ID/RCPT", which is cut to ID; -1 when it is not of that form. */
static long
cut_rcpt(char *what)
{
	char *end, *slash = what + MSG_ID - 1;
	long rcpt;

	if (strlen(what) <= MSG_ID - 1 || *slash != '/')
		return -1;
	rcpt = strtol(slash + 1, &end, 10);
	*slash = '\0';
	if (msg_id_time(what) >= 0 && end > slash + 1 && !*end && rcpt >= 0)
		return rcpt;
	*slash = '/';
	return -1;
}

int
ctl_show(struct ctl *c, char **words)
{
	char *what = xstrdup(words[0]);
	const char *const parameters[] = { "what", what, NULL };
	const char *message = "";
	long rcpt = cut_rcpt(what);
	struct value *answer = NULL;
	int rc = ask(c, false, "/show", parameters, &answer);

	for (size_t i = 0; rc == 0 && i < value_count(answer, "jobs"); i++) {
		const struct value *job = value_at(answer, "jobs", i);

		if (rcpt >= 0 && value_number(job, "rcpt") != rcpt)
			continue;
		if (c->json) {
			value_print(job);
			message = value_text(job, "id");
			continue;
		}
		if (strcmp(message, value_text(job, "id")) != 0) {
			if (*message)
				putchar('\n');
			show_message(job);
		}
		message = value_text(job, "id");
		show_recipient(job);
	}
	if (rc == 0 && value_true(answer, "more"))
		ctl_error(c, 0, "there are more; ask for one message by its id");
	if (rc == 0 && !*message)
		rc = ctl_error(c, EX_NOINPUT, "no such recipient");
	ask_free(answer);
	free(what);
	return rc;
}
