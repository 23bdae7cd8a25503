/*
 * u-notice.c - what people and programs read in a report: one SMS for a phone, sentences and fields
 * for a mail, whatever strangers' words are in it.
 */
#include <ctype.h>
#include <stdlib.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/report.h"
#include "bridge/message/msg.h"
#include "bridge/message/text.h"
#include "bridge/store/job.h"
#include "t/tap.h"

/* A job of a message from somebody to somebody, of which something is to be told. */
static struct job *
job(const char *from, const char *to, enum job_news news, const char *dsn, const char *code,
    const char *said)
{
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, strchr(to, ':') + 1);
	struct job *j;

	snprintf(m->id, sizeof m->id, "01M888P2RY9K8GAAHQH23863CN");
	m->from = from;
	m->message_id = "<1@x>";
	m->arrived = 1795564800;
	m->via = "acme";
	m->called = "106901";
	r->to = to;
	r->transport = "acme";
	j = job_new(m, 0);
	msg_free(m);
	j->history = "1795564800 queued \n1795564860 failed x\n";
	j->expires = 1795651200;
	j->news = news;
	job_say(j, dsn, code, said);
	return j;
}

static const char *
driver_of(void *arg, const char *transport)
{
	(void)arg;
	return strcmp(transport, "acme") == 0 ? "parlayx" : NULL;
}

static struct msg *
report(struct job **jobs, size_t n, const struct msg *whole)
{
	const struct report_about a = { .msg = whole,
		.jobs = jobs,
		.n = n,
		.hostname = "gw.example.com",
		.driver = driver_of };

	return report_new(&a);
}

static const struct {
	const char *to;
	enum job_news news;
	const char *dsn, *code, *said;
	const char *text;
} phones[] = {
	{ "mailto:alice@example.com", NEWS_FAILED, "5.1.1", "smtp; 550 5.1.1 no", "no mailbox here",
	    "Not delivered to alice@example.com: there is no such address" },
	{ "mailto:alice@example.com", NEWS_FAILED, "5.9.9", "smtp; 550 strange", "",
	    "Not delivered to alice@example.com: 550 strange" },
	{ "mailto:alice@example.com", NEWS_FAILED, NULL, NULL, NULL,
	    "Not delivered to alice@example.com" },
	{ "mailto:alice@example.com", NEWS_FAILED, "rubbish", "x\r\ny", "a\nb\x01 c",
	    "Not delivered to alice@example.com: a b  c" },
	{ "mailto:alice@example.com", NEWS_FAILED, "4.4.7", NULL, "",
	    "Not delivered to alice@example.com: it could not be delivered in time" },
	{ "mailto:alice@example.com", NEWS_DELAYED, "4.2.2", NULL, "",
	    "Not delivered yet to alice@example.com: the mailbox is full" },
	{ "xmpp:bob@im.example.org", NEWS_DELIVERED, "2.1.5", NULL, "",
	    "Delivered to bob@im.example.org" },
	{ "mailto:alice@example.com", NEWS_RELAYED, "2.0.0", NULL, "",
	    "Handed on to alice@example.com" },
};

static void
test_phones(void)
{
	static const char *const scripts[] = { "x", "{", "\xc3\xa9", "\xe4\xbd\xa0",
		"\xf0\x9f\x98\x80", "\xff" };
	char words[2000];

	for (size_t i = 0; i < sizeof phones / sizeof phones[0]; i++) {
		struct job *j = job("tel:+49171", phones[i].to, phones[i].news, phones[i].dsn,
		    phones[i].code, phones[i].said);
		struct msg *m = report(&j, 1, NULL);

		is_str(m->text, phones[i].text, phones[i].text);
		msg_free(m);
		job_free(j);
	}
	/* However long and in whatever script, it is one SMS. */
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		struct job *j;
		struct msg *m;

		*words = '\0';
		while (strlen(words) < 1500)
			strcat(words, scripts[i]);
		j = job(
		    "tel:+49171", "mailto:alice@example.com", NEWS_FAILED, "5.0.0", NULL, words);
		m = report(&j, 1, NULL);
		is_int(text_measure(m->text, strlen(m->text)).segments, 1, "a long one is one SMS");
		ok(strncmp(m->text, "Not delivered to alice@", 23) == 0 && !m->report && !m->head &&
			!m->subject,
		    "and that is all");
		is_str(m->rcpts[0].to, "tel:+49171", "to the phone that wrote");
		ok(!strcmp(m->rcpts[0].transport, "acme") && !strcmp(m->rcpts[0].sender, "106901"),
		    "by its transport, from the number that it wrote to");
		msg_free(m);
		job_free(j);
	}
}

