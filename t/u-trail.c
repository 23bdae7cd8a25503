/*
 * u-trail.c - a job that goes out in parts, over both stores: each part is sent until it is taken, and
 * never again; reports come early, late, doubled, about any part; the process dies; and the job has one
 * state.
 */
#include "bridge/store/trail.h"

#include <stdlib.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/verdict.h"
#include "bridge/store/report.h"
#include "t/tap.h"

enum { FAR = 1000000, PARTS = 3 };

static struct loop *loop;
static struct queue *queue;
static struct queue_settings settings;
static bool on_disk;
static char dir[] = "/tmp/u-trail.XXXXXX";

/* What the last answer said. */
static struct {
	struct job *jobs[10];
	size_t n;
	bool known, changed;
} got;

static void
open_queue(void)
{
	struct verdict v;

	loop = loop_new();
	queue = on_disk ? queue_open(loop, &settings, &v) : queue_open_mem(loop, &settings, &v);
	if (!queue) {
		printf("Bail out! %s\n", v.text);
		exit(1);
	}
}

static void
close_queue(void)
{
	while (got.n > 0)
		job_free(got.jobs[--got.n]);
	queue_close(queue);
	loop_free(loop);
}

static void
clean(const char *what)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s%s", dir, what);
	if (system(command) != 0)
		exit(1);
}

static void
on_jobs(void *arg, struct job **jobs, size_t n)
{
	(void)arg;
	while (got.n > 0)
		job_free(got.jobs[--got.n]);
	memcpy(got.jobs, jobs, n * sizeof *jobs);
	got.n = n;
	loop_stop(loop);
}

static void
on_added(void *arg, const struct queue_added *added, const struct verdict *v)
{
	(void)v;
	*(struct job **)arg = added->lent[0];
	loop_stop(loop);
}

static void
on_due(void *arg, struct job **jobs, size_t n, int64_t next)
{
	(void)next;
	on_jobs(arg, jobs, n);
}

static void
on_lent(void *arg, struct job *j)
{
	*(struct job **)arg = j;
	loop_stop(loop);
}

static void
on_report(void *arg, const char *id, bool changed, const struct verdict *v)
{
	(void)arg;
	(void)v;
	got.known = id != NULL;
	got.changed = changed;
	loop_stop(loop);
}

/* The job with what it is to say in three parts, which is in the store, and nobody has it. */
static void
begin(char id[MSG_ID])
{
	static unsigned serial;
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, "");
	bool lend[] = { true };
	struct job *j;

	msg_new_id(m->id);
	memcpy(id, m->id, MSG_ID);
	m->from = "mailto:ann@example.org";
	m->text = "one two three";
	m->arrived = time(NULL);
	r->to = arena_printf(m->arena, "tel:+49151%04u", ++serial);
	r->transport = "acme";
	r->how = MSG_SMS;
	r->notify = "SUCCESS,FAILURE";
	snprintf((char *)r->key, sizeof r->key, "%u", serial);
	queue_add(queue, m, lend, loop_wall_ms() + FAR, time(NULL) + 1000, 0, on_added, &j);
	loop_run(loop);
	trail_begin(j, "one\036two\nlines\036three", PARTS);
	j->sends--;
	queue_retry(queue, j, loop_wall_ms(), false, "it goes as 3 messages");
}

/* Have the job lent. NULL: it is not due. */
static struct job *
lend(void)
{
	struct job *j = NULL;

	queue_due(queue, "acme", loop_wall_ms() + FAR + 1000, 10, on_due, NULL);
	loop_run(loop);
	if (got.n != 1)
		return NULL;
	got.n = 0;
	queue_lend(queue, got.jobs[0], loop_wall_ms() + FAR, on_lent, &j);
	loop_run(loop);
	if (j->state == JOB_SENDING)
		return j;
	job_free(j);
	return NULL;
}

/* A letter each: [ a part goes out; ] nothing, so that reports stand between; S it was taken, s without a
 * report being asked for, L "later", N "never", U no answer, K the process dies; 1D 2F 3R 1W: a report
 * about that part's last send; r before it: by the platform's identifier. Then what was sent, the state,
 * whether a report is awaited, and how many reports changed the state. */
