/*
 * dial.c - a conversation over a socket for a thread that may block.
 */
#include "bridge/base/dial.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/base/loop.h"
#include "bridge/base/sock.h"
#include "bridge/base/verdict.h"

enum { ADDRESSES = 4, RETRY_MS = 20 };

static int
late(struct verdict *v)
{
	return later(v, "4.4.2", "no answer in time");
}

/* Wait until the socket is ready, at most until the deadline. 0, or -1 and *v. */
static int
wait_for(const struct dial *d, short events, struct verdict *v)
{
	struct pollfd p = { .fd = d->fd - 1, .events = events };

	for (;;) {
		int64_t left = d->until - loop_ms();
		int n;

		if (left <= 0)
			return late(v);
		n = poll(&p, 1, left > 60000 ? 60000 : (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return later(v, "4.3.0", "poll: %s", strerror(errno));
	}
}

/* A socket of a path whose listener has a full backlog says so at once, and must be asked again. */
static int
open_unix(struct dial *d, const char *path, struct verdict *v)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof a.sun_path)
		return later(v, "4.3.5", "the path is too long");
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return later(v, "4.3.0", "socket: %s", strerror(errno));
	d->fd = fd + 1;
	while (connect(fd, (const struct sockaddr *)&a, sizeof a) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return later(v, "4.4.1", "%s", strerror(errno));
		if (loop_ms() >= d->until)
			return late(v);
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

static int
open_address(struct dial *d, const struct sock_address *a, struct verdict *v)
{
	int64_t left = d->until - loop_ms();
	int fd = left > 0 ? sock_connect(a, (int)left, v) : late(v);

	if (fd < 0)
		return -1;
	d->fd = fd + 1;
	if (wait_for(d, POLLOUT, v) == 0 && sock_connected(fd, v) == 0)
		return 0;
	dial_close(d);
	return -1;
}

static int
open_tcp(struct dial *d, const char *where, struct verdict *v)
{
	struct sock_address all[ADDRESSES];
	int n = sock_lookup(where, all, ADDRESSES, v);

	if (n < 0)
		return later(v, "4.4.3", "the address is not found");
	for (int i = 0; i < n; i++)
		if (open_address(d, &all[i], v) == 0)
			return 0;
	return -1;
}

int
dial_open(struct dial *d, const char *where, int64_t until, struct verdict *v)
{
	const char *path = sock_path(where);

	d->fd = 0;
	d->at = d->len = 0;
	d->until = until;
	if ((path ? open_unix(d, path, v) : open_tcp(d, where, v)) == 0)
		return 0;
	dial_close(d);
	return -1;
}

void
dial_close(struct dial *d)
{
	if (d->fd)
		close(d->fd - 1);
	d->fd = 0;
}

int
dial_write(struct dial *d, const void *bytes, size_t len, struct verdict *v)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n;

		if (wait_for(d, POLLOUT, v) < 0)
			return -1;
		n = send(d->fd - 1, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return later(v, "4.4.2", "%s", strerror(errno));
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

void
dial_end(struct dial *d)
{
	shutdown(d->fd - 1, SHUT_WR);
}

/* See that something is in `in`. 1, 0 at the end, or -1 and *v. */
static int
fill(struct dial *d, struct verdict *v)
{
	ssize_t n;

	if (d->at < d->len)
		return 1;
	do {
		if (wait_for(d, POLLIN, v) < 0)
			return -1;
		n = recv(d->fd - 1, d->in, sizeof d->in, 0);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	if (n < 0)
		return later(v, "4.4.2", "%s", strerror(errno));
	d->at = 0;
	d->len = (size_t)n;
	return n > 0;
}

ssize_t
dial_read(struct dial *d, void *bytes, size_t room, struct verdict *v)
{
	int rc = fill(d, v);
	size_t n = d->len - d->at;

	if (rc <= 0)
		return rc;
	n = n < room ? n : room;
	memcpy(bytes, d->in + d->at, n);
	d->at += n;
	return (ssize_t)n;
}

static int
hung_up(struct verdict *v)
{
	return later(v, "4.4.2", "it has hung up");
}

int
dial_read_all(struct dial *d, void *bytes, size_t len, struct verdict *v)
{
	char *p = bytes;

	while (len > 0) {
		ssize_t n = dial_read(d, p, len, v);

		if (n <= 0)
			return n < 0 ? -1 : hung_up(v);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
dial_line(struct dial *d, char *line, size_t room, struct verdict *v)
{
	size_t n = 0;

	for (;;) {
		int rc = fill(d, v);
		char c;

		if (rc <= 0)
			return rc < 0 ? -1 : hung_up(v);
		c = d->in[d->at++];
		if (c == '\n')
			break;
		if (n + 1 >= room)
			return later(v, "4.3.0", "its answer has too long a line");
		line[n++] = c;
	}
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	/* A line is a string from here on. */
	return strlen(line) == n ? 0 : later(v, "4.3.0", "its answer has a NUL in it");
}

int
file_piece(int fd, void *bytes, size_t len, off_t at, struct verdict *v)
{
	char *p = bytes;

	while (len > 0) {
		ssize_t n = pread(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return later(v, "4.3.0", "the bytes to look at are gone: %s",
			    n < 0 ? strerror(errno) : "end of file");
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}
