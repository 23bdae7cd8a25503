/*
 * finish.c - a lent job comes back from its transport: what its outcome means for it, for its sender, and
 * for the transport.
 */
#include "bridge/flow/pump_inside.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

#include "bridge/base/log.h"
#include "bridge/flow/transport.h"
#include "bridge/store/trail.h"

enum { UNKNOWN_RUN = 5 }; /* unknown outcomes one after another that make it the transport's trouble */

/* Keep with the job what its sender may be told about its last try. */
static void
note_failure(const struct pump *p, struct job *j, const struct verdict *v)
{
	const struct transport_driver *d = p->transport->driver;
	char code[sizeof v->text + 80], said[sizeof v->text + 40];

	/* As RFC 3464, 2.3.6 has it: by whose rules it is to be read, and the other side's words. */
	if (d->carries & MSG_MAIL)
		snprintf(code, sizeof code, "smtp; %s", v->text);
	else
		snprintf(code, sizeof code, "X-%c%s; %s", toupper((unsigned char)*d->name),
		    *d->name ? d->name + 1 : "", v->text);
	if (j->parts)
		snprintf(said, sizeof said, "part %u of %u: %s", trail_taken(j) + 1, j->parts, v->text);
	job_say(j, v->dsn, code, j->parts ? said : v->text);
}

static void
log_status(const struct pump *p, const struct job *j, const struct verdict *v, const char *status)
{
	log_event(j->msg->id, "to=<%s>, transport=%s, delay=%lld, tries=%u, dsn=%s, status=%s (%s)",
	    job_rcpt(j)->to, p->transport->name, (long long)(time(NULL) - j->msg->arrived),
	    j->tries + 1, v->dsn, status, v->text);
}

/* A part was taken, and there are more. */
static void
log_part(const struct pump *p, const struct job *j, const struct verdict *said)
{
	log_event(j->msg->id, "to=<%s>, transport=%s, part=%u/%u, dsn=%s, status=sent in part (%s)",
	    job_rcpt(j)->to, p->transport->name, trail_taken(j) + 1, j->parts, said->dsn, said->text);
}

static void
finish_done(struct pump *p, struct job *j, const struct verdict *v, const char *request)
{
	struct verdict said = *v;

	if (request)
		snprintf(said.text, sizeof said.text, "request %.200s", request);
	pump_resume(p);
	if (pump_inquire(p)) {
		j->awaits = true;
		j->look_at = loop_wall_ms() + pump_inquire(p);
	}
	if (j->parts && trail_taken(j) + 1 < j->parts) {
		log_part(p, j, &said);
		pump_due_by(p, loop_wall_ms());
		queue_taken(p->queue, j, request, said.text);
		return;
	}
	tally_sent(&p->tally, (double)(loop_wall_ms() - msg_id_time(j->msg->id)) / 1000);
	log_status(p, j, &said, "sent");
	if (j->parts)
		queue_taken(p->queue, j, request, said.text);
	else
		queue_end(p->queue, j, JOB_SENT, request, said.text);
}

static void
finish_later(struct pump *p, struct job *j, const struct verdict *v)
{
	int64_t now = loop_wall_ms(), wait = 0;

	note_failure(p, j, v);
	if (v->whole)
		pump_pause(p, v);
	else
		pump_resume(p);
	if (!v->whole && j->asked) {
		j->again = false; /* it was not taken: a new message to the platform, sent at once */
	} else if (!v->whole) {
		wait = retry_wait(p->retry->first, p->retry->most, j->tries + 1);
		if (v->after_s * 1000 > wait)
			wait = v->after_s * 1000;
	}
	if ((now + wait) / 1000 >= j->expires) {
		struct verdict late = *v;

		snprintf(late.dsn, sizeof late.dsn, "4.4.7");
		note_failure(p, j, &late);
		log_status(p, j, &late, "expired");
		tally_failed(&p->tally, late.dsn);
		queue_end(p->queue, j, JOB_EXPIRED, NULL, v->text);
		return;
	}
	tally_deferred(&p->tally, v->dsn);
	log_status(p, j, v, "deferred");
	queue_retry(p->queue, j, now + wait, !v->whole && !j->asked, v->text);
	pump_due_by(p, now + wait);
}

static void
finish_unknown(struct pump *p, struct job *j, const struct verdict *v)
{
	if (v->whole || ++p->unknowns >= UNKNOWN_RUN)
		pump_pause(p, v);
	p->tally.uncertain++;
	note_failure(p, j, v);
	log_status(p, j, v, "uncertain");
	pump_due_by(p, pump_settle_at(p));
	queue_uncertain(p->queue, j, pump_settle_at(p), v->text);
}

void
finish(struct transport *t, struct job *j, const struct verdict *v, const char *request)
{
	struct pump *p = t->pump;

	if (j->asked && v->is == UNKNOWN) {
		pump_settle(p, j); /* which keeps the job's place */
		return;
	}
	switch (v->is) {
	case DONE:
		finish_done(p, j, v, request);
		break;
	case LATER:
		finish_later(p, j, v);
		break;
	case NEVER:
		pump_resume(p);
		tally_failed(&p->tally, v->dsn);
		note_failure(p, j, v);
		log_status(p, j, v, "failed");
		queue_end(p->queue, j, JOB_FAILED, request, v->text);
		break;
	case UNKNOWN:
		finish_unknown(p, j, v);
		break;
	}
}
