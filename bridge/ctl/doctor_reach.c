/*
 * doctor_reach.c - whether anybody listens there.
 */
#include "bridge/ctl/doctor.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_S = 5 };

static int
connect_within(int fd, const struct sockaddr *a, socklen_t len)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	return connect(fd, a, len);
}

int
doctor_reach_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, rc;

	if (snprintf(a.sun_path, sizeof a.sun_path, "%s", path) >= (int)sizeof a.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rc = fd < 0 ? -1 : connect_within(fd, (const struct sockaddr *)&a, sizeof a);
	if (fd >= 0)
		close(fd);
	return rc;
}

int
doctor_reach_tcp(const char *where)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(where, ':');
	struct addrinfo *all = NULL;
	char host[256];
	int rc = -1;

	if (!colon)
		return -1;
	if (*where == '[')
		snprintf(host, sizeof host, "%.*s", (int)strcspn(where + 1, "]"), where + 1);
	else
		snprintf(host, sizeof host, "%.*s", (int)(colon - where), where);
	if (getaddrinfo(host, colon + 1, &hints, &all) != 0)
		return -1;
	for (struct addrinfo *a = all; a && rc < 0; a = a->ai_next) {
		int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);

		rc = fd < 0 ? -1 : connect_within(fd, a->ai_addr, a->ai_addrlen);
		if (fd >= 0)
			close(fd);
	}
	freeaddrinfo(all);
	return rc;
}
