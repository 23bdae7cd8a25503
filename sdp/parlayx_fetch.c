/*
 * parlayx_fetch.c - the content of an MMS that the platform has announced.
 *
 * It is fetched while the platform waits for the answer to its announcement. So nothing need be kept
 * of an MMS that is not here yet: when it cannot be had, the platform is told so and announces it
 * again, and a crash between looks to it like that, too.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/http.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/transport.h"
#include "bridge/message/charset.h"
#include "bridge/message/msg.h"
#include "bridge/message/smil.h"
#include "sdp/parlayx.h"
#include "sdp/soap_in.h"

enum {
	MAX_CONTENT = MSG_MAX_MEDIA / 3 * 4 + (1 << 20), /* in base64, with its envelope */
	MAX_URL = 2000,
	FETCHES = 8, /* at a time: each may take some megabytes */
};

struct fetch {
	struct transport *t;
	struct msg *m;
	struct arena *arena;
	struct soap_uris uris;
	size_t next; /* of uris */
	struct swa swa;
	size_t bytes; /* of its parts */
	void (*on_fetched)(void *arg, const struct verdict *v);
	void *arg;
};

static void
end(struct fetch *f, const struct verdict *v)
{
	struct parlayx *p = f->t->state;

	p->fetching--;
	f->on_fetched(f->arg, v);
	arena_free(f->arena);
	free(f);
}

/* Into the message. */

/* A text part joins the text, on a line of its own. */
static void
add_text(struct fetch *f, const struct swa_part *p)
{
	struct msg *m = f->m;
	size_t len = p->len < MSG_MAX_TEXT ? p->len : MSG_MAX_TEXT;
	struct buf text;
	char *whole;

	buf_init(&text, len * CHARSET_GROWTH + 16);
	charset_text(*p->charset ? p->charset : NULL, p->bytes, len, &text);
	whole = arena_printf(m->arena, "%s%s%s", m->text, *m->text && text.len ? "\n" : "",
	    buf_str(&text));
	m->text = soap_text(m->arena, whole);
	buf_free(&text);
}

static bool
is_named(const struct swa_part *p, const char *src)
{
	return strcmp(p->id, src) == 0 || strcmp(p->location, src) == 0 || strcmp(p->name, src) == 0;
}

static void
add_part(struct fetch *f, struct swa_part *p)
{
	const char *name = *p->name ? p->name : *p->location ? p->location : NULL;
	const char *slash = name ? strrchr(name, '/') : NULL;
	char *safe = arena_strdup(f->arena, slash ? slash + 1 : name);

	if (strcmp(p->type, "text/plain") == 0) {
		add_text(f, p);
	} else if (p->len && strcmp(p->type, "application/smil") != 0) {
		if (safe)
			utf8_line(safe);
		msg_add_part(f->m, p->type, safe && *safe ? safe : NULL, p->bytes, p->len);
	}
	p->type = "";
}

/* The parts that the presentation shows, as it shows them, then the others. */
static void
take_parts(struct fetch *f)
{
	const char *srcs[SMIL_MOST];
	struct swa *swa = &f->swa;
	size_t n = 0;

	for (size_t i = 0; i < swa->n && !n; i++)
		if (strcmp(swa->parts[i].type, "application/smil") == 0)
			n = smil_read(f->arena, swa->parts[i].bytes, swa->parts[i].len, srcs);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < swa->n; k++)
			if (*swa->parts[k].type && is_named(&swa->parts[k], srcs[i]))
				add_part(f, &swa->parts[k]);
	for (size_t k = 0; k < swa->n; k++)
		if (*swa->parts[k].type)
			add_part(f, &swa->parts[k]);
}

static void
end_taken(struct fetch *f)
{
	struct verdict v;

	take_parts(f);
	done(&v, "2.0.0", "fetched");
	end(f, &v);
}

/* Why there is no answer of use, as a verdict: the platform may have it for us later. */
static int
no_answer(const struct http_answer *h, struct verdict *v)
{
	if (h->end == HTTP_TOO_LONG)
		return never(v, "5.3.4", "the MMS is too long");
	if (h->end != HTTP_ANSWERED)
		return later(v, "4.4.1", "the MMS cannot be fetched: %s", h->error);
	if (h->status != 200)
		return later(v, "4.4.1", "the MMS cannot be fetched: HTTP status %d", h->status);
	return 0;
}

/* getMessage: all in one answer. */

static int
read_message(struct fetch *f, const struct http_answer *h, struct verdict *v)
{
	struct soap_answer a;

	if (h->end == HTTP_ANSWERED && swa_read(f->arena, h->content_type, h->body, h->len, &f->swa, v) < 0)
		return later(v, "4.5.0", "the answer to getMessage is none");
	if (h->end == HTTP_ANSWERED) {
		soap_parse(f->swa.root.bytes, f->swa.root.len, "getMessage", &a);
		if (a.kind == SOAP_FAULT)
			return later(v, "4.4.1", "the MMS cannot be fetched: %s", a.text);
	}
	if (no_answer(h, v) < 0)
		return -1;
	if (a.kind != SOAP_RESULT)
		return later(v, "4.5.0", "the answer to getMessage is none");
	for (size_t i = 0; i < f->swa.n; i++)
		f->bytes += f->swa.parts[i].len;
	if (f->bytes > MSG_MAX_MEDIA)
		return never(v, "5.3.4", "the MMS is too long");
	return 0;
}

