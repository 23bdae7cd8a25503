/*
 * report.h - what became of a message, made a message to whoever wrote it: a delivery status
 * notification for mail (RFC 3464), a short text for a phone, a text for an IM user.
 */
#ifndef BRIDGE_FLOW_REPORT_H
#define BRIDGE_FLOW_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct job;
struct msg;

/* What is told; all of it is lent. */
struct report_about {
	const struct msg *msg;   /* the whole message, without its recipients; NULL: it is gone */
	struct job *const *jobs; /* with news, of one message, at least one */
	size_t n;
	const char *hostname; /* ours */
	/* By which protocol a transport speaks, "parlayx": whose words its codes are. NULL:
	 * unknown. */
	const char *(*driver)(void *arg, const char *transport);
	void *arg;
};

/*
 * The report, for msg_free(), to the message's sender, from nobody (the null sender), so that none
 * is ever sent about it. `once` names what it tells, so that the queue takes it once. It says
 * nothing that a stranger wrote but as one line of text.
 */
struct msg *report_new(const struct report_about *a);
/* The action of the gravest news: "failed", "delayed", … */
const char *report_gravest(const struct report_about *a);
/* For report_new(): append the fields of a message/delivery-status (RFC 3464, 2), lines ending in
 * LF. */
void report_fields(const struct report_about *a, struct buf *out);
/* Likewise: append the mail as far as we have it, as a message/rfc822 of 7 bits: the header but for
 * what says how the body was written, and the text in quoted-printable (RFC 2045, 6.7). */
void report_mail(const struct msg *m, struct buf *out);
/* "failed", "delayed", …: the word of RFC 3464, 2.3.3, for what is news of a job. */
const char *report_action(const struct job *j);
/* The news' status code, RFC 3463, in a class that goes with them. Lent by the job, or static. */
const char *report_status(const struct job *j);

#endif
