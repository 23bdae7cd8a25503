/*
 * returned.h - a mail that comes to a return path of ours: a mail server's report about a mail that
 * Trivium made.
 */
#ifndef MILTER_RETURNED_H
#define MILTER_RETURNED_H

struct msg;
struct verdict;

/*
 * Read the report in the file open at fd and put what it says into m for the bridge: action
 * ("failed", "delayed", "delivered", "relayed", "automatic"), report (the fields Status and
 * Diagnostic-Code), text (a line for people). 0, or -1 and *v: LATER when it cannot be read; NEVER
 * 5.7.1 when a person seems to have written it.
 */
int returned_read(struct msg *m, int fd, struct verdict *v);

#endif
