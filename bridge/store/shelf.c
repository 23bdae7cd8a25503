/*
 * shelf.c - the store, with room to read into.
 */
#include "bridge/store/shelf.h"

#include <assert.h>
#include <string.h>

#include "bridge/base/log.h"

void
shelf_init(struct shelf *s, const struct store_driver *driver, void *store)
{
	s->driver = driver;
	s->store = store;
	s->memory = store_mem.open(NULL, NULL);
	buf_init(&s->found, KEY_MOST);
	buf_init(&s->other, KEY_MOST);
	buf_init(&s->value, SHELF_RECORD);
	buf_init(&s->record, SHELF_RECORD);
}

void
shelf_free(struct shelf *s)
{
	store_mem.close(s->memory);
	buf_free(&s->found);
	buf_free(&s->other);
	buf_free(&s->value);
	buf_free(&s->record);
}

int
shelf_begin(struct shelf *s, struct verdict *v)
{
	return s->driver->begin(s->store, v) < 0 ? -1 : store_mem.begin(s->memory, v);
}

int
shelf_commit(struct shelf *s, struct verdict *v)
{
	return s->driver->commit(s->store, v) < 0 ? -1 : store_mem.commit(s->memory, v);
}

void
shelf_abort(struct shelf *s)
{
	s->driver->abort(s->store);
	store_mem.abort(s->memory);
}

void
shelf_remember(struct shelf *s, enum store_map m, const struct key *k)
{
	store_mem.put(s->memory, m, k->bytes, k->len, "", 0, NULL);
}

static bool
is_remembered(struct shelf *s, enum store_map m, const void *key, size_t len)
{
	return store_mem.get(s->memory, m, key, len, NULL, NULL) == 1;
}

bool
shelf_forget(struct shelf *s, enum store_map m, const struct key *k)
{
	if (!is_remembered(s, m, k->bytes, k->len))
		return false;
	store_mem.del(s->memory, m, k->bytes, k->len, NULL);
	return true;
}

int
shelf_get(struct shelf *s, enum store_map m, const void *key, size_t len, struct verdict *v)
{
	unsigned char lent[JOB_KEY];

	if (m == STORE_BODIES && is_remembered(s, m, key, len)) {
		job_key(key, 0, lent);
		return s->driver->get(s->store, STORE_LENT, lent, sizeof lent, &s->value, v);
	}
	if (is_remembered(s, m, key, len)) {
		buf_reset(&s->value);
		return 1;
	}
	return s->driver->get(s->store, m, key, len, &s->value, v);
}

int
shelf_put(struct shelf *s, enum store_map m, const struct key *k, const void *value, size_t len,
    struct verdict *v)
{
	return s->driver->put(s->store, m, k->bytes, k->len, value, len, v);
}

int
shelf_del(struct shelf *s, enum store_map m, const struct key *k, struct verdict *v)
{
	return shelf_forget(s, m, k) ? 0 : s->driver->del(s->store, m, k->bytes, k->len, v);
}

static bool
is_before(const struct buf *a, const struct buf *b)
{
	int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

	return order ? order < 0 : a->len < b->len;
}

int
shelf_seek(struct shelf *s, enum store_map m, const struct key *k, size_t prefix, struct verdict *v)
{
	int rc = s->driver->seek(s->store, m, k->bytes, k->len, &s->found, NULL, v);

	if (rc >= 0 && store_mem.seek(s->memory, m, k->bytes, k->len, &s->other, NULL, NULL) == 1 &&
	    (rc == 0 || is_before(&s->other, &s->found))) {
		struct buf first = s->other;

		s->other = s->found;
		s->found = first;
		rc = 1;
	}
	if (rc == 1 && (s->found.len < prefix || memcmp(s->found.data, k->bytes, prefix) != 0))
		return 0;
	return rc;
}

const unsigned char *
shelf_found_job(const struct shelf *s)
{
	assert(s->found.len >= JOB_KEY);
	return (const unsigned char *)s->found.data + s->found.len - JOB_KEY;
}

int
shelf_write_job(struct shelf *s, const struct job *j, struct verdict *v)
{
	unsigned char key[JOB_KEY];

	job_key(j->msg->id, j->rcpt, key);
	buf_reset(&s->record);
	job_format(j, &s->record);
	return s->driver->put(s->store, STORE_JOBS, key, sizeof key, s->record.data, s->record.len, v);
}

int
shelf_read_job(struct shelf *s, const unsigned char key[JOB_KEY], struct job **j, struct verdict *v)
{
	int rc = shelf_get(s, STORE_JOBS, key, JOB_KEY, v);

	if (rc != 1)
		return rc;
	if (!(*j = job_parse(s->value.data, s->value.len))) {
		log_error("queue: the record of %.26s cannot be read", (const char *)key);
		return 0;
	}
	return 1;
}

void
shelf_behind(const struct shelf *s, struct key *k)
{
	k->len = 0;
	key_add(k, s->found.data, s->found.len);
	key_add(k, "", 1);
}

int
shelf_name(struct shelf *s, char kind, const char *text, const struct job *j, struct verdict *v)
{
	struct key k;

	if (!text)
		return 0;
	k = key_name(kind, text, j);
	return shelf_put(s, STORE_NAMES, &k, "", 0, v);
}

int
shelf_unname(struct shelf *s, char kind, const char *text, const struct job *j, struct verdict *v)
{
	struct key k;

	if (!text)
		return 0;
	k = key_name(kind, text, j);
	return shelf_del(s, STORE_NAMES, &k, v);
}
