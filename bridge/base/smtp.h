/*
 * smtp.h - mail out by SMTP (RFC 5321), on libcurl, which stays in smtp.c: many mails side by side on
 * the loop, connections kept between them.
 *
 * A mail goes to one recipient of one relay, so that each can fail alone. What is sent is 7 bit, as
 * its maker has encoded it; SMTPUTF8 (RFC 6531) is asked for where an address needs it and the relay
 * offers it. The relay's own words stand in the verdict.
 */
#ifndef BRIDGE_SMTP_H
#define BRIDGE_SMTP_H

#include <stddef.h>

struct loop;
struct smtp;
struct verdict;

enum smtp_tls {
	SMTP_TLS_AUTO,	 /* STARTTLS where it is offered, whoever it is that offers it */
	SMTP_TLS_ALWAYS, /* STARTTLS, and the relay proves who it is; else nothing is sent */
	SMTP_TLS_NEVER,
};

/* A relay, and how it is spoken to. Lent, and so are all strings, as long as mails go there. */
struct smtp_relay {
	const char *url;   /* "smtp://host:port" or "smtps://host:port" */
	const char *hello; /* our name in EHLO; "": this machine's */
	enum smtp_tls tls; /* with smtps:// it is always TLS, verified */
	const char *ca_file;		 /* trust these instead of the system's; "": the system's */
	const char *username, *password; /* AUTH (RFC 4954); "": none */
	long timeout_ms, connect_timeout_ms;
};

struct smtp_mail {
	const char *from; /* envelope sender, without <>; "": the null sender. Copied */
	const char *to;	  /* envelope recipient, without <>. Copied */
	const char *bytes; /* the mail, lines ended by CR LF; lent until on_end */
	size_t len;
};

/* A client on the loop, keeping at most max_idle connections open between mails. */
struct smtp *smtp_new(struct loop *l, const struct smtp_relay *relay, long max_idle);
/* Ends what is under way: each on_end is called with LATER, or UNKNOWN when all of it went out.
 * Accepts NULL. */
void smtp_free(struct smtp *s);
/*
 * Send a mail. on_end(arg, v) is called exactly once, never from inside this call:
 *   DONE     the relay has taken it; the text is its reply ("250 2.0.0 Ok: queued as 4Xyz")
 *   LATER    4xx, or the connection was lost on the way; `whole` when it is the relay's trouble (no
 *            connection, no TLS, login refused, 421, a greeting that refuses), not this mail's
 *   NEVER    5xx for this mail, with the relay's enhanced status code (RFC 2034) and words; also an
 *            address that cannot be said in SMTP
 *   UNKNOWN  all of it went out, and the connection was lost before the relay's reply to the end
 */
void smtp_send(struct smtp *s, const struct smtp_mail *m,
    void (*on_end)(void *arg, const struct verdict *v), void *arg);

#endif
