/*
 * origin.h - what of a mail's header is kept for those who answer it, or report what became of it.
 */
#ifndef BRIDGE_ORIGIN_H
#define BRIDGE_ORIGIN_H

struct msg;
struct verdict;

/*
 * Read the header of the mail in the file open at fd (from offset 0, any line ends) and fill in m:
 *   in_reply_to, references  message ids, at most SAFE_REFERENCES (safe.h) of them
 *   automatic                by classify.h, or by a null sender
 *   urgent                   by Priority, Importance or X-Priority
 *   head                     the header for a report's third part (RFC 6522 section 4): no Bcc, which
 *                            is between its author and each reader, and no traces of its way, which
 *                            are long; at most MSG_MAX_HEAD bytes, lines ended by LF
 * m has its subject and text already. Memory is bounded. 0, or -1 and *v (LATER: it cannot be read;
 * NEVER 5.4.6: it has more than 50 fields Received).
 */
int origin_read(struct msg *m, int fd, struct verdict *v);

#endif
