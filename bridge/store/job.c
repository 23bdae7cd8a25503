/*
 * job.c - a job, and its form in the store: a line of numbers, the strings, the message's outline.
 *
 * A line that begins with 2 ends in the length of one more string, "extra": what is known of reports
 * and failures. Most jobs have none, and a line that begins with 1.
 */
#include "bridge/store/job.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/mem.h"
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
	[JOB_DELIVERED] = "delivered",
	[JOB_NO_REPORT] = "no-report",
};

/* Bytes of the longest extra string: of as many parts as a message may have, each with an identifier. */
enum { JOB_EXTRA = 5 * JOB_SAID + 2 * MSG_MAX_TEXT + 256 * JOB_SAID };

struct body {
	struct msg *msg;
	atomic_uint users;
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

bool
job_is_settled(const struct job *j)
{
	return job_is_final(j->state) && !(j->state == JOB_SENT && j->awaits);
}

void
job_free(struct job *j)
{
	if (!j)
		return;
	body_free(j->body);
	arena_free(j->msg->arena); /* where the job itself lies, too */
}

struct body *
body_new(struct msg *m)
{
	struct body *b = xcalloc(1, sizeof *b);

	b->msg = m;
	b->users = 1;
	return b;
}

void
body_free(struct body *b)
{
	if (!b || --b->users > 0)
		return;
	msg_free(b->msg);
	free(b);
}

const struct msg *
body_msg(const struct body *b)
{
	return b ? b->msg : NULL;
}

void
job_fill(struct job *j, struct body *b)
{
	struct msg whole = *b->msg;

	whole.arena = j->msg->arena;
	whole.rcpts = j->msg->rcpts;
	whole.nrcpts = j->msg->nrcpts;
	*j->msg = whole;
	b->users++;
	j->body = b;
}

const struct msg_rcpt *
job_rcpt(const struct job *j)
{
	return j->msg->rcpts;
}

/* What a job must know of its message without its content; the strings are shared. */
static struct msg
outline(const struct msg *m)
{
	struct msg o = {
		.mta_id = m->mta_id,
		.from = m->from,
		.message_id = m->message_id,
		.envid = m->envid,
		.ret = m->ret,
		.via = m->via,
		.called = m->called,
		.mail_id = m->mail_id,
		.automatic = m->automatic,
		.about = m->about,
		.size = m->size,
		.arrived = m->arrived,
	};

	memcpy(o.id, m->id, sizeof o.id);
	return o;
}

/* The same, with strings of its own. */
static void
copy_outline(struct msg *to, const struct msg *m)
{
	struct arena *a = to->arena;
	struct msg_rcpt *rcpts = to->rcpts;

	*to = outline(m);
	to->arena = a;
	to->text = "";
	to->rcpts = rcpts;
	to->nrcpts = 1;
	to->mta_id = arena_strdup(a, m->mta_id);
	to->from = arena_strdup(a, m->from);
	to->message_id = arena_strdup(a, m->message_id);
	to->envid = arena_strdup(a, m->envid);
	to->ret = arena_strdup(a, m->ret);
	to->via = arena_strdup(a, m->via);
	to->called = arena_strdup(a, m->called);
	to->mail_id = arena_strdup(a, m->mail_id);
	to->about = arena_strdup(a, m->about);
}

static const char *
one_line(struct arena *a, const char *s)
{
	char *line;

	if (!s)
		return NULL;
	line = arena_strndup(a, s, strnlen(s, JOB_SAID));
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	return line;
}

struct job *
job_new(const struct msg *m, size_t i)
{
	struct msg *o = msg_new();
	struct job *j = arena_alloc(o->arena, sizeof *j);
	const struct msg_rcpt *from = &m->rcpts[i];
	struct msg_rcpt *to = msg_add_rcpt(o, from->given);

	copy_outline(o, m);
	to->to = arena_strdup(o->arena, from->to);
	to->transport = arena_strdup(o->arena, from->transport);
	to->how = from->how;
	to->notify = arena_strdup(o->arena, from->notify);
	to->orcpt = arena_strdup(o->arena, from->orcpt);
	to->style = arena_strdup(o->arena, from->style);
	to->sender = arena_strdup(o->arena, from->sender);
	j->msg = o;
	j->rcpt = (unsigned)i;
	j->of = (unsigned)m->nrcpts;
	j->cut = from->cut;
	j->left = one_line(o->arena, from->left);
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

void
job_say(struct job *j, const char *dsn, const char *code, const char *said)
{
	struct arena *a = j->msg->arena;

	j->dsn = one_line(a, dsn);
	j->code = one_line(a, code);
	j->said = one_line(a, said);
}

/* Two characters of the id's alphabet say 0 to 1023: more than MSG_MAX_RCPTS, and more sends than a
 * message's life has room for (after that they begin again). */
static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
job_correlator(const struct job *j, unsigned send, char correlator[JOB_CORRELATOR])
{
	send &= 1023;
	snprintf(correlator, JOB_CORRELATOR, "%s%c%c%c%c", j->msg->id, base32[j->rcpt >> 5 & 31],
	    base32[j->rcpt & 31], base32[send >> 5], base32[send & 31]);
}

void
job_correlate(struct job *j)
{
	job_correlator(j, j->sends, j->correlator);
}

unsigned
job_send_of(const char correlator[JOB_CORRELATOR])
{
	const char *high = strchr(base32, correlator[JOB_CORRELATOR - 3]);
	const char *low = strchr(base32, correlator[JOB_CORRELATOR - 2]);

	return high && low ? (unsigned)((high - base32) << 5 | (low - base32)) : 0;
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

static bool
has_extra(const struct job *j)
{
	return j->awaits || j->report_by || j->segments || j->segments_in || j->inquiries || j->parked || j->news ||
	       j->told || j->cut || j->left || j->times || j->dsn || j->code || j->said || j->parts;
}

/* The extra string: a line of numbers, and four of text; of a job that goes as several messages then a
 * line of what became of them, and those that are not taken yet, which may have any number of lines. */
static void
put_extra(const struct job *j, struct buf *out)
{
	buf_addf(out, "%d %u %u %" PRId64 " %u %d %d %u %u %u %u %u\n%s\n%s\n%s\n%s\n", j->awaits,
	    j->segments, j->segments_in, j->report_by, j->inquiries, j->parked, (int)j->news, j->told,
	    j->cut, j->times, j->parts, j->left_before, j->dsn ? j->dsn : "", j->code ? j->code : "",
	    j->said ? j->said : "", j->left ? j->left : "");
	if (!j->parts)
		return;
	buf_adds(out, j->trail ? j->trail : "");
	buf_adds(out, "\n");
	buf_adds(out, j->pieces ? j->pieces : "");
}

void
job_format(const struct job *j, struct buf *out)
{
	const char *request = j->request ? j->request : "";
	char hex[2 * sizeof j->key + 1];
	struct msg kept = outline(j->msg);
	struct buf extra;

	kept.rcpts = j->msg->rcpts;
	kept.nrcpts = j->msg->nrcpts;
	buf_init(&extra, JOB_EXTRA);
	if (has_extra(j))
		put_extra(j, &extra);
	digest_hex(j->key, sizeof j->key, hex);
	buf_addf(out, "%d %d %u %u %u %u %d %u %" PRId64 " %" PRId64 " %" PRIx64 " %s %zu %zu ",
	    extra.len ? 2 : 1, (int)j->state, j->rcpt, j->of, j->tries, j->sends,
	    j->again | j->released << 1 | j->joins << 2 | j->apart << 3, j->unknowns, j->due, j->expires, j->run, hex,
	    strlen(request), strlen(j->history));
	buf_adds(out, *j->correlator ? j->correlator : "-");
	if (extra.len)
		buf_addf(out, " %zu", extra.len);
	buf_adds(out, "\n");
	buf_adds(out, request);
	buf_adds(out, j->history);
	buf_add(out, extra.data, extra.len);
	msg_format(&kept, out);
	buf_free(&extra);
}

/* The first line. Our own bytes, under a checksum; but a store may come from a later version. */
struct head {
	struct job job;
	int version, state, again, used;
	char hex[2 * 32 + 1];
	char correlator[JOB_CORRELATOR];
	size_t request_len, history_len, extra_len;
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
	if (sscanf(line, "%d %d %u %u %u %u %d %u %" SCNd64 " %" SCNd64 " %" SCNx64 " %64s %zu %zu %30s%n",
		&h->version, &h->state, &j->rcpt, &j->of, &j->tries, &j->sends, &h->again, &j->unknowns,
		&j->due, &j->expires, &j->run, h->hex, &h->request_len, &h->history_len, h->correlator,
		&h->used) != 15 || h->version < 1 || h->version > 2)
		return -1;
	if (h->version == 2 && sscanf(line + h->used, "%zu", &h->extra_len) != 1)
		return -1;
	h->used = (int)(end - bytes) + 1;
	if (h->state < 0 || h->state >= JOB_STATES || h->request_len > len || h->history_len > len ||
	    h->extra_len > len ||
	    (size_t)h->used + h->request_len + h->history_len + h->extra_len > len)
		return -1;
	return digest_unhex(h->hex, j->key, sizeof j->key);
}

/* Cut a line off *text; NULL when it is empty. */
static const char *
cut_line(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*text = end + 1;
	return *line ? line : NULL;
}

static int
read_extra(struct job *j, const char *bytes, size_t len)
{
	char *text = arena_strndup(j->msg->arena, bytes, len);
	const char *numbers = cut_line(&text);
	int awaits, news;

	if (!numbers || sscanf(numbers, "%d %u %u %" SCNd64 " %u %d %d %u %u %u %u %u", &awaits,
			    &j->segments, &j->segments_in, &j->report_by, &j->inquiries, &j->parked, &news,
			    &j->told, &j->cut, &j->times, &j->parts, &j->left_before) < 8 || news < NEWS_NONE || news > NEWS_FAILED)
		return -1;
	j->awaits = awaits;
	j->news = (enum job_news)news;
	j->dsn = cut_line(&text);
	j->code = cut_line(&text);
	j->said = cut_line(&text);
	j->left = cut_line(&text);
	if (j->parts) {
		j->trail = cut_line(&text);
		j->pieces = text;
	}
	return 0;
}

struct job *
job_parse(const char *bytes, size_t len)
{
	struct head h = { 0 };
	const char *strings, *extra, *outlined;
	struct verdict v;
	struct msg *m;
	struct job *j;

	if (read_head(bytes, len, &h) < 0)
		return NULL;
	strings = bytes + h.used;
	extra = strings + h.request_len + h.history_len;
	outlined = extra + h.extra_len;
	m = msg_parse(outlined, (size_t)(bytes + len - outlined), &v);
	if (!m)
		return NULL;
	j = arena_alloc(m->arena, sizeof *j);
	*j = h.job;
	j->msg = m;
	if (m->nrcpts != 1 || (h.extra_len && read_extra(j, extra, h.extra_len) < 0)) {
		msg_free(m);
		return NULL;
	}
	j->state = (enum job_state)h.state;
	j->again = h.again & 1;
	j->released = h.again & 2;
	j->joins = h.again & 4;
	j->apart = h.again & 8;
	if (strcmp(h.correlator, "-") != 0)
		memcpy(j->correlator, h.correlator, sizeof j->correlator);
	if (h.request_len)
		j->request = arena_strndup(m->arena, strings, h.request_len);
	j->history = arena_strndup(m->arena, strings + h.request_len, h.history_len);
	return j;
}
