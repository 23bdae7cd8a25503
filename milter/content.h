/*
 * content.h - what a mail for phones and IM users says, made part of its message.
 */
#ifndef MILTER_CONTENT_H
#define MILTER_CONTENT_H

#include <stdbool.h>

struct msg;
struct verdict;

/*
 * Read the mail in the file open at fd into m, whose recipients have their ways: text, subject, name,
 * date and ids, what kind of mail it is, its header for reports, and for an IM user or a report that
 * returns all of it (RET=FULL) the whole text. When `trimmed`, the text holds the new words only.
 * 0, or -1 and *v: NEVER 5.6.0 when it shows nothing.
 */
int content_read(struct msg *m, int fd, bool trimmed, struct verdict *v);

#endif
