/*
 * listener.c - the HTTP server for what networks call: a table of prefixes.
 *
 * Who may call is settled by whoever has the prefix (callback.c for platforms); here stand only the
 * bounds that hold for everyone, since anyone who reaches the port gets this far.
 */
#include "bridge/flow/listener.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/httpd.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/store/settings.h"

enum {
	PREFIXES = 8,
	MAX_BODY = 1 << 20, /* a notification has some kilobytes; pictures are fetched, not brought */
	CONNECTIONS = 512,  /* with full bodies on all of them that is half a gigabyte */
	IDLE_S = 60,
};

struct listener {
	struct httpd *httpd; /* NULL: nobody is listened to */
	bool serving;
	struct {
		const char *prefix;
		void (*on_request)(void *arg, struct httpd_request *r, const char *rest);
		void *arg;
	} paths[PREFIXES];
	size_t n;
	bool (*known)(void *arg, const char *peer); /* NULL: nobody is */
	void *known_arg;
};

void
listener_say(struct httpd_request *r, int status, const char *text)
{
	char line[320];
	int n = snprintf(line, sizeof line, "%s\n", text);

	httpd_answer(r, status, "text/plain; charset=utf-8", line,
	    n < (int)sizeof line ? (size_t)n : sizeof line - 1);
}

static void
on_request(void *arg, struct httpd_request *r)
{
	const struct listener *l = arg;
	const char *path = httpd_path(r);

	if (!l->serving) {
		/* Platforms bring it again; these seconds are a start's. */
		httpd_answer_header(r, "Retry-After", "10");
		listener_say(r, 503, "triviumd is starting or stopping");
		return;
	}
	for (size_t i = 0; i < l->n; i++) {
		size_t len = strlen(l->paths[i].prefix);

		if (strncmp(path, l->paths[i].prefix, len) == 0) {
			l->paths[i].on_request(l->paths[i].arg, r, path + len);
			return;
		}
	}
	listener_say(r, 404, "there is nothing here");
}

static bool
is_known(void *arg, const char *peer)
{
	const struct listener *l = arg;

	return l->known && l->known(l->known_arg, peer);
}

struct listener *
listener_open(struct loop *loop, const struct bridge_settings *b, struct verdict *v)
{
	const struct httpd_settings s = {
		.listen = b->listen,
		.tls_cert = b->listen_cert,
		.tls_key = b->listen_key,
		.mode = 0660,
		.max_body = MAX_BODY,
		.max_connections = CONNECTIONS,
		.idle_s = IDLE_S,
		.known = is_known,
	};
	struct listener *l = xcalloc(1, sizeof *l);

	if (*b->listen && !(l->httpd = httpd_open(loop, &s, on_request, l, v))) {
		free(l);
		return NULL;
	}
	return l;
}

void
listener_add(struct listener *l, const char *prefix,
    void (*on_path)(void *arg, struct httpd_request *r, const char *rest), void *arg)
{
	assert(l->n < PREFIXES);
	l->paths[l->n].prefix = prefix;
	l->paths[l->n].on_request = on_path;
	l->paths[l->n++].arg = arg;
}

void
listener_know(struct listener *l, bool (*known)(void *arg, const char *peer), void *arg)
{
	l->known = known;
	l->known_arg = arg;
}

void
listener_serve(struct listener *l)
{
	l->serving = true;
}

int
listener_renew(struct listener *l, struct verdict *v)
{
	return l->httpd ? httpd_renew(l->httpd, v) : 0;
}

void
listener_quiesce(struct listener *l)
{
	l->serving = false;
	if (l->httpd)
		httpd_quiesce(l->httpd);
}

size_t
listener_waiting(const struct listener *l)
{
	return l->httpd ? httpd_waiting(l->httpd) : 0;
}

unsigned
listener_port(const struct listener *l)
{
	return l->httpd ? httpd_port(l->httpd) : 0;
}

void
listener_close(struct listener *l)
{
	if (!l)
		return;
	httpd_close(l->httpd);
	free(l);
}
