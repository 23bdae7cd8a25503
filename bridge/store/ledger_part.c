/*
 * ledger_part.c - what networks report of jobs that go out in parts, see trail.h.
 *
 * A report about a part that was taken is added to the trail; one about the part that was sent last and
 * not answered says that it was taken, and the next one is due. Either may settle the job.
 */
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/store/ledger.h"
#include "bridge/store/report.h"
#include "bridge/store/trail.h"
#include "bridge/store/turn.h"

/* "part 2 of 3: DeliveryImpossible" for people; the network's own word stays as it is. */
static void
say(struct job *j, unsigned part, const char *dsn, const char *code, const char *text)
{
	job_say(j, dsn, code, arena_printf(j->msg->arena, "part %u of %u: %s", part + 1, j->parts,
	    text && *text ? text : code ? code : ""));
}

static void
note(struct job *j)
{
	job_note(j, j->said ? j->said : "");
}

/* While it was lent. */

int
ledger_part_back(struct job *j, const struct job *record)
{
	unsigned part = record ? trail_taken(record) : trail_taken(j);
	bool taken = trail_taken(j) > part, failed, told = false;
	struct report r = { .is = (enum report_is)(j->parked - 1), .dsn = j->dsn, .code = j->code, .text = j->said };
	enum job_state given = j->state;
	bool parked = j->parked != 0;

	if (record)
		trail_merge(j, record);
	j->parked = 0;
	/* What was refused is not taken for a word that says less than that it arrived. */
	if (parked && !taken && given == JOB_FAILED && r.is != REPORT_DELIVERED)
		parked = false;
	if (parked && !taken && r.is != REPORT_FAILED) {
		trail_take(j, NULL, true);
		taken = told = true;
	}
	if (parked && taken)
		trail_hear(j, part, &r);
	failed = trail_state(j) == JOB_FAILED || (parked && !taken);
	if (taken || failed)
		j->state = failed ? JOB_FAILED : trail_state(j);
	if (failed)
		j->awaits = false;
	if (parked)
		say(j, part, r.dsn, r.code, r.text);
	else if (failed && given != JOB_FAILED && record)
		job_say(j, record->dsn, record->code, record->said);
	if (j->state == given && !told)
		return 0;
	note(j);
	return 1;
}

/* While it was not. */

/* The part that was sent last was not answered, or its answer was "later": does the report say more? */
static bool
is_news(const struct job *j, const struct report *r)
{
	bool latest = !r->correlator || strcmp(r->correlator, j->correlator) == 0;

	if (job_is_final(j->state))
		return false;
	return r->is == REPORT_DELIVERED ||
	       (latest && (j->again || j->state == JOB_SENDING || j->state == JOB_UNCERTAIN));
}

/* The next part is due now, if it is the job's turn. 1, 0 or -1. */
static int
go_on(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	struct key due = key_due(j, j->due);
	int turn = j->state == JOB_HELD ? turn_take(&g->shelf, j, false, v)
					: shelf_get(&g->shelf, STORE_DUE, due.bytes, due.len, v);

	if (turn < 0 || (turn == 1 && j->state != JOB_HELD && shelf_del(&g->shelf, STORE_DUE, &due, v) < 0))
		return -1;
	j->state = JOB_QUEUED;
	j->parked = 0;
	note(j);
	return turn == 1 ? (turn_due(&g->shelf, j, now, v) < 0 ? -1 : 1) : 0;
}

/* The trail has become another one: what becomes of the job? next: the part to be sent is another one, too.
 * 1: a job is due; 0; -1. */
static int
settle(struct ledger *g, struct job *j, bool next, int64_t now, enum heard *heard, struct verdict *v)
{
	enum job_state was = j->state;
	bool awaited = j->awaits;
	enum job_state to = trail_state(j); /* and what it awaits */
	bool awaits = j->awaits, stays;

	j->awaits = awaited;
	stays = (to == JOB_QUEUED && !next) || (was == JOB_SENT && to == JOB_SENT && awaits == awaited) ||
		(was == JOB_NO_REPORT && to == JOB_SENT) || was == JOB_FAILED || was == JOB_EXPIRED ||
		was == JOB_CANCELLED;
	*heard = stays ? HEARD_NOTHING : HEARD_NEWS;
	if (stays) {
		note(j);
		return 0;
	}
	return to == JOB_QUEUED ? go_on(g, j, now, v) : ledger_change(g, j, to, awaits, now, v);
}

/* About the part that is not known to be taken. 1, 0 or -1 as settle(). */
static int
hear_current(struct ledger *g, struct job *j, unsigned part, const struct report *r, int64_t now,
    enum heard *heard, struct verdict *v)
{
	if (!is_news(j, r))
		return 0;
	say(j, part, r->dsn, r->code, r->text);
	if (r->is == REPORT_FAILED) {
		*heard = HEARD_NEWS;
		return ledger_change(g, j, JOB_FAILED, false, now, v);
	}
	trail_take(j, r->request, true);
	trail_hear(j, part, r);
	return settle(g, j, true, now, heard, v);
}

int
ledger_part_report(struct ledger *g, struct job *j, const struct report *r, int64_t now,
    enum heard *heard, struct verdict *v)
{
	unsigned part = trail_part(j, r);
	int rc;

	*heard = HEARD_NOTHING;
	if (part == trail_taken(j)) {
		if ((rc = hear_current(g, j, part, r, now, heard, v)) < 0)
			return -1;
	} else if ((rc = trail_hear(j, part, r)) <= 0) {
		*heard = rc < 0 ? HEARD_TOO_LATE : HEARD_NOTHING;
		return 0;
	} else {
		say(j, part, r->dsn, r->code, r->text);
		if (ledger_is_lent(g, j)) {
			*heard = HEARD_PARKED;
			return ledger_write(g, j, v);
		}
		if ((rc = settle(g, j, false, now, heard, v)) < 0)
			return -1;
	}
	return ledger_part_names(g, j, v) < 0 || shelf_write_job(&g->shelf, j, v) < 0 ? -1 : rc;
}

/* Names. */

static int
for_names(struct ledger *g, const struct job *j,
    int (*name)(struct shelf *, char, const char *, const struct job *, struct verdict *),
    struct verdict *v)
{
	struct trail_part p = { .next = NULL };

	while (trail_next(j, &p))
		if (*p.request && name(&g->shelf, NAME_REQUEST, p.request, j, v) < 0)
			return -1;
	return 0;
}

int
ledger_part_names(struct ledger *g, const struct job *j, struct verdict *v)
{
	return for_names(g, j, shelf_name, v);
}

int
ledger_part_unname(struct ledger *g, const struct job *j, struct verdict *v)
{
	return for_names(g, j, shelf_unname, v);
}
