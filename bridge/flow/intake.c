/*
 * intake.c - where every message enters.
 */
#include "bridge/flow/intake.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/authorise.h"
#include "bridge/flow/left.h"
#include "bridge/flow/links.h"
#include "bridge/flow/loops.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/pumping.h"
#include "bridge/flow/recent.h"
#include "bridge/flow/shape.h"
#include "bridge/flow/tally.h"
#include "bridge/flow/way.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"
#include "bridge/store/user.h"

/* A message on its way to the disk. */
struct taking {
	struct pump **pumps; /* [i]: recipient i's */
	bool *reserved;	     /* [i]: a place is taken for it there */
	size_t n;
	void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v);
	void *arg;
	char *line; /* of the log, when it is on the disk */
	char **waits; /* [i]: the same of recipient i, whom policy lets wait; else NULL */
	struct authorise *authorise;
	char *payer; /* whose quotas it was counted in, and how; NULL: nobody's */
	long cost;
	struct recent *recent;
	struct recent_note *note; /* for it; NULL: none */
};

int
intake_would_take(const struct intake *in, struct msg *m, size_t i, struct verdict *v)
{
	struct pump *p;

	if (way_find(in, m, i, &p, v) < 0 ||
	    (in->authorise && authorise_would(in->authorise, m, i, false,
				  recent_pair(in->recent, m, (unsigned)i, loop_ms()), v) < 0))
		return -1;
	if (queue_counts(in->queue).full)
		return later(v, "4.3.1", "the queue's disk is full");
	return done(v, "2.1.5", "ok");
}

int
intake_explain(const struct intake *in, struct msg *m,
    void (*step)(void *arg, const char *what, const char *said), void *arg, struct verdict *v)
{
	struct pump *p;

	if (way_find(in, m, 0, &p, v) < 0 ||
	    (in->authorise && authorise_explain(in->authorise, m, 0, step, arg, v) < 0))
		return -1;
	return done(v, "2.1.5", "ok");
}

bool
intake_shows_all(const struct intake *in, const struct msg_rcpt *r)
{
	return r->how == MSG_IM || (in->links && links_are_made(in->links) && r->shaping &&
				       shape_style_of(r->shaping, r).link);
}

/* A Message-ID that the mail server made holds its queue id, and differs for each attempt. */
static bool
is_servers_own(const struct msg *m)
{
	return m->message_id && m->mta_id && *m->mta_id && strstr(m->message_id, m->mta_id);
}

static void
digest_string(struct digest *d, const char *s)
{
	digest_add(d, s ? s : "", s ? strlen(s) + 1 : 1);
}

/* How long the key of a mail counts that has neither a Message-ID nor a Date of its own, ms: the same
 * text may soon be a new message. */
enum { WEAK_MS = 10 * 60 * 1000 };

/* The key of recipient i of what its network knows by `once`. Not by whom it goes to: a phone's
 * conversation may lead elsewhere by now. */
static void
make_once_key(const char *once, size_t i, unsigned char key[32])
{
	struct digest *d = digest_begin(DIGEST_SHA256);

	digest_string(d, "once");
	digest_string(d, once);
	digest_add(d, &i, sizeof i);
	digest_end(d, key);
}

/* By what a repeated submission of this recipient is known: what its network says of it; else
 * sender, number, the client's own Message-ID, date, subject and body. */
static void
make_key(const struct msg *m, size_t i, struct msg_rcpt *r)
{
	bool own_id = m->message_id && !is_servers_own(m);
	struct digest *d;

	if (m->instead_of)
		make_once_key(m->instead_of, i, r->instead);
	if (m->once) {
		make_once_key(m->once, i, r->key);
		r->key_ms = m->once_ms;
		return;
	}
	d = digest_begin(DIGEST_SHA256);
	digest_string(d, m->from);
	digest_string(d, r->to);
	digest_string(d, own_id ? m->message_id : NULL);
	/* With its own Message-ID a server also adds a date of its own. */
	digest_string(d, is_servers_own(m) ? NULL : m->date);
	/* The digest is of the body alone, and alarms often differ in nothing but their subject. */
	digest_string(d, m->subject);
	digest_string(d, m->digest ? m->digest : m->text);
	digest_end(d, r->key);
	r->key_ms = !own_id && (is_servers_own(m) || !m->date) ? WEAK_MS : 0;
}

