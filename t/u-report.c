/*
 * u-report.c - reports and notices, over both stores: a report that is early, late, doubled, out of
 * order, of another's message, of one segment; none at all; and what senders are told of it, once.
 */
#include "bridge/store/report.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/job.h"
#include "bridge/store/queue.h"
#include "t/tap.h"

enum { FAR = 1000000, HOUR = 3600 * 1000, DAY = 24 * HOUR }; /* ms */

static struct loop *loop;
static struct queue *queue;
static struct queue_settings settings;
static const char *kind;
static char dir[] = "/tmp/u-report.XXXXXX";

/* What the last answer said. */
static struct {
	struct verdict v;
	char id[MSG_ID];
	bool known, changed;
	struct job *jobs[100];
	size_t n;
	int64_t next;
	char text[200]; /* of the message that a notice is about; "-" when it is gone */
} got;

static void
open_queue(void)
{
	struct verdict v;

	loop = loop_new();
	queue = strcmp(kind, "mem") == 0 ? queue_open_mem(loop, &settings, &v)
					 : queue_open(loop, &settings, &v);
	if (!queue) {
		printf("Bail out! %s\n", v.text);
		exit(1);
	}
}

static void
forget_jobs(void)
{
	while (got.n > 0)
		job_free(got.jobs[--got.n]);
}

static void
close_queue(void)
{
	forget_jobs();
	queue_close(queue);
	loop_free(loop);
}

/* A new queue, by those settings. */
static void
fresh(void)
{
	char command[64];

	close_queue();
	snprintf(command, sizeof command, "rm -rf %s/*", dir);
	if (system(command) != 0)
		exit(1);
	open_queue();
}

static void
on_added(void *arg, const struct queue_added *added, const struct verdict *v)
{
	(void)arg;
	got.v = *v;
	forget_jobs();
	snprintf(got.id, sizeof got.id, "%s", added ? added->id : "");
	for (size_t i = 0; added && i < added->nrcpts; i++)
		if (added->lent[i])
			got.jobs[got.n++] = added->lent[i];
	loop_stop(loop);
}

/* What a message is like that a test adds; zero is the usual. */
struct kind {
	const char *from, *notify, *about;
	bool automatic;
	unsigned rcpts;
	int64_t age; /* ms since it came */
};

static void
id_of_age(char id[MSG_ID], int64_t age)
{
	static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	int64_t ms;

	msg_new_id(id);
	ms = msg_id_time(id) - age;
	for (int i = 9; i >= 0; i--, ms >>= 5)
		id[i] = base32[ms & 31];
}

/* Add one and have all its jobs lent; the id is in got.id, the jobs are the caller's. */
static size_t
send(const struct kind *k, struct job **jobs)
{
	static unsigned serial;
	struct msg *m = msg_new();
	unsigned n = k->rcpts ? k->rcpts : 1;
	bool lend[100];

	id_of_age(m->id, k->age);
	m->from = k->from ? k->from : "mailto:ann@example.org";
	m->text = "hello";
	m->head = "Subject: hello\n";
	m->automatic = k->automatic;
	m->about = k->about;
	m->message_id = arena_printf(m->arena, "<%u@example.org>", ++serial);
	m->arrived = time(NULL) - k->age / 1000;
	for (unsigned i = 0; i < n; i++) {
		struct msg_rcpt *r = msg_add_rcpt(m, "");

		r->given = arena_printf(m->arena, "+49%u%03u@sms.example.com", serial, i);
		r->to = arena_printf(m->arena, "tel:+491511%u%04u", serial, i);
		r->transport = "acme";
		r->how = MSG_SMS;
		r->notify = k->notify;
		snprintf((char *)r->key, sizeof r->key, "%u %u", serial, i);
		lend[i] = true;
	}
	queue_add(queue, m, lend, loop_wall_ms() + FAR, time(NULL) + 1000, 0, on_added, NULL);
	loop_run(loop);
	n = (unsigned)got.n;
	memcpy(jobs, got.jobs, n * sizeof *jobs);
	got.n = 0;
	return n;
}

static struct job *
send_one(const char *from, const char *notify)
{
	const struct kind k = { .from = from, .notify = notify };
	struct job *j;

	if (send(&k, &j) != 1) {
		printf("Bail out! nothing was lent\n");
		exit(1);
	}
	return j;
}

static void
on_report(void *arg, const char *id, bool changed, const struct verdict *v)
{
	(void)arg;
	got.v = *v;
	got.known = id != NULL;
	got.changed = changed;
	if (id)
		snprintf(got.id, sizeof got.id, "%s", id);
	loop_stop(loop);
}

/* Bring a report; whether it changed the state. */
static bool
report_on(const char *correlator, const char *address, enum report_is is)
{
	static const char *const codes[] = { "DeliveredToTerminal", "DeliveryImpossible",
		"DeliveryUncertain", "MessageWaiting" };
	const struct report r = { .correlator = correlator,
		.address = address,
		.is = is,
		.dsn = is == REPORT_FAILED ? "5.0.0" : "2.1.5",
		.code = codes[is],
		.text = "" };

	queue_report(queue, &r, on_report, NULL);
	loop_run(loop);
	return got.changed;
}

