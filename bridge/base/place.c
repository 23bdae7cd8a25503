/*
 * place.c - addresses and folders, tried.
 *
 * A TCP address is bound to for a moment. That is in nobody's way as long as it is not listened on:
 * SO_REUSEADDR is set there and in sock.c.
 */
#include "bridge/base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/base/mem.h"
#include "bridge/base/sock.h"
#include "bridge/base/verdict.h"

enum { ADDRESSES = 16 };

int
place_folder(const char *path, struct verdict *v)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return never(v, "5.3.5", "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return never(v, "5.3.5", "%s is not a folder", path);
	if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0)
		return never(v, "5.3.5", "the folder %s cannot be written to: %s", path, strerror(errno));
	return 0;
}

/* The folder that a file is in. */
static int
folder_of(const char *path, struct verdict *v)
{
	const char *slash = strrchr(path, '/');
	char *folder = !slash ? xstrdup(".") : xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	int rc = place_folder(folder, v);

	free(folder);
	return rc;
}

static int
listen_unix(const char *path, struct verdict *v)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, error;

	if (!*path || strlen(path) >= sizeof a.sun_path)
		return never(
		    v, "5.3.5", "unix:%s: a path has 1 to %zu bytes", path, sizeof a.sun_path - 1);
	if (folder_of(path, v) < 0)
		return -1;
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : never(v, "5.3.5", "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return never(v, "5.3.5", "%s is there and is not a socket", path);
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return never(v, "5.3.5", "socket: %s", strerror(errno));
	error = connect(fd, (const struct sockaddr *)&a, sizeof a) < 0 ? errno : 0;
	close(fd);
	if (!error || error == EAGAIN)
		return 1;
	/* What is left of one who is gone is replaced. */
	return error == ECONNREFUSED ? 0 : never(v, "5.3.5", "%s: %s", path, strerror(error));
}

/* 0, or why one cannot listen there. */
static int
try_address(const struct sock_address *address)
{
	const struct sockaddr *a = (const struct sockaddr *)address->bytes;
	int fd = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1, error = 0;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, a, (socklen_t)address->len) < 0)
		error = errno;
	close(fd);
	return error;
}

static int
listen_tcp(const char *where, struct verdict *v)
{
	struct sock_address found[ADDRESSES];
	int n = sock_lookup(where, found, ADDRESSES, v), error = 0;

	if (n < 0)
		return -1;
	/* As sock_listen(), which takes the first that will do. */
	for (int i = 0; i < n; i++) {
		int e = try_address(&found[i]);

		if (!e)
			return 0;
		if (error != EADDRINUSE)
			error = e;
	}
	if (error == EADDRINUSE)
		return 1;
	if (error == EADDRNOTAVAIL)
		return never(v, "5.3.5", "%s is no address of this machine", where);
	if (error == EACCES)
		return never(v, "5.3.5", "%s: to listen on so low a port takes a right that the user "
		    "has not (CAP_NET_BIND_SERVICE)", where);
	return never(v, "5.3.5", "%s: %s", where, strerror(error));
}

int
place_listen(const char *where, struct verdict *v)
{
	const char *path = sock_path(where);

	return path ? listen_unix(path, v) : listen_tcp(where, v);
}

/* An address and its port; *any: it stands for all of this machine. */
static in_port_t
read_address(const struct sock_address *from, struct in6_addr *address, bool *any)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)from->bytes;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)from->bytes;

	if (v4->sin_family == AF_INET) {
		*address = (struct in6_addr){ .s6_addr = { [10] = 0xff, [11] = 0xff } };
		memcpy(&address->s6_addr[12], &v4->sin_addr, sizeof v4->sin_addr);
		*any = v4->sin_addr.s_addr == htonl(INADDR_ANY);
		return v4->sin_port;
	}
	*address = v6->sin6_addr;
	*any = IN6_IS_ADDR_UNSPECIFIED(address);
	return v6->sin6_port;
}

static bool
same_address(const struct sock_address *a, const struct sock_address *b)
{
	struct in6_addr one, other;
	bool any, any_other;
	in_port_t port = read_address(a, &one, &any);

	/* Port 0 is another one for each. "::" is IPv4's addresses, too. */
	return port && port == read_address(b, &other, &any_other) &&
	    (any || any_other || IN6_ARE_ADDR_EQUAL(&one, &other));
}

bool
place_same(const char *a, const char *b)
{
	struct sock_address these[ADDRESSES], those[ADDRESSES];
	struct verdict v;
	int n, m;

	if (sock_path(a) || sock_path(b))
		return strcmp(a, b) == 0;
	n = sock_lookup(a, these, ADDRESSES, &v);
	m = sock_lookup(b, those, ADDRESSES, &v);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < m; j++)
			if (same_address(&these[i], &those[j]))
				return true;
	return false;
}
