/*
 * u-origin.c - what is kept of a mail's header: its thread, whether a program wrote it, and a copy for
 * reports; by rows, with any line ends, and with headers that are hostile or too long.
 */
#include "bridge/message/origin.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "t/tap.h"

static const struct {
	const char *name, *mail, *in_reply_to, *references;
	bool automatic;
	const char *head;
} rows[] = {
	{ "nothing", "", NULL, NULL, false, NULL },
	{ "a plain one", "From: a@b\nSubject: x\n\nSubject: body\n", NULL, NULL, false,
	    "From: a@b\nSubject: x\n" },
	{ "CR LF", "From: a@b\r\nSubject: x\r\n\r\nbody\r\n", NULL, NULL, false, "From: a@b\nSubject: x\n" },
	{ "an answer", "In-Reply-To: Ann's mail <a@b>\nReferences: <r@b>\n\t<s@b>\n  <a@b>\nFrom: x@y\n\n",
	    "<a@b>", "<r@b> <s@b> <a@b>", false,
	    "In-Reply-To: Ann's mail <a@b>\nReferences: <r@b>\n\t<s@b>\n  <a@b>\nFrom: x@y\n" },
	{ "ids that are none", "In-Reply-To: <a b@c> <> <x>\nReferences: nonsense\nFrom: x@y\n\n", NULL, NULL,
	    false, "In-Reply-To: <a b@c> <> <x>\nReferences: nonsense\nFrom: x@y\n" },
	{ "no Bcc, no traces",
	    "Received: from x\n\tby y\nBCC: secret@x\nDKIM-Signature: v=1;\n b=x\nFrom: a@b\nX-MS-Exchange-A: b\n"
	    "Resent-Bcc: secret@y\nReturn-Path: <x>\nX-Mailer: y\n\nbody", NULL, NULL, false,
	    "From: a@b\nX-Mailer: y\n" },
	{ "automatic", "From: a@b\nAuto-Submitted: auto-generated\n\nx\n", NULL, NULL, true,
	    "From: a@b\nAuto-Submitted: auto-generated\n" },
	{ "no, says RFC 3834", "From: a@b\nAuto-Submitted: no\n\nx\n", NULL, NULL, false,
	    "From: a@b\nAuto-Submitted: no\n" },
	{ "no end", "From: a@b\nSubject: x", NULL, NULL, false, "From: a@b\nSubject: x\n" },
	{ "the first of two", "References: <a@b>\nReferences: <c@d>\nFrom: x@y\n\n", NULL, "<a@b>", false,
	    "References: <a@b>\nReferences: <c@d>\nFrom: x@y\n" },
};

static struct msg *
read_origin(const char *from, const char *mail, size_t len)
{
	struct msg *m = msg_new();
	struct verdict v;
	int fd = memfd_create("mail", MFD_CLOEXEC);

	m->from = from;
	m->text = "";
	if (write(fd, mail, len) != (ssize_t)len || origin_read(m, fd, &v) < 0)
		ok(false, "it can be read");
	close(fd);
	return m;
}

static void
test_long(void)
{
	struct buf b;
	struct msg *m;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "From: a@b\nReferences:");
	for (int i = 0; i < 3000; i++)
		buf_addf(&b, " <%d@example.org>\n", i);
	buf_adds(&b, "X-Long: ");
	for (int i = 0; i < 100000; i++)
		buf_adds(&b, "x");
	buf_adds(&b, "\nX-Many: 1\n");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "X-%d: y\n", i);
	buf_adds(&b, "\nbody\n");
	m = read_origin("mailto:x@y", b.data, b.len);
	ok(m->head && strlen(m->head) <= MSG_MAX_HEAD, "a long header is bounded");
	ok(strstr(m->head, "From: a@b\n") && strstr(m->head, "X-Many: 1\n") && !strstr(m->head, "X-Long"),
	    "what does not fit is left out, what does stays");
	ok(m->references && strncmp(m->references, "<0@example.org> <", 17) == 0 &&
	       strstr(m->references, "<2999@example.org>"), "the first and the last ids stay");
	msg_free(m);
	buf_free(&b);
}

static const struct {
	const char *field;
	bool urgent;
} priorities[] = {
	{ "Priority: urgent", true }, { "priority:Urgent", true }, { "Importance: High", true },
	{ "X-Priority: 1", true }, { "X-Priority: 1 (Highest)", true }, { "X-Priority: 3", false },
	{ "Priority: normal", false }, { "Importance: low", false }, { "X-Priority:", false },
	{ "X-Importance: high", false },
};

static void
test_urgent(void)
{
	for (size_t i = 0; i < sizeof priorities / sizeof *priorities; i++) {
		char mail[128];
		struct msg *m;

		snprintf(mail, sizeof mail, "From: a@b\n%s\n\nPriority: urgent\n", priorities[i].field);
		m = read_origin("mailto:x@y", mail, strlen(mail));
		is_int(m->urgent, priorities[i].urgent, priorities[i].field);
		msg_free(m);
	}
}

static void
test_hops(void)
{
	for (int hops = 50; hops <= 51; hops++) {
		struct msg *m = msg_new();
		struct verdict v;
		struct buf b;
		int fd = memfd_create("mail", MFD_CLOEXEC);

		buf_init(&b, 1 << 16);
		for (int i = 0; i < hops; i++)
			buf_addf(&b, "Received: from a by b%d;\n\tWed\n", i);
		buf_adds(&b, "From: a@b\n\nReceived: in the body\n");
		m->from = "mailto:x@y";
		m->text = "";
		ok(write(fd, b.data, b.len) == (ssize_t)b.len &&
		       (origin_read(m, fd, &v) < 0) == (hops > 50) &&
		       (hops <= 50 || (v.is == NEVER && strcmp(v.dsn, "5.4.6") == 0)),
		    "%d mail servers", hops);
		close(fd);
		buf_free(&b);
		msg_free(m);
	}
}

int
main(void)
{
	struct msg *m;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		m = read_origin("mailto:x@y", rows[i].mail, strlen(rows[i].mail));
		is_str(m->in_reply_to, rows[i].in_reply_to, rows[i].name);
		is_str(m->references, rows[i].references, "its references");
		is_int(m->automatic, rows[i].automatic, "whether a program wrote it");
		is_str(m->head, rows[i].head, "its header");
		msg_free(m);
	}
	m = read_origin("mailto:", "From: a@b\n\n", 11);
	ok(m->automatic, "the null sender is a program's");
	msg_free(m);
	m = read_origin("mailto:x@y", "From: a\0@b\n\nx", 13);
	is_str(m->head, "From: a @b\n", "a NUL is none");
	msg_free(m);
	test_long();
	test_urgent();
	test_hops();
	return tap_done();
}
