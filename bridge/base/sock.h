/*
 * sock.h - sockets that listen, at a path (unix) or an address (TCP), and those that connect.
 */
#ifndef BRIDGE_SOCK_H
#define BRIDGE_SOCK_H

#include <stddef.h>
#include <sys/types.h>

struct verdict;

/*
 * Listen at `where`: "unix:/path", "127.0.0.1:8080", "[::1]:8080", "name:8080"; port 0 is any free
 * one. A unix socket gets `mode`; a stale one (nobody listens) is replaced, a living one is an
 * error, and so is a file of another kind. Looks names up, so it is for a program's start. Returns
 * the descriptor, non-blocking and close-on-exec, for close(); or -1 and *v (NEVER).
 */
int sock_listen(const char *where, mode_t mode, struct verdict *v);
/* The TCP port fd is bound to; 0 for a unix socket. */
unsigned sock_port(int fd);
/* The path of a unix socket `where`, NULL when it is not one. Lent by `where`. */
const char *sock_path(const char *where);

enum { SOCK_ADDRESS = 28 }; /* bytes: an IPv6 address with its port */

/* Where to connect to. */
struct sock_address {
	_Alignas(8) unsigned char bytes[SOCK_ADDRESS];
	size_t len;
};

/* Look up "host:port", at most `most` addresses. Blocks when the host is a name of the DNS, so it
 * is for a program's start. The number found, or -1 and *v (NEVER: not that form; LATER: no answer). */
int sock_lookup(const char *where, struct sock_address *found, size_t most, struct verdict *v);
/*
 * Begin to connect by TCP. The descriptor (non-blocking, close-on-exec, for close()) is writable
 * when that is over, and sock_connected() says how it ended; or -1 and *v (LATER). What is sent and
 * not acknowledged for dead_ms ends the connection.
 */
int sock_connect(const struct sock_address *a, int dead_ms, struct verdict *v);
/* 0: it is connected; -1 and *v (LATER) when it could not. */
int sock_connected(int fd, struct verdict *v);

#endif
