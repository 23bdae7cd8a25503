/*
 * scan_icap.c - shows bytes to an ICAP server (RFC 3507), as the answer of a web server that it is
 * to let through (RESPMOD), or where it only does that as a request (REQMOD).
 *
 * A server that lets them through says 204, or sends them back as they were. One that does neither
 * has found something, whether it names it or not. What it wants to be asked for is learnt by
 * OPTIONS, and kept as long as it says.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/dial.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/icap.h"
#include "bridge/store/scan.h"

enum {
	HEAD = 4096,
	PREVIEW_MOST = 64 * 1024,
	TTL_PRESET = 60,
	TTL_MOST = 3600,
};

struct icap {
	char *where;          /* host:port */
	char *url;            /* icap://host:port/service */
	pthread_mutex_t lock; /* guards what follows */
	struct icap_head options;
	int64_t options_until;
};

static void *
icap_open(const char *where, const struct scan_settings *s, struct verdict *v)
{
	const char *host = strncmp(where, "//", 2) == 0 ? where + 2 : "";
	size_t len = strcspn(host, "/");
	struct icap *i;
	bool port;

	(void)s;
	if (len == 0 || host[len] != '/' || !host[len + 1] || strpbrk(where, " \r\n\t") ||
	    len > 256 || strlen(where) > 1024) {
		never(v, "5.3.5", "\"icap:%s\": the form is icap://host:port/service", where);
		return NULL;
	}
	i = xcalloc(1, sizeof *i);
	port = len > 1 && host[len - 1] != ']' && memchr(host, ':', len);
	i->where = xasprintf("%.*s%s", (int)len, host, port ? "" : ":1344");
	i->url = xasprintf("icap:%s", where);
	pthread_mutex_init(&i->lock, NULL);
	return i;
}

static void
icap_close(void *state)
{
	struct icap *i = state;

	pthread_mutex_destroy(&i->lock);
	free(i->where);
	free(i->url);
	free(i);
}

static int
ask_options(const struct icap *i, struct dial *d, struct icap_head *h, struct verdict *v)
{
	char *ask = xasprintf("OPTIONS %s ICAP/1.0\r\nHost: %s\r\nUser-Agent: Trivium\r\n"
			      "Connection: close\r\nEncapsulated: null-body=0\r\n\r\n",
	    i->url, i->where);
	int rc = dial_write(d, ask, strlen(ask), v);

	free(ask);
	if (rc < 0 || icap_head(d, h, v) < 0)
		return -1;
	if (h->status != 200)
		return later(v, "4.3.0", "it answers OPTIONS with %d", h->status);
	if (!h->respmod && !h->reqmod)
		return later(v, "4.3.0", "the service has neither RESPMOD nor REQMOD");
	return 0;
}

/* What the service wants. 0, or -1 and *v. */
static int
options(struct icap *i, struct dial *d, int64_t until, struct icap_head *h, struct verdict *v)
{
	bool known;
	long ttl;
	int rc;

	pthread_mutex_lock(&i->lock);
	*h = i->options;
	known = loop_ms() < i->options_until;
	pthread_mutex_unlock(&i->lock);
	if (known)
		return 0;
	if (dial_open(d, i->where, until, v) < 0)
		return -1;
	rc = ask_options(i, d, h, v);
	dial_close(d);
	if (rc < 0)
		return -1;
	ttl = h->ttl < 0 ? TTL_PRESET : h->ttl < TTL_MOST ? h->ttl : TTL_MOST;
	pthread_mutex_lock(&i->lock);
	i->options = *h;
	i->options_until = loop_ms() + ttl * 1000;
	pthread_mutex_unlock(&i->lock);
	return 0;
}

/* The request's head, and the HTTP heads in it. */
static void
write_head(
    const struct icap *i, const struct icap_head *o, const struct scan_part *part, struct buf *out)
{
	char request[256], answer[256], preview[40] = "", places[80];
	int n, a = 0;

	n = snprintf(request, sizeof request,
	    "%s http://trivium.invalid/ HTTP/1.1\r\nHost: trivium.invalid\r\n",
	    o->respmod ? "GET" : "POST");
	if (!o->respmod)
		n += snprintf(request + n, sizeof request - (size_t)n,
		    "Content-Type: %.80s\r\nContent-Length: %zu\r\n", part->type, part->len);
	n += snprintf(request + n, sizeof request - (size_t)n, "\r\n");
	if (o->respmod)
		a = snprintf(answer, sizeof answer,
		    "HTTP/1.1 200 OK\r\nContent-Type: %.80s\r\nContent-Length: %zu\r\n\r\n",
		    part->type, part->len);
	if (o->preview >= 0)
		snprintf(preview, sizeof preview, "Preview: %ld\r\n",
		    o->preview < PREVIEW_MOST ? o->preview : PREVIEW_MOST);
	snprintf(places, sizeof places,
	    o->respmod ? "req-hdr=0, res-hdr=%d, res-body=%d" : "req-hdr=0, req-body=%d", n, n + a);
	buf_addf(out,
	    "%s %s ICAP/1.0\r\nHost: %s\r\nUser-Agent: Trivium\r\nConnection: close\r\nAllow: "
	    "204\r\n"
	    "%sEncapsulated: %s\r\n\r\n%s",
	    o->respmod ? "RESPMOD" : "REQMOD", i->url, i->where, preview, places, request);
	buf_add(out, answer, (size_t)a);
}