static const struct {
	const char *what, *sent, *state;
	bool awaits;
	unsigned changes;
} fates[] = {
	{ "[", "one", "sending", false, 0 },
	{ "[S", "one", "queued", false, 0 },
	{ "[S[S", "one|two\nlines", "queued", false, 0 },
	{ "[S[S[S", "one|two\nlines|three", "sent", true, 0 },
	{ "[s[s[s", "one|two\nlines|three", "sent", false, 0 },
	{ "[S[S[S1D2D", "one|two\nlines|three", "sent", true, 0 },
	{ "[S[S[S1D2D3D", "one|two\nlines|three", "delivered", false, 1 },
	{ "[S[S[S3D1D2D2D", "one|two\nlines|three", "delivered", false, 1 },
	{ "[S[S[Sr1Dr2Dr3D", "one|two\nlines|three", "delivered", false, 1 },
	{ "[S[S[S1D1D1D", "one|two\nlines|three", "sent", true, 0 }, /* one part, three times */
	{ "[S[S[S1D2F3D", "one|two\nlines|three", "failed", false, 1 },
	{ "[S[S[S1D2R3D", "one|two\nlines|three", "sent", false, 1 },
	{ "[S[S[S1D2R3D2D", "one|two\nlines|three", "delivered", false, 2 },
	{ "[S[S[S1D2D3D2F", "one|two\nlines|three", "delivered", false, 1 }, /* final words stay */
	{ "[S[S[S1W2W3W", "one|two\nlines|three", "sent", true, 0 },
	/* Only what was not taken is sent again. */
	{ "[L[L[S", "one|one|one", "queued", false, 0 },
	{ "[S[L[S[L[S", "one|two\nlines|two\nlines|three|three", "sent", true, 0 },
	{ "[S[U", "one|two\nlines", "uncertain", false, 0 },
	{ "[S[U[S[S", "one|two\nlines|two\nlines|three", "sent", true, 0 },
	{ "[S[N", "one|two\nlines", "failed", false, 0 },
	{ "[S[N[", "one|two\nlines", "failed", false, 0 },
	{ "[S[N1D", "one|two\nlines", "failed", false, 0 },
	/* Reports before the rest is sent. */
	{ "[S1D[S2D[S3D", "one|two\nlines|three", "delivered", false, 1 },
	{ "[S1D[S2D[s", "one|two\nlines|three", "sent", false, 0 },
	{ "[S1F", "one", "failed", false, 1 },
	{ "[S1F[", "one", "failed", false, 1 },
	{ "[S1R[S[S2D3D", "one|two\nlines|three", "sent", false, 1 },
	/* While a part is being sent. */
	{ "[1DS[S[S2D3D", "one|two\nlines|three", "delivered", false, 1 },
	{ "[S[S[1D2D3DS", "one|two\nlines|three", "delivered", false, 0 },
	{ "[S[S[1D3DS2D", "one|two\nlines|three", "delivered", false, 1 },
	{ "[S[1FS[", "one|two\nlines", "failed", false, 0 },
	{ "[S[2FS[", "one|two\nlines", "failed", false, 0 },
	{ "[S[1FL[", "one|two\nlines", "failed", false, 0 },
	{ "[S[2DL[", "one|two\nlines|three", "sending", false, 0 }, /* it arrived, so it was taken */
	{ "[S[2DU[S1D3D", "one|two\nlines|three", "delivered", false, 1 },
	{ "[S[2DN[", "one|two\nlines|three", "sending", false, 0 },
	{ "[S[2FN", "one|two\nlines", "failed", false, 0 },
	/* After it was unknown. */
	{ "[S[U2D[S1D3D", "one|two\nlines|three", "delivered", false, 2 },
	{ "[S[U2W[S1D3D2D", "one|two\nlines|three", "delivered", false, 2 },
	{ "[S[U2F[", "one|two\nlines", "failed", false, 1 },
	{ "[S[U1D[S[S", "one|two\nlines|two\nlines|three", "sent", true, 0 },
	{ "[S[S[U3D", "one|two\nlines|three", "sent", true, 1 },
	{ "[S[S[U1D2D3D", "one|two\nlines|three", "delivered", false, 1 },
	{ "[S[L2F[S", "one|two\nlines|two\nlines", "queued", false, 0 }, /* of a try that was not taken */
	{ "[S[L2D[S", "one|two\nlines|three", "sent", true, 1 },
	/* The process dies. */
	{ "[SK[S[S", "one|two\nlines|three", "sent", true, 0 },
	{ "[S[K[S[S", "one|two\nlines|two\nlines|three", "sent", true, 0 },
	{ "[S[K2D[S1D3D", "one|two\nlines|three", "delivered", false, 2 },
	{ "[S[2DK[S1D3D", "one|two\nlines|three", "delivered", false, 1 },
	{ "[S[2FK[", "one|two\nlines", "failed", false, 0 },
	{ "[S[1FK[", "one|two\nlines", "failed", false, 0 },
	{ "[S[S[SK1DK2DK3D", "one|two\nlines|three", "delivered", false, 1 },
};

struct play {
	char id[MSG_ID], sent[200];
	char correlators[PARTS][JOB_CORRELATOR];
	struct job *lent;
	unsigned part, changes; /* the part that was sent last, from 1 */
};