static void
on_found(void *arg, struct job **jobs, size_t n)
{
	(void)arg;
	forget_jobs();
	memcpy(got.jobs, jobs, n * sizeof *jobs);
	got.n = n;
	loop_stop(loop);
}

/* The state of the one job that goes by that name. */
static const char *
state(const char *what)
{
	queue_find(queue, what, on_found, NULL);
	loop_run(loop);
	return got.n == 1 ? job_state_name(got.jobs[0]->state) : "none";
}

static void
on_due(void *arg, struct job **jobs, size_t n, int64_t next)
{
	on_found(arg, jobs, n);
	got.next = next;
}

/* Give a job back as sent, by a network that was asked to report. */
static void
end_sent(struct job *j, unsigned segments)
{
	j->awaits = true;
	j->segments = segments;
	queue_end(queue, j, JOB_SENT, "req-1", "request req-1");
}

/* What happens to a message, a letter each, and the state in which that leaves it:
 * S sent and taken, s the same without a report being asked for, N answered "never", L "later", U
 * no answer, X expired; D delivered, F failed, R relayed, W waiting: a report says so; then, in
 * digits, how many changes of state reports made. */
static const struct {
	const char *what;
	const char *state;
	unsigned changes;
	bool awaits;
} fates[] = {
	{ "S", "sent", 0, true },
	{ "SD", "delivered", 1, false },
	{ "SDDD", "delivered", 1, false },
	{ "SF", "failed", 1, false },
	{ "SFFF", "failed", 1, false },
	{ "SDF", "delivered", 1, false }, /* final states never go back */
	{ "SFD", "failed", 1, false },
	{ "SW", "sent", 0, true },
	{ "SWWD", "delivered", 1, false },
	{ "SDW", "delivered", 1, false },
	{ "SDR", "delivered", 1, false },
	{ "SR", "sent", 1, false },
	{ "SRR", "sent", 1, false },
	{ "SRD", "delivered", 2, false },
	{ "SRF", "failed", 2, false },
	{ "sD", "delivered", 1, false },
	{ "sF", "failed", 1, false },
	{ "sW", "sent", 0, false },
	/* Before our own answer. */
	{ "DS", "delivered", 0, false },
	{ "DDS", "delivered", 0, false },
	{ "FS", "failed", 0, false },
	{ "FFS", "failed", 0, false },
	{ "DFS", "delivered", 0, false },
	{ "FDS", "failed", 0, false },
	{ "RS", "sent", 0, false },
	{ "RDS", "delivered", 0, false },
	{ "WS", "sent", 0, true },
	{ "WDS", "delivered", 0, false },
	{ "DSD", "delivered", 0, false },
	{ "DSF", "delivered", 0, false },
	{ "DU", "delivered", 0, false }, /* which settles what is unknown: it is not sent again */
	{ "FU", "failed", 0, false },
	{ "DL", "delivered", 0, false },
	{ "DN", "delivered", 0, false },
	{ "FN", "failed", 0, false },
	{ "RN", "failed", 0, false },
	/* After it was unknown. */
	{ "U", "uncertain", 0, false },
	{ "UD", "delivered", 1, false },
	{ "UF", "failed", 1, false },
	{ "UR", "sent", 1, false },
	{ "UW", "sent", 1, true },
	{ "UWD", "delivered", 2, false },
	{ "L", "queued", 0, false },
	{ "LD", "delivered", 1, false },
	{ "LF", "queued", 0, false }, /* it was not taken, and will be tried again */
	{ "LW", "queued", 0, false },
	{ "N", "failed", 0, false },
	{ "NF", "failed", 0, false },
	{ "ND", "failed", 0, false },
	{ "X", "expired", 0, false },
	{ "XF", "expired", 0, false },
	{ "XD", "delivered", 1, false },
};

static void
test_waiting(void)
{
	char c[JOB_CORRELATOR];
	struct job *j = send_one(NULL, "NEVER");
	const char *first;

	memcpy(c, j->correlator, sizeof c);
	end_sent(j, 0);
	report_on(c, NULL, REPORT_WAITING);
	report_on(c, NULL, REPORT_WAITING);
	state(c);
	first = got.n == 1 ? strstr(got.jobs[0]->history, "sent MessageWaiting\n") : NULL;
	ok(first && !strstr(first + 10, "MessageWaiting"),
	    "%s: that it waits is in its history, once", kind);
}