static void
test_several(void)
{
	struct job *jobs[3] = {
		job("tel:+49171", "mailto:a@x", NEWS_DELIVERED, "2.1.5", NULL, NULL),
		job("tel:+49171", "mailto:b@x", NEWS_FAILED, "5.1.1", NULL, NULL),
		job("tel:+49171", "mailto:c@x", NEWS_FAILED, "5.1.1", NULL, NULL),
	};
	struct msg *m = report(jobs, 3, NULL);

	is_str(m->text, "Not delivered to b@x and 1 more: there is no such address",
	    "a phone hears the worst, of all");
	is_str(m->action, "failed", "which is the report's action");
	ok(m->automatic && !strcmp(m->from, "mailto:") && !strcmp(m->about, jobs[0]->msg->id) &&
		!strcmp(m->in_reply_to, "<1@x>"),
	    "it is from nobody, about the message");
	msg_free(m);
	for (int i = 0; i < 3; i++)
		job_free(jobs[i]);
}

/* A field of a delivery-status; "" when it is not there, or is there twice. */
static const char *
field(const char *fields, const char *name)
{
	static char value[1000];
	size_t n = strlen(name);
	int found = 0;

	*value = '\0';
	for (const char *p = fields; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (strncmp(p, name, n) == 0 && p[n] == ':') {
			found++;
			snprintf(
			    value, sizeof value, "%.*s", (int)strcspn(p + n + 2, "\n"), p + n + 2);
		}
	}
	return found == 1 ? value : "";
}

static const struct {
	enum job_news news;
	const char *dsn, *code;
	const char *action, *status, *diagnostic;
} rows[] = {
	{ NEWS_FAILED, "5.1.1", "DeliveryImpossible", "failed", "5.1.1",
	    "X-Parlayx; DeliveryImpossible" },
	{ NEWS_FAILED, "4.4.7", NULL, "failed", "4.4.7", "" },
	{ NEWS_FAILED, "2.1.5", NULL, "failed", "5.0.0", "" },
	{ NEWS_FAILED, NULL, NULL, "failed", "5.0.0", "" },
	{ NEWS_FAILED, "5.1.1.1", NULL, "failed", "5.0.0", "" },
	{ NEWS_FAILED, "55.1.1", NULL, "failed", "5.0.0", "" },
	{ NEWS_FAILED, "5.1", NULL, "failed", "5.0.0", "" },
	{ NEWS_FAILED, "5.0.0", "smtp; 550 no", "failed", "5.0.0", "smtp; 550 no" },
	{ NEWS_FAILED, "5.0.0", "X-Parlayx; SVC0004", "failed", "5.0.0", "X-Parlayx; SVC0004" },
	{ NEWS_FAILED, "5.0.0", "a b; c", "failed", "5.0.0", "X-Parlayx; a b; c" },
	{ NEWS_FAILED, "5.0.0", "x\r\nAction: delivered", "failed", "5.0.0",
	    "X-Parlayx; x  Action: delivered" },
	{ NEWS_FAILED, "5.0.0", "\xe4\xbd\xa0\xff", "failed", "5.0.0",
	    "X-Parlayx; \\x{4F60}\\x{FFFD}" },
	{ NEWS_DELAYED, "4.4.1", NULL, "delayed", "4.4.1", "" },
	{ NEWS_DELAYED, "5.4.1", NULL, "delayed", "4.0.0", "" },
	{ NEWS_DELIVERED, "2.1.5", "DeliveredToTerminal", "delivered", "2.1.5",
	    "X-Parlayx; DeliveredToTerminal" },
	{ NEWS_RELAYED, "4.4.7", NULL, "relayed", "2.0.0", "" },
};

