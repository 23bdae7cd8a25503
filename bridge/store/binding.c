/*
 * binding.c - which phone number is whose in IM.
 */
#include "bridge/store/binding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/dict.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/store/key.h"
#include "bridge/store/shelf.h"

enum { EXPECTED = 1000, VIA = 64 };

struct entry {
	struct binding one;
	char *via, *name; /* name: "VIA JID" */
	struct dict_node by_name, by_jid, by_number;
	TAILQ_ENTRY(entry) all;
};

struct bindings {
	struct dict names, identities; /* a JID or a number, of which the newest is found */
	TAILQ_HEAD(, entry) all;
	size_t n;
};

struct bindings *
bindings_new(void)
{
	struct bindings *b = xcalloc(1, sizeof *b);

	dict_init(&b->names, EXPECTED);
	dict_init(&b->identities, EXPECTED);
	TAILQ_INIT(&b->all);
	return b;
}

static void
drop(struct bindings *b, struct entry *e)
{
	dict_remove(&e->by_name);
	dict_remove(&e->by_jid);
	dict_remove(&e->by_number);
	TAILQ_REMOVE(&b->all, e, all);
	b->n--;
	free(e->via);
	free(e->name);
	free(e);
}

void
bindings_free(struct bindings *b)
{
	if (!b)
		return;
	while (!TAILQ_EMPTY(&b->all))
		drop(b, TAILQ_FIRST(&b->all));
	dict_free(&b->names);
	dict_free(&b->identities);
	free(b);
}

static struct entry *
find(const struct bindings *b, const char *via, const char *jid)
{
	char *name = xasprintf("%s %s", via, jid);
	struct entry *e = dict_get(&b->names, name);

	free(name);
	return e;
}

void
bindings_set(struct bindings *b, const struct binding *one)
{
	struct entry *old = find(b, one->via, one->jid), *e;

	if (*one->number) {
		e = xcalloc(1, sizeof *e);
		e->one = *one;
		e->via = xstrdup(one->via);
		e->name = xasprintf("%s %s", one->via, one->jid);
		e->one.via = e->via;
		e->one.jid = e->name + strlen(e->via) + 1;
		dict_add(&b->names, &e->by_name, e->name, e);
		dict_add(&b->identities, &e->by_jid, e->one.jid, e);
		dict_add(&b->identities, &e->by_number, e->one.number, e);
		TAILQ_INSERT_TAIL(&b->all, e, all);
		b->n++;
	}
	/* Not before: `one` may be what lies in it. */
	if (old)
		drop(b, old);
}

void
bindings_forget(struct bindings *b, const char *jid_or_number)
{
	struct entry *e;

	while ((e = dict_get(&b->identities, jid_or_number)))
		drop(b, e);
}

bool
bindings_room(const struct bindings *b)
{
	return b->n < BINDINGS_MOST;
}

const struct binding *
bindings_at(const struct bindings *b, const char *via, const char *jid)
{
	const struct entry *e = find(b, via, jid);

	return e ? &e->one : NULL;
}

const struct binding *
bindings_of(const struct bindings *b, const char *jid_or_number)
{
	const struct entry *e = dict_get(&b->identities, jid_or_number);

	return e ? &e->one : NULL;
}

void
bindings_each(const struct bindings *b, const char *via,
    void (*each)(void *arg, const struct binding *one), void *arg)
{
	const struct entry *e;

	TAILQ_FOREACH (e, &b->all, all)
		if (!via || strcmp(via, e->one.via) == 0)
			each(arg, &e->one);
}

/* In the store: VIA NUL JID: "NUMBER SINCE TELL". */

static struct key
key_of(const struct binding *one)
{
	struct key k = { .len = 0 };

	key_add(&k, one->via, strnlen(one->via, VIA));
	key_add(&k, "", 1);
	key_add(&k, one->jid, strnlen(one->jid, BINDING_JID));
	return k;
}

int
binding_write(struct shelf *s, const struct binding *one, struct verdict *v)
{
	struct key k = key_of(one);

	if (!*one->number)
		return shelf_del(s, STORE_BINDINGS, &k, v);
	buf_reset(&s->record);
	buf_addf(&s->record, "%s %" PRId64 " %d", one->number, one->since, one->tell);
	return shelf_put(s, STORE_BINDINGS, &k, s->record.data, s->record.len, v);
}

/* Read the one at a key (which ends in NUL), its value in s->value. Whether it is one. */
static bool
parse(struct shelf *s, const struct key *k, struct binding *one)
{
	int tell, used = 0;

	*one = (struct binding){ .via = (const char *)k->bytes };
	one->jid = one->via + strlen(one->via) + 1;
	if (one->jid >= (const char *)k->bytes + k->len ||
	    sscanf(buf_str(&s->value), "%19[+0-9] %" SCNd64 " %d%n", one->number, &one->since, &tell,
		&used) != 3 || (size_t)used != s->value.len)
		return false;
	one->tell = tell;
	return true;
}

int
binding_each(struct shelf *s, void (*each)(void *arg, const struct binding *one), void *arg,
    struct verdict *v)
{
	struct key k = { .len = 0 };
	struct binding one;
	int rc;

	while ((rc = shelf_seek(s, STORE_BINDINGS, &k, 0, v)) == 1) {
		shelf_behind(s, &k); /* which puts a NUL behind the key */
		if ((rc = shelf_get(s, STORE_BINDINGS, k.bytes, k.len - 1, v)) < 0)
			break;
		if (rc == 1 && parse(s, &k, &one))
			each(arg, &one);
		else
			log_error("queue: a binding cannot be read");
	}
	return rc < 0 ? -1 : 0;
}

int
binding_forget(struct shelf *s, const char *jid_or_number, struct verdict *v)
{
	struct key k = { .len = 0 }, at;
	struct binding one;
	int rc, n = 0;

	while ((rc = shelf_seek(s, STORE_BINDINGS, &k, 0, v)) == 1) {
		shelf_behind(s, &k);
		at = k;
		at.len--;
		if ((rc = shelf_get(s, STORE_BINDINGS, at.bytes, at.len, v)) < 0)
			break;
		if (rc == 0 || !parse(s, &k, &one) ||
		    (strcmp(one.jid, jid_or_number) != 0 && strcmp(one.number, jid_or_number) != 0))
			continue;
		if (shelf_del(s, STORE_BINDINGS, &at, v) < 0)
			return -1;
		n++;
	}
	return rc < 0 ? -1 : n;
}