/* What is open, and what a message keeps, follows its state. */
static void
test_fates(void)
{
	for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
		struct job *j = send_one(NULL, "NEVER");
		char correlator[JOB_CORRELATOR], to[64];
		unsigned changes = 0;
		bool open, right;

		memcpy(correlator, j->correlator, sizeof correlator);
		snprintf(to, sizeof to, "%s", job_rcpt(j)->to);
		for (const char *p = fates[i].what; *p; p++) {
			static const char reports[] = "DFRW";
			const char *is = strchr(reports, *p);

			if (is)
				changes +=
				    report_on(correlator, to, (enum report_is)(is - reports));
			else if (*p == 'S')
				end_sent(j, 0);
			else if (*p == 's')
				queue_end(queue, j, JOB_SENT, NULL, "");
			else if (*p == 'N' || *p == 'X')
				queue_end(
				    queue, j, *p == 'N' ? JOB_FAILED : JOB_EXPIRED, NULL, "no");
			else if (*p == 'L')
				queue_retry(queue, j, loop_wall_ms() + FAR, true, "later");
			else
				queue_uncertain(queue, j, loop_wall_ms() + FAR, "no answer");
		}
		is_str(state(correlator), fates[i].state, fates[i].what);
		right = got.n == 1 && changes == fates[i].changes &&
			(got.jobs[0]->state == JOB_SENT && got.jobs[0]->awaits) == fates[i].awaits;
		ok(right, "%s: %u changes", fates[i].what, changes);
		open = strcmp(fates[i].state, "queued") == 0 ||
		       strcmp(fates[i].state, "uncertain") == 0;
		ok(queue_counts(queue).jobs == open, "%s: %s", fates[i].what,
		    open ? "open" : "not open");
		fresh();
	}
}

static void
test_whose(void)
{
	struct job *j = send_one(NULL, "NEVER"), *other = send_one(NULL, "NEVER");
	char correlator[JOB_CORRELATOR], to[64], bare[64], unknown[JOB_CORRELATOR];
	struct report r = {
		.request = "req-1", .is = REPORT_DELIVERED, .dsn = "2.1.5", .code = "x", .text = ""
	};

	memcpy(correlator, j->correlator, sizeof correlator);
	snprintf(to, sizeof to, "%s", job_rcpt(j)->to);
	end_sent(j, 0);
	memcpy(unknown, correlator, sizeof unknown);
	unknown[20] = unknown[20] == 'A' ? 'B' : 'A';
	report_on(unknown, to, REPORT_DELIVERED);
	ok(got.v.is == DONE && !got.known,
	    "%s: nobody's correlator is known, and taken all the same", kind);
	report_on("nonsense", to, REPORT_DELIVERED);
	ok(got.v.is == DONE && !got.known, "nor is one that is none");
	report_on(correlator, job_rcpt(other)->to, REPORT_FAILED);
	ok(!got.known, "a report about another recipient is about nothing");
	report_on(correlator, "tel:+1", REPORT_FAILED);
	ok(!got.known, "and a number's end is not the number");
	r.transport = "other";
	r.address = to;
	queue_report(queue, &r, on_report, NULL);
	loop_run(loop);
	ok(!got.known, "another network knows nothing of it");
	is_str(state(correlator), "sent", "so it stays sent");
	r.transport = "acme";
	snprintf(bare, sizeof bare, "00%s", to + strlen("tel:+"));
	r.address = bare;
	queue_report(queue, &r, on_report, NULL);
	loop_run(loop);
	ok(got.known && got.changed,
	    "by its identifier and the number in another form it is found");
	is_str(state("req-1"), "delivered", "and delivered");
	ok(got.n == 1 && strstr(got.jobs[0]->history, "delivered x\n"), "which its history says");
	job_free(other);
}

static void
on_lent(void *arg, struct job *j)
{
	*(struct job **)arg = j;
	loop_stop(loop);
}

/* Have the one job lent that is due. */
static struct job *
lend_again(void)
{
	struct job *lent;

	queue_due(queue, "acme", loop_wall_ms() + 1000, 10, on_due, NULL);
	loop_run(loop);
	if (got.n != 1) {
		printf("Bail out! %zu are due\n", got.n);
		exit(1);
	}
	got.n = 0;
	queue_lend(queue, got.jobs[0], loop_wall_ms() + FAR, on_lent, &lent);
	loop_run(loop);
	return lent;
}

static void
test_earlier_send(void)
{
	char first[JOB_CORRELATOR], second[JOB_CORRELATOR];
	struct job *j = send_one(NULL, "NEVER");

	memcpy(first, j->correlator, sizeof first);
	queue_retry(queue, j, loop_wall_ms(), true, "later");
	j = lend_again();
	memcpy(second, j->correlator, sizeof second);
	report_on(first, NULL, REPORT_FAILED);
	ok(got.known && !got.changed, "%s: that an earlier send failed is known", kind);
	end_sent(j, 0);
	report_on(first, NULL, REPORT_FAILED);
	is_str(state(second), "sent", "the last one counts");
	report_on(first, NULL, REPORT_DELIVERED);
	is_str(state(second), "delivered", "unless the earlier one arrived after all");
}

