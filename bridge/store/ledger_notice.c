/*
 * ledger_notice.c - what the senders of messages are to be told, and when.
 *
 * News stand in the job that they are about. A message with untold news has one notice: an entry
 * among what is due, at a time by which more of its recipients may have news of their own, so that
 * its sender hears once. Both are written with what the news are about, and both go in the
 * transaction that puts the report on the disk: so no crash loses a report, and none repeats one.
 */
#include <string.h>
#include <strings.h>

#include "bridge/base/verdict.h"
#include "bridge/store/ledger.h"

/* Is the word in a DSN NOTIFY, "SUCCESS,DELAY" (RFC 3461, 4.1)? */
static bool
has_word(const char *notify, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = notify; *p;) {
		size_t n = strcspn(p, ",");

		if (n == len && strncasecmp(p, word, n) == 0)
			return true;
		p += n + (p[n] == ',');
	}
	return false;
}

bool
news_wanted(const struct job *j, enum job_news news, int tell)
{
	const char *notify = job_rcpt(j)->notify;
	bool said = notify && *notify;

	/* What no person wrote must not be answered (RFC 3834, 2), and least of all another report.
	 */
	if (strcmp(j->msg->from, "mailto:") == 0 || j->msg->automatic || j->msg->about ||
	    (said && has_word(notify, "NEVER")))
		return false;
	switch (news) {
	case NEWS_FAILED:
		return !said || has_word(notify, "FAILURE");
	case NEWS_DELAYED:
		return !said || has_word(notify, "DELAY");
	case NEWS_DELIVERED:
	case NEWS_RELAYED:
		/* To a phone that is an SMS, which is paid for, about each message that it writes. */
		return said ? has_word(notify, "SUCCESS")
			    : tell != TELL_FAILED && strncmp(j->msg->from, "tel:", 4) != 0;
	case NEWS_CUT:
		return strncmp(j->msg->from, "tel:", 4) != 0; /* a phone pays for what it is told */
	case NEWS_NONE:
		break;
	}
	return false;
}

/* What was told is not told again; a failure is told, whatever was told before. */
static bool
is_told(const struct job *j, enum job_news news)
{
	unsigned failed = 1u << NEWS_FAILED, good = 1u << NEWS_DELIVERED | 1u << NEWS_RELAYED;

	switch (news) {
	case NEWS_FAILED:
		return j->told & failed;
	case NEWS_DELIVERED:
		return j->told & good;
	case NEWS_RELAYED:
		return j->told & (good | failed);
	case NEWS_DELAYED:
		return j->told != 0;
	case NEWS_CUT: /* every report says it, too */
		return j->told & ~(1u << NEWS_DELAYED);
	case NEWS_NONE:
		break;
	}
	return true;
}

/* The notice's entry. */

/* 1: *due is when; 0: there is none; -1. */
static int
find_notice(struct ledger *g, const char *id, int64_t *due, struct verdict *v)
{
	struct key k = key_name_prefix(NAME_NOTICE, id);
	int rc = shelf_get(&g->shelf, STORE_NAMES, k.bytes, k.len, v);

	if (rc == 1 && g->shelf.value.len == 8)
		*due = key_get64(g->shelf.value.data);
	return rc;
}

static int
put_notice(struct ledger *g, const char *id, int64_t due, struct verdict *v)
{
	struct key name = key_name_prefix(NAME_NOTICE, id), k = key_notice(id, due);
	unsigned char time[8];

	if (due < g->notice_at)
		g->notice_at = due;
	key_put64(time, due);
	return shelf_put(&g->shelf, STORE_NAMES, &name, time, sizeof time, v) < 0
		   ? -1
		   : shelf_put(&g->shelf, STORE_DUE, &k, "", 0, v);
}

