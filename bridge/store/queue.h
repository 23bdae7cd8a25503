/*
 * queue.h - jobs on the disk, and when each is due.
 *
 * A message is one body and a job for each recipient. The queue is asked from the loop's thread and
 * never blocks it: each request joins those that wait, one writer thread makes them all one
 * transaction, and the answers come back on the loop. "Committed" means flushed to the disk.
 *
 * | state     | meaning                                   | who moves it there              | due                  |
 * | queued    | waits for its time, or for its turn in    | queue_add, queue_retry,         | when it may be tried |
 * |           | the conversation                          | queue_release                   |                      |
 * | sending   | a try is written; it is with a transport, | queue_lend, queue_add           | when its outcome is  |
 * |           | or was when the process died              |                                 | to be settled        |
 * | uncertain | it went out and no answer came            | queue_uncertain                 | likewise             |
 * | held      | an administrator, or on_unknown = hold    | queue_hold                      | never                |
 * | sent      | the network has taken it; final, but that | queue_end, queue_report         | when it awaits: to   |
 * |           | it may await a report (job->awaits)       |                                 | be asked about, or   |
 * |           |                                           |                                 | given up             |
 * | delivered, no-report | a report said so, or never came | queue_report, queue_awaiting   | never                |
 * | failed, expired, cancelled | final                    | queue_end, queue_report         | never                |
 *
 * A job that awaits its report is no work to be done any more (it is neither counted nor listed, and
 * the next of its conversation may go), but is kept, with its message, until it is settled: by a
 * report, or by time.
 *
 * A job waits for its turn: of each conversation (same transport, sender and recipient) one job at a
 * time is due, the others follow in the order they came.
 */
#ifndef BRIDGE_QUEUE_H
#define BRIDGE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/conf.h"
#include "bridge/message/msg.h"

struct binding;
struct bindings;
struct consent;
struct consents;
struct loop;
struct queue;
struct quotas;
struct parked;
struct report;
struct talks;
struct verdict;

enum job_state {
	JOB_QUEUED,
	JOB_SENDING,
	JOB_UNCERTAIN,
	JOB_HELD,
	JOB_SENT,
	JOB_FAILED,
	JOB_EXPIRED,
	JOB_CANCELLED,
	JOB_DELIVERED,
	JOB_NO_REPORT,
	JOB_STATES,
};

enum {
	JOB_CORRELATOR = 31, /* 30 characters and NUL: message id, recipient, send number */
	JOB_EVENTS = 24,     /* history kept of a job; the oldest but the first are dropped */
};

/* What the sender of a message may be told of a job, the gravest last. */
enum job_news { NEWS_NONE, NEWS_CUT, NEWS_DELIVERED, NEWS_RELAYED, NEWS_DELAYED, NEWS_FAILED };

/* One message to one recipient. Made by the queue; freed by job_free(). */
struct job {
	struct msg *msg;	/* with this one recipient only; an outline until lent, see job_new() */
	unsigned rcpt;		/* which recipient of the message it is, from 0 */
	unsigned of;		/* how many recipients the message was accepted for */
	enum job_state state;
	unsigned tries;		/* sends whose outcome counts against the message */
	unsigned sends;		/* sends in all; part of the correlator */
	unsigned unknowns;	/* sends whose outcome stayed unknown */
	bool again;		/* the last send's outcome is unknown: the next repeats its correlator */
	bool released;		/* an administrator wants it sent, though that outcome is unknown */
	unsigned cut;		/* characters of the text that there was no room for */
	const char *left;	/* names of attachments that it goes without, on one line; NULL: none */
	bool joins;		/* its text may go on in a message to come, see join.h */
	bool apart;		/* policy lets it wait: it is no part of its conversation's order, so
				 * that what is urgent overtakes it */
	unsigned times;		/* as often the same text came while it waited, see storm.h; 0: once */
	char correlator[JOB_CORRELATOR];
	const char *request;	/* the platform's request identifier; NULL: none */
	int64_t due;		/* milliseconds since 1970 */
	int64_t expires;	/* seconds since 1970 */
	const char *history;	/* lines "SECONDS state text\n", the oldest first */
	unsigned char key[32];	/* of its submission, see struct msg_rcpt */
	uint64_t run;		/* the process that lent it last */
	bool asked;		/* the pump's: its network is asked about it, not sent it */
	struct job *next;	/* for lists of whoever has the job */

	/* Of a job that goes out as several messages, see trail.h. */
	unsigned parts;		/* so many; 0: it is one, as far as is known */
	const char *pieces;	/* what those will say that are not taken yet */
	const char *trail;	/* what became of those that are; NULL: none is */
	unsigned left_before;	/* bytes of `left` that those have said */