static void
test_segments(void)
{
	char c[JOB_CORRELATOR];
	struct job *j = send_one(NULL, "NEVER");

	memcpy(c, j->correlator, sizeof c);
	report_on(c, NULL, REPORT_DELIVERED);
	end_sent(j, 3);
	is_str(state(c), "sent", "one segment's report came early");
	report_on(c, NULL, REPORT_DELIVERED);
	ok(!got.changed && strcmp(state(c), "sent") == 0, "two of three segments are not all");
	report_on(c, NULL, REPORT_DELIVERED);
	ok(got.changed && strcmp(state(c), "delivered") == 0, "three are");
	j = send_one(NULL, "NEVER");
	memcpy(c, j->correlator, sizeof c);
	end_sent(j, 2);
	report_on(c, NULL, REPORT_DELIVERED);
	report_on(c, NULL, REPORT_FAILED);
	is_str(state(c), "failed", "one that failed is enough");
}

/* Jobs that await their report, by that time; got.n of them. */
static void
awaiting(int64_t now, long inquire)
{
	queue_awaiting(queue, "acme", now, 10, inquire, on_due, NULL);
	loop_run(loop);
}

static void
test_no_report(void)
{
	char c[JOB_CORRELATOR];
	int64_t now = loop_wall_ms();
	struct job *j = send_one(NULL, "NEVER");

	memcpy(c, j->correlator, sizeof c);
	end_sent(j, 0);
	awaiting(now + DAY, 0);
	ok(got.n == 0 && got.next > now + 3 * DAY - HOUR, "%s: a report is awaited", kind);
	awaiting(now + 4 * (int64_t)DAY, 0);
	ok(got.n == 1 && got.jobs[0]->state == JOB_NO_REPORT, "for three days");
	is_str(state(c), "no-report", "which is kept");
	awaiting(now + 9 * (int64_t)DAY, 0);
	ok(got.n == 0 && got.next == INT64_MAX, "and said once");
	report_on(c, NULL, REPORT_DELIVERED);
	is_str(state(c), "delivered", "a late report is better than none");
}

static void
test_inquire(void)
{
	static const int after[] = { 1, 5, 30, 90, 150 }; /* minutes */
	char c[JOB_CORRELATOR];
	int64_t now = loop_wall_ms(), minute = 60 * 1000, at = now + minute;
	struct job *j = send_one(NULL, "NEVER");

	memcpy(c, j->correlator, sizeof c);
	j->look_at = now + minute;
	end_sent(j, 0);
	for (int i = 0; i < 5; i++) {
		awaiting(at - 1000, minute);
		ok(got.n == 0 && got.next == at && at == now + after[i] * minute,
		    "%s: asked after %d minutes", kind, after[i]);
		awaiting(at, minute);
		ok(got.n == 1 && got.jobs[0]->state == JOB_SENT &&
			!strcmp(got.jobs[0]->request, "req-1"),
		    "by its identifier");
		awaiting(at, minute);
		at = got.next;
	}
	report_on(c, NULL, REPORT_DELIVERED);
	awaiting(now, minute);
	ok(got.next == INT64_MAX, "a report ends that");
	awaiting(now + 4 * (int64_t)DAY, minute);
	ok(got.n == 0 && got.next == INT64_MAX, "and no more when the report has come");
}

/* What is whole comes whole out of the store. */
static void
test_whole(void)
{
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, "+49");
	struct job *j;

	msg_new_id(m->id);
	m->from = "mailto:ann@example.org";
	m->text = "short";
	m->full = "the whole text";
	m->name = "Ann";
	m->in_reply_to = "<1@x>";
	m->references = "<0@x> <1@x>";
	m->head = "Subject: x\n";
	m->subject = "x";
	m->date = "today";
	msg_add_part(m, "image/jpeg", "a.jpg", "\0\1\2", 3);
	r->to = "tel:+49";
	r->transport = "acme";
	r->how = MSG_PHONE;
	r->sender = "106901";
	queue_add(queue, m, NULL, 0, time(NULL) + 1000, 0, on_added, NULL);
	loop_run(loop);
	j = lend_again();
	m = j->msg;
	ok(!strcmp(m->full, "the whole text") && !strcmp(m->name, "Ann") &&
		!strcmp(m->subject, "x") && !strcmp(m->in_reply_to, "<1@x>") &&
		!strcmp(m->references, "<0@x> <1@x>") && !strcmp(m->head, "Subject: x\n") &&
		!strcmp(m->date, "today"),
	    "%s: a lent message is whole", kind);
	ok(m->nparts == 1 && m->parts[0].len == 3 && !memcmp(m->parts[0].bytes, "\0\1\2", 3) &&
		!strcmp(m->parts[0].name, "a.jpg"),
	    "with its parts");
	ok(m->nrcpts == 1 && !strcmp(job_rcpt(j)->sender, "106901"), "and one recipient");
	queue_retry(queue, j, loop_wall_ms(), true, "later");
	queue_due(queue, "acme", loop_wall_ms() + 1000, 10, on_due, NULL);
	loop_run(loop);
	ok(got.n == 1 && !got.jobs[0]->msg->full && got.jobs[0]->msg->nparts == 0 &&
		!got.jobs[0]->msg->head,
	    "what is kept of its job is an outline");
	forget_jobs();
	j = lend_again();
	ok(j->msg->nparts == 1, "lent again it is whole again");
	queue_end(queue, j, JOB_SENT, NULL, "");
}

