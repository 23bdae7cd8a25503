/*
 * quota.c - how much each sender has sent today and this month.
 */
#include "bridge/store/quota.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <time.h>

#include "bridge/base/dict.h"
#include "bridge/base/mem.h"
#include "bridge/store/key.h"
#include "bridge/store/shelf.h"

enum {
	EXPECTED = 100000, /* senders that the book is fast for */
	WHO = 400,	   /* bytes of a sender's name that are kept */
};

struct entry {
	LIST_ENTRY(entry) all;
	struct dict_node node;
	char day[QUOTA_PERIOD], month[QUOTA_PERIOD];
	struct quota_used used;
	char who[];
};

struct quotas {
	struct dict entries;
	LIST_HEAD(entries, entry) all;
	int64_t named_at; /* of day and month: made once a second at most */
	char day[QUOTA_PERIOD], month[QUOTA_PERIOD];
};

static void
name_periods(int64_t now, char day[QUOTA_PERIOD], char month[QUOTA_PERIOD])
{
	time_t t = (time_t)now;
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(day, QUOTA_PERIOD, "%Y%m%d", &tm);
	strftime(month, QUOTA_PERIOD, "%Y%m", &tm);
}

struct quotas *
quotas_new(void)
{
	struct quotas *q = xcalloc(1, sizeof *q);

	dict_init(&q->entries, EXPECTED);
	LIST_INIT(&q->all);
	return q;
}

void
quotas_free(struct quotas *q)
{
	struct entry *e;

	if (!q)
		return;
	while ((e = LIST_FIRST(&q->all))) {
		LIST_REMOVE(e, all);
		free(e);
	}
	dict_free(&q->entries);
	free(q);
}

/* The entry with what counts now. */
static struct entry *
entry_of(struct quotas *q, const char *who, int64_t now)
{
	struct entry *e = dict_get(&q->entries, who);

	if (now != q->named_at) {
		name_periods(now, q->day, q->month);
		q->named_at = now;
	}
	if (!e) {
		size_t len = strlen(who) + 1;

		e = xcalloc(1, sizeof *e + len);
		memcpy(e->who, who, len);
		dict_add(&q->entries, &e->node, e->who, e);
		LIST_INSERT_HEAD(&q->all, e, all);
	}
	if (strcmp(e->day, q->day) != 0) {
		memcpy(e->day, q->day, sizeof e->day);
		e->used.day = (struct quota_sum){ 0 };
	}
	if (strcmp(e->month, q->month) != 0) {
		memcpy(e->month, q->month, sizeof e->month);
		e->used.month = (struct quota_sum){ 0 };
	}
	return e;
}

struct quota_used
quotas_used(struct quotas *q, const char *who, int64_t now)
{
	return entry_of(q, who, now)->used;
}

static void
add(struct quota_sum *s, int64_t messages, int64_t segments)
{
	s->messages += messages;
	s->segments += segments;
}

void
quotas_count(struct quotas *q, const char *who, int64_t now, int64_t messages, int64_t segments)
{
	struct entry *e = entry_of(q, who, now);

	add(&e->used.day, messages, segments);
	add(&e->used.month, messages, segments);
}

void
quotas_forget(struct quotas *q, const char *who)
{
	struct entry *e, *next;

	for (e = LIST_FIRST(&q->all); e; e = next) {
		next = LIST_NEXT(e, all);
		if (strcasecmp(e->who, who) != 0)
			continue;
		LIST_REMOVE(e, all);
		dict_remove(&e->node);
		free(e);
	}
}

void
quotas_restore(struct quotas *q, const struct quota_line *line, int64_t now)
{
	struct entry *e = entry_of(q, line->who, now);

	if (strcmp(line->period, e->day) == 0)
		add(&e->used.day, line->sum.messages, line->sum.segments);
	else if (strcmp(line->period, e->month) == 0)
		add(&e->used.month, line->sum.messages, line->sum.segments);
}

/* In the store. */

static int
charge(struct shelf *s, const char *period, const char *who, int64_t messages, int64_t segments,
    struct verdict *v)
{
	struct key k = { .len = 0 };
	unsigned char value[16];
	int rc;

	key_add(&k, period, strlen(period) + 1);
	key_add(&k, who, strnlen(who, WHO));
	if ((rc = shelf_get(s, STORE_QUOTAS, k.bytes, k.len, v)) < 0)
		return -1;
	if (rc == 1 && s->value.len == sizeof value) {
		messages += key_get64(s->value.data);
		segments += key_get64(s->value.data + 8);
	}
	key_put64(value, messages);
	key_put64(value + 8, segments);
	return shelf_put(s, STORE_QUOTAS, &k, value, sizeof value, v);
}

int
quota_charge(struct shelf *s, const char *who, int64_t now, int64_t messages, int64_t segments,
    struct verdict *v)
{
	char day[QUOTA_PERIOD], month[QUOTA_PERIOD];

	name_periods(now, day, month);
	return charge(s, day, who, messages, segments, v) < 0
		   ? -1
		   : charge(s, month, who, messages, segments, v);
}

/* Read the line at the key found. Whether it is one, of a period that is not over. */
static bool
read_line(struct shelf *s, const struct key *k, int64_t now, struct quota_line *line)
{
	char day[QUOTA_PERIOD], month[QUOTA_PERIOD];
	const char *period = (const char *)k->bytes;
	size_t len = strnlen(period, k->len);

	name_periods(now, day, month);
	if (len >= k->len || (strcmp(period, day) != 0 && strcmp(period, month) != 0) ||
	    s->value.len != 16)
		return false;
	snprintf(line->period, sizeof line->period, "%s", period);
	line->who = xstrndup(period + len + 1, k->len - len - 1);
	line->sum.messages = key_get64(s->value.data);
	line->sum.segments = key_get64(s->value.data + 8);
	return true;
}

int
quota_read(struct shelf *s, int64_t now, struct quota_line **lines, size_t *n, struct verdict *v)
{
	struct key k = { .len = 0 }, at;
	int rc;

	*lines = NULL;
	*n = 0;
	while ((rc = shelf_seek(s, STORE_QUOTAS, &k, 0, v)) == 1) {
		shelf_behind(s, &k);
		at = k;
		at.len--; /* shelf_behind() put a NUL behind the key */
		if ((rc = shelf_get(s, STORE_QUOTAS, at.bytes, at.len, v)) < 0)
			break;
		*lines = xrealloc(*lines, (*n + 1) * sizeof **lines);
		if (read_line(s, &at, now, &(*lines)[*n]))
			++*n;
		else if ((rc = shelf_del(s, STORE_QUOTAS, &at, v)) < 0)
			break;
	}
	return rc < 0 ? -1 : 0;
}

int
quota_forget(struct shelf *s, const char *who, struct verdict *v)
{
	struct key k = { .len = 0 }, at;
	int rc, n = 0;

	while ((rc = shelf_seek(s, STORE_QUOTAS, &k, 0, v)) == 1) {
		const char *name;

		shelf_behind(s, &k); /* which puts a NUL behind the key */
		name = (const char *)k.bytes + strlen((const char *)k.bytes) + 1;
		if (name >= (const char *)k.bytes + k.len || strcasecmp(name, who) != 0)
			continue;
		at = k;
		at.len--;
		if (shelf_del(s, STORE_QUOTAS, &at, v) < 0)
			return -1;
		n++;
	}
	return rc < 0 ? -1 : n;
}
