/*
 * spool.c - a mail while it comes in.
 */
#include "milter/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/mem.h"

enum { FIRST_ROOM = 8 * 1024 };

/* A file without a name, gone with its fd. -1 when there is none to be had. */
static int
nameless(void)
{
	const char *dir = getenv("TMPDIR");
	char *path;
	int fd;

	if (!dir || *dir != '/')
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	/* A file system without O_TMPFILE. */
	path = xasprintf("%s/trivium-milter.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Write what is in memory into the file, which is made when there is none. */
static void
flush(struct spool *s, int fd)
{
	if (!s->file && fd < 0)
		fd = nameless();
	if (!s->file)
		s->file = fd + 1;
	if (!s->file || write_all(s->file - 1, s->data, s->len) < 0)
		s->broken = true;
	s->len = 0;
}

void
spool_add(struct spool *s, const void *bytes, size_t len)
{
	s->size += (long)len;
	if (s->broken)
		return;
	if (s->len + len > SPOOL_MEMORY)
		flush(s, -1);
	if (len > SPOOL_MEMORY) {
		if (!s->broken && write_all(s->file - 1, bytes, len) < 0)
			s->broken = true;
		return;
	}
	if (s->len + len > s->room) {
		if (!s->room)
			s->room = FIRST_ROOM;
		while (s->len + len > s->room)
			s->room *= 2;
		s->data = xrealloc(s->data, s->room);
	}
	if (len)
		memcpy(s->data + s->len, bytes, len);
	s->len += len;
}

void
spool_header(struct spool *s, const char *name, const char *value)
{
	spool_add(s, name, strlen(name));
	spool_add(s, ":", 1);
	for (;;) {
		size_t n = strcspn(value, "\n");
		/* Some MTAs keep the CR of a folded line, some do not. */
		size_t text = n > 0 && value[n] && value[n - 1] == '\r' ? n - 1 : n;

		spool_add(s, value, text);
		spool_add(s, "\r\n", 2);
		if (!value[n])
			return;
		value += n + 1;
	}
}

int
spool_open(struct spool *s)
{
	if (!s->broken)
		flush(s, s->file ? -1 : memfd_create("mail", MFD_CLOEXEC));
	if (s->broken || lseek(s->file - 1, 0, SEEK_SET) != 0)
		return -1;
	return s->file - 1;
}

void
spool_free(struct spool *s)
{
	if (s->file)
		close(s->file - 1);
	free(s->data);
	*s = (struct spool){ 0 };
}
