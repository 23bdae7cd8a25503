/*
 * brief.c - what need not be written of a job that is sent as soon as it is added.
 */
#include "bridge/store/brief.h"

#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/store/shelf.h"

static struct key
key_lent(const struct job *j)
{
	unsigned char bytes[JOB_KEY];
	struct key k = { .len = 0 };

	job_key(j->msg->id, j->rcpt, bytes);
	key_add(&k, bytes, sizeof bytes);
	return k;
}

static struct key
key_body(const struct job *j)
{
	struct key k = { .len = 0 };

	key_add(&k, j->msg->id, MSG_ID - 1);
	return k;
}

int
brief_begin(struct shelf *s, const struct job *j, struct verdict *v)
{
	struct key lent = key_lent(j), turn = key_turn(j), due = key_due(j, j->due);
	struct key open = key_name(NAME_OPEN, "", j), body = key_body(j);
	bool only = j->of == 1;

	shelf_remember(s, STORE_LENT, &lent);
	shelf_remember(s, STORE_TURNS, &turn);
	shelf_remember(s, STORE_DUE, &due);
	shelf_remember(s, STORE_NAMES, &open);
	if (only)
		shelf_remember(s, STORE_BODIES, &body);
	return shelf_put(s, STORE_LENT, &lent, s->record.data, only ? s->record.len : 0, v);
}

/* Write an entry that stands in memory still. */
static int
write_down(struct shelf *s, enum store_map m, const struct key *k, struct verdict *v)
{
	return shelf_forget(s, m, k) ? shelf_put(s, m, k, "", 0, v) : 0;
}

/* The content stands with the entry in STORE_LENT. */
static int
write_body(struct shelf *s, const struct key *lent, const struct key *body, struct verdict *v)
{
	int rc = s->driver->get(s->store, STORE_LENT, lent->bytes, lent->len, &s->value, v);

	if (rc <= 0 || s->value.len == 0)
		return rc < 0 ? -1 : 0;
	return shelf_put(s, STORE_BODIES, body, s->value.data, s->value.len, v);
}

int
brief_end(struct shelf *s, const struct job *j, struct verdict *v)
{
	struct key lent = key_lent(j), turn, due, open, body;

	if (!shelf_forget(s, STORE_LENT, &lent))
		return 0;
	turn = key_turn(j);
	due = key_due(j, j->due);
	open = key_name(NAME_OPEN, "", j);
	body = key_body(j);
	if (write_down(s, STORE_TURNS, &turn, v) < 0 || write_down(s, STORE_DUE, &due, v) < 0 ||
	    write_down(s, STORE_NAMES, &open, v) < 0)
		return -1;
	if (shelf_forget(s, STORE_BODIES, &body) && write_body(s, &lent, &body, v) < 0)
		return -1;
	return shelf_del(s, STORE_LENT, &lent, v);
}

/* Write all that the entry found implies. */
static int
recover(struct shelf *s, const struct key *lent, struct verdict *v)
{
	struct key turn, due, open, body;
	struct job *j;
	int rc = shelf_read_job(s, lent->bytes, &j, v);

	if (rc <= 0)
		return rc;
	turn = key_turn(j);
	due = key_due(j, j->due);
	open = key_name(NAME_OPEN, "", j);
	body = key_body(j);
	rc = shelf_put(s, STORE_TURNS, &turn, "", 0, v) < 0 ||
	     shelf_put(s, STORE_DUE, &due, "", 0, v) < 0 ||
	     shelf_put(s, STORE_NAMES, &open, "", 0, v) < 0 ||
	     (j->of == 1 && write_body(s, lent, &body, v) < 0);
	job_free(j);
	return rc ? -1 : 0;
}

int
brief_recover(struct shelf *s, struct verdict *v)
{
	struct key k = { .len = 0 }, lent = { .len = 0 };
	int rc;

	if (shelf_begin(s, v) < 0)
		return -1;
	while ((rc = shelf_seek(s, STORE_LENT, &k, 0, v)) == 1) {
		lent.len = 0;
		key_add(&lent, s->found.data, s->found.len);
		shelf_behind(s, &k);
		if (recover(s, &lent, v) < 0 || shelf_del(s, STORE_LENT, &lent, v) < 0) {
			rc = -1;
			break;
		}
	}
	if (rc == 0 && shelf_commit(s, v) == 0)
		return 0;
	shelf_abort(s);
	return -1;
}
