/*
 * ledger_await.c - what is done when networks do not report of jobs that they took.
 */
#include <string.h>

#include "bridge/store/ledger.h"

/* ms from one question to the next, times the first wait: after 1, 5, 30 minutes, then each hour.
 */
static int64_t
next_inquiry(unsigned n, long inquire)
{
	static const long times[] = { 1, 4, 25, 60 };

	return (int64_t)inquire * times[n < 4 ? n : 3];
}

/* Its time has come: 1, it is over, or its network is to be asked; 0: neither, yet. */
static int
look_at(struct ledger *g, struct job *j, int64_t now, long inquire, struct verdict *v)
{
	struct key k = key_await(j, j->due);

	if (shelf_del(&g->shelf, STORE_DUE, &k, v) < 0)
		return -1;
	if (now >= j->report_by) {
		j->state = JOB_NO_REPORT;
		j->awaits = false;
		job_say(j, "4.4.7", NULL, "the network has not reported what became of it");
		job_note(j, "");
		return ledger_end(g, j, true, false, now, v) < 0 ? -1 : 1;
	}
	j->due = j->report_by;
	if (inquire) {
		j->inquiries++;
		if (now + next_inquiry(j->inquiries, inquire) < j->due)
			j->due = now + next_inquiry(j->inquiries, inquire);
	}
	k = key_await(j, j->due);
	return shelf_put(&g->shelf, STORE_DUE, &k, "", 0, v) < 0 ? -1 : inquire != 0;
}

/* The job behind an entry, when its time has come. 1: *j, for job_free(); 0: nothing to do; -1. */
static int
look_up(struct ledger *g, const unsigned char key[JOB_KEY], const struct key *entry, int64_t now,
    long inquire, struct job **j, struct verdict *v)
{
	int rc = shelf_read_job(&g->shelf, key, j, v);

	if (rc < 0)
		return -1;
	if (rc == 0 || job_is_settled(*j)) { /* a record that cannot be read, or a bug of ours */
		if (rc == 1)
			job_free(*j);
		return shelf_del(&g->shelf, STORE_DUE, entry, v);
	}
	rc = look_at(g, *j, now, inquire, v);
	if (rc >= 0 && shelf_write_job(&g->shelf, *j, v) < 0)
		rc = -1;
	if (rc != 1)
		job_free(*j);
	return rc;
}

int
ledger_awaiting(struct ledger *g, const char *transport, int64_t now, unsigned most, long inquire,
    struct job **jobs, int64_t *next, struct verdict *v)
{
	struct key k = key_await_prefix(transport);
	size_t prefix = k.len;
	unsigned n = 0;
	int rc;

	*next = INT64_MAX;
	while ((rc = shelf_seek(&g->shelf, STORE_DUE, &k, prefix, v)) == 1) {
		int64_t due = key_get64(g->shelf.found.data + prefix);
		unsigned char key[JOB_KEY];
		struct key entry = { .len = 0 };

		if (due > now || n == most) {
			*next = due;
			break;
		}
		memcpy(key, shelf_found_job(&g->shelf), sizeof key);
		key_add(&entry, g->shelf.found.data, g->shelf.found.len);
		shelf_behind(&g->shelf, &k);
		if ((rc = look_up(g, key, &entry, now, inquire, &jobs[n], v)) < 0)
			break;
		n += rc == 1;
	}
	if (rc >= 0)
		return (int)n;
	while (n > 0)
		job_free(jobs[--n]);
	return -1;
}
