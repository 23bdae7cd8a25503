/*
 * ledger.c - what is written in the store at each step of a job's life.
 *
 * Of each conversation one job at a time has an entry in STORE_DUE; the others only stand in
 * STORE_TURNS and get theirs when the one before them leaves. So the order of a conversation needs
 * no thought anywhere else.
 */
#include "bridge/store/ledger.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

enum {
	RECORD = MSG_MAX_FORMATTED + 64 * 1024,
	CONVERSATION = 16,  /* bytes of a conversation's key: a digest cut short */
	TURN_KEY = CONVERSATION + JOB_KEY,
	NAME_MOST = 300,    /* bytes of a name that are kept */
	KEY_MOST = 512,
	TRANSPORTS = 64,
	WEAK_MS = 10 * 60 * 1000, /* how long a weak key counts, RELIABILITY: a mail that has neither
				     Message-ID nor Date of its own */
};

/* Kinds of names. */
enum { NAME_MESSAGE = 'm', NAME_REQUEST = 'r', NAME_BODY_JOBS = 'b', NAME_OPEN = 'o', NAME_COUNT = '#' };

struct depth {
	char transport[64];
	int64_t jobs, change; /* committed; by the transaction under way */
};

struct ledger {
	const struct store_driver *driver;
	void *store;
	uint64_t run;
	struct buf key, value; /* for reading */
	struct buf record;     /* for writing */
	unsigned char trim_at[JOB_KEY]; /* where the last trimming stopped */
	pthread_mutex_t lock;  /* guards the depths, which other threads look at */
	struct depth depths[TRANSPORTS];
	unsigned ndepths;
};

/* Keys. */

struct key {
	unsigned char bytes[KEY_MOST];
	size_t len;
};

static void
key_add(struct key *k, const void *bytes, size_t len)
{
	assert(len <= sizeof k->bytes - k->len);
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
}

static void
put64(unsigned char out[8], int64_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 8)
		out[i] = (unsigned char)value;
}

static int64_t
get64(const void *bytes)
{
	const unsigned char *p = bytes;
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | p[i];
	return (int64_t)value;
}

static struct key
due_prefix(const char *transport)
{
	struct key k = { .len = 0 };

	key_add(&k, transport, strnlen(transport, 63));
	key_add(&k, "", 1);
	return k;
}

static struct key
due_key(const struct job *j, int64_t due)
{
	struct key k = due_prefix(job_rcpt(j)->transport);
	unsigned char time[8], job[JOB_KEY];

	put64(time, due);
	key_add(&k, time, sizeof time);
	job_key(j->msg->id, j->rcpt, job);
	key_add(&k, job, sizeof job);
	return k;
}

static struct key
turn_key(const struct job *j)
{
	const struct msg_rcpt *r = job_rcpt(j);
	struct digest *d = digest_begin(DIGEST_SHA256);
	unsigned char sum[DIGEST_MOST], job[JOB_KEY];
	struct key k = { .len = 0 };

	digest_add(d, r->transport, strlen(r->transport) + 1);
	digest_add(d, j->msg->from, strlen(j->msg->from) + 1);
	digest_add(d, r->to, strlen(r->to));
	digest_end(d, sum);
	key_add(&k, sum, CONVERSATION);
	job_key(j->msg->id, j->rcpt, job);
	key_add(&k, job, sizeof job);
	return k;
}

/* A name, without the job it leads to. Longer ones are told apart by their first bytes only, which
 * costs a look-up a few jobs too many, and no more. */
static struct key
name_prefix(char kind, const char *text)
{
	struct key k = { .len = 0 };

	key_add(&k, &kind, 1);
	key_add(&k, text, strnlen(text, NAME_MOST));
	key_add(&k, "", 1);
	return k;
}

static struct key
name_key(char kind, const char *text, const struct job *j)
{
	struct key k = name_prefix(kind, text);
	unsigned char job[JOB_KEY];

	job_key(j->msg->id, j->rcpt, job);
	key_add(&k, job, sizeof job);
	return k;
}

/* The store, shorter. */