/* The numbers of that transport, or NULL. */
static const struct space *
space_of(const struct intake *in, const char *transport)
{
	for (size_t i = 0; i < in->npumps; i++)
		if (strcmp(pump_name(in->pumps[i]), transport) == 0)
			return pump_space(in->pumps[i]);
	return NULL;
}

/* Route every recipient, or none. */
static int
route_all(const struct intake *in, struct msg *m, struct pump **pumps, struct verdict *v)
{
	for (size_t i = 0; i < m->nrcpts; i++) {
		struct msg_rcpt *r = &m->rcpts[i];

		if (way_find(in, m, i, &pumps[i], v) < 0)
			return -1;
		/* The conversation of a phone that writes is kept where its numbers are. */
		if (m->via && strncmp(r->to, "tel:", 4) != 0)
			r->space = space_of(in, m->via);
		if (r->how == MSG_MAIL && !m->mail_id && *in->mail_domain)
			m->mail_id = arena_printf(m->arena, "<%s@%s>", m->id, in->mail_domain);
		make_key(m, i, r);
	}
	return 0;
}

static void
taking_free(struct taking *t)
{
	for (size_t i = 0; i < t->n && t->waits; i++)
		free(t->waits[i]);
	free(t->waits);
	free(t->pumps);
	free(t->reserved);
	free(t->line);
	free(t->payer);
	free(t->note);
	free(t);
}

static void
on_added(void *arg, const struct queue_added *added, const struct verdict *v)
{
	struct taking *t = arg;
	bool repeated = added && added->added == 0;

	if (added && !repeated)
		log_event(added->id, "%s", t->line);
	if (added && t->note)
		recent_add(t->recent, t->note, loop_ms());
	for (size_t i = 0; added && !repeated && i < t->n && t->waits; i++)
		if (t->waits[i])
			log_event(added->id, "%s", t->waits[i]);
	if (added && added->folded)
		log_event(added->id, "folded=%u (the same text to the same phone; it goes once, with its "
		    "number)", added->folded);
	else if (added && added->joined)
		log_event(added->id, "another segment of it came");
	if (added && added->repeated)
		log_event(added->id, "repeated=%u (the same submission came before)", added->repeated);
	if (t->payer)
		authorise_give_back(t->authorise, t->payer, t->cost, t->n - (added ? added->added : 0));
	t->on_taken(t->arg, added ? added->id : NULL, repeated, v);
	for (size_t i = 0; i < t->n; i++) {
		/* Where some came before, which ones these were is not known here. */
		if (added && (added->added == t->n || added->lent[i]))
			pump_tally(t->pumps[i])->accepted++;
		if (added && added->lent[i])
			pump_lent(t->pumps[i], added->lent[i]);
		else if (t->reserved[i])
			pump_unreserve(t->pumps[i]);
	}
	taking_free(t);
}

static char *
log_line(const struct msg *m)
{
	return xasprintf("mta=%s, from=<%s>, size=%ld, nrcpt=%zu, status=queued",
	    m->mta_id && *m->mta_id ? m->mta_id : "-", m->from, m->size, m->nrcpts);
}

/* Mail shows who wrote by name, where the users table knows it. */
static void
name_sender(const struct intake *in, struct msg *m)
{
	struct verdict v;
	struct user u;

	if (!m->name && strncmp(m->from, "mailto:", 7) != 0 &&
	    people_find(&in->people, m->from, &u, &v) == 1 && *u.name)
		m->name = arena_strdup(m->arena, u.name);
}

/* What the transports that the message goes by can carry, and may. */
static unsigned
carried_by(struct pump *const *pumps, const struct msg *m)
{
	unsigned carried = 0;

	for (size_t i = 0; i < m->nrcpts; i++)
		carried |= pump_carries(pumps[i]) & ~(m->rcpts[i].how == MSG_SMS ? (unsigned)MSG_MMS : 0);
	return carried;
}

