/*
 * ledger.c - what is written in the store at each step of a job's life.
 */
#include "bridge/store/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/space.h"
#include "bridge/store/brief.h"
#include "bridge/store/join.h"
#include "bridge/store/storm.h"
#include "bridge/store/talk.h"
#include "bridge/store/turn.h"

struct ledger *
ledger_open(const struct store_driver *driver, void *store, const struct queue_settings *s,
    uint64_t run, struct verdict *v)
{
	struct ledger *g = xcalloc(1, sizeof *g);

	g->settings = s;
	g->run = run;
	shelf_init(&g->shelf, driver, store);
	if (!(g->depths = depth_open(&g->shelf, v)) || brief_recover(&g->shelf, v) < 0) {
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
	depth_close(g->depths);
	shelf_free(&g->shelf);
	free(g->touched);
	free(g);
}

/* Adding. */

enum { KEY_VALUE = MSG_ID - 1 + 8 }; /* under a submission's key: the first message's id, and when */

/* 1: the key was taken within the last `ms` (0: ever), by the message first_id; 0: it is free; -1. */
static int
find_key(struct ledger *g, const struct key *k, int64_t ms, int64_t now, char first_id[MSG_ID],
    struct verdict *v)
{
	int rc = shelf_get(&g->shelf, STORE_KEYS, k->bytes, k->len, v);

	if (rc <= 0 || g->shelf.value.len != KEY_VALUE ||
	    (ms && key_get64(g->shelf.value.data + MSG_ID - 1) + ms < now))
		return rc < 0 ? -1 : 0;
	memcpy(first_id, g->shelf.value.data, MSG_ID - 1);
	first_id[MSG_ID - 1] = '\0';
	return 1;
}

/* 1: the key is new and now taken; 0: it, or that of what the message stands for, was taken before, by
 * the message first_id; -1. */
static int
take_key(struct ledger *g, const struct msg *m, const struct msg_rcpt *r, int64_t now,
    char first_id[MSG_ID], struct verdict *v)
{
	struct key k = { .len = 0 }, instead = { .len = 0 };
	unsigned char value[KEY_VALUE];
	int rc = 0;

	key_add(&k, r->key, sizeof r->key);
	key_add(&instead, r->instead, sizeof r->instead);
	if (m->instead_of)
		rc = find_key(g, &instead, m->instead_ms, now, first_id, v);
	if (rc == 0)
		rc = find_key(g, &k, r->key_ms, now, first_id, v);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	memcpy(value, m->id, MSG_ID - 1);
	key_put64(value + MSG_ID - 1, now);
	return shelf_put(&g->shelf, STORE_KEYS, &k, value, sizeof value, v) < 0 ? -1 : 1;
}

/* Make the message's content, as the store has it, the record to be written. */
static void
format_body(struct ledger *g, const struct msg *m)
{
	struct msg body = *m;

	body.nrcpts = 0;
	buf_reset(&g->shelf.record);
	msg_format(&body, &g->shelf.record);
}

/* Those that are not final have a name of their own, so that listing them costs what they are, not
 * what the history is. */
static int
open_job(struct ledger *g, const struct msg *m, const struct job *j, bool lend, struct verdict *v)
{
	depth_change(g->depths, job_rcpt(j)->transport, 1);
	if (lend) {
		if (m->nrcpts == 1)
			format_body(g, m);
		return brief_begin(&g->shelf, j, v);
	}
	return shelf_name(&g->shelf, NAME_OPEN, "", j, v);
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

/* The conversation of a phone goes on, and the phone's sender number in it is known then. */
static int
go_on_talking(struct ledger *g, struct msg *m, size_t i, struct job *j, int64_t now,
    struct verdict *v)
{
	const struct msg_rcpt *r = &m->rcpts[i];
	char number[SPACE_NUMBER];

	if (!r->space || m->about || space_slots(r->space) == 0)
		return 0;
	if (strncmp(r->to, "tel:", 4) != 0)
		return m->via ? talk_from_phone(&g->shelf, m, r, now, v) : 0;
	if (r->sender || strcmp(m->from, "mailto:") == 0)
		return 0;
	if (talk_to_phone(&g->shelf, m, r, now, number, v) < 0)
		return -1;
	j->msg->rcpts[0].sender = arena_strdup(j->msg->arena, number);
	return 0;
}

/* Policy lets the job wait: its life counts from then, and its author is told. 0, or -1 and *v. */
static int
wait_first(struct ledger *g, const struct msg_rcpt *r, int64_t storm_until, struct job *j, int64_t now,
    struct verdict *v)
{
	bool storm = storm_until > r->not_before;
	const char *why = r->held_for ? r->held_for : storm ? "the same text has just been sent there: what follows goes as one message"
				: r->waits_for;

	j->due = storm ? storm_until : r->not_before;
	if (j->due < now)
		j->due = now;
	if (r->held_for) {
		j->state = JOB_HELD;
	} else if (j->due == now) {
		job_note(j, "");
		return 0;
	}
	j->apart = j->due > now;
	j->expires += (j->due - now) / 1000;
	job_note(j, why);
	job_say(j, "4.2.0", NULL, why);
	return ledger_news(g, j, NEWS_DELAYED, false, now, v);
}

int
ledger_add(struct ledger *g, struct msg *m, size_t i, bool lend, int64_t now,
    int64_t settle_at, int64_t expires, struct job **lent, char first_id[MSG_ID],
    struct verdict *v)
{
	bool of_phone = m->via && strncmp(m->from, "tel:", 4) == 0;
	const struct msg_rcpt *r = &m->rcpts[i];
	int64_t storm_until = 0;
	struct job *j;
	int rc, turn;

	*lent = NULL;
	g->folded = 0;
	if ((rc = take_key(g, m, r, now, first_id, v)) <= 0)
		return rc;
	if ((of_phone || m->gather_ms) && (rc = join_behind(&g->shelf, m, i, now, first_id, v)) != 0)
		return rc < 0 ? -1 : LEDGER_JOINED;
	if (r->fold_ms && !r->held_for && (rc = storm_fold(&g->shelf, m, i, now, first_id, &g->folded, &storm_until, v)))
		return rc < 0 ? -1 : LEDGER_JOINED;
	j = job_new(m, i);
	j->expires = expires;
	if (wait_first(g, r, storm_until, j, now, v) < 0)
		goto failed;
	j->times = storm_until ? 1 : 0;
	g->folded = j->times;
	if (r->fold_ms && !r->held_for && storm_begin(&g->shelf, m, i, j, now, storm_until, v) < 0)
		goto failed;
	if (go_on_talking(g, m, i, j, now, v) < 0)
		goto failed;
	if ((m->fills_segment || m->gather_ms) && join_wait(&g->shelf, j, v) < 0)
		goto failed;
	lend = lend && !j->joins && !j->apart && !r->held_for;
	if (j->joins)
		now += m->gather_ms ? m->gather_ms : JOIN_MS;
	if (j->apart && j->due > now)
		now = j->due;
	/* What is held takes its turn when it is released. */
	if ((turn = r->held_for ? 0 : turn_take(&g->shelf, j, lend, v)) < 0)
		goto failed;
	lend = lend && turn;
	if (lend) {
		begin_send(g, j);
		j->due = settle_at;
	} else if (turn && turn_due(&g->shelf, j, now, v) < 0) {
		goto failed;
	}
	if (shelf_write_job(&g->shelf, j, v) < 0 ||
	    shelf_name(&g->shelf, NAME_MESSAGE, m->message_id, j, v) < 0 ||
	    open_job(g, m, j, lend, v) < 0)
		goto failed;
	if (lend)
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
	struct key k = { .len = 0 };
	unsigned char jobs[8];

	format_body(g, m);
	key_add(&k, m->id, MSG_ID - 1);
	if (shelf_put(&g->shelf, STORE_BODIES, &k, g->shelf.record.data, g->shelf.record.len, v) < 0)
		return -1;
	if (m->nrcpts < 2)
		return 0;
	k = key_name_prefix(NAME_BODY_JOBS, m->id);
	key_put64(jobs, n);
	return shelf_put(&g->shelf, STORE_NAMES, &k, jobs, sizeof jobs, v);
}

/* Nothing more will be heard of the job. With the message's last one the body goes, unless its sender
 * is to be told something. */
static int
settle(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	struct key body = { .len = 0 }, jobs = key_name_prefix(NAME_BODY_JOBS, j->msg->id);
	unsigned char number[8];
	int64_t left = 0;
	int rc, notice = j->news != NEWS_NONE;

	if (j->of > 1) {
		if ((rc = shelf_get(&g->shelf, STORE_NAMES, jobs.bytes, jobs.len, v)) < 0)
			return -1;
		left = rc == 1 && g->shelf.value.len == 8 ? key_get64(g->shelf.value.data) - 1 : 0;
		key_put64(number, left);
		rc = left > 0 ? shelf_put(&g->shelf, STORE_NAMES, &jobs, number, sizeof number, v)
			      : shelf_del(&g->shelf, STORE_NAMES, &jobs, v);
		if (rc < 0 || (left == 0 && (notice = ledger_hurry_notice(g, j, now, v)) < 0))
			return -1;
	}
	if (left > 0 || notice)
		return 0;
	key_add(&body, j->msg->id, MSG_ID - 1);
	return shelf_del(&g->shelf, STORE_BODIES, &body, v);
}

/* When its network was asked to report, the job is looked at again: to ask after it, or to give up. */
static int
await(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	struct key k;

	j->report_by = now + g->settings->report_wait;
	j->due = j->look_at && j->look_at < j->report_by ? j->look_at : j->report_by;
	k = key_await(j, j->due);
	return shelf_put(&g->shelf, STORE_DUE, &k, "", 0, v);
}

static enum job_news
news_of(const struct job *j)
{
	switch (j->state) {
	case JOB_FAILED:
	case JOB_EXPIRED:
		return NEWS_FAILED;
	case JOB_DELIVERED:
		return NEWS_DELIVERED;
	case JOB_SENT:
		return j->awaits ? NEWS_NONE : NEWS_RELAYED;
	case JOB_NO_REPORT:
		return NEWS_RELAYED;
	case JOB_QUEUED:
	case JOB_SENDING:
	case JOB_UNCERTAIN:
	case JOB_HELD:
	case JOB_CANCELLED: /* an administrator's word needs no other */
	case JOB_STATES:
		break;
	}
	return NEWS_NONE;
}

/* It went out cut short, or without attachments, and nothing graver is to be told of it, now that nothing more will be. */
static int
news_of_cut(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	bool out = j->state == JOB_SENT || j->state == JOB_DELIVERED || j->state == JOB_NO_REPORT;

	if (!g->settings->report_cut || !(j->cut || j->left) || !out || j->news != NEWS_NONE)
		return 0;
	return ledger_news(g, j, NEWS_CUT, true, now, v);
}

int
ledger_end(struct ledger *g, struct job *j, bool was_final, bool was_settled, int64_t now,
    struct verdict *v)
{
	bool settled = job_is_settled(j);

	if (!was_final) {
		depth_change(g->depths, job_rcpt(j)->transport, -1);
		if (j->joins && join_end(&g->shelf, j, v) < 0)
			return -1;
		if (shelf_unname(&g->shelf, NAME_OPEN, "", j, v) < 0)
			return -1;
	}
	if (!settled)
		return await(g, j, now, v);
	if (ledger_news(g, j, news_of(j), true, now, v) < 0 || news_of_cut(g, j, now, v) < 0)
		return -1;
	return was_settled ? 0 : settle(g, j, now, v);
}

/* Looking for work. */

bool
ledger_is_lent(const struct ledger *g, const struct job *j)
{
	return j->state == JOB_SENDING && j->run == g->run;
}

int
ledger_due(struct ledger *g, const char *transport, int64_t until, unsigned most,
    struct job **jobs, int64_t *next, struct verdict *v)
{
	struct key k = key_due_prefix(transport);
	size_t prefix = k.len;
	unsigned n = 0;
	int rc;

	*next = INT64_MAX;
	while ((rc = shelf_seek(&g->shelf, STORE_DUE, &k, prefix, v)) == 1) {
		int64_t due = key_get64(g->shelf.found.data + prefix);
		unsigned char key[JOB_KEY];

		if (due > until || n == most) {
			*next = due;
			break;
		}
		memcpy(key, shelf_found_job(&g->shelf), sizeof key);
		shelf_behind(&g->shelf, &k);
		if ((rc = shelf_read_job(&g->shelf, key, &jobs[n], v)) < 0)
			break;
		if (rc == 1 && ledger_is_lent(g, jobs[n]))
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

/* Make the job's message whole. A body that is gone is a bug or a damaged disk: the message's text is
 * NULL then, and the pump lets it fail. */
static int
load_body(struct ledger *g, struct job *j, struct verdict *v)
{
	struct verdict bad;
	struct msg *body;
	int rc = shelf_get(&g->shelf, STORE_BODIES, j->msg->id, MSG_ID - 1, v);

	if (rc < 0)
		return -1;
	body = rc == 1 ? msg_parse(g->shelf.value.data, g->shelf.value.len, &bad) : NULL;
	j->msg->text = NULL;
	if (body) {
		struct body *b = body_new(body);

		job_fill(j, b);
		if (j->times > 1) /* in front, as the end may be cut off */
			j->msg->text = arena_printf(j->msg->arena, "(%u times) %s", j->times, j->msg->text);
		body_free(b);
	} else {
		log_error("queue: the text of %s is missing or cannot be read", j->msg->id);
	}
	return 0;
}

/* Has a report settled it that came while it was being sent? */
static bool
is_settled(struct job *j)
{
	return (j->parked || j->parts) && ledger_unpark(j) && job_is_final(j->state);
}

/* A report settled the job after the process that sent it had died. */
static int
lend_no_more(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	int64_t was_due = j->due;
	bool heard;
	int turn = ledger_back(g, j, was_due, now, &heard, v);

	return turn < 0 ? -1 : 1;
}

/* Write that it is being sent from now on. */
static int
write_send(struct ledger *g, struct job *j, int64_t settle_at, struct verdict *v)
{
	struct key due = key_due(j, j->due);
	bool released = j->released;

	j->again = j->again || j->state != JOB_QUEUED;
	j->released = false; /* for one send: should we die in it, policy decides again */
	begin_send(g, j);
	if (shelf_del(&g->shelf, STORE_DUE, &due, v) < 0 || turn_due(&g->shelf, j, settle_at, v) < 0 ||
	    shelf_write_job(&g->shelf, j, v) < 0 || load_body(g, j, v) < 0)
		return -1;
	j->released = released;
	return 0;
}

int
ledger_lend(struct ledger *g, struct job **j, int64_t settle_at, int64_t now, struct verdict *v)
{
	struct job *fresh;
	unsigned char key[JOB_KEY];
	int rc;

	job_key((*j)->msg->id, (*j)->rcpt, key);
	if ((rc = shelf_read_job(&g->shelf, key, &fresh, v)) < 0)
		return -1;
	if (rc == 0) { /* trimmed meanwhile: it was final */
		(*j)->state = JOB_CANCELLED;
		return 0;
	}
	rc = 0;
	if (fresh->state != JOB_HELD && !job_is_final(fresh->state))
		rc = is_settled(fresh) ? lend_no_more(g, fresh, now, v)
				       : write_send(g, fresh, settle_at, v);
	if (rc < 0) {
		job_free(fresh);
		return -1;
	}
	fresh->next = (*j)->next;
	job_free(*j);
	*j = fresh;
	return rc;
}

static int
take_back(struct ledger *g, struct job *j, int64_t was_due, int64_t now, bool *heard,
    struct verdict *v)
{
	struct key due = key_due(j, was_due);
	int rc = g->ntouched ? ledger_catch_up(g, j, v) : 0, turn;

	*heard = rc == 1;
	if (rc < 0 || shelf_del(&g->shelf, STORE_DUE, &due, v) < 0 ||
	    (j->parts && ledger_part_names(g, j, v) < 0))
		return -1;
	if (rc == 1 && j->state == JOB_QUEUED)
		j->due = now;
	if (j->state == JOB_QUEUED || j->state == JOB_UNCERTAIN)
		return turn_due(&g->shelf, j, j->due, v) < 0 ? -1 : shelf_write_job(&g->shelf, j, v);
	/* Held or final: the next of the conversation may go, at once. */
	turn = turn_leave(&g->shelf, j, true, was_due < j->due ? was_due : j->due, v);
	if (turn < 0 || (job_is_final(j->state) && ledger_end(g, j, false, false, now, v) < 0) ||
	    shelf_write_job(&g->shelf, j, v) < 0)
		return -1;
	if (job_is_final(j->state) && shelf_name(&g->shelf, NAME_REQUEST, j->request, j, v) < 0)
		return -1;
	return turn;
}

int
ledger_back(struct ledger *g, struct job *j, int64_t was_due, int64_t now, bool *heard,
    struct verdict *v)
{
	int turn = take_back(g, j, was_due, now, heard, v);

	return turn < 0 || brief_end(&g->shelf, j, v) < 0 ? -1 : turn;
}
