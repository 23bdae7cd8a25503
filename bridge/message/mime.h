/*
 * mime.h - a mail parsed with GMime, which stays in mime.c.
 */
#ifndef BRIDGE_MIME_H
#define BRIDGE_MIME_H

#include <stddef.h>

struct msg;
struct verdict;

enum {
	MIME_MAX_PARTS = 1000, /* what lies behind that many boundaries is not looked at */
	MIME_MAX_DEPTH = 50,
};

/* Call once before any other thread uses mime_*. */
void mime_start(void);
/*
 * Read the mail in the file open at fd (from offset 0, any line ends) and fill m's subject, text
 * (see flatten.h), message_id and date. Memory stays bounded whatever the mail holds: the file is
 * read as a stream, text beyond MSG_MAX_TEXT is left out. Thread-safe.
 * 0, or -1 and *v: NEVER 5.6.0 when nothing at all can be made of it.
 */
int mime_read(struct msg *m, int fd, struct verdict *v);

#endif
