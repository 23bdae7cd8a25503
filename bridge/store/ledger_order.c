/*
 * ledger_order.c - an administrator's orders to a job.
 */
#include "bridge/store/ledger.h"
#include "bridge/store/turn.h"

static int
order_hold_or_cancel(struct ledger *g, struct job *j, bool hold, int64_t now, struct verdict *v)
{
	struct key due = key_due(j, j->due);
	int its_turn = shelf_get(&g->shelf, STORE_DUE, due.bytes, due.len, v);
	bool stood = j->state != JOB_HELD;

	if (its_turn < 0 || shelf_del(&g->shelf, STORE_DUE, &due, v) < 0 ||
	    (stood && turn_leave(&g->shelf, j, its_turn == 1, now, v) < 0))
		return -1;
	j->again = j->again || j->state == JOB_UNCERTAIN || j->state == JOB_SENDING;
	j->state = hold ? JOB_HELD : JOB_CANCELLED;
	return hold ? 0 : ledger_end(g, j, false, false, now, v);
}

static int
order_release(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	int64_t lifetime = j->expires - j->msg->arrived;
	int turn = turn_take(&g->shelf, j, false, v);

	j->state = JOB_QUEUED;
	j->due = now;
	j->unknowns = 0;
	j->released = j->again;
	if (j->expires < now / 1000)
		j->expires = now / 1000 + lifetime; /* who releases it wants it sent */
	return turn < 0 ? -1 : turn ? turn_due(&g->shelf, j, now, v) : 0;
}

static int
order_retry(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	struct key due = key_due(j, j->due);
	int its_turn = shelf_get(&g->shelf, STORE_DUE, due.bytes, due.len, v);

	if (its_turn != 1)
		return its_turn;
	return shelf_del(&g->shelf, STORE_DUE, &due, v) < 0 || turn_due(&g->shelf, j, now, v) < 0 ? -1 : 1;
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

	if ((rc = shelf_read_job(&g->shelf, key, &j, v)) <= 0)
		return rc;
	rc = 0;
	if (job_is_final(j->state) || ledger_is_lent(g, j) ||
	    (j->state == JOB_HELD) != (order == QUEUE_RELEASE || order == QUEUE_CANCEL)) {
		/* CANCEL also takes those that are not held. */
		if (order != QUEUE_CANCEL || job_is_final(j->state) || ledger_is_lent(g, j))
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
		rc = shelf_write_job(&g->shelf, j, v) < 0 ? -1 : 1;
	}
out:
	job_free(j);
	return rc;
}