static int
get(struct ledger *g, enum store_map m, const void *key, size_t len, struct verdict *v)
{
	return g->driver->get(g->store, m, key, len, &g->value, v);
}

static int
put(struct ledger *g, enum store_map m, const struct key *k, const void *value, size_t len,
    struct verdict *v)
{
	return g->driver->put(g->store, m, k->bytes, k->len, value, len, v);
}

static int
del(struct ledger *g, enum store_map m, const struct key *k, struct verdict *v)
{
	return g->driver->del(g->store, m, k->bytes, k->len, v);
}

/* The first key at or behind k that begins with k's first `prefix` bytes: 1 (in g->key), 0, -1. */
static int
seek(struct ledger *g, enum store_map m, const struct key *k, size_t prefix, struct verdict *v)
{
	int rc = g->driver->seek(g->store, m, k->bytes, k->len, &g->key, NULL, v);

	if (rc == 1 && (g->key.len < prefix || memcmp(g->key.data, k->bytes, prefix) != 0))
		return 0;
	return rc;
}

/* The last JOB_KEY bytes of the key that seek() found: the job it is about. */
static const unsigned char *
found_job(const struct ledger *g)
{
	assert(g->key.len >= JOB_KEY);
	return (const unsigned char *)g->key.data + g->key.len - JOB_KEY;
}

static int
write_job(struct ledger *g, const struct job *j, struct verdict *v)
{
	unsigned char key[JOB_KEY];

	job_key(j->msg->id, j->rcpt, key);
	buf_reset(&g->record);
	job_format(j, &g->record);
	return g->driver->put(g->store, STORE_JOBS, key, sizeof key, g->record.data, g->record.len, v);
}

/* 1: *j, for job_free(); 0: there is none; -1. One that cannot be read is told and passed over. */
static int
read_job(struct ledger *g, const unsigned char key[JOB_KEY], struct job **j, struct verdict *v)
{
	int rc = get(g, STORE_JOBS, key, JOB_KEY, v);

	if (rc != 1)
		return rc;
	if (!(*j = job_parse(g->value.data, g->value.len))) {
		log_error("queue: the record of %.26s cannot be read", (const char *)key);
		return 0;
	}
	return 1;
}

/* How many there are. */

static struct depth *
depth_of(struct ledger *g, const char *transport)
{
	for (unsigned i = 0; i < g->ndepths; i++)
		if (strcmp(g->depths[i].transport, transport) == 0)
			return &g->depths[i];
	return NULL;
}

static struct depth *
depth_for(struct ledger *g, const char *transport)
{
	struct depth *d = depth_of(g, transport);

	if (!d) {
		assert(g->ndepths < TRANSPORTS);
		pthread_mutex_lock(&g->lock);
		d = &g->depths[g->ndepths++];
		memset(d, 0, sizeof *d);
		memcpy(d->transport, transport, strnlen(transport, sizeof d->transport - 1));
		pthread_mutex_unlock(&g->lock);
	}
	return d;
}

int
ledger_count(struct ledger *g, struct verdict *v)
{
	unsigned char number[8];

	for (unsigned i = 0; i < g->ndepths; i++) {
		const struct depth *d = &g->depths[i];
		struct key k = name_prefix(NAME_COUNT, d->transport);

		if (d->change == 0)
			continue;
		put64(number, d->jobs + d->change);
		if (put(g, STORE_NAMES, &k, number, sizeof number, v) < 0)
			return -1;
	}
	return 0;
}

static void
settle_counts(struct ledger *g, bool committed)
{
	pthread_mutex_lock(&g->lock);
	for (unsigned i = 0; i < g->ndepths; i++) {
		if (committed)
			g->depths[i].jobs += g->depths[i].change;
		g->depths[i].change = 0;
	}
	pthread_mutex_unlock(&g->lock);
}

void
ledger_committed(struct ledger *g)
{
	settle_counts(g, true);
}

void
ledger_aborted(struct ledger *g)
{
	settle_counts(g, false);
}

