/*
 * talk.c - the conversations of a phone.
 *
 * The record is a line for each, in the order of use: slot, time and four strings with tabs between
 * them. Strings come out of headers, so what is no printable character in them is dropped.
 */
#include "bridge/store/talk.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/space.h"
#include "bridge/store/shelf.h"

enum {
	FIELDS = 6,
	RECORD = 1 << 20, /* more than SPACE_POOL conversations */
};

static struct talks *
talks_new(size_t room)
{
	struct arena *a = arena_new();
	struct talks *t = arena_alloc(a, sizeof *t);

	t->arena = a;
	t->all = arena_alloc(a, (room + 1) * sizeof *t->all);
	return t;
}

void
talks_free(struct talks *t)
{
	if (t)
		arena_free(t->arena);
}

/* Cut a line into its fields, in place; whether it has them all. */
static bool
cut(char *line, char *fields[FIELDS])
{
	for (int i = 0; i < FIELDS; i++) {
		fields[i] = line;
		if (!(line = strchr(line, '\t')))
			return i == FIELDS - 1;
		*line++ = '\0';
	}
	return false;
}

struct talks *
talks_parse(const char *bytes, size_t len)
{
	size_t lines = 0;
	struct talks *t;
	char *at, *end, *fields[FIELDS];

	for (size_t i = 0; i < len; i++)
		lines += bytes[i] == '\n';
	t = talks_new(lines);
	for (at = arena_strndup(t->arena, bytes, len); (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		if (!cut(at, fields))
			continue;
		t->all[t->n++] = (struct talk){
			.slot = (unsigned)strtoul(fields[0], NULL, 10),
			.used = strtoll(fields[1], NULL, 10),
			.peer = fields[2],
			.message_id = fields[3],
			.references = fields[4],
			.subject = fields[5],
		};
	}
	return t;
}

void
talks_format(const struct talks *t, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct talk *k = &t->all[i];

		buf_addf(out, "%u\t%" PRId64 "\t%s\t%s\t%s\t%s\n", k->slot, k->used, k->peer,
		    k->message_id, k->references, k->subject);
	}
}

const struct talk *
talks_with(const struct talks *t, const char *peer)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->all[i].peer, peer) == 0)
			return &t->all[i];
	return NULL;
}

const struct talk *
talks_at(const struct talks *t, unsigned slot)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->all[i].slot == slot)
			return &t->all[i];
	return NULL;
}

/* The lowest slot that nobody has; there is one when there are fewer talks than slots. */
static unsigned
free_slot(const struct talks *t)
{
	unsigned slot = 0;

	while (talks_at(t, slot))
		slot++;
	return slot;
}

/* Forget those whose slots the space does not have any more: the configuration changed. */
static void
drop_foreign(struct talks *t, unsigned slots)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->all[i].slot < slots)
			t->all[n++] = t->all[i];
	t->n = n;
}

struct talk *
talks_use(struct talks *t, const struct space *space, const char *peer, int64_t now)
{
	unsigned slots = space_slots(space);
	struct talk k = { .peer = peer, .message_id = "", .references = "", .subject = "" };
	const struct talk *old;
	size_t at;

	assert(slots > 0);
	drop_foreign(t, slots);
	if ((old = talks_with(t, peer))) {
		k = *old;
		at = (size_t)(old - t->all);
	} else if (t->n >= slots) {
		at = t->n - 1;
		k.slot = t->all[at].slot;
	} else {
		k.slot = free_slot(t);
		at = t->n++;
	}
	if (!old)
		k.peer = arena_strdup(t->arena, peer);
	k.used = now;
	memmove(t->all + 1, t->all, at * sizeof *t->all);
	t->all[0] = k;
	return &t->all[0];
}

/* In the store. */

static struct key
key_of(const char *transport, const char *phone)
{
	struct key k = { .len = 0 };

	key_add(&k, transport, strnlen(transport, 63));
	key_add(&k, "", 1);
	key_add(&k, phone, strnlen(phone, 64));
	return k;
}

int
talk_read(struct shelf *s, const char *transport, const char *phone, struct talks **t,
    struct verdict *v)
{
	struct key k = key_of(transport, phone);
	int rc = shelf_get(s, STORE_TALKS, k.bytes, k.len, v);

	if (rc < 0)
		return -1;
	*t = rc == 1 ? talks_parse(s->value.data, s->value.len) : talks_new(0);
	return 0;
}

static int
talk_write(struct shelf *s, const char *transport, const char *phone, const struct talks *t,
    struct verdict *v)
{
	struct key k = key_of(transport, phone);

