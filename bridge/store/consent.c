/*
 * consent.c - which phones want no messages.
 *
 * In the store each decision is a record of its own, in the order of time, and none is ever changed:
 * it may have to be shown years later what was said when.
 */
#include "bridge/store/consent.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/dict.h"
#include "bridge/base/digest.h"
#include "bridge/base/mem.h"
#include "bridge/store/key.h"
#include "bridge/store/shelf.h"

enum { EXPECTED = 10000, FIELD = 150 };

/* Who refuses whom: only those that do are in the book. */
struct refusal {
	LIST_ENTRY(refusal) all;
	struct dict_node node;
	char name[];
};

struct consents {
	struct dict refusals;
	LIST_HEAD(refusals, refusal) all;
};

struct consents *
consents_new(void)
{
	struct consents *c = xcalloc(1, sizeof *c);

	dict_init(&c->refusals, EXPECTED);
	LIST_INIT(&c->all);
	return c;
}

static void
drop(struct refusal *r)
{
	LIST_REMOVE(r, all);
	dict_remove(&r->node);
	free(r);
}

void
consents_free(struct consents *c)
{
	struct refusal *r;

	if (!c)
		return;
	while ((r = LIST_FIRST(&c->all)))
		drop(r);
	dict_free(&c->refusals);
	free(c);
}

static char *
name_of(const char *phone, const char *service, const char *peer)
{
	return xasprintf("%s %s %s", phone, service, peer);
}

static void
enter(struct consents *c, const char *name)
{
	size_t len = strlen(name) + 1;
	struct refusal *r;

	if (dict_get(&c->refusals, name))
		return;
	r = xcalloc(1, sizeof *r + len);
	memcpy(r->name, name, len);
	dict_add(&c->refusals, &r->node, r->name, r);
	LIST_INSERT_HEAD(&c->all, r, all);
}

/* All whose names begin so. Rare, so looked for one by one. */
static void
drop_all(struct consents *c, const char *beginning)
{
	struct refusal *r, *next;

	for (r = LIST_FIRST(&c->all); r; r = next) {
		next = LIST_NEXT(r, all);
		if (strncmp(r->name, beginning, strlen(beginning)) == 0)
			drop(r);
	}
}

void
consents_set(struct consents *c, const struct consent *d)
{
	bool all = strcmp(d->peer, CONSENT_ALL) == 0;
	char *name = name_of(d->phone, d->service, all && !d->stop ? "" : d->peer);
	struct refusal *r = dict_get(&c->refusals, name);

	if (d->stop)
		enter(c, name);
	else if (all)
		drop_all(c, name);
	else if (r)
		drop(r);
	free(name);
}

bool
consents_refused(
    const struct consents *c, const char *phone, const char *service, const char *peer)
{
	char *name = name_of(phone, service, CONSENT_ALL);
	bool refused = dict_get(&c->refusals, name) != NULL;

	free(name);
	if (refused)
		return true;
	name = name_of(phone, service, peer);
	refused = dict_get(&c->refusals, name) != NULL;
	free(name);
	return refused;
}

/*
 * In the store: phone NUL service NUL peer NUL time(8): "stop TEXT" or "start TEXT", then, where the message
 * can be known again, NUL and the digest by which it is.
 */

static void
add_field(struct key *k, const char *s, size_t most)
{
	key_add(k, s, strnlen(s, most));
	key_add(k, "", 1);
}

/* Does the record in s->value, written at that time, come from the same message? */
static bool
is_same(const struct shelf *s, int64_t at, const struct consent *d, const unsigned char *sum, size_t len)
{
	size_t text = strnlen(s->value.data, s->value.len);

	return s->value.len == text + 1 + len && memcmp(s->value.data + text + 1, sum, len) == 0 &&
	       (!d->once_ms || (at + 1) * 1000 + d->once_ms > d->at * 1000);
}

/* Does the record in s->value say what s->record does? */
static bool
is_written(const struct shelf *s)
{
	size_t len = strnlen(s->value.data, s->value.len);

	return len == s->record.len && memcmp(s->value.data, s->record.data, len) == 0;
}