/* Send bytes at..end of the part in chunks. 0, or -1 and *v. */
static int
put_chunks(struct dial *d, const struct scan_part *part, size_t at, size_t end, struct verdict *v)
{
	char *piece = xcalloc(1, DIAL_PIECE + 16);
	int rc = 0;

	for (size_t n; rc == 0 && at < end; at += n) {
		int head;

		n = end - at < DIAL_PIECE ? end - at : DIAL_PIECE;
		head = snprintf(piece, 16, "%zx\r\n", n);
		rc = file_piece(part->fd, piece + head, n, (off_t)at, v);
		memcpy(piece + head + n, "\r\n", 2);
		if (rc == 0)
			rc = dial_write(d, piece, (size_t)head + n + 2, v);
	}
	free(piece);
	return rc;
}

static int
put_end(struct dial *d, const char *end, struct verdict *v)
{
	return dial_write(d, end, strlen(end), v);
}

/* Show it, and read the head of the last answer. 0, or -1 and *v. */
static int
show(struct dial *d, const struct icap_head *o, const struct scan_part *part, struct icap_head *h,
    struct verdict *v)
{
	size_t first = 0;

	if (o->preview >= 0) {
		first = o->preview < PREVIEW_MOST ? (size_t)o->preview : PREVIEW_MOST;
		first = first < part->len ? first : part->len;
		/* "ieof": that was all there is (RFC 3507 4.5). */
		if (put_chunks(d, part, 0, first, v) < 0 ||
		    put_end(d, first == part->len ? "0; ieof\r\n\r\n" : "0\r\n\r\n", v) < 0 ||
		    icap_head(d, h, v) < 0)
			return -1;
		if (h->status != 100)
			return 0;
		if (first == part->len)
			return later(v, "4.3.0", "it wants more than there is");
	}
	if (put_chunks(d, part, first, part->len, v) < 0 || put_end(d, "0\r\n\r\n", v) < 0)
		return -1;
	/* Without a preview nothing may be told to go on. */
	if (icap_head(d, h, v) < 0)
		return -1;
	return h->status == 100 ? later(v, "4.3.0", "it says 100 where it may not") : 0;
}

static enum scan_says
judge(struct dial *d, const struct icap_head *o, const struct icap_head *h,
    const struct scan_part *part, char *found, struct verdict *v)
{
	int same;

	if (h->status / 100 == 2 && *h->found) {
		memcpy(found, h->found, SCAN_NAME);
		return SCAN_FOUND;
	}
	if (h->status == 204)
		return SCAN_CLEAN;
	if (h->status == 403) {
		snprintf(found, SCAN_NAME, "what the scanner forbids");
		return SCAN_FOUND;
	}
	if (h->status != 200) {
		later(v, "4.3.0", "it answers with %d", h->status);
		return SCAN_AWAY;
	}
	/* To a request an answer comes instead of the request: it is blocked. */
	same = !o->respmod && h->is_response ? 0 : icap_same(d, h, part->fd, part->len, v);
	if (same == 0)
		snprintf(found, SCAN_NAME, "what the scanner has changed or blocked");
	return same < 0 ? SCAN_AWAY : same ? SCAN_CLEAN : SCAN_FOUND;
}

static enum scan_says
icap_look(void *state, const struct scan_part *part, char *found, struct verdict *v)
{
	struct icap *i = state;
	struct dial *d = xcalloc(1, sizeof *d);
	enum scan_says says = SCAN_AWAY;
	struct icap_head o, h;
	struct buf head;

	buf_init(&head, HEAD);
	if (part->len == 0) {
		says = SCAN_CLEAN; /* a body of nothing */
	} else if (options(i, d, part->until, &o, v) == 0 &&
		   dial_open(d, i->where, part->until, v) == 0) {
		write_head(i, &o, part, &head);
		if (dial_write(d, head.data, head.len, v) == 0 && show(d, &o, part, &h, v) == 0)
			says = judge(d, &o, &h, part, found, v);
		dial_close(d);
	}
	buf_free(&head);
	free(d);
	return says;
}

const struct scan_driver scan_icap = {
	.name = "icap",
	.open = icap_open,
	.look = icap_look,
	.close = icap_close,
};
