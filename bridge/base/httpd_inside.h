/*
 * httpd_inside.h - what httpd.c, the server, and httpd_request.c, its requests, know of each other.
 */
#ifndef BRIDGE_HTTPD_INSIDE_H
#define BRIDGE_HTTPD_INSIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "bridge/base/buf.h"
#include "bridge/base/httpd.h"
#include "bridge/base/loop.h"

/* libmicrohttpd's, which its header is needed for only in the two files. */
struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

enum { HTTPD_HEADERS = 4 }; /* that an answer is given besides its Content-Type */

struct httpd_request {
	struct httpd *httpd;
	struct MHD_Connection *connection;
	struct guest *guest;
	const char *method, *path;
	struct buf body;
	bool too_long;
	bool waiting; /* on_request() has it and it is not answered */
	bool suspended;
	size_t thrown_away;            /* bytes of a body that is too long */
	struct MHD_Response *response; /* the answer, before it is queued */
	int status;
	bool dropped;                  /* no answer, the connection is to be closed */
	char *headers[HTTPD_HEADERS][2]; /* for the answer: name, value */
	unsigned nheaders;
	struct httpd_request *next, *previous; /* those waiting */
};

struct httpd {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	struct watch *watch;
	struct MHD_Daemon *old; /* with the certificate of before, while it has connections; else NULL */
	struct watch *old_watch;
	const char *tls_cert, *tls_key; /* NULL: none */
	unsigned idle_s;
	struct timer timer;
	void (*on_request)(void *arg, struct httpd_request *r);
	bool (*known)(void *arg, const char *peer);
	void *arg;
	struct guests *guests;
	int64_t logged; /* when it was last that a connection was closed for want of room; 0: never */
	unsigned unlogged;
	size_t max_body;
	char *where;
	int listener; /* -1 once quiesced */
	unsigned port;
	char *path;       /* of a unix socket, until it is removed */
	struct stat file; /* what we made there */
	bool running;     /* inside MHD_run() */
	struct httpd_request *waiting;
	struct verdict *starting; /* takes libmicrohttpd's reason when it does not start */
};

/* What of a connection has come goes to its request (*slot, made when it is NULL), and an answer that is there
 * goes out; bytes and *len as libmicrohttpd has them (MHD_AccessHandlerCallback). False: it is to be closed. */
bool httpd_request_go_on(struct httpd *h, struct MHD_Connection *c, const char *url, const char *method,
    const char *bytes, size_t *len, void **slot);
/* The request, if there is one, is over. */
void httpd_request_end(void **slot);
/* Let libmicrohttpd run in the loop's next turn: it has no way to tell that a connection was resumed. */
void httpd_run_soon(struct httpd *h);

#endif