	/* Of reports. The transport says `awaits`, the pump the next two, before the job is given back
	 * as sent; the rest is the queue's. */
	bool awaits;		/* the network was asked to report what becomes of it */
	unsigned segments;	/* so many "delivered" make it delivered; 0: one does */
	int64_t look_at;	/* ms since 1970: when its network is first asked about it; 0: never */
	int64_t report_by;	/* ms since 1970: awaited until then */
	unsigned segments_in;	/* "delivered" reports so far */
	unsigned inquiries;	/* how often the network was asked */
	int parked;		/* 1 + enum report_is of a report that came while it was being sent; 0: none */
	enum job_news news;	/* what its sender wants to know and has not been told yet */
	unsigned told;		/* what was told, a bit 1 << enum job_news each */
	/* Of the last failure or report, one line each, see job_say(); NULL: none. */
	const char *dsn, *code, *said;
	struct body *body;	/* what msg's strings lie in when it is whole, see job_fill() */
};

/* Frees a job and its message. Accepts NULL. */
void job_free(struct job *j);
/* Note (copied, as one line, cut where too long) what was said of its last try: an enhanced status
 * code, the network's own words ("X-Parlayx; SVC0004", "smtp; 550 5.1.1 …"; NULL: it had none), and
 * a sentence for people. Kept with the job when it is given back. */
void job_say(struct job *j, const char *dsn, const char *code, const char *said);
/* "queued", "sending", … as in log lines. */
const char *job_state_name(enum job_state s);
/* The recipient's row in the message. */
const struct msg_rcpt *job_rcpt(const struct job *j);

enum queue_tell { TELL_FAILED, TELL_ALL, TELL_DIGEST }; /* in the order of the row's choices */

struct queue_settings {
	const char *dir;	/* the environment's directory */
	int report;		/* enum queue_tell: what senders are told who did not say what they want */
	long report_gather;	/* ms: so long news of a message wait for more, to be told together */
	long report_wait;	/* ms: so long a network's report is awaited, and a digest put off */
	bool report_cut;	/* the sender of a message that was cut short is told */
	long delay_notice;	/* ms: the sender of a message that is not sent by then is told */
	long history;		/* ms: how long final jobs can be shown, and repetitions recognised */
	long reserve;		/* bytes that must stay free on the disk for a message to be taken */
};
extern const struct setting queue_rows[];

/*
 * Open the queue, recover it, start its writer. Exactly one process may: a lock file guards it.
 * For queue_close(); NULL and *v (NEVER: another process has it; LATER: the disk).
 */
struct queue *queue_open(struct loop *l, const struct queue_settings *s, struct verdict *v);
/* As queue_open(), but in memory: nothing of it outlives the process. For tests. */
struct queue *queue_open_mem(struct loop *l, const struct queue_settings *s, struct verdict *v);
/* Finish what waits, flush, close. No callback is called any more, and the loop must not run any
 * more. Accepts NULL. */
void queue_close(struct queue *q);

/* From now on call on_news(arg, transport) on the loop when a job of that transport (NULL: of any)
 * may have become due otherwise than by time: one was added and not lent, its turn has come, or an
 * administrator says so; and on_back(arg, transport) when a lent job's return is on the disk. */
void queue_watch(struct queue *q, void (*on_news)(void *arg, const char *transport),
    void (*on_back)(void *arg, const char *transport), void *arg);

/* What became of an addition. */
struct queue_added {
	const char *id;	      /* the message's; of the one that came before when nothing was added */
	unsigned added;	      /* recipients that are on the disk now */
	unsigned repeated;    /* recipients that were not added, since they came before */
	unsigned joined;      /* recipients whose text was put behind that of message `id` */
	unsigned folded;      /* the same text came so often while it waits, see storm.h; 0: it does not */
	struct job **lent;    /* [i]: recipient i's job when it was added as lent, now the callee's */
	size_t nrcpts;
};

/*
 * Put a message (taken over) with all its recipients on the disk, and call on_added(arg, added, v)
 * when that is committed (added is NULL and *v LATER when it failed, 4.3.1 when the disk is full).
 * lend[i], where lend is given, asks that recipient i be added as being sent already, if its
 * conversation is free (settle_at: see queue_lend): that saves a commit. expires: seconds since
 * 1970. deadline: monotonic milliseconds after which it must
 * not be committed any more, since its sender has given up (then LATER); 0: none.
 */
void queue_add(struct queue *q, struct msg *m, const bool *lend, int64_t settle_at,
    int64_t expires, int64_t deadline,
    void (*on_added)(void *arg, const struct queue_added *added, const struct verdict *v), void *arg);

/* Jobs of a transport due at or before `until`, in due order, at most `most`; none that is lent by
 * this process. on_due(arg, jobs, n, next): the jobs are the callee's, without text; next is when
 * the first one not returned is due, INT64_MAX when there is none. */
