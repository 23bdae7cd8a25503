/*
 * flatten.c - show what mime_read() makes of the mails in the files named: date, message-id,
 * subject, an empty line, the text. With -r REPEAT, read each so often and show the time of one
 * reading instead; with -m, show by how many kB reading made the process grow.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bridge/base/verdict.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"

/* ru_maxrss would also count the process that started this one. */
static long
peak_kb(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kb = -1;

	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmHWM: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static double
cpu_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static int
show(const char *path, int fd)
{
	struct msg *m = msg_new();
	struct verdict v;
	int rc = mime_read(m, fd, NULL, &v);

	if (rc < 0)
		printf("%s: %s %s\n", path, v.dsn, v.text);
	else
		printf("date: %s\nmessage-id: %s\nsubject: %s\n\n%s\n", m->date ? m->date : "",
		    m->message_id ? m->message_id : "", m->subject ? m->subject : "", m->text);
	msg_free(m);
	return rc;
}

static void
repeat(int fd, int times)
{
	double start = cpu_us();

	for (int i = 0; i < times; i++) {
		struct msg *m = msg_new();
		struct verdict v;

		mime_read(m, fd, NULL, &v);
		msg_free(m);
	}
	printf("%.1f us\n", (cpu_us() - start) / times);
}

int
main(int argc, char **argv)
{
	int c, times = 0, rc = 0;
	bool memory = false;
	long before;

	while ((c = getopt(argc, argv, "mr:")) != -1)
		switch (c) {
		case 'm':
			memory = true;
			break;
		case 'r':
			times = atoi(optarg);
			break;
		default:
			return 2;
		}
	mime_start();
	before = peak_kb();
	for (; optind < argc; optind++) {
		int fd = open(argv[optind], O_RDONLY | O_CLOEXEC);

		if (fd < 0) {
			perror(argv[optind]);
			return 2;
		}
		if (times)
			repeat(fd, times);
		else
			rc |= show(argv[optind], fd) < 0;
		close(fd);
	}
	if (memory)
		fprintf(stderr, "%ld kB\n", peak_kb() - before);
	return rc;
}