/* Has the phone's message been heard? 1, 0, or -1 and *v. */
static int
is_heard(struct shelf *s, const struct consent *d, const unsigned char *sum, size_t len, struct verdict *v)
{
	struct key k = { .len = 0 }, at;
	size_t prefix;
	int rc = 0;

	add_field(&k, d->phone, 64);
	prefix = k.len;
	while (len && (rc = shelf_seek(s, STORE_CONSENTS, &k, prefix, v)) == 1) {
		shelf_behind(s, &k);
		at = k;
		at.len--; /* shelf_behind() put a NUL behind the key */
		if ((rc = shelf_get(s, STORE_CONSENTS, at.bytes, at.len, v)) < 0)
			break;
		if (rc == 1 && at.len > 8 && is_same(s, key_get64(at.bytes + at.len - 8), d, sum, len))
			return 1;
	}
	return rc < 0 ? -1 : 0;
}

int
consent_write(struct shelf *s, const struct consent *d, struct verdict *v)
{
	unsigned char time[8], sum[DIGEST_MOST];
	size_t len = d->once ? digest_of(DIGEST_SHA256, d->once, strlen(d->once), sum) : 0, fields;
	struct key k = { .len = 0 };
	int64_t at = d->at;
	int rc = is_heard(s, d, sum, len, v);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	add_field(&k, d->phone, 64);
	add_field(&k, d->service, 24);
	add_field(&k, d->peer, FIELD * 2);
	fields = k.len;
	buf_reset(&s->record);
	buf_addf(&s->record, "%s %.*s", d->stop ? "stop" : "start", CONSENT_TEXT, d->text);
	do { /* none is ever changed, not even by another one of the same second */
		k.len = fields;
		key_put64(time, at++);
		key_add(&k, time, sizeof time);
		if ((rc = shelf_get(s, STORE_CONSENTS, k.bytes, k.len, v)) == 1 && !d->once && is_written(s))
			return 0;
	} while (rc == 1);
	if (rc < 0)
		return -1;
	if (len) {
		buf_add(&s->record, "", 1);
		buf_add(&s->record, sum, len);
	}
	return shelf_put(s, STORE_CONSENTS, &k, s->record.data, s->record.len, v) < 0 ? -1 : 1;
}

/* Read the decision at a key, its value in s->value. Whether it is one. */
static bool
read_decision(const struct shelf *s, const struct key *k, struct consent *d)
{
	const char *p = (const char *)k->bytes, *end = p + k->len;
	const char **fields[] = { &d->phone, &d->service, &d->peer };
	const char *value = s->value.data;

	for (int i = 0; i < 3; i++) {
		size_t len = strnlen(p, (size_t)(end - p));

		if (p + len == end)
			return false;
		*fields[i] = p;
		p += len + 1;
	}
	if (end - p != 8)
		return false;
	d->at = key_get64(p);
	d->stop = strncmp(value, "stop", 4) == 0;
	d->text = strchr(value, ' ') ? strchr(value, ' ') + 1 : "";
	return true;
}

int
consent_each(struct shelf *s, void (*each)(void *arg, const struct consent *d), void *arg,
    struct verdict *v)
{
	struct key k = { .len = 0 }, at;
	struct consent d = { .once = NULL };
	int rc;

	while ((rc = shelf_seek(s, STORE_CONSENTS, &k, 0, v)) == 1) {
		shelf_behind(s, &k);
		at = k;
		at.len--; /* shelf_behind() put a NUL behind the key */
		if ((rc = shelf_get(s, STORE_CONSENTS, at.bytes, at.len, v)) < 0)
			break;
		buf_str(&s->value);
		if (rc == 1 && read_decision(s, &at, &d))
			each(arg, &d);
	}
	return rc < 0 ? -1 : 0;
}

int
consent_forget(struct shelf *s, const char *who, struct verdict *v)
{
	struct key k = { .len = 0 }, at;
	struct consent d;
	int rc, n = 0;

	while ((rc = shelf_seek(s, STORE_CONSENTS, &k, 0, v)) == 1) {
		shelf_behind(s, &k);
		at = k;
		at.len--;
		if ((rc = shelf_get(s, STORE_CONSENTS, at.bytes, at.len, v)) < 0)
			break;
		buf_str(&s->value);
		if (rc == 0 || !read_decision(s, &at, &d) ||
		    (!key_is_uri(d.phone, who) && !key_is_uri(d.peer, who)))
			continue;
		if (shelf_del(s, STORE_CONSENTS, &at, v) < 0)
			return -1;
		n++;
	}
	return rc < 0 ? -1 : n;
}