static void
on_message(void *arg, const struct http_answer *h)
{
	struct fetch *f = arg;
	struct verdict v;

	if (read_message(f, h, &v) < 0)
		end(f, &v);
	else
		end_taken(f);
}

/* getMessageURIs: a list, then each of them. */

/* The host and port of a URL, without a name or password before it. */
static const char *
host_of(struct arena *a, const char *url)
{
	const char *at;

	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return "";
	url = strchr(url, ':') + 3;
	at = arena_strndup(a, url, strcspn(url, "/?#\\"));
	return strchr(at, '@') ? "" : at;
}

static bool
is_platform(struct fetch *f, const char *url)
{
	const struct parlayx *p = f->t->state;
	const char *host = host_of(f->arena, url);

	return *host && strcasecmp(host, host_of(f->arena, p->mms_receive_url)) == 0;
}

/* May we go there? The list comes from outside, so only to the platform and to hosts that are
 * listed: else whoever writes such lists could have us ask our own neighbours. */
static bool
may_fetch(struct fetch *f, const char *url)
{
	const struct parlayx *p = f->t->state;
	const char *host = host_of(f->arena, url), *list = p->mms_hosts;
	size_t len = strlen(host), n;

	if (!len || strlen(url) > MAX_URL)
		return false;
	if (is_platform(f, url))
		return true;
	for (list += strspn(list, " ,"); *list; list += strspn(list, " ,")) {
		n = strcspn(list, " ,");
		if (n == len && strncasecmp(list, host, n) == 0)
			return true;
		list += n;
	}
	return false;
}

static void fetch_next(struct fetch *f);

static void
on_file(void *arg, const struct http_answer *h)
{
	struct fetch *f = arg;
	const char *type = h->content_type;
	struct verdict v;
	struct swa one;
	char *bytes;

	if (no_answer(h, &v) < 0) {
		end(f, &v);
		return;
	}
	f->bytes += h->len;
	if (f->bytes > MSG_MAX_MEDIA || f->swa.n == SWA_PARTS) {
		never(&v, "5.3.4", "the MMS is too long");
		end(f, &v);
		return;
	}
	bytes = arena_alloc(f->arena, h->len + 1);
	memcpy(bytes, h->body, h->len);
	/* What says it is a multipart, or says nothing, is a file like any other. */
	if (!*type || strncasecmp(type, "multipart/", 10) == 0)
		type = "application/octet-stream";
	swa_read(f->arena, type, bytes, h->len, &one, &v);
	one.root.location = arena_strndup(f->arena, f->uris.uri[f->next - 1],
	    strcspn(f->uris.uri[f->next - 1], "?#"));
	f->swa.parts[f->swa.n++] = one.root;
	fetch_next(f);
}

static void
fetch_next(struct fetch *f)
{
	const struct parlayx *p = f->t->state;
	struct http_request r = {
		.ca_file = p->ca_file,
		.timeout_ms = p->timeout,
		.connect_timeout_ms = p->connect_timeout,
		.max_answer = MSG_MAX_MEDIA,
	};
	struct verdict v;

	if (f->next == f->uris.n) {
		end_taken(f);
		return;
	}
	r.url = f->uris.uri[f->next++];
	/* Who is listed besides the platform may give us a picture, but not learn our password. */
	if (p->basic && is_platform(f, r.url)) {
		r.username = p->style.username;
		r.password = p->style.password;
	}
	if (may_fetch(f, r.url)) {
		http_send(p->http, &r, on_file, f);
		return;
	}
	never(&v, "5.7.1", "a part of the MMS is on a host that is not in mms_hosts");
	end(f, &v);
}

static void
on_uris(void *arg, const struct http_answer *h)
{
	struct fetch *f = arg;
	struct verdict v;

	if (no_answer(h, &v) < 0 ||
	    soap_uris_parse(f->arena, h->body, h->len, &f->uris, &v) < 0) {
		end(f, &v);
		return;
	}
	if (*f->uris.text)
		f->m->text = soap_text(f->m->arena, f->uris.text);
	fetch_next(f);
}

void
parlayx_fetch(struct transport *t, const struct soap_message *s, struct msg *m,
    void (*on_fetched)(void *arg, const struct verdict *v), void *arg)
{
	struct parlayx *p = t->state;
	bool uris = p->mms_fetch == FETCH_URIS;
	struct fetch *f;
	struct soap_moment now;
	struct verdict v;

	if (p->fetching >= FETCHES) {
		later(&v, "4.3.2", "so many MMS are being fetched that this one must wait");
		on_fetched(arg, &v);
		return;
	}
	p->fetching++;
	f = xcalloc(1, sizeof *f);
	f->t = t;
	f->m = m;
	f->arena = arena_new();
	f->on_fetched = on_fetched;
	f->arg = arg;
	soap_moment_now(&p->style, &now);
	buf_reset(&p->request);
	soap_get_message(&p->style, &p->mms, &now, uris ? "getMessageURIs" : "getMessage",
	    s->identifier, &p->request);
	parlayx_post(p, p->mms_receive_url, "text/xml; charset=utf-8", &p->request,
	    uris ? SOAP_MAX_ANSWER : MAX_CONTENT, uris ? on_uris : on_message, f);
}
