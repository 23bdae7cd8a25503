/*
 * bouncer.c - bounce.h by hand, for t/25-bounce.t: the mails in the files named, each behind its
 * envelope sender ("-": the null one), one line each: "IS DSN CODE|TEXT".
 */
#include "bridge/message/bounce.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/verdict.h"
#include "bridge/message/mime.h"

int
main(int argc, char **argv)
{
	mime_start();
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *sender = strcmp(argv[i], "-") == 0 ? "" : argv[i];
		int fd = open(argv[i + 1], O_RDONLY | O_CLOEXEC);
		struct bounce b;
		struct verdict v;

		if (bounce_read(fd, sender, &b, &v) < 0)
			printf("ERROR %s\n", v.text);
		else
			printf("%s %s %s|%s\n", bounce_word(b.is), b.dsn, b.code, b.text);
		close(fd);
	}
	return 0;
}
