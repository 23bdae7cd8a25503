/*
 * ledger_report.c - what networks report of jobs that they took.
 *
 * Reports come twice, late, in any order, and before the answer to the request that they are about.
 * So each is weighed against what is known: a final word never goes back, and one about a job that
 * is being sent is kept with its record until that is over.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/mem.h"
#include "bridge/store/ledger.h"
#include "bridge/store/report.h"
#include "bridge/store/trail.h"
#include "bridge/store/turn.h"

enum {
	SAME_REQUEST =
	    32, /* jobs looked at that share an identifier: it may not be the network's alone */
	DIGITS = 20,       /* of a number that are compared; E.164 has 15 */
	DIGITS_ENOUGH = 7, /* of a number, when one is written without what the other begins with */
};

/* Whose report. */

/* A number's digits, without the zeros that it begins with. */
static void
digits(const char *address, char out[DIGITS])
{
	size_t n = 0;

	for (; *address && *address != ';' && n < DIGITS - 1; address++)
		if (isdigit((unsigned char)*address) && (n || *address != '0'))
			out[n++] = *address;
	out[n] = '\0';
}

/* Platforms write numbers without the plus, without the country code, with zeros in front. */
static bool
is_same_number(const char *a, const char *b)
{
	char one[DIGITS], other[DIGITS];
	size_t long_n, short_n;

	digits(a, one);
	digits(b, other);
	if (strlen(one) < strlen(other))
		return is_same_number(b, a);
	long_n = strlen(one);
	short_n = strlen(other);
	return short_n >= DIGITS_ENOUGH ? strcmp(one + long_n - short_n, other) == 0
					: short_n > 0 && strcmp(one, other) == 0;
}

static bool
is_about(const struct report *r, const struct job *j)
{
	const struct msg_rcpt *to = job_rcpt(j);

	if (j->sends == 0 || (r->transport && strcmp(r->transport, to->transport) != 0))
		return false;
	if (!r->address)
		return true;
	if (strncmp(to->to, "tel:", 4) == 0)
		return is_same_number(to->to, r->address);
	/* A client's report names its resource, too. */
	return strncasecmp(to->to, r->address, strcspn(r->address, "/")) == 0 &&
	       strlen(to->to) == strcspn(r->address, "/");
}

static int
find_by_request(struct ledger *g, const struct report *r, struct job **j, struct verdict *v)
{
	struct key k = key_name_prefix(NAME_REQUEST, r->request);
	size_t prefix = k.len;
	unsigned n = 0;
	int rc;

	while (
	    n++ < SAME_REQUEST && (rc = shelf_seek(&g->shelf, STORE_NAMES, &k, prefix, v)) == 1) {
		unsigned char key[JOB_KEY];

		memcpy(key, shelf_found_job(&g->shelf), sizeof key);
		shelf_behind(&g->shelf, &k);
		if ((rc = shelf_read_job(&g->shelf, key, j, v)) < 0)
			return -1;
		if (rc == 1 && is_about(r, *j))
			return 1;
		if (rc == 1)
			job_free(*j);
	}
	return rc < 0 ? -1 : 0;
}

static int
find(struct ledger *g, const struct report *r, struct job **j, struct verdict *v)
{
	unsigned char key[JOB_KEY];
	int rc;

	if (r->correlator && job_from_correlator(r->correlator, key) == 0) {
		if ((rc = shelf_read_job(&g->shelf, key, j, v)) != 1)
			return rc;
		if (is_about(r, *j))
			return 1;
		job_free(*j);
		return 0;
	}
	return r->request && *r->request ? find_by_request(g, r, j, v) : 0;
}

/* Jobs that are lent: their record may say more than they. */

/* The touched one with that key, or NULL. */
static struct touched *
find_touched(struct ledger *g, const unsigned char key[JOB_KEY])
{
	for (size_t i = 0; i < g->ntouched; i++)
		if (memcmp(g->touched[i].key, key, JOB_KEY) == 0)
			return &g->touched[i];
	return NULL;
}

int
ledger_write(struct ledger *g, const struct job *j, struct verdict *v)
{
	unsigned char key[JOB_KEY];

	job_key(j->msg->id, j->rcpt, key);
	if (ledger_is_lent(g, j) && !find_touched(g, key)) {
		struct touched *t;

		if (g->ntouched == g->touched_room) {
			g->touched_room = g->touched_room ? 2 * g->touched_room : 64;
			g->touched = xrealloc(g->touched, g->touched_room * sizeof *g->touched);
		}
		t = &g->touched[g->ntouched++];
		memcpy(t->key, key, sizeof t->key);
		t->back = false;
	}
	return shelf_write_job(&g->shelf, j, v);
}

