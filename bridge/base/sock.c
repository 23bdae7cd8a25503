/*
 * sock.c - sockets that listen, and those that connect.
 */
#include "bridge/base/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/base/verdict.h"

const char *
sock_path(const char *where)
{
	return strncmp(where, "unix:", 5) == 0 ? where + 5 : NULL;
}

unsigned
sock_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = { 0 };
	socklen_t len = sizeof a;

	if (getsockname(fd, &a.any, &len) < 0)
		return 0;
	if (a.any.sa_family == AF_INET)
		return ntohs(a.v4.sin_port);
	return a.any.sa_family == AF_INET6 ? ntohs(a.v6.sin6_port) : 0;
}

static int
new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Make way at a path: 0 when nothing is there any more, or -1 and *v. */
static int
clear_path(const struct sockaddr_un *a, struct verdict *v)
{
	struct stat st;
	int fd, error;

	if (lstat(a->sun_path, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		return never(v, "5.3.5", "%s: %s", a->sun_path, strerror(errno));
	}
	if (!S_ISSOCK(st.st_mode))
		return never(v, "5.3.5", "%s is there and is not a socket", a->sun_path);
	fd = new_socket(AF_UNIX);
	if (fd < 0)
		return never(v, "5.3.5", "socket: %s", strerror(errno));
	error = connect(fd, (const struct sockaddr *)a, sizeof *a) < 0 ? errno : 0;
	close(fd);
	/* Only "refused" says that nobody listens; a listener that is busy gives EAGAIN. */
	if (error == ECONNREFUSED && (unlink(a->sun_path) == 0 || errno == ENOENT))
		return 0;
	return never(v, "5.3.5", "%s: %s", a->sun_path,
	    !error || error == EAGAIN ? "another program listens there" : strerror(errno));
}

static int
listen_unix(const char *path, mode_t mode, struct verdict *v)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	mode_t old;
	int fd, rc;

	if (!*path || strlen(path) >= sizeof a.sun_path)
		return never(
		    v, "5.3.5", "unix:%s: a path has 1 to %zu bytes", path, sizeof a.sun_path - 1);
	memcpy(a.sun_path, path, strlen(path));
	if (clear_path(&a, v) < 0)
		return -1;
	fd = new_socket(AF_UNIX);
	if (fd < 0)
		return never(v, "5.3.5", "socket: %s", strerror(errno));
	/* Nobody may connect between bind() and chmod(). */
	old = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&a, sizeof a);
	umask(old);
	if (rc < 0 || chmod(path, mode) < 0 || listen(fd, SOMAXCONN) < 0) {
		never(v, "5.3.5", "unix:%s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* getaddrinfo() takes 65537 for 1. */
static bool
is_port(const char *s)
{
	return strlen(s) <= 5 && s[strspn(s, "0123456789")] == '\0' && strtoul(s, NULL, 10) <= 65535;
}

/* Cut "host:port" or "[host]:port" in two. 0, or -1 when it is not that. */
static int
split(const char *where, char *host, size_t room, const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t len = colon ? (size_t)(colon - where) : 0;

	if (len && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	} else if (memchr(where, ':', len)) {
		return -1;
	}
	if (!len || len >= room || !colon[1] || !is_port(colon + 1))
		return -1;
	memcpy(host, where, len);
	host[len] = '\0';
	*port = colon + 1;
	return 0;
}

static int
listen_tcp(const char *where, struct verdict *v)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *list, *a;
	const char *port;
	char host[256];
	int fd = -1, rc, on = 1;

	if (split(where, host, sizeof host, &port) < 0)
		return never(v, "5.3.5", "%s: not \"host:port\" with a port up to 65535, nor \"unix:/path\"", where);
	rc = getaddrinfo(host, port, &hints, &list);
	if (rc)
		return never(v, "5.3.5", "%s: %s", where, gai_strerror(rc));
	errno = 0;
	for (a = list; a && fd < 0; a = a->ai_next) {
		fd = new_socket(a->ai_family);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0) {
			rc = errno;
			close(fd);
			errno = rc;
			fd = -1;
		}
	}
	if (fd < 0)
		never(v, "5.3.5", "%s: %s", where, strerror(errno));
	freeaddrinfo(list);
	return fd;
}

int
sock_listen(const char *where, mode_t mode, struct verdict *v)
{
	const char *path = sock_path(where);

	return path ? listen_unix(path, mode, v) : listen_tcp(where, v);
}

int
sock_lookup(const char *where, struct sock_address *found, size_t most, struct verdict *v)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list, *a;
	const char *port;
	char host[256];
	size_t n = 0;
	int rc;

	if (split(where, host, sizeof host, &port) < 0)
		return never(v, "5.3.5", "%s: not \"host:port\" with a port up to 65535", where);
	rc = getaddrinfo(host, port, &hints, &list);
	if (rc)
		return (rc == EAI_AGAIN ? later : never)(v, rc == EAI_AGAIN ? "4.4.3" : "5.3.5",
		    "%s: %s", where, gai_strerror(rc));
	for (a = list; a && n < most; a = a->ai_next) {
		if (a->ai_addrlen > sizeof found[n].bytes)
			continue;
		memcpy(found[n].bytes, a->ai_addr, a->ai_addrlen);
		found[n++].len = a->ai_addrlen;
	}
	freeaddrinfo(list);
	return n ? (int)n : never(v, "5.3.5", "%s: no address", where);
}

int
sock_connect(const struct sock_address *a, int dead_ms, struct verdict *v)
{
	const struct sockaddr *address = (const struct sockaddr *)a->bytes;
	int fd = new_socket(address->sa_family), on = 1;

	if (fd < 0)
		return later(v, "4.3.0", "socket: %s", strerror(errno));
	/* Both only make it better, so a kernel that cannot is no failure. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof dead_ms);
	if (connect(fd, address, (socklen_t)a->len) == 0 || errno == EINPROGRESS)
		return fd;
	later(v, "4.4.1", "%s", strerror(errno));
	close(fd);
	return -1;
}

int
sock_connected(int fd, struct verdict *v)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	return error ? later(v, "4.4.1", "%s", strerror(error)) : 0;
}
