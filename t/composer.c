/*
 * composer.c - a message as msg_format() writes it, from stdin, made a mail on stdout, for
 * t/24-compose.t. With "-n COUNT" it is composed that often and the time is told instead.
 */
#include "bridge/message/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/loop.h"
#include "bridge/base/verdict.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"

static const struct compose settings = {
	.domains = { .phones = "sms.example.com", .im = "im.example.com" },
	.postmaster = "postmaster@example.com",
};

static struct msg *
read_message(void)
{
	struct buf in;
	char piece[65536];
	struct verdict v;
	struct msg *m;
	size_t n;

	buf_init(&in, MSG_MAX_FORMATTED);
	while ((n = fread(piece, 1, sizeof piece, stdin)) > 0)
		buf_add(&in, piece, n);
	m = msg_parse(buf_str(&in), in.len, &v);
	if (!m)
		fprintf(stderr, "%s %s\n", v.dsn, v.text);
	buf_free(&in);
	return m;
}

int
main(int argc, char **argv)
{
	long count = argc == 3 && strcmp(argv[1], "-n") == 0 ? strtol(argv[2], NULL, 10) : 1;
	int64_t start = loop_ms();
	struct verdict v;
	struct buf out;
	struct msg *m;
	int rc = 1;

	mime_start();
	if (!(m = read_message()))
		return 1;
	for (long i = 0; i < count; i++) {
		buf_init(&out, COMPOSE_MAX);
		rc = compose(m, &settings, &out, &v);
		if (count == 1 && rc == 0)
			fwrite(out.data, 1, out.len, stdout);
		buf_free(&out);
	}
	if (rc < 0)
		fprintf(stderr, "%s %s\n", v.dsn, v.text);
	else if (count > 1)
		printf("%.0f\n", (double)count * 1000 / (double)(loop_ms() - start + 1));
	msg_free(m);
	return rc < 0;
}
