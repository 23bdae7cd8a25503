/*
 * transport_mail.c - the transport named "mail".
 *
 * Each recipient gets a mail of its own, with an envelope sender of its own, to which a bounce comes
 * back (see returnpath.h); a report has the null sender, so that nothing comes back of it. When the
 * relay's answer to the whole mail is lost the mail is sent again, by the queue's rules: with the same
 * Message-ID, by which mail programs and many servers know it for the same.
 */
#include "bridge/flow/transport_mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/smtp.h"
#include "bridge/base/url.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/transport.h"
#include "bridge/message/compose.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"
#include "bridge/message/returnpath.h"
#include "bridge/store/queue.h"

enum {
	MAX_IDLE = 16,
	FOR_EVER = 1000000, /* a mail of unknown outcome is always sent again: it costs nothing */
};

struct mail {
	struct mail_settings settings;
	struct smtp_relay relay;
	struct compose compose;
	int tls;
	const struct returnpath *sign;
	struct smtp *smtp;
};

/* One mail under way. */
struct sending {
	struct transport *t;
	struct job *job;
	struct buf mail;
};

const struct setting mail_rows[] = {
	{ "relay", CONF_STRING, offsetof(struct mail, settings.relay), "", NULL, NULL,
	    "where mail made by Trivium is injected: smtp://host:port or smtps://host:port; empty: no "
	    "mail goes out" },
	{ "domain", CONF_STRING, offsetof(struct mail, settings.domain), "", NULL, NULL,
	    "the domain of phones' mail addresses" },
	{ "im_domain", CONF_STRING, offsetof(struct mail, settings.im_domain), "", NULL, NULL,
	    "the domain of IM users' mail addresses; empty: they have none" },
	{ "postmaster", CONF_STRING, offsetof(struct mail, settings.postmaster), "", NULL, NULL,
	    "who answers for Trivium's reports; empty: nobody is named" },
	{ "tls", CONF_CHOICE, offsetof(struct mail, tls), "auto", "auto always never", NULL,
	    "whether the relay is spoken to by STARTTLS" },
	{ "ca_file", CONF_STRING, offsetof(struct mail, relay.ca_file), "", NULL, NULL,
	    "a file of certificates to trust instead of the system's" },
	{ "username", CONF_STRING, offsetof(struct mail, relay.username), "", NULL, NULL,
	    "the login at the relay; empty: none" },
	{ "password_file", CONF_SECRET, offsetof(struct mail, relay.password), "", NULL, NULL,
	    "the file whose first line is the password" },
	{ "hello", CONF_STRING, offsetof(struct mail, relay.hello), "", NULL, NULL,
	    "our name in EHLO; empty: this machine's" },
	{ "timeout", CONF_TIME, offsetof(struct mail, relay.timeout_ms), "5 m", "1 s", "1 h",
	    "how long one mail may take" },
	{ "connect_timeout", CONF_TIME, offsetof(struct mail, relay.connect_timeout_ms), "30 s",
	    "100ms", "5 m", "how long connecting may take" },
	{ 0 },
};

const struct setting mail_pump_rows[] = {
	{ "concurrency", CONF_INT, offsetof(struct pump_settings, concurrency), "10", "1", "1000",
	    "mails under way to the relay at a time" },
	{ "rate", CONF_INT, offsetof(struct pump_settings, rate), "0", "0", "100000",
	    "mails a second; 0: no limit" },
	{ "unknown_wait", CONF_TIME, offsetof(struct pump_settings, unknown_wait), "30 s", "10 ms",
	    "1 d", "how long a mail whose fate is unknown waits before it is sent again" },
	{ 0 },
};

void
mail_pump_settings(const struct section *section, struct pump_settings *s)
{
	*s = (struct pump_settings){
		.driver = transport_mail.name,
		.style = { .text = true, .segments = 1 },
		.numbers = "",
		.on_unknown = PUMP_RETRY,
		.unknown_tries = FOR_EVER,
	};
	section_fill(section, mail_pump_rows, s);
}

bool
mail_is_wanted(const struct section *section)
{
	struct mail mail;

	section_fill(section, mail_rows, &mail);
	return *mail.settings.relay != '\0';
}

static int
is_domain(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-.");

	return n > 0 && n < 256 && !s[n] && s[0] != '.' && s[n - 1] != '.' && !strstr(s, "..");
}

