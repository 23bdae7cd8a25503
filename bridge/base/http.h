/*
 * http.h - HTTP out, on libcurl, which stays in http.c: many requests side by side on the loop
 * (struct http), or one at a time for a thread that may block (struct http_caller).
 *
 * TLS is verified (peer and host), TLS 1.2 at least. No redirect is followed, no proxy of the
 * environment is used, "Expect: 100-continue" is not sent, only http and https are spoken.
 * A POST goes out at most once; a GET may be repeated when a kept connection turns out to be dead.
 * A header or content type with a line end in it is left out.
 */
#ifndef BRIDGE_HTTP_H
#define BRIDGE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct networks;
struct verdict;

struct http_request {
	const char *url;	       /* http://… or https://… */
	const char *unix_socket;       /* path to connect to instead of the URL's host; NULL: none */
	const char *content_type;      /* NULL with a body of NULL */
	const char *const *headers;    /* further "Name: value" lines, ends in NULL; NULL: none */
	const char *body;	       /* POSTed; NULL: GET. Copied */
	bool put;		       /* the body is PUT instead, which may be repeated as a GET may */
	size_t len;
	const char *username, *password; /* HTTP Basic; NULL: none */
	const char *ca_file;	       /* trust these instead of the system's; NULL or "": the system's */
	long timeout_ms;	       /* for the whole exchange */
	long connect_timeout_ms;
	size_t max_answer;	       /* bytes of body; more ends the exchange as HTTP_TOO_LONG */
};

/* How far an exchange came. What an answer's absence means depends on it. */
enum http_end {
	HTTP_ANSWERED,	/* status and body are there */
	HTTP_UNSENT,	/* no byte of the request left: name, connect, TLS, or the url is wrong */
	HTTP_TLS,	/* as HTTP_UNSENT: the other side could not prove who it is, or no common TLS */
	HTTP_LOST,	/* the request went out in part or whole, and no whole answer came */
	HTTP_TIMEOUT,	/* as HTTP_LOST, by time */
	HTTP_TOO_LONG,	/* as HTTP_LOST: the answer is longer than max_answer */
};

struct http_answer {
	enum http_end end;
	int status;		  /* 200, 500, …; 0 unless HTTP_ANSWERED */
	const char *body;	  /* NUL-terminated; lent for the callback */
	size_t len;
	const char *content_type; /* "" when there was none */
	long retry_after;	  /* seconds, from Retry-After (RFC 9110 10.2.3); -1: none */
	const char *error;	  /* a sentence when end is not HTTP_ANSWERED; else "" */
};

struct http;

/* A client on the loop, keeping at most max_idle connections open between requests. */
struct http *http_new(struct loop *l, long max_idle);
/* From now on connect to no address in these networks (lent), whatever name leads there: for requests
 * whose URLs are strangers'. Before the first request. */
void http_avoid(struct http *h, const struct networks *n);
/* Ends what is under way (each on_answer is called with HTTP_LOST, or HTTP_UNSENT). Accepts NULL. */
void http_free(struct http *h);
/* Start an exchange. on_answer(arg, answer) is called exactly once, never from inside this call;
 * it may start further exchanges. */
void http_send(struct http *h, const struct http_request *r,
    void (*on_answer)(void *arg, const struct http_answer *a), void *arg);

struct http_caller;

/* A pool of kept connections for callers that block; any thread may use it. For http_caller_free(). */
struct http_caller *http_caller_new(void);
void http_caller_free(struct http_caller *c);
/*
 * One exchange, waiting for its end. on_wait(arg), when given, is called about once a second while
 * waiting. *a is filled; what it lends is the caller's, to be released by http_answer_free().
 */
void http_call(struct http_caller *c, const struct http_request *r, void (*on_wait)(void *arg),
    void *arg, struct http_answer *a);
/* Releases what http_call() put into *a. */
void http_answer_free(struct http_answer *a);

/*
 * Read where a daemon listens, as written in the configuration: "unix:/path", "http://host:port",
 * "https://host:port". *unix_path is the path in `where` or NULL; url gets the base URL
 * ("http://localhost" for a unix socket), without a slash at its end. 0, or -1 and *v.
 */
int http_where(const char *where, const char **unix_path, char *url, size_t room, struct verdict *v);

#endif
