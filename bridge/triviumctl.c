/*
 * triviumctl.c - the administrator's tool: its options and the list of its commands, each of which
 * is in bridge/ctl/.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/conf.h"
#include "bridge/base/daemon.h"
#include "bridge/base/http.h"
#include "bridge/base/log.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"

static const struct command {
	const char *name, *words;
	int least, most; /* how many words */
	int (*run)(struct ctl *c, char **words);
	const char *what;
	bool json; /* it takes --json */
} commands[] = {
	{ "queue", "", 0, 0, ctl_queue, "list what waits", true },
	{ "show", "ID", 1, 1, ctl_show, "all about a message; also by Message-ID or request", true },
	{ "retry", "ID... | ALL", 1, 10000, ctl_order, "try now instead of when it is due", false },
	{ "hold", "ID... | ALL", 1, 10000, ctl_order, "do not try until released", false },
	{ "release", "ID... | ALL", 1, 10000, ctl_order, "try what was held", false },
	{ "cancel", "ID... | ALL", 1, 10000, ctl_order, "give up; nobody is told", false },
	{ "transports", "", 0, 0, ctl_transports, "how each transport does", true },
	{ "probe", "NAME", 1, 1, ctl_probe, "look now whether a paused transport is back", false },
	{ "backup", "DIR", 1, 1, ctl_backup, "copy the queue to a new directory", false },
	{ "consent", "[NUMBER]", 0, 1, ctl_consent, "what phones have said of whose messages they want", true },
	{ "users", "[export | import FILE]", 0, 2, ctl_users, "what users have registered; as text, out and in", true },
	{ "forget", "[--consent] ADDRESS...", 1, 100, ctl_forget, "remove what is kept of a person", false },
	{ "doctor", "[SENDMAIL.CF]", 0, 1, ctl_doctor, "look at the whole installation", true },
	{ "map", "NAME | TYPE:FILE", 1, 1, ctl_map, "make a table from its text", false },
	{ "preview", "FILE | -", 1, 110, ctl_preview, "what phones would get of a mail", false },
	{ "segments", "TEXT... | - | --batch", 1, 10000, ctl_segments,
	    "how a text goes into SMS", false },
	{ "trace", "[FROM] TO [PROOFS]", 1, 3, ctl_trace,
	    "how a recipient is resolved, and whether FROM may write there", true },
	{ NULL, NULL, 0, 0, NULL, NULL, false },
};

static void
usage(FILE *to)
{
	fprintf(to, "usage: triviumctl [-c FILE] [-s SOCKET] COMMAND ...\n");
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %-10s %-22s %s\n", c->name, c->words, c->what);
	fprintf(to,
	    "ID is a message's, or with /RCPT one recipient's\n"
	    "queue, show, transports, consent, users, doctor, trace and preview take --json: a line for each thing\n"
	    "preview takes --only WORD, or --to ADDRESS ...\n"
	    "segments takes --lang NAMES, --ref16, --separate, --smart and --ucs2\n"
	    "  -c FILE    read this configuration (default %s/trivium.conf)\n"
	    "  -s SOCKET  ask triviumd there, \"unix:/path\", whatever the configuration says\n"
	    "  -h, -V     show this, or the version\n",
	    SYSCONFDIR);
}

int
ctl_error(const struct ctl *c, int code, const char *format, ...)
{
	char text[2000];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fprintf(stderr, "triviumctl: %s: ", c->command);
	print_text(stderr, text);
	fputc('\n', stderr);
	return code;
}

/* Take --json out of the words. Returns how many are left. */
static int
take_json(struct ctl *c, int n, char **words)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		if (strcmp(words[i], "--json") == 0)
			c->json = true;
		else
			words[kept++] = words[i];
	}
	words[kept] = NULL;
	return kept;
}

static int
run(struct ctl *c, int n, char **words)
{
	const struct command *command = commands;

	if (n < 1) {
		usage(stderr);
		return EX_USAGE;
	}
	while (command->name && strcmp(command->name, words[0]) != 0)
		command++;
	if (!command->name) {
		fputs("triviumctl: unknown command: ", stderr);
		print_text(stderr, words[0]);
		fputc('\n', stderr);
		usage(stderr);
		return EX_USAGE;
	}
	if (command->json)
		n = take_json(c, n, words);
	if (n - 1 < command->least || n - 1 > command->most) {
		fprintf(stderr, "usage: triviumctl %s %s\n", command->name, command->words);
		return EX_USAGE;
	}
	c->command = command->name;
	return command->run(c, words + 1);
}

int
main(int argc, char **argv)
{
	struct ctl c = { .file = SYSCONFDIR "/trivium.conf", .command = "" };
	int option, rc;

	/* The '+': what stands behind the command is the command's, even when it begins with '-'.
	 */
	while ((option = getopt(argc, argv, "+c:s:hV")) != -1) {
		switch (option) {
		case 'c':
			c.file = optarg;
			break;
		case 's':
			c.socket = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("triviumctl " TRIVIUM_VERSION);
			return 0;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	log_open("triviumctl", false);
	rc = run(&c, argc - optind, argv + optind);
	http_caller_free(c.http);
	conf_free(c.conf);
	if (fflush(stdout) || ferror(stdout)) {
		perror("triviumctl: standard output");
		return rc ? rc : EX_IOERR;
	}
	return rc;
}