/* Should the transaction be undone, it is run again and must find them again. One that was touched
 * in a transaction that never was is harmless: it is looked up in vain. */
void
ledger_settle(struct ledger *g, bool committed)
{
	size_t kept = 0;

	depth_settle(g->depths, committed);
	for (size_t i = 0; i < g->ntouched; i++) {
		if (committed && g->touched[i].back)
			continue;
		g->touched[kept] = g->touched[i];
		g->touched[kept++].back = false;
	}
	g->ntouched = kept;
}

int
ledger_catch_up(struct ledger *g, struct job *j, struct verdict *v)
{
	unsigned char key[JOB_KEY];
	struct touched *t;
	struct job *kept;
	int rc;

	job_key(j->msg->id, j->rcpt, key);
	if (!(t = find_touched(g, key)))
		return 0;
	t->back = true;
	if ((rc = shelf_read_job(&g->shelf, key, &kept, v)) <= 0)
		return rc;
	j->news = kept->news;
	j->told = kept->told;
	j->segments_in = kept->segments_in;
	if ((j->parked = kept->parked))
		job_say(j, kept->dsn, kept->code, kept->said);
	rc = j->parts ? ledger_part_back(j, kept) : j->parked ? ledger_unpark(j) : 0;
	job_free(kept);
	return rc;
}

/* What a report does. */

static enum job_state
state_after(enum report_is is)
{
	switch (is) {
	case REPORT_DELIVERED:
		return JOB_DELIVERED;
	case REPORT_FAILED:
		return JOB_FAILED;
	case REPORT_RELAYED:
	case REPORT_WAITING:
		break;
	}
	return JOB_SENT;
}

static const char *
words(const struct job *j)
{
	return j->code ? j->code : j->said ? j->said : "";
}

/* So many segments make a message. What was not counted when it was sent, since the process died in
 * it, is taken to be one. */
static bool
is_whole(const struct job *j)
{
	return j->segments <= 1 || j->segments_in >= j->segments;
}

int
ledger_unpark(struct job *j)
{
	enum report_is is = (enum report_is)(j->parked - 1);

	if (j->parts)
		return ledger_part_back(j, NULL);
	j->parked = 0;
	if (j->state == JOB_FAILED && is != REPORT_DELIVERED)
		return 0;
	if (is == REPORT_DELIVERED && !is_whole(j)) {
		bool was_sent = j->state == JOB_SENT;

		j->state = JOB_SENT; /* whatever the answer was, it was taken */
		j->awaits = true;
		return !was_sent;
	}
	j->state = state_after(is);
	j->awaits = false;
	job_note(j, words(j));
	return 1;
}

/* Does it matter which of two reports that came early counts? The first final one does. */
static enum heard
park(struct job *j, const struct report *r)
{
	if (r->is == REPORT_WAITING)
		return HEARD_NOTHING;
	if (r->is == REPORT_DELIVERED)
		j->segments_in++;
	if (j->parked && j->parked - 1 != REPORT_RELAYED)
		return (enum report_is)(j->parked - 1) == r->is ? HEARD_PARKED : HEARD_TOO_LATE;
	j->parked = 1 + (int)r->is;
	job_say(j, r->dsn, r->code, r->text);
	return HEARD_PARKED;
}

/* Is the job's state another one after that report? latest: it is about the last send; one about an
 * earlier send, which was not taken as far as we know, says nothing but that it arrived after all.
 */
static enum heard
weigh(const struct job *j, enum report_is is, bool latest)
{
	bool delivered = is == REPORT_DELIVERED, news = delivered;

	switch (j->state) {
	case JOB_QUEUED:
	case JOB_SENDING:
	case JOB_UNCERTAIN:
	case JOB_HELD:
		/* Whatever it says: what was of unknown outcome was taken. */
		news =
		    delivered ||
		    (latest && (j->again || j->state == JOB_SENDING || j->state == JOB_UNCERTAIN));
		break;
	case JOB_SENT:
		news = delivered ||
		       (latest && (is == REPORT_FAILED || (j->awaits && is == REPORT_RELAYED)));
		break;
	case JOB_NO_REPORT:
		news = delivered || (latest && is != REPORT_WAITING);
		break;
	case JOB_EXPIRED:
	case JOB_CANCELLED:
		break;
	case JOB_FAILED:
		return delivered ? HEARD_TOO_LATE : HEARD_NOTHING;
	case JOB_DELIVERED:
		return latest && is == REPORT_FAILED ? HEARD_TOO_LATE : HEARD_NOTHING;
	case JOB_STATES:
		news = false;
	}
	return news ? HEARD_NEWS : HEARD_NOTHING;
}

