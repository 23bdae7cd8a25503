/*
 * pump_send.c - a lent job goes to its transport: shaped, in parts where it must, or not at all.
 */
#include "bridge/flow/pump_inside.h"

#include <stdio.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/log.h"
#include "bridge/flow/pieces.h"
#include "bridge/flow/shape.h"
#include "bridge/flow/transport.h"
#include "bridge/store/trail.h"

/* As what a message goes out that may go by content: text by SMS, media by MMS where there is any. */
static enum msg_how
sent_as(const struct pump *p, const struct job *j)
{
	enum msg_how how = job_rcpt(j)->how;

	if (how != MSG_PHONE)
		return how;
	return j->msg->nparts && pump_carries(p) & MSG_MMS ? MSG_MMS : MSG_SMS;
}

void
pump_expire(struct pump *p, struct job *j)
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
		pump_due_by(p, loop_wall_ms());
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

void
pump_send(struct pump *p, struct job *j)
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

void
pump_settle(struct pump *p, struct job *j)
{
	bool worn = j->unknowns >= (unsigned)p->settings->unknown_tries;

	if (time(NULL) >= j->expires) {
		pump_expire(p, j);
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
	pump_send(p, j);
}
