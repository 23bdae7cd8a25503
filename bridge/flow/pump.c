/*
 * pump.c - takes jobs from the queue when they are due and lends them to their transport.
 *
 * A job walks: window (in memory, due) -> lent by the queue (its send is on the disk) -> the
 * transport -> finish(). A job of unknown outcome walks the same way, and is asked about first.
 *
 * A pause is the transport's own trouble: connections refused, logins rejected, one unknown outcome
 * after another. While it lasts, one job at a time goes out as a probe; the first that is answered
 * ends it.
 */
#include "bridge/flow/pump.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/pieces.h"
#include "bridge/flow/shape.h"
#include "bridge/flow/tally.h"
#include "bridge/flow/transport.h"
#include "bridge/store/queue.h"
#include "bridge/store/trail.h"

enum {
	WINDOW = 256,
	UNKNOWN_RUN = 5,   /* unknown outcomes one after another that make it the transport's trouble */
	SWEEP_MS = 60 * 1000, /* how often a paused transport's window is looked at for expired jobs */
};

const struct setting pump_rows[] = {
	{ "driver", CONF_STRING, offsetof(struct pump_settings, driver), NULL, NULL, NULL,
	    "the protocol: the name of a driver" },
	{ "concurrency", CONF_INT, offsetof(struct pump_settings, concurrency), "32", "1", "1000",
	    "messages under way to it at a time" },
	{ "rate", CONF_INT, offsetof(struct pump_settings, rate), "0", "0", "100000",
	    "messages a second, as the contract allows; 0: no limit" },
	{ "extensions", CONF_INT, offsetof(struct pump_settings, extensions), "0", "0", "2",
	    "digits that the platform lets us add to the sender's number, so that each of a phone's "
	    "correspondents has a number of their own" },
	{ "numbers", CONF_STRING, offsetof(struct pump_settings, numbers), "", NULL, NULL,
	    "sender numbers for that purpose, parted by blanks, where the platform allows no "
	    "extensions" },
	{ "on_unknown", CONF_CHOICE, offsetof(struct pump_settings, on_unknown), "retry", "retry hold",
	    NULL, "what becomes of a message of unknown outcome when the platform cannot say: sent "
	    "again (with the same correlator, where callback is set), or held for an administrator" },
	{ "unknown_wait", CONF_TIME, offsetof(struct pump_settings, unknown_wait), "30 s", "10 ms",
	    "1 d", "how long a message of unknown outcome waits for a report before that" },
	{ "unknown_tries", CONF_INT, offsetof(struct pump_settings, unknown_tries), "3", "1", "100",
	    "unknown outcomes after which a message is held whatever on_unknown says" },
	{ "reports", CONF_CHOICE, offsetof(struct pump_settings, reports), "message",
	    "message segment", NULL, "whether the platform reports once that a long SMS was delivered, "
	    "or that each of its segments was" },
	{ "inquire", CONF_TIME, offsetof(struct pump_settings, inquire), "0", "0", "1 d",
	    "how long after a message was sent the platform is asked what became of it, where it can "
	    "be asked and has not reported it; then after 4, 25, 60, 60, … times as long; 0: never" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

struct pump {
	struct loop *loop;
	struct queue *queue;
	struct transport *transport;
	const struct pump_settings *settings;
	const struct retry *retry;

	struct job *window, **window_end; /* due, not lent yet */
	bool behind;	/* the queue may have due jobs that are not in the window */
	bool fetching;	/* it is looking for them */
	bool started;
	unsigned busy;	/* lent, being lent, reserved */
	struct timer due;

	double tokens;	   /* of the rate */
	int64_t tokens_at;
	struct timer token;

	bool paused;
	char reason[sizeof ((struct verdict *)0)->text];
	unsigned probes;   /* that failed in this pause */
	int64_t probe_at;  /* monotonic ms */
	struct timer probe;
	unsigned unknowns; /* one after another */

	struct tally tally;
};

static void run(struct pump *p);

static void
on_timer(void *arg)
{
	run(arg);
}

static void
on_due_time(void *arg)
{
	struct pump *p = arg;

	p->behind = true;
	run(p);
}

/* A job is due at that wall time: look for it then, or before. */
static void
due_by(struct pump *p, int64_t due)
{
	int64_t ms = due - loop_wall_ms();

	if (ms < 1)
		ms = 1;
	if (!p->due.slot || p->due.at > loop_ms() + ms)
		timer_set(p->loop, &p->due, ms, on_due_time, p);
}

/* The rate. */

static void
refill(struct pump *p)
{
	int64_t now = loop_ms();
	double rate = (double)p->settings->rate;

	p->tokens += (double)(now - p->tokens_at) * rate / 1000;
	/* No more than a tenth of a second's at once: the contract counts seconds, not averages. */
	if (p->tokens > (rate < 10 ? 1 : rate / 10))
		p->tokens = rate < 10 ? 1 : rate / 10;
	p->tokens_at = now;
}

static bool
take_token(struct pump *p)
{
	if (!p->settings->rate)
		return true;
	refill(p);
	if (p->tokens < 1) {
		timer_set(p->loop, &p->token, 1 + 1000 / p->settings->rate, on_timer, p);
		return false;
	}
	p->tokens -= 1;
	return true;
}

/* Sending. */

/* As what a message goes out that may go by content: text by SMS, media by MMS where there is any. */
static enum msg_how
sent_as(const struct pump *p, const struct job *j)
{
	enum msg_how how = job_rcpt(j)->how;

	if (how != MSG_PHONE)
		return how;
	return j->msg->nparts && pump_carries(p) & MSG_MMS ? MSG_MMS : MSG_SMS;
}

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
expire(struct pump *p, struct job *j)
{
	job_say(j, "4.4.7", NULL, "it could not be sent within its lifetime");
	log_event(j->msg->id, "to=<%s>, transport=%s, delay=%lld, tries=%u, dsn=4.4.7, "
	    "status=expired (not sent within its lifetime)", job_rcpt(j)->to, p->transport->name,
	    (long long)(time(NULL) - j->msg->arrived), j->tries);
	tally_failed(&p->tally, "4.4.7");
	queue_end(p->queue, j, JOB_EXPIRED, NULL, "not sent within its lifetime");
}

/* It goes out for the first time. */
static void
log_send(const struct pump *p, const struct job *j, size_t size, const struct shaped *s)
{
	const char *to = job_rcpt(j)->to;
	const char *id = j->msg->message_id ? j->msg->message_id : j->msg->mail_id;

	log_event(j->msg->id, "from=<%s>, to=<%s>, transport=%s, how=%s, size=%zu, "
	    "segments=%u, msgid=%s", j->msg->from, to, p->transport->name,
	    msg_how_name(sent_as(p, j)), size, s->size.segments, id ? id : "<>");
	if (s->cut && sent_as(p, j) == MSG_SMS)
		log_event(j->msg->id, "to=<%s>, transport=%s, cut=%zu (characters that there was no "
		    "room for)", to, p->transport->name, s->cut);
}

/*
 * Is the message too much for one? Then what each part says is written with the job before the first is
 * sent, so that a report on it is not taken for one on all. The job is back at once; nothing was sent.
 */
static bool
goes_in_parts(struct pump *p, struct job *j, const struct style *style, const struct buf *text,
    const struct shaped *shaped)
{
	struct buf pieces;
	char why[60];
	size_t n;

	buf_init(&pieces, MSG_MAX_TEXT + 4096);
	n = sent_as(p, j) == MSG_MMS ? pieces_of_media(j->msg, style, &pieces)
				     : pieces_of_text(buf_str(text), text->len, &shaped->alphabet, &pieces);
	if (n > 1) {
		trail_begin(j, buf_str(&pieces), (unsigned)n);
		snprintf(why, sizeof why, "it goes as %zu messages", n);
		log_event(j->msg->id, "to=<%s>, transport=%s, parts=%zu (%s)", job_rcpt(j)->to,
		    p->transport->name, n, why);
		j->sends -= !j->again;
		j->segments = 0; /* each is one */
		due_by(p, loop_wall_ms());
		queue_retry(p->queue, j, loop_wall_ms(), false, why);
	}
	buf_free(&pieces);
	return n > 1;
}

/* Send the next of its parts. */
static void
send_part(struct pump *p, struct job *j)
{
	const char *piece = trail_piece(j);

	if (sent_as(p, j) == MSG_MMS) {
		pieces_narrow(j->msg, piece);
		piece = j->msg->text;
	}
	p->transport->driver->send(p->transport, j, piece);
}

static void
send_job(struct pump *p, struct job *j)
{
	struct verdict v;
	struct buf text;
	struct style style = shape_style_of(&p->settings->style, job_rcpt(j));
	struct shaped shaped;

	j->asked = false;
	if (!j->msg->text) {
		never(&v, "5.3.0", "the text of the message is lost");
		finish(p->transport, j, &v, NULL);
		return;
	}
	if (j->parts) {
		send_part(p, j);
		return;
	}
	buf_init(&text, MSG_MAX_TEXT + 1024);
	shaped = shape_sms(j->msg, &style, &text);
	if (j->sends == 1 && !j->again)
		log_send(p, j, text.len, &shaped);
	j->segments = p->settings->reports == PUMP_REPORT_SEGMENT && shaped.size.segments > 1 &&
			      sent_as(p, j) == MSG_SMS
			  ? shaped.size.segments
			  : 0;
	if (!goes_in_parts(p, j, &style, &text, &shaped))
		p->transport->driver->send(p->transport, j, buf_str(&text));
	buf_free(&text);
}

/* Nobody can say what became of it. */
static void
settle_by_policy(struct pump *p, struct job *j)
{
	bool worn = j->unknowns >= (unsigned)p->settings->unknown_tries;

	if (time(NULL) >= j->expires) {
		expire(p, j);
		return;
	}
	if (!j->released && (p->settings->on_unknown == PUMP_HOLD || worn)) {
		const char *why = worn ? "its outcome stayed unknown too often"
				       : "its outcome is unknown, and on_unknown is hold";

		log_event(j->msg->id, "to=<%s>, transport=%s, status=held (%s)", job_rcpt(j)->to,
		    p->transport->name, why);
		queue_hold(p->queue, j, why);
		return;
	}
	log_event(j->msg->id, "to=<%s>, transport=%s, status=uncertain (its outcome is unknown; sent "
	    "again, as on_unknown says)", job_rcpt(j)->to, p->transport->name);
	send_job(p, j);
}

/* The job's send is on the disk (or it must not be sent any more). */
static void
on_lent(void *arg, struct job *j)
{
	struct pump *p = arg;

	if (j->state != JOB_SENDING) {
		p->busy--;
		job_free(j);
		run(p);
	} else if (time(NULL) >= j->expires && !j->again) {
		expire(p, j);
	} else if (!j->again) {
		send_job(p, j);
	} else if (p->transport->driver->ask) {
		j->asked = true;
		p->transport->driver->ask(p->transport, j);
	} else {
		settle_by_policy(p, j);
	}
}

static struct job *
next_job(struct pump *p)
{
	struct job *j = p->window;

	p->window = j->next;
	if (!p->window)
		p->window_end = &p->window;
	j->next = NULL;
	return j;
}

static void
lend_next(struct pump *p)
{
	p->busy++;
	queue_lend(p->queue, next_job(p), pump_settle_at(p), on_lent, p);
}

/* The window. */

static void
on_due(void *arg, struct job **jobs, size_t n, int64_t next)
{
	struct pump *p = arg;

	p->fetching = false;
	p->behind = p->behind || n == WINDOW;
	for (size_t i = 0; i < n; i++) {
		*p->window_end = jobs[i];
		p->window_end = &jobs[i]->next;
		jobs[i]->next = NULL;
	}
	if (next != INT64_MAX)
		due_by(p, next);
	run(p);
}

/* Requests to the queue stay in order: what is being lent by now is not found due again. */
static void
fetch(struct pump *p)
{
	p->fetching = true;
	p->behind = false; /* news that come from now on set it again */
	queue_due(p->queue, p->transport->name, loop_wall_ms(), WINDOW, on_due, p);
}

static unsigned
places(const struct pump *p)
{
	unsigned all = p->paused ? loop_ms() >= p->probe_at : (unsigned)p->settings->concurrency;

	return all > p->busy ? all - p->busy : 0;
}

/* A paused transport's messages still grow old. */
static void
sweep(struct pump *p)
{
	while (p->window && time(NULL) >= p->window->expires)
		lend_next(p);
	due_by(p, loop_wall_ms() + SWEEP_MS);
}

/* Lend what may be lent. */
static void
run(struct pump *p)
{
	if (!p->started)
		return;
	while (p->window && places(p) > 0 && take_token(p))
		lend_next(p);
	if (p->paused)
		sweep(p);
	if (!p->window && p->behind && !p->fetching)
		fetch(p);
}

void
pump_wake(struct pump *p)
{
	p->behind = true;
	run(p);
}

/* While the window is being filled, new jobs may take the places that are free: were they to wait,
 * too, each would be one more for which the queue must be asked, and under load that never ends. */
bool
pump_reserve(struct pump *p)
{
	if (!p->started || p->window || p->paused || places(p) == 0 || !take_token(p))
		return false;
	p->busy++;
	return true;
}

void
pump_unreserve(struct pump *p)
{
	p->busy--;
	p->tokens += 1;
	run(p);
}

void
pump_returned(struct pump *p)
{
	p->busy--;
	run(p);
}

void
pump_lent(struct pump *p, struct job *j)
{
	on_lent(p, j);
}

/* Pauses. */

static void
pause_for(struct pump *p, const struct verdict *v)
{
	int64_t wait;

	if (p->paused && loop_ms() < p->probe_at)
		return; /* one of those that were under way when the pause began */
	wait = retry_wait(p->retry->probe_first, p->retry->probe_most, ++p->probes);
	if (v->after_s * 1000 > wait)
		wait = v->after_s * 1000;
	if (!p->paused || strcmp(p->reason, v->text) != 0)
		log_warn("transport %s is paused: %s; trying again in %lld s", p->transport->name,
		    v->text, (long long)(wait + 999) / 1000);
	p->paused = true;
	snprintf(p->reason, sizeof p->reason, "%s", v->text);
	p->probe_at = loop_ms() + wait;
	timer_set(p->loop, &p->probe, wait, on_timer, p);
}

static void
resume(struct pump *p)
{
	p->unknowns = 0;
	if (!p->paused)
		return;
	log_info("transport %s answers again", p->transport->name);
	p->paused = false;
	p->probes = 0;
	p->reason[0] = '\0';
	p->behind = true;
	timer_clear(p->loop, &p->probe);
}

void
pump_probe(struct pump *p)
{
	p->probe_at = 0;
	run(p);
}

/* Finishing. */

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
	resume(p);
	if (pump_inquire(p)) {
		j->awaits = true;
		j->look_at = loop_wall_ms() + pump_inquire(p);
	}
	if (j->parts && trail_taken(j) + 1 < j->parts) {
		log_part(p, j, &said);
		due_by(p, loop_wall_ms());
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
		pause_for(p, v);
	else
		resume(p);
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
	due_by(p, now + wait);
}

static void
finish_unknown(struct pump *p, struct job *j, const struct verdict *v)
{
	if (v->whole || ++p->unknowns >= UNKNOWN_RUN)
		pause_for(p, v);
	p->tally.uncertain++;
	note_failure(p, j, v);
	log_status(p, j, v, "uncertain");
	due_by(p, pump_settle_at(p));
	queue_uncertain(p->queue, j, pump_settle_at(p), v->text);
}

void
finish(struct transport *t, struct job *j, const struct verdict *v, const char *request)
{
	struct pump *p = t->pump;

	if (j->asked && v->is == UNKNOWN) {
		settle_by_policy(p, j); /* which keeps the job's place */
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
		resume(p);
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

/* Asking after what was sent. */

long
pump_inquire(const struct pump *p)
{
	return p->transport->driver->inquire ? p->settings->inquire : 0;
}

void
pump_ask_after(struct pump *p, const struct job *j)
{
	struct trail_part part = { .next = NULL };
	struct job one = *j;

	if (!p->transport->driver->inquire)
		return;
	if (!j->parts)
		p->transport->driver->inquire(p->transport, j);
	while (trail_next(j, &part)) {
		memcpy(one.correlator, part.correlator, sizeof one.correlator);
		one.request = *part.request ? part.request : NULL;
		if (part.state == 'w')
			p->transport->driver->inquire(p->transport, &one);
	}
}

/* Its life. */

struct pump *
pump_new(struct loop *l, struct queue *q, struct transport *t, const struct pump_settings *s,
    const struct retry *retry)
{
	struct pump *p = xcalloc(1, sizeof *p);

	p->loop = l;
	p->queue = q;
	p->transport = t;
	p->settings = s;
	p->retry = retry;
	p->window_end = &p->window;
	p->tokens_at = loop_ms();
	t->pump = p;
	return p;
}

void
pump_start(struct pump *p)
{
	p->started = true;
	p->behind = true;
	run(p);
}

void
pump_stop(struct pump *p)
{
	p->started = false;
	timer_clear(p->loop, &p->due);
	timer_clear(p->loop, &p->token);
	timer_clear(p->loop, &p->probe);
}

unsigned
pump_busy(const struct pump *p)
{
	return p->busy;
}

void
pump_free(struct pump *p)
{
	if (!p)
		return;
	pump_stop(p);
	while (p->window)
		job_free(next_job(p));
	free(p);
}

const char *
pump_name(const struct pump *p)
{
	return p->transport->name;
}

unsigned
pump_carries(const struct pump *p)
{
	return p->transport->carries ? p->transport->carries : p->transport->driver->carries;
}

const struct style *
pump_style(const struct pump *p)
{
	return &p->settings->style;
}

struct tally *
pump_tally(struct pump *p)
{
	return &p->tally;
}

const struct tally *
pump_tally_of(const struct pump *p)
{
	return &p->tally;
}

const struct space *
pump_space(const struct pump *p)
{
	return &p->transport->space;
}

int64_t
pump_settle_at(const struct pump *p)
{
	return loop_wall_ms() + p->settings->unknown_wait;
}

void
pump_look(const struct pump *p, struct pump_state *s)
{
	int64_t now = loop_ms();

	*s = (struct pump_state){
		.name = p->transport->name,
		.driver = p->transport->driver->name,
		.paused = p->paused,
		.reason = p->reason,
		.probe_in = p->paused && p->probe_at > now ? p->probe_at - now : 0,
		.busy = p->busy,
		.sent = p->tally.sent,
		.failed = p->tally.failed,
		.deferred = p->tally.deferred,
		.uncertain = p->tally.uncertain,
	};
}
