/*
 * ledger_look.c - looking jobs up, and forgetting them when they are old.
 */
#include "bridge/store/ledger.h"

#include <string.h>

/* Read the jobs, at most `most`, whose keys stand at or behind k in that map and begin with its first
 * `prefix` bytes. The count, or -1. */
static int
collect(struct ledger *g, enum store_map m, struct key k, size_t prefix, unsigned most,
    struct job **jobs, struct verdict *v)
{
	unsigned n = 0;
	int rc = 0;

	while (n < most && (rc = shelf_seek(&g->shelf, m, &k, prefix, v)) == 1) {
		unsigned char key[JOB_KEY];

		memcpy(key, shelf_found_job(&g->shelf), sizeof key);
		shelf_behind(&g->shelf, &k);
		if ((rc = shelf_read_job(&g->shelf, key, &jobs[n], v)) < 0)
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
	char bracketed[KEY_NAME + 3];
	size_t len = strnlen(what, KEY_NAME);
	int n;

	if (msg_id_time(what) >= 0) {
		key_add(&k, what, MSG_ID - 1);
		return collect(g, STORE_JOBS, k, k.len, most, jobs, v);
	}
	if (job_from_correlator(what, key) == 0) {
		n = shelf_read_job(&g->shelf, key, jobs, v);
		if (n != 0)
			return n;
	}
	k = key_name_prefix(NAME_REQUEST, what);
	if ((n = collect(g, STORE_NAMES, k, k.len, most, jobs, v)) != 0)
		return n;
	if (what[0] != '<') {
		bracketed[0] = '<';
		memcpy(bracketed + 1, what, len);
		memcpy(bracketed + 1 + len, ">", 2);
		what = bracketed;
	}
	k = key_name_prefix(NAME_MESSAGE, what);
	return collect(g, STORE_NAMES, k, k.len, most, jobs, v);
}

int
ledger_list(struct ledger *g, const unsigned char *after, unsigned most, struct job **jobs,
    struct verdict *v)
{
	struct key k = key_name_prefix(NAME_OPEN, "");
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
	if (shelf_get(&g->shelf, STORE_KEYS, submission.bytes, submission.len, v) == 1 &&
	    memcmp(g->shelf.value.data, j->msg->id, MSG_ID - 1) == 0 &&
	    shelf_del(&g->shelf, STORE_KEYS, &submission, v) < 0)
		return -1;
	if (shelf_unname(&g->shelf, NAME_MESSAGE, j->msg->message_id, j, v) < 0 ||
	    shelf_unname(&g->shelf, NAME_REQUEST, j->request, j, v) < 0 ||
	    (j->parts && ledger_part_unname(g, j, v) < 0))
		return -1;
	return g->shelf.driver->del(g->shelf.store, STORE_JOBS, key, JOB_KEY, v);
}

int
ledger_trim(struct ledger *g, int64_t before, unsigned most, struct verdict *v)
{
	struct key k = { .len = 0 };
	unsigned looked = 0, gone = 0;
	struct job *j;
	bool old;
	int rc;

	key_add(&k, g->trim_at, sizeof g->trim_at);
	while ((rc = shelf_seek(&g->shelf, STORE_JOBS, &k, 0, v)) == 1 && looked++ < most) {
		char id[MSG_ID];

		shelf_behind(&g->shelf, &k);
		memcpy(id, k.bytes, MSG_ID - 1);
		id[MSG_ID - 1] = '\0';
		if (msg_id_time(id) >= before) {
			rc = 0;
			break;
		}
		if ((rc = shelf_read_job(&g->shelf, k.bytes, &j, v)) < 0)
			break;
		if (rc == 0)
			continue;
		old = job_is_settled(j) && j->news == NEWS_NONE;
		rc = old ? forget(g, j, k.bytes, v) : 0;
		gone += old;
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

int
ledger_forget(struct ledger *g, const char *who, struct key *at, unsigned most, unsigned *gone,
    unsigned *waiting, struct verdict *v)
{
	int rc = 1;

	while (most-- && (rc = shelf_seek(&g->shelf, STORE_JOBS, at, 0, v)) == 1) {
		unsigned char key[JOB_KEY];
		struct job *j;
		int n;

		memcpy(key, shelf_found_job(&g->shelf), sizeof key);
		shelf_behind(&g->shelf, at);
		if ((n = shelf_read_job(&g->shelf, key, &j, v)) < 0)
			return -1;
		if (n == 0)
			continue;
		if (!key_is_uri(j->msg->from, who) && !key_is_uri(job_rcpt(j)->to, who)) {
			n = 0;
		} else if (job_is_settled(j) && j->news == NEWS_NONE) {
			n = forget(g, j, key, v);
			++*gone;
		} else {
			n = 0;
			++*waiting;
		}
		job_free(j);
		if (n < 0)
			return -1;
	}
	return rc;
}
