/*
 * fuzz-mime.c - any bytes as a mail: what comes out is UTF-8 of bounded length without controls.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const mails[] = {
		"Subject: =?gb2312?B?xOO6ww?=\nMessage-ID: <a@b>\nDate: x\n\nHello\n",
		"Content-Type: text/plain; charset=iso-2022-jp; format=flowed; "
		"delsp=yes\n\n\x1b$B$3 \n>x\n",
		"Content-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b\nContent-Type: "
		"text/html\n\n<p>two\n--b--\n",
		"Content-Type: multipart/related; boundary=b; start=\"<r>\"\n\n--b\nContent-ID: "
		"<r>\n"
		"Content-Transfer-Encoding: base64\n\nSGVsbG8=\n--b\nContent-Type: message/rfc822\n"
		"Content-Transfer-Encoding: quoted-printable\n\nFrom: a=20\n\nx\n--b--\n",
		"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n%2&5L;&\\ \n`\nend\n",
	};

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++)
		fuzz_seed(mails[i], strlen(mails[i]));
	mime_start();
	return 0;
}

static void
check(const char *s, const char *controls)
{
	size_t len = s ? strlen(s) : 0;

	assert(len <= MSG_MAX_TEXT);
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_valid(s + i, len - i);
		assert(n > 0);
		assert((unsigned char)s[i] >= 0x20 || strchr(controls, s[i]));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);
	struct msg *m = msg_new();
	struct verdict v = { 0 };

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (mime_read(m, fd, &v) < 0) {
		assert(size == 0 && v.is == NEVER);
	} else {
		assert(m->text);
		check(m->text, "\t\n");
		check(m->subject, "");
		check(m->message_id, "");
		check(m->date, "");
	}
	msg_free(m);
	close(fd);
	return 0;
}
