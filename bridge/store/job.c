/*
 * job.c - a job, and its form in the store: a line of numbers, the strings, the message's outline.
 */
#include "bridge/store/job.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/verdict.h"

static const char *const state_names[JOB_STATES] = {
	[JOB_QUEUED] = "queued",
	[JOB_SENDING] = "sending",
	[JOB_UNCERTAIN] = "uncertain",
	[JOB_HELD] = "held",
	[JOB_SENT] = "sent",
	[JOB_FAILED] = "failed",
	[JOB_EXPIRED] = "expired",
	[JOB_CANCELLED] = "cancelled",
};

const char *
job_state_name(enum job_state s)
{
	return state_names[s];
}

bool
job_is_final(enum job_state s)
{
	return s >= JOB_SENT;
}

void
job_free(struct job *j)
{
	if (j)
		msg_free(j->msg); /* the job itself lies in the message's arena */
}

const struct msg_rcpt *
job_rcpt(const struct job *j)
{
	return j->msg->rcpts;
}

/* What a job must know of its message without its text. */
static void
outline(struct msg *o, const struct msg *m)
{
	struct arena *a = o->arena;

	memcpy(o->id, m->id, sizeof o->id);
	o->mta_id = arena_strdup(a, m->mta_id);
	o->from = arena_strdup(a, m->from);
	o->message_id = arena_strdup(a, m->message_id);
	o->envid = arena_strdup(a, m->envid);
	o->ret = arena_strdup(a, m->ret);
	o->via = arena_strdup(a, m->via);
	o->called = arena_strdup(a, m->called);
	o->mail_id = arena_strdup(a, m->mail_id);
	o->about = arena_strdup(a, m->about);
	o->automatic = m->automatic;
	o->size = m->size;
	o->arrived = m->arrived;
}

struct job *
job_new(const struct msg *m, size_t i)
{
	struct msg *o = msg_new();
	struct job *j = arena_alloc(o->arena, sizeof *j);
	const struct msg_rcpt *from = &m->rcpts[i];
	struct msg_rcpt *to = msg_add_rcpt(o, from->given);

	outline(o, m);
	to->to = arena_strdup(o->arena, from->to);
	to->transport = arena_strdup(o->arena, from->transport);
	to->how = from->how;
	to->notify = arena_strdup(o->arena, from->notify);
	to->orcpt = arena_strdup(o->arena, from->orcpt);
	to->sender = arena_strdup(o->arena, from->sender);
	j->msg = o;
	j->rcpt = (unsigned)i;
	j->of = (unsigned)m->nrcpts;
	j->history = "";
	memcpy(j->key, from->key, sizeof j->key);
	return j;
}

/* Cut the second line off: how it began is worth more than what came just after. */
static const char *
without_second(const char *history)
{
	const char *first_end = strchr(history, '\n');
	const char *second_end = first_end ? strchr(first_end + 1, '\n') : NULL;

	return second_end ? second_end + 1 : history;
}

