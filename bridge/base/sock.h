/*
 * sock.h - sockets that listen: at a path (unix) or an address (TCP).
 */
#ifndef BRIDGE_SOCK_H
#define BRIDGE_SOCK_H

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

#endif
