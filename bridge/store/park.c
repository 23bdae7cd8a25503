/*
 * park.c - messages on their way in that something is fetched for first.
 *
 * A record is a line of numbers, the link, what makes a repetition known, and the message.
 */
#include "bridge/store/park.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "bridge/store/shelf.h"

enum { HEAD = 128 };

/* Transport, NUL, id: ids sort by time. */
static struct key
key_of(const char *transport, const char *id)
{
	struct key k = { .len = 0 };

	key_add(&k, transport, strlen(transport) + 1);
	key_add(&k, id, strlen(id));
	return k;
}

void
park_format(const struct msg *m, const char *link, struct buf *out)
{
	const char *once = m->once ? m->once : "";

	buf_addf(out, "%zu %zu %" PRId64 " %" PRId64 "\n", strlen(link), strlen(once), m->once_ms,
	    m->gather_ms);
	buf_adds(out, link);
	buf_adds(out, once);
	msg_format(m, out);
}

int
park_write(struct shelf *s, const char *transport, const char *id, const struct buf *record,
    struct verdict *v)
{
	struct key k = key_of(transport, id);

	return shelf_put(s, STORE_PARKED, &k, record->data, record->len, v);
}

int
park_drop(struct shelf *s, const char *transport, const char *id, struct verdict *v)
{
	struct key k = key_of(transport, id);

	return shelf_del(s, STORE_PARKED, &k, v);
}

/* Read a record. false: it cannot be read. */
static bool
parse(const struct buf *record, struct parked *p)
{
	char head[HEAD];
	size_t link, once, at;
	int64_t once_ms, gather_ms;
	const char *end = record->len ? memchr(record->data, '\n', record->len < HEAD ? record->len : HEAD) : NULL;
	struct verdict bad;

	if (!end)
		return false;
	snprintf(head, sizeof head, "%.*s", (int)(end - record->data), record->data);
	at = (size_t)(end - record->data) + 1;
	if (sscanf(head, "%zu %zu %" SCNd64 " %" SCNd64, &link, &once, &once_ms, &gather_ms) != 4 ||
	    link > record->len - at || once > record->len - at - link)
		return false;
	p->msg = msg_parse(record->data + at + link + once, record->len - at - link - once, &bad);
	if (!p->msg)
		return false;
	p->link = xstrndup(record->data + at, link);
	p->msg->once = once ? arena_strndup(p->msg->arena, record->data + at + link, once) : NULL;
	p->msg->once_ms = once_ms;
	p->msg->gather_ms = gather_ms;
	return true;
}

int
park_read(struct shelf *s, const char *transport, struct parked **list, struct verdict *v)
{
	struct key k = key_of(transport, "");
	size_t prefix = k.len;
	int rc, n = 0;

	*list = NULL;
	while ((rc = shelf_seek(s, STORE_PARKED, &k, prefix, v)) == 1) {
		struct parked p;

		shelf_behind(s, &k);
		if ((rc = shelf_get(s, STORE_PARKED, s->found.data, s->found.len, v)) < 0)
			break;
		if (rc == 0 || !parse(&s->value, &p)) {
			log_error("queue: a message that came by %s and waits cannot be read", transport);
			continue;
		}
		*list = xrealloc(*list, ((size_t)n + 1) * sizeof **list);
		(*list)[n++] = p;
	}
	if (rc >= 0)
		return n;
	parked_free(*list, (size_t)n);
	*list = NULL;
	return -1;
}

void
parked_free(struct parked *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		msg_free(list[i].msg);
		free(list[i].link);
	}
	free(list);
}