/* Notices. */

static int64_t made; /* when the earliest notice made is due; 0: none was */

static void
on_made(void *arg, int64_t at)
{
	(void)arg;
	made = made && made < at ? made : at;
}

static void
on_notice(void *arg, struct job **jobs, size_t n, const struct msg *m, int64_t next)
{
	on_due(arg, jobs, n, next);
	snprintf(got.text, sizeof got.text, "%s", m ? m->head : "-");
}

/* What there is to tell by then: got.n jobs, of one message. */
static size_t
notice(int64_t now)
{
	queue_notice(queue, now, on_notice, NULL);
	loop_run(loop);
	return got.n;
}

/* Tell it: the report goes to acme, as any message. repeated: it was added before. */
static void
tell(const char *once)
{
	struct msg *m = NULL;
	struct job *jobs[100];
	size_t n = got.n;

	if (once) {
		m = msg_new();
		msg_new_id(m->id);
		m->from = "mailto:";
		m->about = "x";
		m->arrived = time(NULL);
		msg_add_rcpt(m, "")->to = "mailto:ann@example.org";
		m->rcpts[0].transport = "mail";
		m->rcpts[0].how = MSG_MAIL;
		snprintf((char *)m->rcpts[0].key, sizeof m->rcpts[0].key, "%s", once);
	}
	memcpy(jobs, got.jobs, n * sizeof(struct job *));
	got.n = 0;
	queue_tell(queue, m, jobs, n, NULL, 0, time(NULL) + 1000, on_added, NULL);
	loop_run(loop);
}

/* Who wants to know what: the news of a message that ended so, as the kinds of t/u-report.c's
 * fates. */
static const struct {
	struct kind kind;
	int report; /* the setting */
	const char *what;
	enum job_news news;
} wishes[] = {
	{ { 0 }, TELL_FAILED, "SF", NEWS_FAILED },
	{ { 0 }, TELL_FAILED, "SD", NEWS_NONE },
	{ { 0 }, TELL_FAILED, "s", NEWS_NONE },
	{ { 0 }, TELL_FAILED, "X", NEWS_FAILED },
	{ { 0 }, TELL_FAILED, "N", NEWS_FAILED },
	{ { 0 }, TELL_FAILED, "DN", NEWS_NONE },
	{ { 0 }, TELL_FAILED, "FS", NEWS_FAILED },
	{ { 0 }, TELL_FAILED, "FU", NEWS_FAILED },
	{ { 0 }, TELL_FAILED, "UF", NEWS_FAILED },
	{ { 0 }, TELL_FAILED, "SRF", NEWS_FAILED },
	{ { 0 }, TELL_FAILED, "SR", NEWS_NONE },
	{ { 0 }, TELL_FAILED, "S", NEWS_NONE },
	{ { 0 }, TELL_ALL, "SD", NEWS_DELIVERED },
	{ { 0 }, TELL_ALL, "DS", NEWS_DELIVERED },
	{ { 0 }, TELL_ALL, "SR", NEWS_RELAYED },
	{ { 0 }, TELL_ALL, "s", NEWS_RELAYED },
	{ { 0 }, TELL_ALL, "S", NEWS_NONE },
	{ { 0 }, TELL_DIGEST, "SD", NEWS_DELIVERED },
	{ { .notify = "SUCCESS" }, TELL_FAILED, "SD", NEWS_DELIVERED },
	{ { .notify = "success,failure" }, TELL_FAILED, "SF", NEWS_FAILED },
	{ { .notify = "SUCCESS" }, TELL_FAILED, "SR", NEWS_RELAYED },
	{ { .notify = "SUCCESS" }, TELL_FAILED, "s", NEWS_RELAYED },
	{ { .notify = "SUCCESS" }, TELL_FAILED, "SF", NEWS_NONE },
	{ { .notify = "DELAY" }, TELL_ALL, "SD", NEWS_NONE },
	{ { .notify = "DELAY" }, TELL_ALL, "SF", NEWS_NONE },
	{ { .notify = "FAILURE" }, TELL_ALL, "SD", NEWS_NONE },
	{ { .notify = "NEVER" }, TELL_ALL, "SF", NEWS_NONE },
	{ { .notify = "NEVER" }, TELL_ALL, "SD", NEWS_NONE },
	{ { .from = "mailto:" }, TELL_ALL, "SF", NEWS_NONE },
	{ { .from = "mailto:", .notify = "SUCCESS,FAILURE" }, TELL_ALL, "SF", NEWS_NONE },
	{ { .automatic = true }, TELL_ALL, "SF", NEWS_NONE },
	{ { .about = "01M00000000000000000000000" }, TELL_ALL, "SF", NEWS_NONE },
	{ {
	      .from = "tel:+49171",
	  },
	    TELL_FAILED, "SF", NEWS_FAILED },
	{ { .from = "xmpp:a@b", .notify = "SUCCESS" }, TELL_FAILED, "SD", NEWS_DELIVERED },
};