uint64_t
ledger_depth(struct ledger *g, const char *transport)
{
	int64_t sum = 0;

	pthread_mutex_lock(&g->lock);
	for (unsigned i = 0; i < g->ndepths; i++)
		if (!transport || strcmp(g->depths[i].transport, transport) == 0)
			sum += g->depths[i].jobs;
	pthread_mutex_unlock(&g->lock);
	return sum < 0 ? 0 : (uint64_t)sum;
}

/* Read the counters that the last process left. */
static int
load_counts(struct ledger *g, struct verdict *v)
{
	char kind = NAME_COUNT;
	struct key k = { .len = 0 };
	int rc;

	key_add(&k, &kind, 1);
	while ((rc = g->driver->seek(g->store, STORE_NAMES, k.bytes, k.len, &g->key, &g->value, v)) ==
	    1) {
		if (g->key.data[0] != NAME_COUNT || g->value.len != 8 || g->ndepths == TRANSPORTS)
			return 0;
		depth_for(g, g->key.data + 1)->jobs = get64(g->value.data);
		k.len = 0;
		key_add(&k, g->key.data, g->key.len);
		key_add(&k, "", 1); /* the next key behind it */
	}
	return rc;
}

struct ledger *
ledger_open(const struct store_driver *driver, void *store, uint64_t run, struct verdict *v)
{
	struct ledger *g = xcalloc(1, sizeof *g);

	g->driver = driver;
	g->store = store;
	g->run = run;
	pthread_mutex_init(&g->lock, NULL);
	buf_init(&g->key, KEY_MOST);
	buf_init(&g->value, RECORD);
	buf_init(&g->record, RECORD);
	if (load_counts(g, v) < 0) {
		ledger_close(g);
		return NULL;
	}
	return g;
}

