/*
 * fuzz-mime.c - any bytes as a mail: what comes out is UTF-8 of bounded length without controls,
 * also when all of it is asked for, or its fields.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/buf.h"
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
		"From: =?utf-8?Q?A,_B?= <a@b>, \"C =?x\" (d) <@e:f@g>\nTo: g: a@b;\nContent-Type: "
		"multipart/mixed\n\n--c\nContent-Type: text/plain; charset=koi8-r; "
		"name*0*=utf-8''%41; "
		"name*1=\"b\"\n\nbegin 644 a\n#86)C\n`\nend\n-----BEGIN PGP SIGNED "
		"MESSAGE-----\nHash: x\n\n- a\n-----BEGIN PGP SIGNATURE-----\n=ybegin line=1 "
		"size=1 "
		"name=x\n--c\nContent-Type: text/vcard\n\nBEGIN:VCARD\nFN:a\nEND:VCARD\n--c\n"
		"Content-Type: message/external-body; url=x\n\n\n--c--\n",
		"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\n"
		"MIAGCSqGSIb3DQEHAqCAMIACAQExADCABgkqhkiG9w0BBwGggCSABANBOiAEAQoAAAAAAAA=\n",
		"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n"
		"eJ8+IgEAAQyAAgADAAAAYWIAwwA=\n",
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
check(const char *s, size_t most, const char *controls)
{
	size_t len = s ? strlen(s) : 0;

	assert(len <= most);
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_valid(s + i, len - i);
		assert(n > 0);
		assert((unsigned char)s[i] >= 0x20 || strchr(controls, s[i]));
	}
}

static void
check_whole(int fd, int (*make)(int fd, struct buf *out, struct verdict *v))
{
	struct buf out;
	struct verdict v;

	buf_init(&out, MIME_MAX_FULL);
	make(fd, &out, &v);
	assert(strlen(buf_str(&out)) == out.len);
	check(buf_str(&out), MIME_MAX_FULL, "\t\n");
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);
	struct msg *m = msg_new();
	struct verdict v = { 0 };

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (mime_read(m, fd, NULL, &v) < 0) {
		assert(size == 0 && v.is == NEVER);
	} else {
		assert(m->text);
		check(m->text, MSG_MAX_TEXT, "\t\n");
		check(m->subject, MSG_MAX_TEXT, "");
		check(m->message_id, MSG_MAX_TEXT, "");
		check(m->date, MSG_MAX_TEXT, "");
	}
	msg_free(m);
	check_whole(fd, mime_full);
	check_whole(fd, mime_headers);
	close(fd);
	return 0;
}
