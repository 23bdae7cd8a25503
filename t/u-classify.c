/*
 * u-classify.c - bridge/message/classify: which program sent a mail, or that a person did.
 */
#include "bridge/message/classify.h"
#include "bridge/message/classify_words.h"
#include "bridge/message/fold.h"
#include "t/tap.h"

#define FROM_ANN "From: Ann <ann@example.org>\nTo: bob@example.com\n"
#define DAEMON "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\nTo: bob@example.com\n"
#define REPORT(type) \
	"Content-Type: multipart/report; report-type=" type ";\n boundary=\"b\"\n\n--b\nContent-Type: " \
	"text/plain\n\nx\n--b\nContent-Type: message/" type "\n\n"

static const struct row {
	const char *name, *mail, *subject, *from, *text;
	enum mail_class want;
} rows[] = {
	{ "nothing", "", NULL, NULL, NULL, MAIL_NONE },
	{ "no mail", "just\nsome words\n", NULL, NULL, "just some words", MAIL_NONE },
	{ "a person's", FROM_ANN "Subject: Tea\n\nTea?\n", "Tea", "Ann <ann@example.org>", "Tea?", MAIL_NORMAL },
	{ "of a mailbox file", "From ann@example.org Mon Feb  5 10:32:00 2024\n" FROM_ANN "\nTea?\n", NULL, NULL,
	    "Tea?", MAIL_NORMAL },
	{ "a person's about a bounce", FROM_ANN "In-Reply-To: <1@example.com>\n\n", "Re: Undeliverable: Tea",
	    "Ann <ann@example.org>", "Your mail was returned, the mailbox is full.", MAIL_NORMAL },
	{ "failed", DAEMON REPORT("delivery-status") "Reporting-MTA: dns; x\n\nAction: failed\n\n--b--\n", "x", NULL,
	    "", MAIL_BOUNCE },
	{ "with CRLF",
	    "From: x\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: "
	    "message/delivery-status\r\n\r\nAction: Failed\r\n\r\n--b--\r\n",
	    "x", NULL, "", MAIL_BOUNCE },
	{ "late", DAEMON REPORT("delivery-status") "Action: delayed\nStatus: 4.4.1\n\n--b--\n", "x", NULL, "",
	    MAIL_DELAY },
	{ "delivered", DAEMON REPORT("delivery-status") "Action: delivered\nStatus: 2.0.0\n\n--b--\n", "x", NULL, "",
	    MAIL_DELIVERED },
	{ "relayed", DAEMON REPORT("delivery-status") "Action: relayed\n\n--b--\n", "x", NULL, "", MAIL_DELIVERED },
	{ "one of two failed",
	    DAEMON REPORT("delivery-status") "Action: delivered\n\nAction: failed\n\n--b--\n", "x", NULL, "",
	    MAIL_BOUNCE },
	{ "an internationalized one", DAEMON REPORT("global-delivery-status") "Action: delayed\n\n--b--\n", "x", NULL,
	    "", MAIL_DELAY },
	{ "read", FROM_ANN REPORT("disposition-notification") "Disposition: x\n--b--\n", "Read: Tea", NULL, "",
	    MAIL_MDN },
	{ "read, in words only", "Return-Path: <>\n" FROM_ANN "\n", "Gelesen: Tee", NULL, "Gelesen am 5.2.", MAIL_MDN },
	{ "a person's advice", FROM_ANN "\n", "Read: a good book", NULL, "x", MAIL_NORMAL },
	{ "a complaint", FROM_ANN REPORT("feedback-report") "Feedback-Type: abuse\n--b--\n", "x", NULL, "", MAIL_ARF },
	{ "qmail's", "Return-Path: <>\n" DAEMON "\n", "failure notice", NULL,
	    "Hi. This is the qmail-send program at example.org.\nI'm afraid I wasn't able to deliver your message. "
	    "This is a permanent error; I've given up.",
	    MAIL_BOUNCE },
	{ "Exim's, which says auto-replied", "Auto-Submitted: auto-replied\nX-Failed-Recipients: x@y\n" DAEMON "\n",
	    "Mail delivery failed: returning message to sender", NULL, "A message could not be delivered.",
	    MAIL_BOUNCE },
	{ "Exim's warning", DAEMON "\n", "Warning: message 1qX delayed 24 hours", NULL,
	    "No action is required on your part. Delivery attempts will continue for some time.", MAIL_DELAY },
	{ "in German", "From: Systemadministrator\n\n", "Unzustellbar: Tee", "Systemadministrator",
	    "Ihre Nachricht konnte nicht zugestellt werden.", MAIL_BOUNCE },
	{ "in Chinese", "From: postmaster@qq.com\n\n", "系统退信", "PostMaster@qq.com", "您的邮件被退回，收件人不存在",
	    MAIL_BOUNCE },
	{ "a vacation", "Auto-Submitted: auto-replied (vacation)\n" FROM_ANN "\n", "Re: Tea", NULL, "Away.",
	    MAIL_AUTO_REPLY },
	{ "Exchange's, which says auto-generated",
	    "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n" FROM_ANN "\n", "Automatic reply: Tea", NULL,
	    "Away.", MAIL_AUTO_REPLY },
	{ "of old", "Precedence: auto_reply\n" FROM_ANN "\n", "Tea", NULL, "Away.", MAIL_AUTO_REPLY },
	{ "with a field of its own", "X-Autoreply: yes\n" FROM_ANN "\n", "Tea", NULL, "Away.", MAIL_AUTO_REPLY },
	{ "by its subject alone", FROM_ANN "\n", "Abwesenheitsnotiz: Tee", NULL, "Bin weg.", MAIL_AUTO_REPLY },
	{ "a person's about an absence", FROM_ANN "\n", "Re: Out of office planning", NULL, "Who covers July?",
	    MAIL_NORMAL },
	{ "what only asks not to be answered is a person's", "X-Auto-Response-Suppress: OOF\n" FROM_ANN "\n", "Tea",
	    NULL, "Tea?", MAIL_NORMAL },
	{ "who says no is a person, too", "Auto-Submitted: no\n" FROM_ANN "\n", "Tea", NULL, "Tea?", MAIL_NORMAL },
	{ "a machine's", "Auto-Submitted: auto-generated\n" FROM_ANN "\n", "Report", NULL, "x", MAIL_AUTO_GENERATED },
	{ "cron's", "From: root (Cron Daemon)\n\n", "Cron <root@x> ls", NULL, "x", MAIL_AUTO_GENERATED },
	{ "of nobody", "From: no-reply@example.com\n\n", "Your code", NULL, "1234", MAIL_AUTO_GENERATED },
	{ "a list's", "List-Id: <tea.example.org>\nPrecedence: bulk\n" FROM_ANN "\n", "[Tea] x", NULL, "x", MAIL_LIST },
	{ "an older list's", "Mailing-List: contact tea-help@example.org\n" FROM_ANN "\n", "x", NULL, "x", MAIL_LIST },
	{ "bulk", "List-Unsubscribe: <https://example.org/u>\n" FROM_ANN "\n", "Sale", NULL, "x", MAIL_BULK },
	{ "junk", "Precedence: junk\n" FROM_ANN "\n", "Sale", NULL, "x", MAIL_BULK },
	{ "a challenge", FROM_ANN "\n", "Please confirm your message", NULL,
	    "Your message is being held because you are not on my whitelist. Simply reply to this message, you only "
	    "need to do this once.",
	    MAIL_CHALLENGE },
	{ "a new account is none", FROM_ANN "\n", "Please confirm your account", NULL, "Click here to confirm.",
	    MAIL_NORMAL },
	{ "in circles", "Delivered-To: bob@example.com\nDelivered-To: Bob@example.com\n" FROM_ANN "\n", "Tea", NULL, "x",
	    MAIL_LOOP },
	{ "forwarded once", "Delivered-To: bob@example.com\nDelivered-To: bob@example.net\n" FROM_ANN "\n", "Tea", NULL,
	    "x", MAIL_NORMAL },
	{ "with a mark", "X-Loop: bob@example.com\n" FROM_ANN "\n", "Tea", NULL, "x", MAIL_LOOP },
};