static void
send_next(struct play *p)
{
	const char *piece;

	if (!(p->lent = lend()))
		return;
	piece = trail_piece(p->lent);
	if (*p->sent)
		strcat(p->sent, "|");
	strcat(p->sent, piece);
	p->part = trail_taken(p->lent) + 1;
	memcpy(p->correlators[p->part - 1], p->lent->correlator, JOB_CORRELATOR);
}

static void
answer(struct play *p, char how)
{
	struct job *j = p->lent;
	char request[16];

	p->lent = NULL;
	if (!j)
		return;
	snprintf(request, sizeof request, "req-%u", p->part);
	j->awaits = how == 'S';
	if (how == 'S' || how == 's')
		queue_taken(queue, j, request, "request");
	else if (how == 'L')
		queue_retry(queue, j, loop_wall_ms(), true, "later");
	else if (how == 'U')
		queue_uncertain(queue, j, loop_wall_ms() + FAR, "no answer");
	else
		queue_end(queue, j, JOB_FAILED, NULL, "no");
}

static void
report(struct play *p, bool by_request, unsigned part, char letter)
{
	static const char letters[] = "DFRW";
	char request[16];
	struct report r = { .is = (enum report_is)(strchr(letters, letter) - letters), .dsn = "2.1.5",
		.code = "Word", .text = "" };

	snprintf(request, sizeof request, "req-%u", part);
	if (by_request)
		r.request = request;
	else
		r.correlator = p->correlators[part - 1];
	queue_report(queue, &r, on_report, NULL);
	loop_run(loop);
	p->changes += got.changed;
}

static void
die(struct play *p)
{
	if (!on_disk)
		return;
	job_free(p->lent);
	p->lent = NULL;
	close_queue();
	open_queue();
}

static void
play(const char *what, struct play *p)
{
	begin(p->id);
	for (; *what; what++) {
		bool by_request = *what == 'r';

		what += by_request;
		if (*what == '[')
			send_next(p);
		else if (*what == 'K')
			die(p);
		else if (*what >= '1' && *what <= '3')
			report(p, by_request, (unsigned)(*what - '0'), what[1]), what++;
		else
			answer(p, *what);
	}
}

static void
test_fates(void)
{
	for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
		struct play p = { .sent = "" };
		const struct job *j;

		if (!on_disk && strchr(fates[i].what, 'K'))
			continue;
		open_queue();
		play(fates[i].what, &p);
		is_str(p.sent, fates[i].sent, fates[i].what);
		queue_find(queue, p.id, on_jobs, NULL);
		loop_run(loop);
		j = got.jobs[0];
		ok(got.n == 1 && strcmp(job_state_name(j->state), fates[i].state) == 0 &&
			(j->state == JOB_SENT && j->awaits) == fates[i].awaits &&
			p.changes == fates[i].changes,
		    "%s: %s, %u changes", fates[i].what, job_state_name(j->state), p.changes);
		ok((queue_counts(queue).jobs == 0) == (j->state >= JOB_SENT), "and it counts as that");
		job_free(p.lent);
		close_queue();
		clean("/*");
	}
}

/* What goes without, and which trail, is kept; each identifier finds the job. */
static void
test_kept(void)
{
	struct play p = { .sent = "" };
	struct trail_part part = { .next = NULL };

	open_queue();
	play("[S[L[S[S2D", &p);
	for (int i = 1; i <= PARTS; i++) {
		char request[8];

		snprintf(request, sizeof request, "req-%d", i);
		queue_find(queue, request, on_jobs, NULL);
		loop_run(loop);
		ok(got.n == 1 && strcmp(got.jobs[0]->msg->id, p.id) == 0, "%s is found", request);
	}
	ok(got.n == 1 && trail_taken(got.jobs[0]) == 3 && trail_delivered(got.jobs[0]) == 1, "all are taken, one delivered");
	ok(trail_next(got.jobs[0], &part) && part.send == 1 && trail_next(got.jobs[0], &part) && part.send == 3 &&
		part.state == 'd' && strcmp(part.request, "req-2") == 0 && strcmp(part.correlator, p.correlators[1]) == 0,
	    "each with its send, its identifier, its correlator");
	ok(strstr(got.jobs[0]->history, "part 1 of 3") && strstr(got.jobs[0]->history, "part 3 of 3"), "and the history tells of them");
	close_queue();
	clean("/*");
}

int
main(void)
{
	log_open("u-trail", false);
	if (!getenv("V"))
		fclose(stderr);
	settings = (struct queue_settings){ .dir = mkdtemp(dir), .history = 3600 * 1000, .report_gather = 60 * 1000,
		.report_wait = 3600 * 1000, .delay_notice = 3600 * 1000 };
	for (int i = 0; i < 2; i++) {
		on_disk = i;
		test_fates();
		test_kept();
	}
	clean("");
	return tap_done();
}
