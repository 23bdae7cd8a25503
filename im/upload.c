/*
 * upload.c - pictures on their way to IM users.
 *
 * One part after another: a slot is asked for, the part is put there. What fails is no reason to keep
 * the message back: that part is named in the text instead.
 */
#include "im/upload.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/http.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/xml.h"
#include "bridge/flow/transport.h"
#include "bridge/message/msg.h"
#include "im/asks.h"
#include "im/gateway.h"
#include "im/write.h"

#define NS_UPLOAD "urn:xmpp:http:upload:0"
#define NS_INFO "http://jabber.org/protocol/disco#info"
#define NS_ITEMS "http://jabber.org/protocol/disco#items"

enum {
	ITEMS = 20, /* of the server's services that are looked at */
	TIMEOUT_MS = 60 * 1000,
	CONNECT_MS = 10 * 1000,
	ANSWER = 16 * 1024,
	HEADERS = 3, /* that a slot may want (XEP-0363 section 5) */
};

struct upload {
	struct gateway *gateway;
	struct asks *asks;
	struct http *http;
	const char *wanted, *ca_file;
	char *service; /* NULL: none is known */
};

/* One message's parts. */
struct batch {
	struct upload *upload;
	const struct msg *msg;
	size_t at;
	char *links[MSG_MAX_PARTS];
	char *link; /* of the slot that is being filled */
	void (*on_links)(void *arg, const char *const *links);
	void *arg;
};

struct upload *
upload_new(struct loop *l, struct gateway *g, struct asks *a, const char *service, const char *ca_file)
{
	struct upload *u = xcalloc(1, sizeof *u);

	u->gateway = g;
	u->asks = a;
	u->http = http_new(l, 4);
	u->wanted = service;
	u->ca_file = ca_file;
	if (strcmp(service, "auto") != 0 && strcmp(service, "none") != 0)
		u->service = xstrdup(service);
	return u;
}

void
upload_free(struct upload *u)
{
	if (!u)
		return;
	/* Without a service the next step of each message is its last. */
	free(u->service);
	u->service = NULL;
	asks_lost(u->asks);
	http_free(u->http);
	free(u);
}

/* Looking for the service (XEP-0363 section 3): among the server's items, the one with the feature. */

/* An item that is asked what it is. */
struct look {
	struct upload *upload;
	char jid[];
};

static void
write_info(struct writer *w, const void *arg)
{
	(void)arg;
	write_empty(w, "query", NS_INFO);
}

static void
write_items(struct writer *w, const void *arg)
{
	(void)arg;
	write_empty(w, "query", NS_ITEMS);
}

static void
on_info(void *arg, const struct xml *iq)
{
	struct look *l = arg;
	const struct xml *query = xml_child_ns(iq, "query", NS_INFO);

	for (const struct xml *f = query ? query->first : NULL; f && !l->upload->service; f = f->next) {
		const char *var = xml_attr(f, "var");

		if (!var || strcmp(var, NS_UPLOAD) != 0)
			continue;
		l->upload->service = xstrdup(l->jid);
		log_info("transport %s: pictures are put onto %s", l->upload->gateway->transport->name,
		    l->jid);
	}
	free(l);
}

static void
on_items(void *arg, const struct xml *iq)
{
	struct upload *u = arg;
	const struct xml *query = xml_child_ns(iq, "query", NS_ITEMS);
	unsigned n = 0;

	for (const struct xml *i = query ? query->first : NULL; i && n < ITEMS; i = i->next) {
		const char *jid = xml_attr(i, "jid");
		size_t len = jid ? strlen(jid) : 0;
		struct look *l;

		if (!len || len > 255 || strcmp(jid, u->gateway->domain) == 0)
			continue;
		l = xcalloc(1, sizeof *l + len + 1);
		l->upload = u;
		memcpy(l->jid, jid, len);
		asks_send(u->asks, l->jid, write_info, on_info, l);
		n++;
	}
}

void
upload_up(struct upload *u)
{
	const char *server = strchr(u->gateway->domain, '.');

	if (strcmp(u->wanted, "auto") != 0)
		return;
	free(u->service);
	u->service = NULL;
	/* A component's name is one below its server's. */
	if (server && server[1])
		asks_send(u->asks, server + 1, write_items, on_items, u);
}

