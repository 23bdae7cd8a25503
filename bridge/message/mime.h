/*
 * mime.h - what a mail says: its fields, and its parts as one text.
 */
#ifndef BRIDGE_MIME_H
#define BRIDGE_MIME_H

#include <stdbool.h>

#include <stddef.h>

struct buf;
struct msg;
struct verdict;

enum {
	MIME_MAX_PARTS = 1000, /* what lies behind that many boundaries is not looked at */
	MIME_MAX_DEPTH = 50,
	MIME_MAX_FULL = 4 << 20, /* bytes of text that mime_full()'s callers ask for at most */
};

/* Call once before any other thread uses mime_*. */
void mime_start(void);
/*
 * Read the mail in the file open at fd (from offset 0, any line ends) and fill m's subject, name,
 * text (see flatten.h), message_id and date. Memory stays bounded whatever the mail holds: the file
 * is read as a stream, text beyond MSG_MAX_TEXT is left out. *attached (unless NULL): whether there
 * are attachments. Thread-safe. 0, or -1 and *v: NEVER 5.6.0 when nothing at all can be made of it.
 */
int mime_read(struct msg *m, int fd, bool *attached, struct verdict *v);

/*
 * The whole text that a reader of the mail would see as its body, quotes and signatures included,
 * attachments not, into *out: as much as its maximum allows; it must be empty, and is the caller's
 * to free, whatever is returned. fd and failures are as for mime_read(). Thread-safe.
 */
int mime_full(int fd, struct buf *out, struct verdict *v);
/*
 * The fields a reader would see, as lines into out, decoded to UTF-8: "From: …", "To: …",
 * "Subject: …", as far as they are there, and "Attachment: NAME (type/subtype)" for each attachment
 * in the order of the mail. As for mime_full() else.
 */
int mime_headers(int fd, struct buf *out, struct verdict *v);

#endif