	buf_reset(&s->record);
	talks_format(t, &s->record);
	return shelf_put(s, STORE_TALKS, &k, s->record.data, s->record.len, v);
}

/* A header's value as a field of the record. */
static const char *
field(struct talks *t, const char *value)
{
	char *copy = arena_strndup(t->arena, value ? value : "", value ? strnlen(value, TALK_FIELD) : 0);

	for (char *p = copy; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	return copy;
}

/* A chain of Message-IDs as a field: the last ones, whole. */
static const char *
chain(struct talks *t, const char *ids)
{
	size_t len = ids ? strlen(ids) : 0;

	if (len > TALK_FIELD && (ids = strchr(ids + len - TALK_FIELD, '<')) == NULL)
		return "";
	return field(t, ids);
}

int
talk_to_phone(struct shelf *s, const struct msg *m, const struct msg_rcpt *r, int64_t now,
    char *number, struct verdict *v)
{
	struct talks *t;
	struct talk *k;
	int rc;

	if (talk_read(s, r->transport, r->to, &t, v) < 0)
		return -1;
	k = talks_use(t, r->space, field(t, m->from), now);
	k->message_id = field(t, m->message_id);
	k->references = chain(t, m->references && *m->references ? m->references : m->in_reply_to);
	k->subject = field(t, m->subject);
	space_number(r->space, k->slot, number);
	rc = talk_write(s, r->transport, r->to, t, v);
	talks_free(t);
	return rc;
}

/* The mail that goes on in a conversation is in its thread. */
static void
join_thread(struct msg *m, const struct talk *t)
{
	const char *subject = t->subject;
	bool is_answer = strncasecmp(subject, "re:", 3) == 0;

	if (*t->message_id) {
		m->in_reply_to = arena_strdup(m->arena, t->message_id);
		m->references = arena_printf(m->arena, "%s%s%s", t->references,
		    *t->references ? " " : "", t->message_id);
	}
	if (*subject && !m->subject)
		m->subject = arena_printf(m->arena, "%s%s", is_answer ? "" : "Re: ", subject);
}

int
talk_from_phone(struct shelf *s, struct msg *m, const struct msg_rcpt *r, int64_t now,
    struct verdict *v)
{
	struct talks *t;
	struct talk *k;
	int rc;

	if (talk_read(s, m->via, m->from, &t, v) < 0)
		return -1;
	k = talks_use(t, r->space, field(t, r->to), now);
	join_thread(m, k);
	/* A phone that began: its further messages, and answers to it, hang on its first one. */
	if (!*k->message_id) {
		k->message_id = field(t, m->mail_id);
		k->subject = field(t, m->subject);
	}
	rc = talk_write(s, m->via, m->from, t, v);
	talks_free(t);
	return rc;
}

/* Take out those with that peer. How many. */
static unsigned
drop_peer(struct talks *t, const char *who)
{
	size_t n = 0, before = t->n;

	for (size_t i = 0; i < t->n; i++)
		if (!key_is_uri(t->all[i].peer, who))
			t->all[n++] = t->all[i];
	t->n = n;
	return (unsigned)(before - n);
}

/* Of one phone, whose key (with a NUL behind it) is given. How many went; -1 and *v. */
static int
forget_of(struct shelf *s, const struct key *at, const char *who, struct verdict *v)
{
	const char *transport = (const char *)at->bytes, *phone = transport + strlen(transport) + 1;
	struct talks *t;
	int n, rc = 0;

	if (phone >= transport + at->len || talk_read(s, transport, phone, &t, v) < 0)
		return phone >= transport + at->len ? 0 : -1;
	n = key_is_uri(phone, who) ? (int)t->n : (int)drop_peer(t, who);
	if (n && (key_is_uri(phone, who) || t->n == 0)) {
		struct key k = key_of(transport, phone);

		rc = shelf_del(s, STORE_TALKS, &k, v);
	} else if (n) {
		rc = talk_write(s, transport, phone, t, v);
	}
	talks_free(t);
	return rc < 0 ? -1 : n;
}

int
talk_forget(struct shelf *s, const char *who, struct key *at, unsigned most, unsigned *gone,
    struct verdict *v)
{
	int rc = 1;

	while (most-- && (rc = shelf_seek(s, STORE_TALKS, at, 0, v)) == 1) {
		int n;

		shelf_behind(s, at);
		if ((n = forget_of(s, at, who, v)) < 0)
			return -1;
		*gone += (unsigned)n;
	}
	return rc;
}