static void
test_wishes(void)
{
	for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
		const struct kind *k = &wishes[i].kind;
		char c[JOB_CORRELATOR];
		struct job *j;

		settings.report = wishes[i].report;
		fresh();
		send(k, &j);
		memcpy(c, j->correlator, sizeof c);
		for (const char *p = wishes[i].what; *p; p++) {
			if (strchr("DFR", *p))
				report_on(c, NULL,
				    *p == 'D'   ? REPORT_DELIVERED
				    : *p == 'F' ? REPORT_FAILED
						: REPORT_RELAYED);
			else if (*p == 'U')
				queue_uncertain(queue, j, loop_wall_ms() + FAR, "");
			else if (*p == 'S')
				end_sent(j, 0);
			else
				queue_end(queue, j,
				    *p == 's'   ? JOB_SENT
				    : *p == 'X' ? JOB_EXPIRED
						: JOB_FAILED,
				    NULL, "");
		}
		notice(loop_wall_ms() + 1000);
		ok(got.n == (wishes[i].news != NEWS_NONE) &&
			(got.n == 0 || got.jobs[0]->news == wishes[i].news),
		    "%s: from %s, notify %s, report %d: %s is %s", kind,
		    k->from ? k->from : "a mail user", k->notify ? k->notify : "-",
		    wishes[i].report, wishes[i].what, wishes[i].news ? "told" : "not told");
		/* Relayed, it was done with: of what comes after all, the mail is not there any
		 * more. */
		if (got.n)
			is_str(got.text, strcmp(wishes[i].what, "SRF") ? "Subject: hello\n" : "-",
			    "with the mail's header");
	}
	settings.report = TELL_FAILED;
}

static void
test_told_once(void)
{
	char c[JOB_CORRELATOR];
	struct job *j = send_one(NULL, NULL);

	queue_watch_notices(queue, on_made, NULL);
	made = 0;
	memcpy(c, j->correlator, sizeof c);
	end_sent(j, 0);
	ok(notice(loop_wall_ms() + DAY) == 0 && got.next == INT64_MAX, "%s: nothing to tell yet",
	    kind);
	report_on(c, NULL, REPORT_FAILED);
	ok(made && made <= loop_wall_ms(), "a failure of the only recipient is to be told at once");
	is_int((long long)notice(loop_wall_ms()), 1, "and is");
	is_int((long long)notice(loop_wall_ms()), 1, "as long as it has not been told");
	queue_put_off(queue, got.jobs[0]->msg->id, loop_wall_ms() + HOUR);
	ok(notice(loop_wall_ms()) == 0 && got.next > loop_wall_ms() + HOUR / 2,
	    "put off, it waits");
	is_int((long long)notice(loop_wall_ms() + HOUR), 1, "until then");
	tell("once");
	ok(got.v.is == DONE && queue_depth(queue, "mail") == 1, "told: the report is in the queue");
	ok(notice(loop_wall_ms() + 9 * (int64_t)DAY) == 0 && got.next == INT64_MAX,
	    "and not again");
	report_on(c, NULL, REPORT_FAILED);
	ok(notice(loop_wall_ms() + 9 * (int64_t)DAY) == 0, "nor when it is reported again");
	state(c);
	ok(got.n == 1 && got.jobs[0]->told == 1u << NEWS_FAILED && !got.jobs[0]->news,
	    "it is known as told");
	/* Nobody can be told. */
	j = send_one(NULL, NULL);
	queue_end(queue, j, JOB_FAILED, NULL, "");
	is_int((long long)notice(loop_wall_ms() + 1000), 1, "another failure");
	tell(NULL);
	ok(got.v.is == DONE && queue_depth(queue, "mail") == 1 && notice(loop_wall_ms() + DAY) == 0,
	    "of which nobody can be told is dropped");
	/* The same report again, as after a mistake of ours. */
	j = send_one(NULL, NULL);
	queue_end(queue, j, JOB_FAILED, NULL, "");
	notice(loop_wall_ms() + 1000);
	tell("once");
	ok(got.v.is == DONE && queue_depth(queue, "mail") == 1 && notice(loop_wall_ms() + DAY) == 0,
	    "what was told by the same report is not told twice");
}