/* A mail that has passed many servers. */
static void
check_hops(void)
{
	static const struct {
		int hops;
		enum mail_class want;
	} cases[] = { { 10, MAIL_NORMAL }, { 51, MAIL_LOOP } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char mail[8192] = "";
		struct classify_text text = { .subject = "Tea" };

		for (int k = 0; k < cases[i].hops; k++)
			strcat(mail, "Received: from a.example by b.example; now\n");
		strcat(mail, FROM_ANN "\n");
		is_str(classify_name(classify(mail, strlen(mail), &text)), classify_name(cases[i].want), "hops");
	}
}

static void
check_lists(void)
{
	unsigned wrong = 0;

	for (size_t which = 0; which < CLASSIFY_WORDS; which++)
		for (size_t i = 0; i < classify_words[which].n; i++) {
			const char *word = classify_words[which].word[i];
			const char *before = i ? classify_words[which].word[i - 1] : NULL;
			char folded[256];

			fold(word, strlen(word), folded);
			wrong += strcmp(folded, word) != 0 || (before && strcmp(before, word) >= 0) ||
				 (before && which != CLASSIFY_READ && strncmp(before, word, strlen(before)) == 0);
		}
	is_int(wrong, 0, "the words are folded and sorted, and none begins with another");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct classify_text text = { .subject = r->subject, .from = r->from, .text = r->text };

		is_str(classify_name(classify(r->mail, strlen(r->mail), &text)), classify_name(r->want), r->name);
	}
	check_hops();
	check_lists();
	ok(!classify_automatic(MAIL_NORMAL) && !classify_automatic(MAIL_NONE), "a person may be answered");
	ok(classify_automatic(MAIL_LIST) && classify_automatic(MAIL_BOUNCE), "a program may not");
	return tap_done();
}