/* Find every recipient's way, and take places there for those that may go at once; *settle_at as
 * queue_lend() has it. NULL and *v when there is a recipient without one. */
static struct taking *
begin(const struct intake *in, struct msg *m, int64_t *settle_at, struct verdict *v)
{
	struct taking *t = xcalloc(1, sizeof *t);
	bool routed, again;

	t->n = m->nrcpts;
	t->pumps = xcalloc(m->nrcpts, sizeof *t->pumps);
	t->reserved = xcalloc(m->nrcpts, sizeof *t->reserved);
	m->arrived = time(NULL);
	msg_new_id(m->id);
	name_sender(in, m);
	routed = loops_marked(m, m->about ? "" : in->mail_domain, v) == 0 &&
		 route_all(in, m, t->pumps, v) == 0 &&
		 (!in->authorise || !m->nparts || authorise_narrow(in->authorise, m, v) == 0);
	if (routed)
		left_behind(m, carried_by(t->pumps, m));
	again = routed && recent_has(in->recent, m, loop_ms());
	if (!routed || (in->authorise && !again && authorise_take(in->authorise, in->links, m, v) < 0)) {
		taking_free(t);
		return NULL;
	}
	for (size_t i = 0; i < m->nrcpts; i++)
		left_for(m, i);
	if (!again && pumping_judge(in->pumping, m, m->arrived) > 0)
		pumping_alert(in, m);
	t->authorise = in->authorise;
	t->payer = m->payer ? xstrdup(m->payer) : NULL;
	t->cost = m->cost;
	t->recent = in->recent;
	t->note = in->recent ? recent_note(m) : NULL;
	t->line = log_line(m);
	t->waits = xcalloc(m->nrcpts, sizeof *t->waits);
	*settle_at = 0;
	for (size_t i = 0; i < m->nrcpts; i++) {
		int64_t at = pump_settle_at(t->pumps[i]);

		const struct msg_rcpt *r = &m->rcpts[i];

		if (r->held_for || r->not_before)
			t->waits[i] = xasprintf("to=<%s>, status=held (%s)", r->to,
			    r->held_for ? r->held_for : r->waits_for);
		else
			t->reserved[i] = pump_reserve(t->pumps[i]);
		*settle_at = at > *settle_at ? at : *settle_at;
	}
	return t;
}

void
intake(const struct intake *in, struct msg *m, int64_t deadline,
    void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v), void *arg)
{
	struct verdict v;
	int64_t settle_at;
	struct taking *t = begin(in, m, &settle_at, &v);

	if (!t) {
		on_taken(arg, NULL, false, &v);
		msg_free(m);
		return;
	}
	t->on_taken = on_taken;
	t->arg = arg;
	queue_add(in->queue, m, t->reserved, settle_at, m->arrived + in->lifetime / 1000, deadline,
	    on_added, t);
}

/* A report that goes nowhere: the jobs that it was about count as told. */
static void
drop_report(const struct intake *in, struct msg *m, struct job **about, size_t n,
    const struct verdict *why, struct taking *t)
{
	log_event(about[0]->msg->id, "from=<%s>, status=untold (%s)", about[0]->msg->from, why->text);
	msg_free(m);
	queue_tell(in->queue, NULL, about, n, NULL, 0, 0, on_added, t);
}

void
intake_report(const struct intake *in, struct msg *m, struct job **about, size_t n,
    void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v), void *arg)
{
	struct verdict v;
	int64_t settle_at;
	struct taking *t = begin(in, m, &settle_at, &v);
	bool dropped = !t && v.is == NEVER;

	if (!t && !dropped) {
		on_taken(arg, NULL, false, &v);
		msg_free(m);
		for (size_t i = 0; i < n; i++)
			job_free(about[i]);
		return;
	}
	if (!t)
		t = xcalloc(1, sizeof *t);
	t->on_taken = on_taken;
	t->arg = arg;
	if (dropped)
		drop_report(in, m, about, n, &v, t);
	else
		queue_tell(in->queue, m, about, n, t->reserved, settle_at,
		    m->arrived + in->lifetime / 1000, on_added, t);
}