void queue_due(struct queue *q, const char *transport, int64_t until, unsigned most,
    void (*on_due)(void *arg, struct job **jobs, size_t n, int64_t next), void *arg);

/*
 * Write a send of the job (its correlator, and when its outcome is to be settled), read its text,
 * and call on_lent(arg, job) when that is committed; job->msg is whole then. When the job is gone,
 * held or cancelled meanwhile, or a report has settled it, job->state says so and it must not be sent.
 */
void queue_lend(struct queue *q, struct job *j, int64_t settle_at,
    void (*on_lent)(void *arg, struct job *j), void *arg);

/*
 * Take a lent job back. All free the job when that is on the disk, and tell the watcher (see
 * queue_watch). What cannot be written is tried again until it can be; after a crash the job is found
 * as it was lent.
 * queue_retry: to be tried again at `due` (ms since 1970); counted: the try counts against it.
 * queue_uncertain: it may have been sent; to be settled at `due`.
 * queue_hold: until an administrator releases it.
 * queue_end: final. request: the platform's identifier, or NULL. See job->awaits.
 * A report that came while the job was lent counts more than the outcome given here.
 * `why` goes into the history.
 */
void queue_retry(struct queue *q, struct job *j, int64_t due, bool counted, const char *why);
void queue_uncertain(struct queue *q, struct job *j, int64_t due, const char *why);
void queue_hold(struct queue *q, struct job *j, const char *why);
void queue_end(struct queue *q, struct job *j, enum job_state final, const char *request,
    const char *why);

/* Take a lent job back whose part that was lent the network has taken (see trail.h; job->awaits counts
 * for that part): it is due for the next one at once, or sent when that was the last. Frees it. */
void queue_taken(struct queue *q, struct job *j, const char *request, const char *why);

/*
 * Keep a network's report (copied; see report.h). on_done(arg, id, changed, v): v is DONE when its
 * effect is on the disk or it has none; id is the message's, NULL when none is known by that
 * correlator or identifier and recipient; changed: the message's state is another one now.
 */
void queue_report(struct queue *q, const struct report *r,
    void (*on_done)(void *arg, const char *id, bool changed, const struct verdict *v), void *arg);

/*
 * The conversations of a phone ("tel:+8613800138000") by that transport, see talk.h.
 * on_talks(arg, t, v): t is the callee's, for talks_free(); NULL and *v LATER when the queue could not
 * tell.
 */
void queue_talks(struct queue *q, const char *transport, const char *phone,
    void (*on_talks)(void *arg, struct talks *t, const struct verdict *v), void *arg);

/*
 * Jobs of a transport that await their reports and whose time has come by `now` (ms since 1970), at
 * most `most`: those whose report_by is over are no-report now, and on the disk as that; of the
 * others the network is to be asked. inquire: ms from sending a message until its network is first
 * asked about it, the waits then growing to an hour's (were it a minute); 0: it cannot be asked.
 * on_awaiting(arg, jobs, n, next): the jobs are the callee's, without text; next as in queue_due().
 */
void queue_awaiting(struct queue *q, const char *transport, int64_t now, unsigned most, long inquire,
    void (*on_awaiting)(void *arg, struct job **jobs, size_t n, int64_t next), void *arg);

/* From now on call on_notice(arg, at) on the loop when a notice has been made that is due at `at`, ms
 * since 1970. */
void queue_watch_notices(struct queue *q, void (*on_notice)(void *arg, int64_t at), void *arg);
/*
 * What there is to tell the sender of one message by `now`: on_notice(arg, jobs, n, m, next). The jobs
 * are those with news (job->news), in the order of the recipients, and the callee's, without text; m
 * is the message without its recipients (lent for the call), NULL when it is gone. n is 0 when there
 * is nothing to tell; then next is when there may be, INT64_MAX when nothing waits. Looks for delays
 * before. To be asked again only when what it found was told.
 */
void queue_notice(struct queue *q, int64_t now,
    void (*on_notice)(void *arg, struct job **jobs, size_t n, const struct msg *m, int64_t next),
    void *arg);
/* The notice about that message is due at `until` and not before. */
void queue_put_off(struct queue *q, const char *id, int64_t until);
/*
 * As queue_add(), of a report (taken over) that tells the sender of another message the news which
 * those jobs of it have (taken over, too); in the same transaction they are told. m NULL: nobody can
 * be told, and they count as told without (added->id is NULL then). v is DONE, too, when the report
 * had been added before.
 */
void queue_tell(struct queue *q, struct msg *m, struct job **about, size_t n, const bool *lend,
    int64_t settle_at, int64_t expires,
    void (*on_added)(void *arg, const struct queue_added *added, const struct verdict *v), void *arg);