void
job_note(struct job *j, const char *why)
{
	const char *old = j->history, *rest;
	size_t lines = 0, first;
	char line[JOB_WHY + 64];
	int n;

	n = snprintf(line, sizeof line, "%lld %s %.*s", (long long)time(NULL),
	    state_names[j->state], JOB_WHY, why);
	for (char *p = line; *p; p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	for (const char *p = old; (p = strchr(p, '\n')); p++)
		lines++;
	if (lines >= JOB_EVENTS) {
		rest = without_second(old);
		first = (size_t)(strchr(old, '\n') + 1 - old);
		j->history = arena_printf(j->msg->arena, "%.*s%s%.*s\n", (int)first, old, rest, n, line);
	} else {
		j->history = arena_printf(j->msg->arena, "%s%.*s\n", old, n, line);
	}
}

/* Two characters of the id's alphabet say 0 to 1023: more than MSG_MAX_RCPTS, and more sends than a
 * message's life has room for (after that they begin again). */
static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
job_correlate(struct job *j)
{
	unsigned send = j->sends & 1023;

	snprintf(j->correlator, sizeof j->correlator, "%s%c%c%c%c", j->msg->id,
	    base32[j->rcpt >> 5 & 31], base32[j->rcpt & 31], base32[send >> 5], base32[send & 31]);
}

int
job_from_correlator(const char *correlator, unsigned char key[JOB_KEY])
{
	char id[MSG_ID];
	const char *high, *low;

	if (strnlen(correlator, JOB_CORRELATOR) != JOB_CORRELATOR - 1)
		return -1;
	memcpy(id, correlator, MSG_ID - 1);
	id[MSG_ID - 1] = '\0';
	high = strchr(base32, correlator[MSG_ID - 1]);
	low = strchr(base32, correlator[MSG_ID]);
	if (msg_id_time(id) < 0 || !high || !low)
		return -1;
	job_key(id, (unsigned)((high - base32) << 5 | (low - base32)), key);
	return 0;
}

void
job_key(const char *id, unsigned rcpt, unsigned char key[JOB_KEY])
{
	memcpy(key, id, MSG_ID - 1);
	key[MSG_ID - 1] = (unsigned char)(rcpt >> 8);
	key[MSG_ID] = (unsigned char)rcpt;
}

void
job_format(const struct job *j, struct buf *out)
{
	const char *request = j->request ? j->request : "";
	char hex[2 * sizeof j->key + 1];
	struct msg without_text = *j->msg; /* which a lent job has, and STORE_BODIES keeps */

	without_text.text = without_text.subject = NULL;
	digest_hex(j->key, sizeof j->key, hex);
	buf_addf(out, "1 %d %u %u %u %u %d %u %" PRId64 " %" PRId64 " %" PRIx64 " %s %zu %zu ",
	    (int)j->state, j->rcpt, j->of, j->tries, j->sends, j->again | j->released << 1 | j->joins << 2,
	    j->unknowns, j->due,
	    j->expires, j->run, hex, strlen(request), strlen(j->history));
	buf_addf(out, "%s\n", *j->correlator ? j->correlator : "-");
	buf_adds(out, request);
	buf_adds(out, j->history);
	msg_format(&without_text, out);
}

/* The first line. Our own bytes, under a checksum; but a store may come from a later version. */
struct head {
	struct job job;
	int state, again, used;
	char hex[65], correlator[JOB_CORRELATOR];
	size_t request_len, history_len;
};

static int
read_head(const char *bytes, size_t len, struct head *h)
{
	const char *end = memchr(bytes, '\n', len < 512 ? len : 512);
	char line[512];
	struct job *j = &h->job;

	if (!end)
		return -1;
	memcpy(line, bytes, (size_t)(end - bytes));
	line[end - bytes] = '\0';
	if (sscanf(line, "1 %d %u %u %u %u %d %u %" SCNd64 " %" SCNd64 " %" SCNx64 " %64s %zu %zu %30s%n",
		&h->state, &j->rcpt, &j->of, &j->tries, &j->sends, &h->again, &j->unknowns, &j->due,
		&j->expires, &j->run, h->hex, &h->request_len, &h->history_len, h->correlator,
		&h->used) != 14)
		return -1;
	h->used++;
	if (h->state < 0 || h->state >= JOB_STATES || h->request_len > len || h->history_len > len ||
	    (size_t)h->used + h->request_len + h->history_len > len)
		return -1;
	return digest_unhex(h->hex, j->key, sizeof j->key);
}

struct job *
job_parse(const char *bytes, size_t len)
{
	struct head h = { 0 };
	const char *strings;
	struct verdict v;
	struct msg *m;
	struct job *j;

	if (read_head(bytes, len, &h) < 0)
		return NULL;
	strings = bytes + h.used;
	m = msg_parse(strings + h.request_len + h.history_len,
	    len - (size_t)h.used - h.request_len - h.history_len, &v);
	if (!m)
		return NULL;
	if (m->nrcpts != 1) {
		msg_free(m);
		return NULL;
	}
	j = arena_alloc(m->arena, sizeof *j);
	*j = h.job;
	j->msg = m;
	j->state = (enum job_state)h.state;
	j->again = h.again & 1;
	j->released = h.again & 2;
	j->joins = h.again & 4;
	if (strcmp(h.correlator, "-") != 0)
		memcpy(j->correlator, h.correlator, sizeof j->correlator);
	if (h.request_len)
		j->request = arena_strndup(m->arena, strings, h.request_len);
	j->history = arena_strndup(m->arena, strings + h.request_len, h.history_len);
	return j;
}