static int
drop_notice(struct ledger *g, const char *id, int64_t due, struct verdict *v)
{
	struct key name = key_name_prefix(NAME_NOTICE, id), k = key_notice(id, due);

	return shelf_del(&g->shelf, STORE_DUE, &k, v) < 0
		   ? -1
		   : shelf_del(&g->shelf, STORE_NAMES, &name, v);
}

/* See that there is one at that time, or before. */
static int
notice_by(struct ledger *g, const char *id, int64_t due, struct verdict *v)
{
	int64_t was;
	int rc = find_notice(g, id, &was, v);

	if (rc == 1 && was <= due)
		return 0;
	if (rc < 0 || (rc == 1 && drop_notice(g, id, was, v) < 0))
		return -1;
	return put_notice(g, id, due, v);
}

int
ledger_news(struct ledger *g, struct job *j, enum job_news news, bool settled, int64_t now,
    struct verdict *v)
{
	const struct queue_settings *s = g->settings;
	int64_t wait = s->report_gather;

	if (news == NEWS_NONE || !news_wanted(j, news, s->report) || is_told(j, news)) {
		/* A delay that has not been told yet is none any more. */
		if (settled)
			j->news = NEWS_NONE;
		return 0;
	}
	j->news = news;
	if (s->report == TELL_DIGEST && news != NEWS_DELAYED)
		wait = s->report_wait;
	return notice_by(g, j->msg->id, j->of > 1 ? now + wait : now, v);
}

int
ledger_hurry_notice(struct ledger *g, const struct job *j, int64_t now, struct verdict *v)
{
	int64_t due;
	int rc = find_notice(g, j->msg->id, &due, v);

	if (rc == 1 && due > now &&
	    (drop_notice(g, j->msg->id, due, v) < 0 || put_notice(g, j->msg->id, now, v) < 0))
		return -1;
	return rc;
}

/* Delays. */

/* The job has waited for long, or not; whether it has. */
static int
look_for_delay(struct ledger *g, struct job *j, int64_t now, struct verdict *v)
{
	if (msg_id_time(j->msg->id) > now - g->settings->delay_notice)
		return 0;
	job_key(j->msg->id, j->rcpt, g->late_at);
	if (ledger_news(g, j, NEWS_DELAYED, false, now, v) < 0)
		return -1;
	return j->news == NEWS_DELAYED && ledger_write(g, j, v) < 0 ? -1 : 1;
}

int
ledger_delays(struct ledger *g, int64_t now, unsigned most, struct verdict *v)
{
	const unsigned char none[JOB_KEY] = { 0 };
	struct job *j;
	unsigned seen = 0;
	int rc = 1;

	/* Ids sort by time, so those that have waited long come first, and each is looked at once.
	 */
	while (seen < most && rc == 1) {
		bool start = memcmp(g->late_at, none, JOB_KEY) == 0;

		if ((rc = ledger_list(g, start ? NULL : g->late_at, 1, &j, v)) != 1)
			break;
		rc = look_for_delay(g, j, now, v);
		job_free(j);
		seen += rc == 1;
	}
	return rc < 0 ? -1 : (int)seen;
}

/* Telling. */

/* All jobs of a message, at most `most`; the count, or -1. */
static int
jobs_of(struct ledger *g, const char *id, unsigned most, struct job **jobs, struct verdict *v)
{
	return ledger_find(g, id, most, jobs, v);
}

/* Nothing is left to tell of the message: the body may go, when nothing else needs it. */
static int
end_notice(struct ledger *g, const char *id, struct job *const *jobs, int n, struct verdict *v)
{
	struct key body = { .len = 0 };
	int64_t due;
	int rc = find_notice(g, id, &due, v);

	if (rc < 0 || (rc == 1 && drop_notice(g, id, due, v) < 0))
		return -1;
	for (int i = 0; i < n; i++)
		if (!job_is_settled(jobs[i]))
			return 0;
	key_add(&body, id, MSG_ID - 1);
	return shelf_del(&g->shelf, STORE_BODIES, &body, v);
}

