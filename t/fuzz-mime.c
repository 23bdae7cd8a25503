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

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
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