/* What was of unknown outcome and is settled by a report leaves its turn to the next one. */
static void
test_turn(void)
{
	struct job *first = send_one(NULL, "NEVER"), *second;
	struct msg *m = msg_new();
	char c[JOB_CORRELATOR];

	memcpy(c, first->correlator, sizeof c);
	msg_new_id(m->id);
	m->from = arena_strdup(m->arena, first->msg->from);
	m->arrived = time(NULL);
	msg_add_rcpt(m, "")->to = arena_strdup(m->arena, job_rcpt(first)->to);
	m->rcpts[0].transport = "acme";
	m->rcpts[0].how = MSG_SMS;
	memset(m->rcpts[0].key, 'x', sizeof m->rcpts[0].key);
	queue_uncertain(queue, first, loop_wall_ms() + FAR, "no answer");
	queue_add(queue, m, NULL, 0, time(NULL) + 1000, 0, on_added, NULL);
	loop_run(loop);
	queue_due(queue, "acme", loop_wall_ms() + 1000, 10, on_due, NULL);
	loop_run(loop);
	is_int((long long)got.n, 0, "the next message waits for what is uncertain");
	report_on(c, NULL, REPORT_DELIVERED);
	second = lend_again();
	ok(strncmp(second->msg->id, c, MSG_ID - 1) != 0, "and no longer than that");
	queue_end(queue, second, JOB_SENT, NULL, "");
	queue_due(queue, "acme", loop_wall_ms() + 2 * FAR, 10, on_due, NULL);
	loop_run(loop);
	is_int((long long)got.n, 0, "nothing of the first one is left to be done");
}

/* That nothing was reported is told, and not again when something is, which says no more. */
static void
test_relayed_once(void)
{
	struct job *j = send_one(NULL, "SUCCESS");
	char c[JOB_CORRELATOR];

	memcpy(c, j->correlator, sizeof c);
	end_sent(j, 0);
	awaiting(loop_wall_ms() + 4 * (int64_t)DAY, 0);
	ok(notice(loop_wall_ms() + 5 * (int64_t)DAY) == 1 && got.jobs[0]->news == NEWS_RELAYED,
	    "no report is told");
	tell("relayed");
	report_on(c, NULL, REPORT_RELAYED);
	ok(got.changed && notice(loop_wall_ms() + 9 * (int64_t)DAY) == 0, "and not again");
}

static void
test_many(void)
{
	const struct kind k = { .rcpts = 5 };
	char c[5][JOB_CORRELATOR];
	struct job *jobs[100];
	size_t n = send(&k, jobs);
	int64_t now = loop_wall_ms(), due;

	for (size_t i = 0; i < n; i++) {
		memcpy(c[i], jobs[i]->correlator, sizeof c[i]);
		end_sent(jobs[i], 0);
	}
	report_on(c[3], NULL, REPORT_FAILED);
	notice(now);
	due = got.next;
	usleep(20 * 1000);
	report_on(c[1], NULL, REPORT_FAILED);
	ok(notice(now) == 0 && got.next == due, "%s: the second failure does not put off the first",
	    kind);
	ok(notice(now + 30 * 1000) == 0 && got.next >= now + 60 * 1000 - 1000 &&
		got.next < now + 70 * 1000,
	    "%s: failures of many recipients gather", kind);
	ok(notice(now + 70 * 1000) == 2 && got.jobs[0]->rcpt == 1 && got.jobs[1]->rcpt == 3,
	    "and are told together");
	report_on(c[2], NULL, REPORT_FAILED);
	tell("many 1");
	ok(notice(now + 30 * 1000) == 0 && got.next > now + 50 * 1000,
	    "one that failed while that was told is told later");
	report_on(c[0], NULL, REPORT_DELIVERED);
	ok(notice(now + 30 * 1000) == 0, "and waits for the last");
	report_on(c[4], NULL, REPORT_DELIVERED);
	ok(notice(loop_wall_ms()) == 1 && got.jobs[0]->rcpt == 2 && strcmp(got.text, "-") != 0,
	    "when all is known it is told at once, and the mail is still there");
	tell("many 2");
	ok(notice(now + 9 * (int64_t)DAY) == 0 && got.next == INT64_MAX, "then all is told");
}

static void
test_digest(void)
{
	const struct kind k = { .rcpts = 3 };
	char c[3][JOB_CORRELATOR];
	struct job *jobs[100];
	int64_t now = loop_wall_ms();

	settings.report = TELL_DIGEST;
	fresh();
	send(&k, jobs);
	for (size_t i = 0; i < 3; i++) {
		memcpy(c[i], jobs[i]->correlator, sizeof c[i]);
		end_sent(jobs[i], 0);
	}
	report_on(c[0], NULL, REPORT_FAILED);
	report_on(c[1], NULL, REPORT_DELIVERED);
	ok(notice(now + DAY) == 0, "%s: a digest waits", kind);
	report_on(c[2], NULL, REPORT_DELIVERED);
	ok(notice(loop_wall_ms()) == 3 && got.jobs[0]->news == NEWS_FAILED &&
		got.jobs[2]->news == NEWS_DELIVERED,
	    "for the last recipient, and tells all");
	tell("digest");
	send(&k, jobs);
	memcpy(c[0], jobs[0]->correlator, sizeof c[0]);
	for (size_t i = 0; i < 3; i++)
		end_sent(jobs[i], 0);
	report_on(c[0], NULL, REPORT_DELIVERED);
	ok(notice(now + 2 * DAY) == 0 && notice(loop_wall_ms() + 3 * DAY) == 1,
	    "but no longer than that");
	settings.report = TELL_FAILED;
}

