/*
 * links.c - pages where the whole of a long message is read.
 *
 * What is shown was written by strangers: the page has no script, says so to the browser, and every
 * character of theirs that means something in HTML is escaped. Attachments are only ever saved, never
 * shown in our name.
 */
#include "bridge/flow/links.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/listener.h"
#include "bridge/flow/shape.h"
#include "bridge/message/msg.h"
#include "bridge/message/safe.h"
#include "bridge/store/link.h"
#include "bridge/store/queue.h"

enum {
	PAGE = 6 * MSG_MAX_FULL + 64 * 1024, /* every character escaped, and what is around */
	COMPLAIN_MS = 1000,		     /* wrong tokens are logged at most so often */
};

const struct setting links_rows[] = {
	{ "link_url", CONF_STRING, offsetof(struct links_settings, url), "", NULL, NULL,
	    "the address under which phones reach /t/ of the listener, where cut = link leads; empty: none" },
	{ "link_time", CONF_TIME, offsetof(struct links_settings, time), "7 d", "1 s", "365 d",
	    "how long what is there can be read" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

struct links {
	struct queue *queue;
	const struct links_settings *settings;
	int64_t complained_at;
};

/* A request while the queue is asked. */
struct visit {
	struct links *links;
	struct httpd_request *request;
	char token[LINK_TOKEN];
	int part; /* of the message; -1: the page */
};

struct links *
links_new(struct queue *q, const struct links_settings *s)
{
	struct links *l = xcalloc(1, sizeof *l);

	l->queue = q;
	l->settings = s;
	l->complained_at = -COMPLAIN_MS;
	return l;
}

void
links_free(struct links *l)
{
	free(l);
}

bool
links_are_made(const struct links *l)
{
	return *l->settings->url;
}

/* Is there a recipient who gets less than all, and wants a link to it? */
static bool
is_wanted(const struct msg *m)
{
	bool files = m->link_parts || m->nparts || m->nfiles;

	for (size_t i = 0; i < m->nrcpts; i++) {
		const struct msg_rcpt *r = &m->rcpts[i];

		if (r->shaping && (r->cut || (files && shape_is_sms(m, r))) && shape_style_of(r->shaping, r).link)
			return true;
	}
	return false;
}

/* Eighty bits of the kernel's chance in sixteen characters. */
static void
make_token(char out[LINK_TOKEN])
{
	static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	unsigned char bytes[16];

	while (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		; /* so few bytes come whole; a signal can only interrupt it early at boot */
	for (size_t i = 0; i < LINK_TOKEN - 1; i++)
		out[i] = base32[bytes[i] & 31];
	out[LINK_TOKEN - 1] = '\0';
}

void
links_make(const struct links *l, struct msg *m)
{
	const char *url = l->settings->url;
	size_t len = strlen(url);
	char token[LINK_TOKEN];

	if (!links_are_made(l) || m->about || !is_wanted(m))
		return;
	make_token(token);
	m->link_token = arena_strdup(m->arena, token);
	m->link = arena_printf(m->arena, "%s%s%s", url, url[len - 1] == '/' ? "" : "/", m->link_token);
	m->link_until = time(NULL) + l->settings->time / 1000;
	shape_ahead(m, true);
}

/* The page. */

static void
put_escaped(struct buf *out, const char *s)
{
	for (; *s; s++) {
		const char *special = strchr("&<>\"'", *s);

		if (special)
			buf_addf(out, "&#%d;", *s);
		else
			buf_add(out, s, 1);
	}
}

static void
put_parts(struct buf *out, const struct msg *m, const char *token)
{
	char name[SAFE_NAME];

	if (m->nparts)
		buf_adds(out, "<h2>Attachments</h2>\n<ul>\n");
	for (size_t i = 0; i < m->nparts; i++) {
		safe_name(m->parts[i].name, m->parts[i].type, (unsigned)i + 1, name);
		buf_addf(out, "<li><a href=\"%s/%zu\" download>", token, i);
		put_escaped(out, name);
		buf_addf(out, "</a> (%zu kB)\n", (m->parts[i].len + 999) / 1000);
	}
	if (m->nparts)
		buf_adds(out, "</ul>\n");
	if (m->left) {
		buf_adds(out, "<p>Not kept here: ");
		put_escaped(out, m->left);
		buf_adds(out, "\n");
	}
}

static void
put_page(struct buf *out, const struct msg *m, const char *token)
{
	const char *text = m->full ? m->full : m->text;
	const char *subject = m->subject && *m->subject ? m->subject : "Message";

	buf_adds(out, "<!doctype html>\n<html>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" "
	    "content=\"noindex\">\n<title>");
	put_escaped(out, subject);
	buf_adds(out, "</title>\n<style>body { font: 1em/1.5 sans-serif; max-width: 40em; margin: 1em "
	    "auto; padding: 0 1em } pre { font: inherit; white-space: pre-wrap; overflow-wrap: "
	    "anywhere }</style>\n<h1>");
	put_escaped(out, subject);
	buf_adds(out, "</h1>\n<pre>");
	put_escaped(out, text);
	buf_adds(out, "</pre>\n");
	put_parts(out, m, token);
	buf_adds(out, "</html>\n");
}

static void
say_safe(struct httpd_request *r, const char *type, const char *bytes, size_t len)
{
	httpd_answer_header(r, "Content-Security-Policy",
	    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-downloads");
	httpd_answer_header(r, "X-Content-Type-Options", "nosniff");
	httpd_answer_header(r, "Cache-Control", "private, no-store");
	httpd_answer(r, 200, type, bytes, len);
}

static void
answer_page(const struct visit *w, const struct msg *m)
{
	struct buf page;

	buf_init(&page, PAGE);
	put_page(&page, m, w->token);
	httpd_answer_header(w->request, "Referrer-Policy", "no-referrer");
	say_safe(w->request, "text/html; charset=utf-8", buf_str(&page), page.len);
	buf_free(&page);
}

/* An attachment, to be saved: the header names it in ASCII only, the page has the whole name. */
static void
answer_part(const struct visit *w, const struct msg_part *p)
{
	char name[SAFE_NAME], header[SAFE_NAME + 40];

	safe_name(p->name, p->type, (unsigned)w->part + 1, name);
	for (char *c = name; *c; c++)
		if (*c < ' ' || *c == '"' || *c == '\\' || (unsigned char)*c > 0x7e)
			*c = '_';
	snprintf(header, sizeof header, "attachment; filename=\"%s\"", name);
	httpd_answer_header(w->request, "Content-Disposition", header);
	say_safe(w->request, "application/octet-stream", p->bytes, p->len);
}

static void
refuse(const struct visit *w)
{
	struct links *l = w->links;

	if (loop_ms() - l->complained_at >= COMPLAIN_MS) {
		l->complained_at = loop_ms();
		log_warn("%s asked for a message that there is not", httpd_peer(w->request));
	}
	listener_say(w->request, 404, "there is no such message");
}

static void
on_link(void *arg, const struct msg *m, int64_t until, const struct verdict *v)
{
	struct visit *w = arg;

	if (v->is != DONE)
		listener_say(w->request, 503, "the message cannot be read now; try again later");
	else if (m && until < time(NULL))
		listener_say(w->request, 410, "the time to read this message is over");
	else if (m && w->part < 0)
		answer_page(w, m);
	else if (m && (size_t)w->part < m->nparts)
		answer_part(w, &m->parts[w->part]);
	else
		refuse(w);
	free(w);
}

void
links_called(void *links, struct httpd_request *r, const char *rest)
{
	struct visit *w = xcalloc(1, sizeof *w);
	size_t len = strcspn(rest, "/");
	const char *number = rest[len] ? rest + len + 1 : NULL;
	size_t digits = number ? strspn(number, "0123456789") : 0;

	w->links = links;
	w->request = r;
	w->part = number ? (int)strtol(number, NULL, 10) : -1;
	if (strcmp(httpd_method(r), "GET") != 0) {
		listener_say(r, 405, "only GET is known here");
	} else if (len != LINK_TOKEN - 1 || (number && (digits == 0 || digits > 2 || number[digits]))) {
		refuse(w);
	} else {
		memcpy(w->token, rest, len);
		queue_link(w->links->queue, w->token, on_link, w);
		return;
	}
	free(w);
}
