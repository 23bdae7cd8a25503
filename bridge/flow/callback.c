/*
 * callback.c - who may call which transport.
 *
 * The protocols of platforms do not say who calls, so the address and a secret must. A stranger who
 * tries often must not fill the log: a transport's refusals are logged one in LOG_EVERY_MS, and
 * the next line says how many there were between.
 */
#include "bridge/flow/callback.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/digest.h"
#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/networks.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/listener.h"
#include "bridge/flow/transport.h"

enum {
	LOG_EVERY_MS = 10 * 1000,
	NAME_PASSWORD = 1200, /* a secret has at most 1024 bytes, see conf.h, and a name before it */
};

const struct setting callback_rows[] = {
	{ "callback_secret_file", CONF_SECRET, offsetof(struct callback_settings, secret), "", NULL,
	    NULL, "holds what a platform that calls must know" },
	{ "callback_from", CONF_STRING, offsetof(struct callback_settings, from), "", NULL, NULL,
	    "the addresses and networks from which the platform calls" },
	{ 0 },
};

/* One transport that may be called. */
struct callee {
	struct transport *transport;
	const char *secret;
	struct networks *from;
	bool any; /* the secret is enough */
	int64_t logged;
	unsigned unlogged;
	struct callee *next;
};

struct callbacks {
	struct callee *first;
	struct callee nobody; /* of requests for sections that do not exist */
};

struct callbacks *
callbacks_new(void)
{
	return xcalloc(1, sizeof(struct callbacks));
}

void
callbacks_free(struct callbacks *c)
{
	struct callee *e;

	if (!c)
		return;
	while ((e = c->first)) {
		c->first = e->next;
		networks_free(e->from);
		free(e);
	}
	free(c);
}

int
callbacks_add(struct callbacks *c, struct transport *t, const struct callback_settings *s,
    struct verdict *v)
{
	static const char here[] = "127.0.0.0/8 ::1";
	struct networks *from = networks_parse(*s->from ? s->from : here, v);
	struct callee *e;

	if (!from)
		return -1;
	e = xcalloc(1, sizeof *e);
	e->transport = t;
	e->secret = s->secret;
	e->from = from;
	e->any = !*s->from && *s->secret;
	e->next = c->first;
	c->first = e;
	return 0;
}

/* Does the path's first part have that name? Then *rest is what follows it and its slash. */
static bool
first_part(const char *path, const char *name, const char **rest)
{
	size_t len = strlen(name);

	if (strncmp(path, name, len) != 0 || (path[len] && path[len] != '/'))
		return false;
	*rest = path + len + (path[len] == '/');
	return true;
}

/* Does the field Authorization hold the secret: as a bearer's token (RFC 6750), or as the password
 * of HTTP Basic (RFC 7617), whatever the name? */
static bool
is_authorized(const char *field, const char *secret)
{
	unsigned char pair[NAME_PASSWORD + 1];
	const char *colon;
	int n;

	if (!field)
		return false;
	if (strncasecmp(field, "Bearer ", 7) == 0)
		return digest_same(field + 7, secret);
	if (strncasecmp(field, "Basic ", 6) != 0 ||
	    (n = digest_unbase64(field + 6, pair, NAME_PASSWORD)) < 0)
		return false;
	pair[n] = '\0';
	colon = strchr((const char *)pair, ':');
	return colon && digest_same(colon + 1, secret);
}

/* Does the request know the secret? *rest loses it when it stands there. */
static bool
knows_secret(const struct callee *e, const struct httpd_request *r, const char **rest)
{
	size_t len = strcspn(*rest, "/");
	char *part;
	bool same;

	if (!*e->secret)
		return true;
	part = xstrndup(*rest, len);
	same = digest_same(part, e->secret);
	free(part);
	if (!same)
		return is_authorized(httpd_header(r, "Authorization"), e->secret);
	*rest += len + ((*rest)[len] == '/');
	return true;
}

static bool
is_from(const struct callee *e, const char *peer)
{
	struct in6_addr address;

	return network_address(peer, &address) && networks_have(e->from, &address);
}

static bool
comes_from_there(const struct callee *e, const struct httpd_request *r)
{
	/* A unix socket is opened to whom it is for by its mode. */
	if (e->any || strcmp(httpd_peer(r), "unix") == 0)
		return true;
	return is_from(e, httpd_peer(r));
}

static void
refuse(struct callee *e, struct httpd_request *r, int status, const char *why)
{
	int64_t now = loop_ms();

	if (e->logged && now - e->logged < LOG_EVERY_MS) {
		e->unlogged++;
	} else {
		log_warn("callback: %s for %s is refused: %s%s", httpd_peer(r),
		    e->transport ? e->transport->name : "nobody", why,
		    e->unlogged ? " (as others before, which were not logged)" : "");
		e->logged = now;
		e->unlogged = 0;
	}
	if (status == 401)
		httpd_answer_header(r, "WWW-Authenticate", "Basic realm=\"trivium\"");
	listener_say(r, status, why);
}

static void
take(struct callee *e, struct httpd_request *r, const char *rest)
{
	/* Where there is no secret, its address was known before. */
	if (*e->secret)
		httpd_trust(r);
	e->transport->driver->called(e->transport, r, rest);
}

bool
callbacks_know(void *arg, const char *peer)
{
	const struct callbacks *c = arg;

	for (const struct callee *e = c->first; e; e = e->next)
		if (!e->any && e->transport->driver->called && is_from(e, peer))
			return true;
	return false;
}

void
callbacks_called(void *arg, struct httpd_request *r, const char *path)
{
	struct callbacks *c = arg;
	struct callee *e = c->first;
	const char *rest = path;

	while (e && !first_part(path, e->transport->name, &rest))
		e = e->next;
	if (!e || !e->transport->driver->called)
		refuse(&c->nobody, r, 404, "there is no such transport, or it is never called");
	else if (!comes_from_there(e, r))
		refuse(e, r, 403, "its address is not in callback_from");
	else if (!knows_secret(e, r, &rest))
		refuse(e, r, 401, "the secret is wrong or missing");
	else
		take(e, r, rest);
}