static void
test_delay(void)
{
	const struct kind old = { .age = 5 * HOUR }, young = { .age = 3 * HOUR },
			  never = { .age = 5 * HOUR, .notify = "FAILURE" };
	char c[JOB_CORRELATOR];
	struct job *j, *other;

	send(&young, &other);
	queue_retry(queue, other, loop_wall_ms() + FAR, true, "");
	send(&never, &other);
	queue_retry(queue, other, loop_wall_ms() + FAR, true, "");
	ok(notice(loop_wall_ms()) == 0, "%s: who does not want to hear of delays does not", kind);
	send(&old, &j);
	memcpy(c, j->correlator, sizeof c);
	ok(notice(loop_wall_ms()) == 0 || got.jobs[0]->news == NEWS_DELAYED, "a delay");
	queue_retry(queue, j, loop_wall_ms(), true, "busy");
	if (got.n == 0)
		notice(loop_wall_ms());
	ok(got.n == 1 && got.jobs[0]->news == NEWS_DELAYED && strcmp(got.text, "-") != 0,
	    "is told");
	j = lend_again();
	notice(loop_wall_ms());
	tell("delay"); /* while it is sent */
	queue_retry(queue, j, loop_wall_ms(), true, "busy");
	ok(notice(loop_wall_ms() + 1000) == 0, "once, though it is told while it is being sent");
	state(c);
	ok(got.n == 1 && got.jobs[0]->told == 1u << NEWS_DELAYED, "which is not forgotten");
	j = lend_again();
	queue_end(queue, j, JOB_FAILED, NULL, "");
	ok(notice(loop_wall_ms() + 1000) == 1 && got.jobs[0]->news == NEWS_FAILED,
	    "that it failed is told, too");
	tell("failed");
	/* A delay that was not told before the message went out is none. */
	send(&old, &j);
	notice(loop_wall_ms());
	queue_end(queue, j, JOB_SENT, NULL, "");
	ok(notice(loop_wall_ms() + 1000) == 0, "a delay that is over is not told");
}

/* What was to be told is told by the next process; what was told is not. */
static void
test_crash(void)
{
	int status;
	pid_t child;

	close_queue();
	child = fork();
	if (child == 0) {
		const struct kind k = { .rcpts = 2 };
		struct job *jobs[100];

		open_queue();
		send(&k, jobs);
		for (int i = 0; i < 2; i++) {
			report_on(jobs[i]->correlator, NULL, REPORT_FAILED); /* parked */
			if (i == 0)
				end_sent(jobs[0], 0);
		}
		queue_end(queue, send_one(NULL, NULL), JOB_FAILED, NULL, "");
		if (notice(loop_wall_ms() + 1000) == 1)
			tell("child");
		_exit(got.v.is == DONE ? 0 : 1);
	}
	waitpid(child, &status, 0);
	is_int(status, 0, "a process dies");
	open_queue();
	is_int((long long)notice(loop_wall_ms() + 1000), 0, "what is told is told");
	queue_due(queue, "acme", loop_wall_ms() + 2 * FAR, 10, on_due, NULL);
	loop_run(loop);
	ok(got.n == 1 && got.jobs[0]->parked, "a report waited for an answer that never came");
	if (got.n == 1) {
		struct job *lent;

		got.n = 0;
		queue_lend(queue, got.jobs[0], loop_wall_ms() + FAR, on_lent, &lent);
		loop_run(loop);
		ok(lent->state == JOB_FAILED, "and settles it: it is not sent again");
		job_free(lent);
	}
	is_int((long long)queue_depth(queue, "acme"), 0, "nothing is left to be sent");
	is_int((long long)notice(loop_wall_ms() + 1000), 2, "and both failures are told together");
}

int
main(void)
{
	static void (*const tests[])(void) = { test_fates, test_waiting, test_whose,
		test_earlier_send, test_segments, test_no_report, test_inquire, test_whole,
		test_wishes, test_told_once, test_turn, test_relayed_once, test_many, test_digest,
		test_delay };
	char command[64];

	settings = (struct queue_settings){ .dir = mkdtemp(dir),
		.history = HOUR,
		.report_gather = 60 * 1000,
		.report_wait = 3 * DAY,
		.delay_notice = 4 * HOUR };
	for (int i = 0; i < 2; i++) {
		kind = i ? "bdb" : "mem";
		for (size_t t = 0; t < sizeof tests / sizeof tests[0]; t++) {
			open_queue();
			tests[t]();
			close_queue();
			snprintf(command, sizeof command, "rm -rf %s/*", dir);
			if (system(command) != 0)
				return 1;
		}
	}
	open_queue();
	test_crash();
	close_queue();
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command) | tap_done();
}