/* Putting parts there. */

static void next_part(struct batch *b);

static void
on_put(void *arg, const struct http_answer *a)
{
	struct batch *b = arg;

	if (a->end == HTTP_ANSWERED && (a->status == 201 || a->status == 200)) {
		b->links[b->at] = b->link;
	} else {
		log_event(b->msg->id, "transport=%s, a part is not put onto the server (%s, HTTP status %d)",
		    b->upload->gateway->transport->name, *a->error ? a->error : "refused", a->status);
		free(b->link);
	}
	b->link = NULL;
	b->at++;
	next_part(b);
}

static bool
is_link(const char *url)
{
	return url && strlen(url) < 2000 && (strncmp(url, "https://", 8) == 0 ||
	    strncmp(url, "http://", 7) == 0) && !url[strcspn(url, " \t\r\n\"<>\\")];
}

/* The headers that the slot wants; XEP-0363 allows these three. */
static void
take_headers(const struct xml *put, char *lines[HEADERS + 1])
{
	static const char *const allowed[] = { "Authorization", "Cookie", "Expires" };
	size_t n = 0;

	for (const struct xml *h = put->first; h && n < HEADERS; h = h->next) {
		const char *name = xml_attr(h, "name");

		for (size_t i = 0; name && i < 3; i++)
			if (strcmp(h->name, "header") == 0 && strcasecmp(name, allowed[i]) == 0) {
				lines[n++] = xasprintf("%s: %s", allowed[i], h->text);
				break;
			}
	}
}

static void
on_slot(void *arg, const struct xml *iq)
{
	struct batch *b = arg;
	const struct msg_part *part = &b->msg->parts[b->at];
	const struct xml *slot = xml_child_ns(iq, "slot", NS_UPLOAD);
	const struct xml *put = xml_child(slot, "put");
	const char *to = xml_attr(put, "url"), *get = xml_attr(xml_child(slot, "get"), "url");
	char *headers[HEADERS + 1] = { NULL };
	struct http_request r = { .url = to, .content_type = part->type, .put = true,
		.headers = (const char *const *)headers, .body = part->bytes, .len = part->len,
		.timeout_ms = TIMEOUT_MS, .connect_timeout_ms = CONNECT_MS, .max_answer = ANSWER,
		.ca_file = b->upload->ca_file };

	if (!is_link(to) || !is_link(get)) {
		b->at++;
		next_part(b);
		return;
	}
	take_headers(put, headers);
	b->link = xstrdup(get);
	http_send(b->upload->http, &r, on_put, b);
	for (size_t i = 0; i < HEADERS; i++)
		free(headers[i]);
}

/* A name that every server takes: a few plain letters of its own name, or its kind. */
static void
file_name(const struct msg_part *p, char name[80])
{
	const char *end = strchr(p->type, '/');
	size_t n = 0;

	for (const char *s = p->name ? p->name : ""; *s && n < 60; s++)
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		    (n && strchr(".-_", *s)))
			name[n++] = *s;
	name[n] = '\0';
	if (n == 0)
		snprintf(name, 80, "part.%.20s", end ? end + 1 : "bin");
}

static void
write_request(struct writer *w, const void *arg)
{
	const struct batch *b = arg;
	const struct msg_part *p = &b->msg->parts[b->at];
	char name[80], size[24];

	file_name(p, name);
	snprintf(size, sizeof size, "%zu", p->len);
	write_open(w, "request", NS_UPLOAD);
	write_attr(w, "filename", name);
	write_attr(w, "size", size);
	write_attr(w, "content-type", p->type);
}

static void
next_part(struct batch *b)
{
	if (b->at < b->msg->nparts + b->msg->nfiles && b->upload->service) {
		asks_send(b->upload->asks, b->upload->service, write_request, on_slot, b);
		return;
	}
	b->on_links(b->arg, (const char *const *)b->links);
	for (size_t i = 0; i < MSG_MAX_PARTS; i++)
		free(b->links[i]);
	free(b);
}

void
upload_parts(struct upload *u, const struct msg *m,
    void (*on_links)(void *arg, const char *const *links), void *arg)
{
	struct batch *b = xcalloc(1, sizeof *b);

	b->upload = u;
	b->msg = m;
	b->on_links = on_links;
	b->arg = arg;
	next_part(b);
}
