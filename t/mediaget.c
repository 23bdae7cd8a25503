/*
 * mediaget.c - media.h by hand, for t/26-media.t: what media the mail on stdin has, a line each: type,
 * name, bytes, the MD5 of them, with tabs between; then the lines about what is missing.
 */
#include "bridge/message/media.h"

#include <stdio.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/verdict.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"

int
main(void)
{
	struct msg *m = msg_new();
	struct verdict v;
	struct buf missing;
	int rc;

	mime_start();
	buf_init(&missing, 4096);
	if ((rc = media_read(m, STDIN_FILENO, MEDIA_SHOWN, &missing, &v)) < 0)
		fprintf(stderr, "%s\n", v.text);
	for (size_t i = 0; i < m->nparts; i++) {
		unsigned char digest[DIGEST_MOST];
		char hex[DIGEST_HEX];

		digest_hex(digest, digest_of(DIGEST_MD5, m->parts[i].bytes, m->parts[i].len, digest), hex);
		printf("%s\t%s\t%zu\t%s\n", m->parts[i].type, m->parts[i].name, m->parts[i].len, hex);
	}
	fputs(buf_str(&missing), stdout);
	buf_free(&missing);
	msg_free(m);
	return rc < 0;
}