void
ledger_close(struct ledger *g)
{
	if (!g)
		return;
	buf_free(&g->key);
	buf_free(&g->value);
	buf_free(&g->record);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* Turns. */

/* Stand at the end of the conversation. 1: it is this job's turn; 0: others are before it; -1. */
static int
take_turn(struct ledger *g, const struct job *j, struct verdict *v)
{
	struct key turn = turn_key(j), conversation = turn;
	int busy;

	conversation.len = CONVERSATION;
	if ((busy = seek(g, STORE_TURNS, &conversation, CONVERSATION, v)) < 0 ||
	    put(g, STORE_TURNS, &turn, "", 0, v) < 0)
		return -1;
	return !busy;
}

static int
make_due(struct ledger *g, struct job *j, int64_t due, struct verdict *v)
{
	struct key k = due_key(j, due);

	j->due = due;
	return put(g, STORE_DUE, &k, "", 0, v);
}

/* Leave the conversation; when it was this job's turn, the next one gets it. 1: there is a next one;
 * 0: there is not; -1. */
static int
leave_turn(struct ledger *g, const struct job *j, bool was_its_turn, int64_t now, struct verdict *v)
{
	struct key turn = turn_key(j), conversation = turn;
	struct job *next;
	int rc;

	conversation.len = CONVERSATION;
	if (del(g, STORE_TURNS, &turn, v) < 0)
		return -1;
	if (!was_its_turn || (rc = seek(g, STORE_TURNS, &conversation, CONVERSATION, v)) == 0)
		return 0;
	if (rc < 0 || (rc = read_job(g, found_job(g), &next, v)) <= 0)
		return rc;
	rc = make_due(g, next, now, v) < 0 || write_job(g, next, v) < 0 ? -1 : 1;
	job_free(next);
	return rc;
}

/* Adding. */

/* 1: the key is new and now taken; 0: it was taken before, by the message first_id; -1. */
static int
take_key(struct ledger *g, const struct msg *m, const struct msg_rcpt *r, int64_t now,
    char first_id[MSG_ID], struct verdict *v)
{
	struct key k = { .len = 0 };
	unsigned char value[MSG_ID - 1 + 8];
	int rc;

	key_add(&k, r->key, sizeof r->key);
	if ((rc = get(g, STORE_KEYS, k.bytes, k.len, v)) < 0)
		return -1;
	if (rc == 1 && g->value.len == sizeof value &&
	    !(r->weak_key && get64(g->value.data + MSG_ID - 1) + WEAK_MS < now)) {
		memcpy(first_id, g->value.data, MSG_ID - 1);
		first_id[MSG_ID - 1] = '\0';
		return 0;
	}
	memcpy(value, m->id, MSG_ID - 1);
	put64(value + MSG_ID - 1, now);
	return put(g, STORE_KEYS, &k, value, sizeof value, v) < 0 ? -1 : 1;
}

static int
name_it(struct ledger *g, char kind, const char *text, const struct job *j, struct verdict *v)
{
	struct key k;

	if (!text || !*text)
		return 0;
	k = name_key(kind, text, j);
	return put(g, STORE_NAMES, &k, "", 0, v);
}

/* Those that are not final have a name of their own, so that listing them costs what they are, not
 * what the history is. */
static int
open_job(struct ledger *g, const struct job *j, struct verdict *v)
{
	struct key k = name_key(NAME_OPEN, "", j);

	depth_for(g, job_rcpt(j)->transport)->change++;
	return put(g, STORE_NAMES, &k, "", 0, v);
}

static void
begin_send(struct ledger *g, struct job *j)
{
	j->state = JOB_SENDING;
	j->run = g->run;
	if (!j->again) {
		j->sends++;
		job_correlate(j);
	}
}

int
ledger_add(struct ledger *g, const struct msg *m, size_t i, bool lend, int64_t now,
    int64_t settle_at, int64_t expires, struct job **lent, char first_id[MSG_ID],
    struct verdict *v)
{
	struct job *j;
	int rc, turn;

	*lent = NULL;
	if ((rc = take_key(g, m, &m->rcpts[i], now, first_id, v)) <= 0)
		return rc;
	j = job_new(m, i);
	j->expires = expires;
	j->due = now;
	job_note(j, "");
	if ((turn = take_turn(g, j, v)) < 0)
		goto failed;
	if (turn && lend)
		begin_send(g, j);
	if ((turn && make_due(g, j, lend ? settle_at : now, v) < 0) || write_job(g, j, v) < 0 ||
	    name_it(g, NAME_MESSAGE, m->message_id, j, v) < 0 || open_job(g, j, v) < 0)
		goto failed;
	if (turn && lend)
		*lent = j;
	else
		job_free(j);
	return 1;
failed:
	job_free(j);
	return -1;
}

int
ledger_body(struct ledger *g, const struct msg *m, unsigned n, struct verdict *v)
{
	struct msg body = *m;
	struct key k = { .len = 0 };
	unsigned char jobs[8];

	body.nrcpts = 0;
	buf_reset(&g->record);
	msg_format(&body, &g->record);
	key_add(&k, m->id, MSG_ID - 1);
	if (put(g, STORE_BODIES, &k, g->record.data, g->record.len, v) < 0)
		return -1;
	if (m->nrcpts < 2)
		return 0;
	k = name_prefix(NAME_BODY_JOBS, m->id);
	put64(jobs, n);
	return put(g, STORE_NAMES, &k, jobs, sizeof jobs, v);
}

/* A job is final. When it was the message's last, the body goes. */
static int
close_job(struct ledger *g, const struct job *j, struct verdict *v)
{
	struct key body = { .len = 0 }, jobs = name_prefix(NAME_BODY_JOBS, j->msg->id);
	struct key open = name_key(NAME_OPEN, "", j);
	unsigned char number[8];
	int64_t left = 0;
	int rc;

	depth_for(g, job_rcpt(j)->transport)->change--;
	if (del(g, STORE_NAMES, &open, v) < 0)
		return -1;
	key_add(&body, j->msg->id, MSG_ID - 1);
	if (j->of > 1) {
		if ((rc = get(g, STORE_NAMES, jobs.bytes, jobs.len, v)) < 0)
			return -1;
		left = rc == 1 && g->value.len == 8 ? get64(g->value.data) - 1 : 0;
		put64(number, left);
		rc = left > 0 ? put(g, STORE_NAMES, &jobs, number, sizeof number, v)
			      : del(g, STORE_NAMES, &jobs, v);
		if (rc < 0)
			return -1;
	}
	return left > 0 ? 0 : del(g, STORE_BODIES, &body, v);
}

/* Looking for work. */

/* Is it being sent by this very process? */
static bool
is_lent(const struct ledger *g, const struct job *j)
{
	return j->state == JOB_SENDING && j->run == g->run;
}

int
ledger_due(struct ledger *g, const char *transport, int64_t until, unsigned most,
    struct job **jobs, int64_t *next, struct verdict *v)
{
	struct key k = due_prefix(transport);
	size_t prefix = k.len;
	unsigned n = 0;
	int rc;

	*next = INT64_MAX;
	while ((rc = seek(g, STORE_DUE, &k, prefix, v)) == 1) {
		int64_t due = get64(g->key.data + prefix);
		unsigned char key[JOB_KEY];

		if (due > until || n == most) {
			*next = due;
			break;
		}
		memcpy(key, found_job(g), sizeof key);
		k.len = 0;
		key_add(&k, g->key.data, g->key.len);
		key_add(&k, "", 1);
		if ((rc = read_job(g, key, &jobs[n], v)) < 0)
			break;
		if (rc == 1 && is_lent(g, jobs[n]))
			job_free(jobs[n]);
		else
			n += rc == 1;
	}
	if (rc >= 0)
		return (int)n;
	while (n > 0)
		job_free(jobs[--n]);
	return -1;
}

/* Bring the message's text to the job. A text that is gone is a bug or a damaged disk: the job's
 * text stays NULL, and the pump lets it fail. */
static int
load_body(struct ledger *g, struct job *j, struct verdict *v)
{
	struct verdict bad;
	struct msg *body;
	int rc = get(g, STORE_BODIES, j->msg->id, MSG_ID - 1, v);

	if (rc < 0)
		return -1;
	body = rc == 1 ? msg_parse(g->value.data, g->value.len, &bad) : NULL;
	j->msg->text = body ? arena_strdup(j->msg->arena, body->text) : NULL;
	j->msg->subject = body ? arena_strdup(j->msg->arena, body->subject) : NULL;
	if (!body)
		log_error("queue: the text of %s is missing or cannot be read", j->msg->id);
	msg_free(body);
	return 0;
}

int
ledger_lend(struct ledger *g, struct job **j, int64_t settle_at, struct verdict *v)
{
	struct job *now;
	unsigned char key[JOB_KEY];
	struct key due;
	int rc;

	job_key((*j)->msg->id, (*j)->rcpt, key);
	if ((rc = read_job(g, key, &now, v)) < 0)
		return -1;
	if (rc == 0) { /* trimmed meanwhile: it was final */
		(*j)->state = JOB_CANCELLED;
		return 0;
	}
	due = due_key(now, now->due);
	if (now->state != JOB_HELD && !job_is_final(now->state)) {
		now->again = now->again || now->state != JOB_QUEUED;
		begin_send(g, now);
		if (del(g, STORE_DUE, &due, v) < 0 || make_due(g, now, settle_at, v) < 0 ||
		    write_job(g, now, v) < 0 || load_body(g, now, v) < 0) {
			job_free(now);
			return -1;
		}
	}
	now->next = (*j)->next;
	job_free(*j);
	*j = now;
	return 0;
}

int
ledger_back(struct ledger *g, struct job *j, int64_t was_due, struct verdict *v)
{
	struct key due = due_key(j, was_due);
	int news;

	if (del(g, STORE_DUE, &due, v) < 0)
		return -1;
	if (j->state == JOB_QUEUED || j->state == JOB_UNCERTAIN)
		return make_due(g, j, j->due, v) < 0 ? -1 : write_job(g, j, v);
	/* Held or final: the next of the conversation may go, at once. */
	if ((news = leave_turn(g, j, true, was_due < j->due ? was_due : j->due, v)) < 0 ||
	    write_job(g, j, v) < 0)
		return -1;
	if (job_is_final(j->state) &&
	    (close_job(g, j, v) < 0 || name_it(g, NAME_REQUEST, j->request, j, v) < 0))
		return -1;
	return news;
}

/* An administrator's orders. */

static int
order_hold_or_cancel(struct ledger *g, struct job *j, bool hold, int64_t now, struct verdict *v)
{
	struct key due = due_key(j, j->due);
	int its_turn = get(g, STORE_DUE, due.bytes, due.len, v);
	bool stood = j->state != JOB_HELD;

	if (its_turn < 0 || del(g, STORE_DUE, &due, v) < 0 ||
	    (stood && leave_turn(g, j, its_turn == 1, now, v) < 0))
		return -1;
	j->again = j->again || j->state == JOB_UNCERTAIN || j->state == JOB_SENDING;
	j->state = hold ? JOB_HELD : JOB_CANCELLED;
	return hold ? 0 : close_job(g, j, v);
}

static int
order_release(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	int64_t lifetime = j->expires - j->msg->arrived;
	int turn = take_turn(g, j, v);

	j->state = JOB_QUEUED;
	j->unknowns = 0;
	if (j->expires < now / 1000)
		j->expires = now / 1000 + lifetime; /* who releases it wants it sent */
	return turn < 0 ? -1 : turn ? make_due(g, j, now, v) : 0;
}

static int
order_retry(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	struct key due = due_key(j, j->due);
	int its_turn = get(g, STORE_DUE, due.bytes, due.len, v);

	if (its_turn != 1)
		return its_turn;
	return del(g, STORE_DUE, &due, v) < 0 || make_due(g, j, now, v) < 0 ? -1 : 1;
}

static const char *const order_words[] = {
	[QUEUE_RETRY] = "to be tried now, says the administrator",
	[QUEUE_HOLD] = "by the administrator",
	[QUEUE_RELEASE] = "released by the administrator",
	[QUEUE_CANCEL] = "by the administrator",
};

int
ledger_order(struct ledger *g, int order, const unsigned char key[JOB_KEY], int64_t now,
    struct verdict *v)
{
	struct job *j;
	int rc;

	if ((rc = read_job(g, key, &j, v)) <= 0)
		return rc;
	rc = 0;
	if (job_is_final(j->state) || is_lent(g, j) ||
	    (j->state == JOB_HELD) != (order == QUEUE_RELEASE || order == QUEUE_CANCEL)) {
		/* CANCEL also takes those that are not held. */
		if (order != QUEUE_CANCEL || job_is_final(j->state) || is_lent(g, j))
			goto out;
	}
	switch ((enum queue_order)order) {
	case QUEUE_RETRY:
		rc = order_retry(g, j, now, v);
		break;
	case QUEUE_RELEASE:
		rc = order_release(g, j, now, v) < 0 ? -1 : 1;
		break;
	case QUEUE_HOLD:
	case QUEUE_CANCEL:
		rc = order_hold_or_cancel(g, j, order == QUEUE_HOLD, now, v) < 0 ? -1 : 1;
		break;
	}
	if (rc == 1) {
		job_note(j, order_words[order]);
		rc = write_job(g, j, v) < 0 ? -1 : 1;
	}
out:
	job_free(j);
	return rc;
}

/* Looking things up. */

/* Read the jobs, at most `most`, whose keys stand at or behind k in that map and begin with its first
 * `prefix` bytes. The count, or -1. */
static int
collect(struct ledger *g, enum store_map m, struct key k, size_t prefix, unsigned most,
    struct job **jobs, struct verdict *v)
{
	unsigned n = 0;
	int rc = 0;

	while (n < most && (rc = seek(g, m, &k, prefix, v)) == 1) {
		unsigned char key[JOB_KEY];

		memcpy(key, found_job(g), sizeof key);
		k.len = 0;
		key_add(&k, g->key.data, g->key.len);
		key_add(&k, "", 1);
		if ((rc = read_job(g, key, &jobs[n], v)) < 0)
			break;
		n += rc == 1;
	}
	if (rc >= 0)
		return (int)n;
	while (n > 0)
		job_free(jobs[--n]);
	return -1;
}

int
ledger_find(struct ledger *g, const char *what, unsigned most, struct job **jobs,
    struct verdict *v)
{
	unsigned char key[JOB_KEY];
	struct key k = { .len = 0 };
	char bracketed[NAME_MOST + 3];
	size_t len = strnlen(what, NAME_MOST);
	int n;

	if (msg_id_time(what) >= 0) {
		key_add(&k, what, MSG_ID - 1);
		return collect(g, STORE_JOBS, k, k.len, most, jobs, v);
	}
	if (job_from_correlator(what, key) == 0) {
		n = read_job(g, key, jobs, v);
		if (n != 0)
			return n;
	}
	k = name_prefix(NAME_REQUEST, what);
	if ((n = collect(g, STORE_NAMES, k, k.len, most, jobs, v)) != 0)
		return n;
	if (what[0] != '<') {
		bracketed[0] = '<';
		memcpy(bracketed + 1, what, len);
		memcpy(bracketed + 1 + len, ">", 2);
		what = bracketed;
	}
	k = name_prefix(NAME_MESSAGE, what);
	return collect(g, STORE_NAMES, k, k.len, most, jobs, v);
}

int
ledger_list(struct ledger *g, const unsigned char *after, unsigned most, struct job **jobs,
    struct verdict *v)
{
	struct key k = name_prefix(NAME_OPEN, "");
	size_t prefix = k.len;

	if (after) {
		key_add(&k, after, JOB_KEY);
		key_add(&k, "", 1);
	}
	return collect(g, STORE_NAMES, k, prefix, most, jobs, v);
}

/* Forget all traces of a final job. */
static int
forget(struct ledger *g, const struct job *j, const unsigned char key[JOB_KEY], struct verdict *v)
{
	struct key submission = { .len = 0 };

	key_add(&submission, j->key, sizeof j->key);
	if (get(g, STORE_KEYS, submission.bytes, submission.len, v) == 1 &&
	    memcmp(g->value.data, j->msg->id, MSG_ID - 1) == 0 &&
	    del(g, STORE_KEYS, &submission, v) < 0)
		return -1;
	if (j->msg->message_id) {
		struct key k = name_key(NAME_MESSAGE, j->msg->message_id, j);

		if (del(g, STORE_NAMES, &k, v) < 0)
			return -1;
	}
	if (j->request) {
		struct key k = name_key(NAME_REQUEST, j->request, j);

		if (del(g, STORE_NAMES, &k, v) < 0)
			return -1;
	}
	return g->driver->del(g->store, STORE_JOBS, key, JOB_KEY, v);
}

int
ledger_trim(struct ledger *g, int64_t before, unsigned most, struct verdict *v)
{
	struct key k = { .len = 0 };
	unsigned looked = 0, gone = 0;
	struct job *j;
	int rc;

	key_add(&k, g->trim_at, sizeof g->trim_at);
	while ((rc = seek(g, STORE_JOBS, &k, 0, v)) == 1 && looked++ < most) {
		char id[MSG_ID];

		k.len = 0;
		key_add(&k, g->key.data, g->key.len);
		key_add(&k, "", 1); /* the next key behind it */
		memcpy(id, k.bytes, MSG_ID - 1);
		id[MSG_ID - 1] = '\0';
		if (msg_id_time(id) >= before) {
			rc = 0;
			break;
		}
		if ((rc = read_job(g, k.bytes, &j, v)) < 0)
			break;
		if (rc == 0)
			continue;
		rc = job_is_final(j->state) ? forget(g, j, k.bytes, v) : 0;
		gone += job_is_final(j->state);
		job_free(j);
		if (rc < 0)
			break;
		memcpy(g->trim_at, k.bytes, JOB_KEY);
	}
	/* At the end, or at what is too young: begin again from the start, for what was open then. */
	if (rc == 0)
		memset(g->trim_at, 0, sizeof g->trim_at);
	return rc < 0 ? -1 : (int)gone;
}