/* What changes no state may still be worth a line of its history, unless that says so already. */
static int
note_waiting(struct ledger *g, struct job *j, const struct report *r, struct verdict *v)
{
	const char *last = strrchr(j->history, ' ');

	if (r->is != REPORT_WAITING || j->state != JOB_SENT || !r->code ||
	    (last && strncmp(last + 1, r->code, strlen(r->code)) == 0))
		return 0;
	job_note(j, r->code);
	return shelf_write_job(&g->shelf, j, v);
}

/* The job is not to be sent any more: it leaves the times and turns in which it stands. */
static int
leave(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	struct key due = key_due(j, j->due);
	int its_turn;

	if (j->state == JOB_HELD)
		return 0;
	if ((its_turn = shelf_get(&g->shelf, STORE_DUE, due.bytes, due.len, v)) < 0 ||
	    shelf_del(&g->shelf, STORE_DUE, &due, v) < 0)
		return -1;
	return turn_leave(&g->shelf, j, its_turn == 1, now, v);
}

static int
await_no_more(struct ledger *g, const struct job *j, struct verdict *v)
{
	struct key k = key_await(j, j->due);

	return shelf_del(&g->shelf, STORE_DUE, &k, v);
}

int
ledger_change(struct ledger *g, struct job *j, enum job_state to, bool awaits, int64_t now,
    struct verdict *v)
{
	bool was_final = job_is_final(j->state), was_settled = job_is_settled(j);
	int turn = 0;

	if (!was_final)
		turn = leave(g, j, now, v);
	else if (!was_settled)
		turn = await_no_more(g, j, v);
	if (turn < 0)
		return -1;
	j->parked = 0;
	j->awaits = awaits;
	j->state = to;
	job_note(j, words(j));
	return ledger_end(g, j, was_final, was_settled, now, v) < 0 ? -1 : turn;
}

/* The state changes as the report says, likewise. */
static int
change(struct ledger *g, struct job *j, const struct report *r, int64_t now, struct verdict *v)
{
	bool awaits = r->is == REPORT_WAITING || (r->is == REPORT_DELIVERED && !is_whole(j));

	job_say(j, r->dsn, r->code, r->text);
	return ledger_change(g, j, awaits ? JOB_SENT : state_after(r->is), awaits, now, v);
}

int
ledger_report(struct ledger *g, const struct report *r, int64_t now, struct job **j,
    enum heard *heard, bool *turn, struct verdict *v)
{
	bool latest;
	int rc;

	*turn = false;
	*heard = HEARD_NOTHING;
	if ((rc = find(g, r, j, v)) <= 0)
		return rc;
	latest = !r->correlator || strcmp(r->correlator, (*j)->correlator) == 0;
	if ((*j)->parts && !(ledger_is_lent(g, *j) && trail_part(*j, r) == trail_taken(*j))) {
		if ((rc = ledger_part_report(g, *j, r, now, heard, v)) < 0)
			goto failed;
		*turn = rc == 1;
		return 1;
	}
	if (ledger_is_lent(g, *j)) {
		if (latest || r->is == REPORT_DELIVERED)
			*heard = park(*j, r);
		if (*heard == HEARD_PARKED && ledger_write(g, *j, v) < 0)
			goto failed;
		return 1;
	}
	*heard = weigh(*j, r->is, latest);
	if (*heard != HEARD_NEWS) {
		if (note_waiting(g, *j, r, v) < 0)
			goto failed;
		return 1;
	}
	(*j)->segments_in += r->is == REPORT_DELIVERED;
	if (job_is_final((*j)->state) && r->is == REPORT_DELIVERED && !is_whole(*j)) {
		*heard = HEARD_NOTHING; /* yet */
		job_note(*j, "delivered in part");
	} else if ((rc = change(g, *j, r, now, v)) < 0) {
		goto failed;
	} else {
		*turn = rc == 1;
	}
	if (shelf_write_job(&g->shelf, *j, v) < 0)
		goto failed;
	return 1;
failed:
	job_free(*j);
	return -1;
}