static void
free_jobs(struct job **jobs, int n)
{
	for (int i = 0; i < n; i++)
		job_free(jobs[i]);
}

/* Keep those with news; the others are freed. */
static int
keep_news(struct job **jobs, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		if (jobs[i]->news != NEWS_NONE)
			jobs[kept++] = jobs[i];
		else
			job_free(jobs[i]);
	}
	return kept;
}

static int
read_body(struct ledger *g, const char *id, struct body **body, struct verdict *v)
{
	struct verdict bad;
	struct msg *m;
	int rc = shelf_get(&g->shelf, STORE_BODIES, id, MSG_ID - 1, v);

	*body = NULL;
	m = rc == 1 ? msg_parse(g->shelf.value.data, g->shelf.value.len, &bad) : NULL;
	if (m)
		*body = body_new(m);
	return rc < 0 ? -1 : 0;
}

int
ledger_notice(struct ledger *g, int64_t now, unsigned most, struct job **jobs, struct body **body,
    int64_t *next, struct verdict *v)
{
	struct key k = key_notice_prefix();
	size_t prefix = k.len;
	char id[MSG_ID];
	int rc, n, all;

	*next = INT64_MAX;
	while ((rc = shelf_seek(&g->shelf, STORE_DUE, &k, prefix, v)) == 1) {
		if ((*next = key_get64(g->shelf.found.data + prefix)) > now)
			return 0;
		memcpy(id, shelf_found_job(&g->shelf), MSG_ID - 1);
		id[MSG_ID - 1] = '\0';
		shelf_behind(&g->shelf, &k);
		if ((all = jobs_of(g, id, most, jobs, v)) < 0)
			return -1;
		n = 0;
		for (int i = 0; i < all; i++)
			n += jobs[i]->news != NEWS_NONE;
		if (n == 0) {
			rc = end_notice(g, id, jobs, all, v);
			free_jobs(jobs, all);
			if (rc < 0)
				return -1;
			continue;
		}
		n = keep_news(jobs, all);
		if (read_body(g, id, body, v) == 0)
			return n;
		free_jobs(jobs, n);
		return -1;
	}
	*next = INT64_MAX;
	return rc;
}

int
ledger_put_off(struct ledger *g, const char *id, int64_t until, struct verdict *v)
{
	int64_t due;
	int rc = find_notice(g, id, &due, v);

	if (rc <= 0)
		return rc;
	return drop_notice(g, id, due, v) < 0 ? -1 : put_notice(g, id, until, v);
}

/* One job's news were told, unless it has had others since. 0, or -1. */
static int
tell(struct ledger *g, struct job *j, struct job *const *told, size_t n, struct verdict *v)
{
	for (size_t i = 0; i < n; i++) {
		if (told[i]->rcpt != j->rcpt || j->news == NEWS_NONE)
			continue;
		j->told |= 1u << told[i]->news;
		job_note(j, "its sender has been told");
		if (j->news == told[i]->news || is_told(j, j->news))
			j->news = NEWS_NONE;
		return ledger_write(g, j, v);
	}
	return 0;
}

int
ledger_told(struct ledger *g, struct job *const *told, size_t ntold, int64_t now, struct verdict *v)
{
	struct job *jobs[MSG_MAX_RCPTS];
	const char *id = told[0]->msg->id;
	int n = jobs_of(g, id, MSG_MAX_RCPTS, jobs, v), rc = n < 0 ? -1 : 0;
	bool more = false;

	for (int i = 0; i < n && rc == 0; i++) {
		rc = tell(g, jobs[i], told, ntold, v);
		more = more || jobs[i]->news != NEWS_NONE;
	}
	if (rc == 0 && !more)
		rc = end_notice(g, id, jobs, n, v);
	else if (rc == 0)
		rc = ledger_put_off(g, id, now + g->settings->report_gather, v);
	free_jobs(jobs, n < 0 ? 0 : n);
	return rc < 0 ? -1 : 0;
}
