/*
 * scanlook.c - shows messages to scanners, for the script tests.
 *
 *	scanlook ANTIVIRUS ANTISPAM AWAY TIMEOUT SIZE
 *
 * says "ready", or why not, and then for each line of standard input how a message is judged
 *("clean", or "DSN TEXT"). A line is: mail PATH	a mail that came from ann@example.org to
 *+4915550001 parts PATH...	an MMS of a phone with these parts text WORDS	a message of an IM
 *user sms WORDS	an SMS
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "bridge/store/scan.h"

static void
add_part(struct msg *m, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		exit(2);
	bytes = xcalloc(1, (size_t)st.st_size + 1);
	if (read(fd, bytes, (size_t)st.st_size) != st.st_size)
		exit(2);
	close(fd);
	msg_add_part(m, "image/jpeg", NULL, bytes, (size_t)st.st_size);
	free(bytes);
}

static int
look(struct scan *s, struct msg *m, const char *kind, char *rest, struct verdict *v)
{
	struct stat st;
	int fd, rc;

	m->from = strcmp(kind, "mail") == 0   ? "mailto:ann@example.org"
		  : strcmp(kind, "text") == 0 ? "xmpp:juliet@capulet.example"
					      : "tel:+4915550002";
	m->text = "";
	msg_add_rcpt(m, "+4915550001@sms.example.com");
	if (strcmp(kind, "parts") == 0)
		for (char *p = strtok(rest, " "); p; p = strtok(NULL, " "))
			add_part(m, p);
	else if (strcmp(kind, "mail") != 0)
		m->text = rest;
	if (strcmp(kind, "mail") != 0)
		return scan_wants(s, m, false) ? scan_message(s, m, -1, 0, v) : 0;
	fd = open(rest, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		exit(2);
	rc = scan_message(s, m, fd, (size_t)st.st_size, v);
	close(fd);
	return rc;
}

int
main(int argc, char **argv)
{
	struct scan_settings set;
	static char line[65536];
	struct verdict v;
	struct scan *s;

	if (argc != 6)
		return 64;
	signal(SIGPIPE, SIG_IGN);
	log_open("scanlook", false);
	set = (struct scan_settings){ .antivirus = argv[1], .antispam = argv[2],
		.away = strcmp(argv[3], "pass") == 0 ? SCAN_PASS : SCAN_TEMPFAIL, .timeout = atol(argv[4]),
		.size = atol(argv[5]), .spam_size = atol(argv[5]) };
	s = scan_open(&set, &v);
	if (!s || scan_start(s, &v) < 0) {
		printf("%s %s\n", v.dsn, v.text);
		scan_close(s);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		char *rest = strchr(line, ' ');
		struct msg *m = msg_new();

		line[strcspn(line, "\n")] = '\0';
		if (rest)
			*rest++ = '\0';
		if (look(s, m, line, rest ? rest : line + strlen(line), &v) == 0)
			puts("clean");
		else
			printf("%s %s\n", v.dsn, v.text);
		fflush(stdout);
		msg_free(m);
	}
	scan_close(s);
	return 0;
}
