/*
 * fuzz-bounce.c - any bytes as a mail that came back, and as one with media: what is read of it is
 * bounded, one line, and UTF-8; a code goes with what has become of the mail.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/message/bounce.h"
#include "bridge/message/media.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"
#include "bridge/message/origin.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const mails[] = {
		"From: MAILER-DAEMON@x\nSubject: Undelivered\nContent-Type: multipart/report; boundary=b\n\n"
		"--b\n\nno\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
		"Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1 (x)\nDiagnostic-Code: smtp;\n 550 "
		"5.1.1 <a@b>\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--b--\n",
		"Subject: failure notice\n\nHi. This is the qmail-send program at x.\n\n<a@b>:\nSorry, no mailbox "
		"here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nx\n",
		"Auto-Submitted: auto-replied\nSubject: Out of office\nReferences: <a@b>\n\t<c@d>\nBcc: x\n\nAway\n",
		"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: image/gif; name=\"a.gif\"\n"
		"Content-ID: <x>\nContent-Transfer-Encoding: base64\n\nR0lGODlhBQAFAAAAADs=\n--b\nContent-Type: "
		"message/rfc822\n\nContent-Type: image/png\n\n\x89PNG\r\n\x1a\n\n--b--\n",
	};

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++)
		fuzz_seed(mails[i], strlen(mails[i]));
	mime_start();
	return 0;
}

static void
check(const char *s, size_t most, const char *controls)
{
	size_t len = strlen(s);

	assert(len <= most);
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_valid(s + i, len - i);
		assert(n > 0);
		assert((unsigned char)s[i] >= 0x20 || strchr(controls, s[i]));
	}
}

static void
check_bounce(int fd, const char *sender)
{
	static const char classes[] = { '5', '4', '2', '2', '2', '2' };
	struct bounce b;
	struct verdict v;

	if (bounce_read(fd, sender, &b, &v) < 0)
		return;
	assert(b.dsn[0] == classes[b.is]);
	check(b.code, BOUNCE_TEXT - 1, "");
	check(b.text, BOUNCE_TEXT - 1, "");
}

static void
check_message(int fd)
{
	struct msg *m = msg_new();
	struct verdict v;
	struct buf missing;

	m->from = "mailto:a@b";
	m->text = "";
	buf_init(&missing, 1000);
	assert(origin_read(m, fd, &v) == 0 && media_read(m, fd, MEDIA_ALL, &missing, &v) == 0);
	assert(!m->head || strlen(m->head) <= MSG_MAX_HEAD);
	if (m->references)
		check(m->references, 8 * 1024, "");
	if (m->in_reply_to)
		check(m->in_reply_to, 8 * 1024, "");
	for (size_t i = 0; i < m->nparts; i++)
		check(m->parts[i].name, 200, "");
	check(buf_str(&missing), 1000, "\n");
	buf_free(&missing);
	msg_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	check_bounce(fd, "");
	check_bounce(fd, "a@b");
	check_message(fd);
	close(fd);
	return 0;
}