/*
 * What can be read at a link with that token, see link.h. on_link(arg, m, until, v): m is lent for the
 * call, NULL when there is none; until: seconds since 1970; v is LATER when the queue could not tell.
 */
void queue_link(struct queue *q, const char *token,
    void (*on_link)(void *arg, const struct msg *m, int64_t until, const struct verdict *v), void *arg);
/*
 * Keep a message that came by that transport and has an id, with a link of what is to be fetched for it,
 * until queue_unpark(): its network has forgotten it, and it cannot go on yet.
 * on_done(arg, v): DONE when it is on the disk, or LATER.
 */
void queue_park(struct queue *q, const char *transport, const struct msg *m, const char *link,
    void (*on_done)(void *arg, const struct verdict *v), void *arg);
/* The message by that id has gone on. Should we die before that is on the disk, it comes again. */
void queue_unpark(struct queue *q, const char *transport, const char *id);
/* What was kept and never went on, before this process began. on_parked(arg, list, n, v): the list is
 * lent, but its messages may be taken, see park.h; v is LATER when the queue could not tell. */
void queue_parked(struct queue *q, const char *transport,
    void (*on_parked)(void *arg, struct parked *list, size_t n, const struct verdict *v), void *arg);
/*
 * Read into the books (lent until the answer; each may be NULL) what the store has of quotas, consent
 * and bindings. on_done(arg, v): DONE, or LATER when the queue could not tell.
 */
void queue_recall(struct queue *q, struct quotas *quotas, struct consents *consents,
    struct bindings *bindings, void (*on_done)(void *arg, const struct verdict *v), void *arg);
/* Every decision of a phone that is kept, in the order of time: on_decisions(arg, d, n,
 * v), lent for the call; v is LATER when the queue could not tell. */
void queue_decisions(struct queue *q,
    void (*on_decisions)(void *arg, const struct consent *d, size_t n, const struct verdict *v), void *arg);
/* Keep a phone's decision (copied), see consent_write(). on_kept(arg, repeated, v): DONE when it is on the
 * disk, repeated when it was before; or LATER. */
void queue_consent(struct queue *q, const struct consent *d,
    void (*on_kept)(void *arg, bool repeated, const struct verdict *v), void *arg);

/* Keep a binding (copied), or no more when it is undone. on_done as above. */
void queue_bind(struct queue *q, const struct binding *b,
    void (*on_done)(void *arg, const struct verdict *v), void *arg);

/* How much of what was forgotten. */
struct forgotten {
	unsigned jobs, talks, links, quotas, decisions, bindings;
	unsigned waiting; /* jobs that are left, since more will become of them */
};
/*
 * Forget what is kept of somebody (a URI): settled jobs from and to it, conversations, links to what it wrote,
 * quotas, bindings; and when decisions is true, what it has said of whose messages it wants, and others of
 * its. Page by page, so that others can go on. on_forgotten(arg, n, v): v is LATER when the queue could
 * not: then what it came to is forgotten.
 */
void queue_forget(struct queue *q, const char *who, bool decisions,
    void (*on_forgotten)(void *arg, const struct forgotten *n, const struct verdict *v), void *arg);

/* What an administrator does to jobs: all of a message (rcpt < 0) or one. */
enum queue_order { QUEUE_RETRY, QUEUE_HOLD, QUEUE_RELEASE, QUEUE_CANCEL };
/* on_done(arg, changed, v): how many jobs changed; a job being sent is left alone. v is LATER when
 * the queue could not tell. */
void queue_order(struct queue *q, enum queue_order order, const char *id, int rcpt,
    void (*on_done)(void *arg, unsigned changed, const struct verdict *v), void *arg);
/*
 * Find messages by our id, a Message-ID (with or without <>), a platform's request identifier or a
 * correlator. on_found(arg, jobs, n): jobs are the callee's, without text.
 */
void queue_find(struct queue *q, const char *what,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg);
/* Jobs that are not final, by id, behind the one named (NULL: from the start), at most `most`. */
void queue_list(struct queue *q, const char *after_id, unsigned after_rcpt, unsigned most,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg);
/* Copy the whole environment to a new directory `dir`, consistent and recovered, while running. */
void queue_backup(struct queue *q, const char *dir,
    void (*on_done)(void *arg, const struct verdict *v), void *arg);

struct queue_counts {
	uint64_t commits, requests; /* since the start; each commit flushes the disk once */
	uint64_t jobs;		    /* not final now, of all transports */
	bool full;		    /* the disk is: nothing is taken at the moment */
};
/* Counters; any time, from the loop's thread. */
struct queue_counts queue_counts(struct queue *q);
/* How many jobs of that transport are not final (held ones too). Any time, any thread. */
uint64_t queue_depth(struct queue *q, const char *transport);

#endif