static void
test_fields(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct job *j =
		    job("mailto:a@x", "tel:+49171", rows[i].news, rows[i].dsn, rows[i].code, "");
		struct msg *m;

		j->msg->envid = "a+2Bb+0Ac+ZZ";
		j->msg->rcpts[0].orcpt = "rfc822;+2B49171@x\nX: y";
		m = report(&j, 1, NULL);
		is_str(field(m->report, "Action"), rows[i].action, "action");
		is_str(field(m->report, "Status"), rows[i].status, "status");
		is_str(field(m->report, "Diagnostic-Code"), rows[i].diagnostic, "diagnostic code");
		is_str(field(m->report, "Original-Envelope-Id"), "a+b c+ZZ", "ENVID is decoded");
		is_str(field(m->report, "Original-Recipient"), "rfc822;+2B49171@x X: y",
		    "ORCPT as given");
		is_str(field(m->report, "Final-Recipient"), "rfc822; +49171", "recipient");
		is_str(field(m->report, "Last-Attempt-Date"), "Wed, 25 Nov 2026 00:01:00 +0000",
		    "when");
		is_str(field(m->report, "Will-Retry-Until"),
		    rows[i].news == NEWS_DELAYED ? "Thu, 26 Nov 2026 00:00:00 +0000" : "",
		    "until when");
		is_str(field(m->report, "X"), "", "nothing else");
		msg_free(m);
		job_free(j);
	}
}

/* Every byte that a stranger may choose, in every place where it may stand. */
static void
test_hostile(void)
{
	static const char nasty[] = "\r\n\r\nx: y\n\x01\x7f\xff\xc3(\xe2\x80\xae<>\"\\\t";
	struct msg *whole = msg_new(), *m;
	struct job *j = job("mailto:a@x", "tel:+49171", NEWS_FAILED, nasty, nasty, nasty);
	bool ascii = true, fields = true;
	size_t blank = 0;

	whole->subject = whole->head = whole->text = nasty;
	j->msg->envid = nasty;
	j->msg->ret = "full";
	j->msg->rcpts[0].given = nasty;
	j->msg->rcpts[0].orcpt = nasty;
	m = report(&j, 1, whole);
	for (const char *p = m->report; *p; p++)
		ascii = ascii && (*p == '\n' || (*p >= ' ' && *p < 0x7f));
	ok(ascii, "fields are printable ASCII");
	for (const char *p = m->report; *p; p += strcspn(p, "\n") + 1) {
		blank += *p == '\n';
		fields = fields && (*p == '\n' || isupper((unsigned char)*p));
	}
	ok(blank == 1 && fields, "each line is a field of ours, and one blank line stands between");
	ok(m->nparts == 1 && !strcmp(m->parts[0].type, "message/rfc822"),
	    "the mail comes back with it");
	for (size_t i = 0; m->nparts && i < m->parts[0].len; i++)
		ascii = ascii && (m->parts[0].bytes[i] == '\n' || m->parts[0].bytes[i] == '\t' ||
				     (m->parts[0].bytes[i] >= ' ' && m->parts[0].bytes[i] < 0x7f));
	ok(ascii && strncmp(m->parts[0].bytes, "x: y\nMIME-Version: 1.0\n", 22) == 0,
	    "in 7 bits, with what is a field of its header and no more");
	msg_free(m);
	job_free(j);
	msg_free(whole);
}

static void
test_ret(void)
{
	static const char *const rets[] = { NULL, "HDRS", "FULL" };
	struct msg *whole = msg_new();

	whole->head =
	    "Subject: x\nContent-Type: text/html;\n charset=x\nMIME-Version: 1.0\nDate: y\n";
	whole->text = "a=b \nFrom \xc3\xa9";
	for (size_t i = 0; i < 3; i++) {
		struct job *j = job("mailto:a@x", "tel:+49171", NEWS_FAILED, "5.1.1", NULL, NULL);
		struct msg *m;

		j->msg->ret = rets[i];
		m = report(&j, 1, whole);
		is_str(m->head, whole->head, "the header comes back");
		is_int((long long)m->nparts, i == 2, rets[i] ? rets[i] : "without RET");
		if (m->nparts)
			is_str(m->parts[0].bytes,
			    "Subject: x\nDate: y\nMIME-Version: 1.0\n"
			    "Content-Type: text/plain; charset=utf-8\n"
			    "Content-Transfer-Encoding: quoted-printable\n\na=3Db=20\n=46rom "
			    "=C3=A9\n",
			    "and the text");
		msg_free(m);
		j->news = NEWS_DELIVERED;
		m = report(&j, 1, whole);
		is_int((long long)m->nparts, 0, "no text with what was delivered");
		msg_free(m);
		job_free(j);
	}
	msg_free(whole);
}

int
main(void)
{
	test_phones();
	test_several();
	test_fields();
	test_hostile();
	test_ret();
	return tap_done();
}
