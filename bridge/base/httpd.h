/*
 * httpd.h - HTTP in, on libmicrohttpd run by the loop; libmicrohttpd stays in httpd*.c. Bounded in
 * body, header, connections and time. A request is answered once, now or later, so that an answer
 * can wait for the disk without holding anything up.
 */
#ifndef BRIDGE_HTTPD_H
#define BRIDGE_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct httpd;
struct httpd_request;
struct loop;
struct verdict;

struct httpd_settings {
	const char *listen;	      /* "unix:/path", "127.0.0.1:8080", "[::1]:8080", port 0: any */
	const char *tls_cert, *tls_key; /* PEM files, lent until it closes; NULL or "": no TLS */
	mode_t mode;		      /* of a unix socket: 0660 */
	size_t max_body;	      /* bytes; more is answered 413 */
	unsigned max_connections;     /* of more, idle ones are closed: see guests.h */
	unsigned idle_s;	      /* a connection that says nothing so long is closed */
	/* Is the address ("192.0.2.1", "::1", "unix") one whose connections strangers must not push out?
	 * arg is that of on_request(); NULL: none is. */
	bool (*known)(void *arg, const char *peer);
};

/*
 * Listen. on_request(arg, r) is called on the loop's thread when a whole request has come; it, or
 * someone later, calls httpd_answer(r, …) exactly once. A stale unix socket is replaced, one with a
 * living listener is an error. Returns the server, for httpd_close(), or NULL and *v.
 */
struct httpd *httpd_open(struct loop *l, const struct httpd_settings *s,
    void (*on_request)(void *arg, struct httpd_request *r), void *arg, struct verdict *v);
/*
 * Read the certificate and its key anew, for the connections that come from now on; those that are there go
 * on as they are. 1; 0 where there is no TLS; -1 and *v, nothing changed: NEVER when the files are wrong,
 * LATER while connections of before the last change are there still.
 */
int httpd_renew(struct httpd *h, struct verdict *v);
/* Take no new connection from now on; what is under way goes on. */
void httpd_quiesce(struct httpd *h);
/* Close. Requests not answered yet are answered 503 first, and must not be answered any more.
 * Removes a unix socket. Accepts NULL. */
void httpd_close(struct httpd *h);
/* How many requests wait for their answer. */
size_t httpd_waiting(const struct httpd *h);
/* The TCP port listened on; 0 for a unix socket. */
unsigned httpd_port(const struct httpd *h);

/* What was asked; all lent until the answer. */
const char *httpd_method(const struct httpd_request *r);
const char *httpd_path(const struct httpd_request *r);	/* without the query */
const char *httpd_query(const struct httpd_request *r, const char *name); /* decoded; NULL: absent */
const char *httpd_header(const struct httpd_request *r, const char *name); /* NULL: absent */
const char *httpd_body(const struct httpd_request *r, size_t *len);
const char *httpd_peer(const struct httpd_request *r);	/* "192.0.2.1", "::1", or "unix" */

/* Who sent this has shown who it is: from now on its address counts as known (see known above). Before
 * the answer. */
void httpd_trust(struct httpd_request *r);
/* Answer with that status and body (copied). From the loop's thread. r is gone afterwards. */
void httpd_answer(struct httpd_request *r, int status, const char *content_type, const char *body,
    size_t len);
/* A header for the answer to come; at most four, both strings are copied. */
void httpd_answer_header(struct httpd_request *r, const char *name, const char *value);

/* What follows answers as no good server does; the simulator needs it to try clients with. */

/* Close the connection with no answer. From the loop's thread. r is gone afterwards. */
void httpd_drop(struct httpd_request *r);
/*
 * Answer with piece (copied) again and again until `bytes` of body are sent, without keeping them in
 * memory. announced is the Content-Length; when it is more than bytes, the connection is closed
 * after them; -1: chunked. r is gone afterwards.
 */
void httpd_answer_repeat(struct httpd_request *r, int status, const char *content_type,
    const char *piece, size_t len, uint64_t bytes, int64_t announced);

#endif