static int
check(const struct mail *mail, struct verdict *v)
{
	const char *relay = mail->settings.relay;
	const char *secure = strncmp(relay, "smtps://", 8) == 0 ? relay + 8 : NULL;
	const char *host = secure ? secure : strncmp(relay, "smtp://", 7) == 0 ? relay + 7 : "";

	/* libcurl would take a name and password there, and a path for our name. */
	if (!*host || strpbrk(host, "/@ \t") || !url_is(relay, "smtp", "smtps"))
		return never(v, "5.3.5", "relay must be smtp://host:port or smtps://host:port");
	if (!is_domain(mail->settings.domain))
		return never(v, "5.3.5", "domain must be a domain, in lower case, where there is a relay");
	if (*mail->settings.im_domain && !is_domain(mail->settings.im_domain))
		return never(v, "5.3.5", "im_domain must be a domain, in lower case");
	if (*mail->relay.hello && mail->relay.hello[strcspn(mail->relay.hello, "/?# \t")])
		return never(v, "5.3.5", "hello must be a host's name");
	if (*mail->relay.username && !secure && mail->tls == SMTP_TLS_AUTO)
		return never(v, "5.3.5", "with username, tls must be always (or never, knowingly): the "
		    "password would go to whoever answers");
	return 0;
}

static int
mail_open(struct transport *t, const struct section *section, struct verdict *v)
{
	struct mail *mail = xcalloc(1, sizeof *mail);

	section_fill(section, mail_rows, mail);
	if (check(mail, v) < 0) {
		free(mail);
		return -1;
	}
	mime_start();
	mail->relay.url = mail->settings.relay;
	mail->relay.tls = (enum smtp_tls)mail->tls;
	mail->compose.domains.phones = mail->settings.domain;
	mail->compose.domains.im = mail->settings.im_domain;
	mail->compose.postmaster = mail->settings.postmaster;
	mail->smtp = smtp_new(t->loop, &mail->relay, MAX_IDLE);
	t->state = mail;
	return done(v, "2.0.0", "ready");
}

const struct mail_settings *
transport_mail_settings(const struct transport *t)
{
	const struct mail *mail = t->state;

	return &mail->settings;
}

void
transport_mail_sign(struct transport *t, const struct returnpath *r)
{
	struct mail *mail = t->state;

	mail->sign = r;
}

static void
sending_end(struct sending *s, const struct verdict *v)
{
	struct transport *t = s->t;
	struct job *job = s->job;

	buf_free(&s->mail);
	free(s);
	finish(t, job, v, NULL);
}

static void
on_sent(void *arg, const struct verdict *v)
{
	sending_end(arg, v);
}

/* What a person wrote comes from where a bounce about it goes; of the rest nothing may come back. */
static void
envelope_sender(const struct mail *mail, const struct job *job, char out[ADDR_MAILBOX])
{
	char local[RETURNPATH_LOCAL];

	*out = '\0';
	if (job->msg->about || job->msg->automatic || !mail->sign)
		return;
	returnpath_make(mail->sign, job->correlator, local);
	snprintf(out, ADDR_MAILBOX, "%s@%s", local, mail->settings.domain);
}

static void
mail_send(struct transport *t, struct job *job, const char *text)
{
	const struct mail *mail = t->state;
	struct sending *s = xcalloc(1, sizeof *s);
	char from[ADDR_MAILBOX], to[ADDR_MAILBOX];
	struct smtp_mail m = { .from = from, .to = to };
	struct verdict v;

	(void)text; /* is cut for an SMS; a mail has the whole text */
	s->t = t;
	s->job = job;
	buf_init(&s->mail, COMPOSE_MAX);
	if (mailbox_of(job_rcpt(job)->to, &mail->compose.domains, to, &v) < 0 ||
	    compose(job->msg, &mail->compose, &s->mail, &v) < 0) {
		sending_end(s, &v);
		return;
	}
	envelope_sender(mail, job, from);
	m.bytes = s->mail.data;
	m.len = s->mail.len;
	smtp_send(mail->smtp, &m, on_sent, s);
}

static void
mail_close(struct transport *t)
{
	struct mail *mail = t->state;

	/* It calls on_sent() for what is under way, so every job gets its verdict. */
	smtp_free(mail->smtp);
	free(mail);
	t->state = NULL;
}

const struct transport_driver transport_mail = {
	.name = "smtp",
	.carries = MSG_MAIL,
	.settings = mail_rows,
	.open = mail_open,
	.send = mail_send,
	.close = mail_close,
};
