/*
 * u-queue.c - the queue over both its stores: what is added, lent, taken back, found, ordered and
 * forgotten; turns within a conversation; and that all of it is there after closing and opening.
 */
#include "bridge/store/queue.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/space.h"
#include "bridge/store/talk.h"
#include "t/tap.h"

enum { FAR = 1000000 }; /* ms */

static struct loop *loop;
static struct queue *queue;
static struct queue_settings settings = { .history = 3600 * 1000, .reserve = 0 };
static const char *kind;

/* What the last answer said. */
static struct {
	struct verdict v;
	char id[MSG_ID];
	unsigned added, repeated, changed, folded;
	struct job *jobs[100];
	size_t n;
	int64_t next;
} got;

static int64_t
wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
forget_jobs(void)
{
	while (got.n > 0)
		job_free(got.jobs[--got.n]);
}

static struct msg *
message(const char *from, const char *const *numbers, const char *text)
{
	struct msg *m = msg_new();

	msg_new_id(m->id);
	m->from = arena_strdup(m->arena, from);
	m->text = arena_strdup(m->arena, text);
	m->subject = "subject";
	m->message_id = arena_printf(m->arena, "<%s@example.com>", text);
	m->arrived = time(NULL);
	for (; *numbers; numbers++) {
		struct msg_rcpt *r = msg_add_rcpt(m, *numbers);

		r->to = arena_printf(m->arena, "tel:%s", *numbers);
		r->transport = "acme";
		r->how = MSG_SMS;
		snprintf((char *)r->key, sizeof r->key, "%.12s %.18s", *numbers, text);
	}
	return m;
}

static void
on_added(void *arg, const struct queue_added *added, const struct verdict *v)
{
	(void)arg;
	got.v = *v;
	forget_jobs();
	if (added) {
		snprintf(got.id, sizeof got.id, "%s", added->id);
		got.added = added->added;
		got.repeated = added->repeated;
		got.folded = added->folded;
		for (size_t i = 0; i < added->nrcpts; i++)
			if (added->lent[i])
				got.jobs[got.n++] = added->lent[i];
	}
	loop_stop(loop);
}

static void
add(const char *from, const char *number, const char *text, bool lend)
{
	const char *numbers[] = { number, NULL };

	queue_add(queue, message(from, numbers, text), &lend, wall_ms() + FAR, time(NULL) + 1000, 0,
	    on_added, NULL);
	loop_run(loop);
}

static void
on_due(void *arg, struct job **jobs, size_t n, int64_t next)
{
	(void)arg;
	forget_jobs();
	memcpy(got.jobs, jobs, n * sizeof *jobs);
	got.n = n;
	got.next = next;
	loop_stop(loop);
}

static void
due(int64_t until)
{
	queue_due(queue, "acme", until, 100, on_due, NULL);
	loop_run(loop);
}

static void
on_lent(void *arg, struct job *j)
{
	*(struct job **)arg = j;
	loop_stop(loop);
}

/* Take the first of the jobs found and have it lent. */
static struct job *
lend_first(void)
{
	struct job *j = got.jobs[0], *lent;

	memmove(got.jobs, got.jobs + 1, --got.n * sizeof *got.jobs);
	queue_lend(queue, j, wall_ms() + FAR, on_lent, &lent);
	loop_run(loop);
	return lent;
}

static void
on_found(void *arg, struct job **jobs, size_t n)
{
	on_due(arg, jobs, n, 0);
}

static void
look_up(const char *what)
{
	queue_find(queue, what, on_found, NULL);
	loop_run(loop);
}

static void
list(void)
{
	queue_list(queue, NULL, 0, 100, on_found, NULL);
	loop_run(loop);
}

static void
on_done(void *arg, unsigned changed, const struct verdict *v)
{
	(void)arg;
	got.changed = changed;
	got.v = *v;
	loop_stop(loop);
}

static unsigned
order(enum queue_order o, const char *id, int rcpt)
{
	queue_order(queue, o, id, rcpt, on_done, NULL);
	loop_run(loop);
	return got.changed;
}

/* Policy lets the message wait so many ms. */
static void
add_waiting(const char *number, const char *text, int64_t ms)
{
	const char *numbers[] = { number, NULL };
	struct msg *m = message("mailto:a@x", numbers, text);
	bool lend = true;

	m->rcpts[0].not_before = wall_ms() + ms;
	m->rcpts[0].waits_for = "quiet hours until 07:00";
	queue_add(queue, m, &lend, wall_ms() + FAR, time(NULL) + 1000, 0, on_added, NULL);
	loop_run(loop);
}

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
close_queue(void)
{
	forget_jobs();
	queue_close(queue);
	loop_free(loop);
}

static void
test_life(void)
{
	char correlator[JOB_CORRELATOR], id[MSG_ID];
	struct job *j;

	add("mailto:a@x", "+49111", "one", false);
	ok(got.v.is == DONE && got.added == 1 && got.n == 0, "%s: a message is added", kind);
	memcpy(id, got.id, sizeof id);
	is_int((long long)queue_counts(queue).jobs, 1, "and counted");
	add("mailto:a@x", "+49111", "one", true);
	ok(got.added == 0 && got.repeated == 1 && got.n == 0, "the same again is not added");
	is_str(got.id, id, "and answered by the first one's id");

	due(wall_ms() + 2000);
	is_int((long long)got.n, 1, "it is due at once");
	ok(got.n == 1 && !*got.jobs[0]->correlator && got.jobs[0]->tries == 0, "and not tried yet");
	j = lend_first();
	ok(j->state == JOB_SENDING && strlen(j->correlator) == 30, "lent, it has a correlator");
	memcpy(correlator, j->correlator, sizeof correlator);
	is_str(j->msg->text, "one", "and its text");
	is_str(j->msg->subject, "subject", "and its subject");
	due(wall_ms() + 10 * FAR);
	is_int((long long)got.n, 0, "a lent job is not due, whatever the time");
	queue_retry(queue, j, wall_ms() + 5000, true, "451 come back");
	due(wall_ms());
	ok(got.n == 0 && got.next > wall_ms() + 3000 && got.next < wall_ms() + 7000,
	    "given back, it waits for its time");
	due(wall_ms() + 6000);
	ok(got.n == 1 && got.jobs[0]->tries == 1, "then it is due with its try counted");
	j = lend_first();
	ok(strcmp(j->correlator, correlator) != 0, "a new send has a new correlator");
	memcpy(correlator, j->correlator, sizeof correlator);
	queue_uncertain(queue, j, wall_ms(), "no answer");
	due(wall_ms() + 10);
	ok(got.n == 1 && got.jobs[0]->state == JOB_UNCERTAIN, "an unknown outcome is to be settled");
	j = lend_first();
	ok(j->again && strcmp(j->correlator, correlator) == 0 && j->unknowns == 1,
	    "and keeps its correlator");
	queue_end(queue, j, JOB_SENT, "req-4711", "accepted");
	look_up("req-4711");
	ok(got.n == 1 && got.jobs[0]->state == JOB_SENT, "found by the platform's identifier");
	ok(got.n == 1 && strstr(got.jobs[0]->history, "uncertain no answer\n") != NULL &&
	    strstr(got.jobs[0]->history, "sent accepted\n") != NULL, "with its history");
	look_up("one@example.com");
	is_int((long long)got.n, 1, "found by Message-ID, without <>");
	look_up(correlator);
	is_int((long long)got.n, 1, "found by correlator");
	look_up(id);
	is_int((long long)got.n, 1, "found by id");
	look_up("nonsense");
	is_int((long long)got.n, 0, "and nothing by nonsense");
	is_int((long long)queue_counts(queue).jobs, 0, "none is left to do");
	list();
	is_int((long long)got.n, 0, "nor listed");
}

static void
test_turns(void)
{
	char first[MSG_ID], second[MSG_ID], third[MSG_ID];
	struct job *j;

	add("mailto:a@x", "+49222", "first", true);
	is_int((long long)got.n, 1, "a free conversation's message is lent when it is added");
	j = got.jobs[0];
	got.n = 0;
	is_str(j->msg->text, "first", "with its text");
	memcpy(first, got.id, sizeof first);
	add("mailto:a@x", "+49222", "second", true);
	memcpy(second, got.id, sizeof second);
	ok(got.added == 1 && got.n == 0, "the next one of that conversation is not");
	add("mailto:a@x", "+49222", "third", false);
	memcpy(third, got.id, sizeof third);
	add("mailto:b@x", "+49222", "other", false);
	due(wall_ms() + 10);
	ok(got.n == 1 && strcmp(got.jobs[0]->msg->from, "mailto:b@x") == 0,
	    "only another conversation's job is due");
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
	queue_end(queue, j, JOB_FAILED, NULL, "no");
	due(wall_ms() + 10);
	ok(got.n == 1 && strcmp(got.jobs[0]->msg->id, second) == 0, "then the second one's turn comes");
	is_int(order(QUEUE_HOLD, second, 0), 1, "the second is held");
	due(wall_ms() + 10);
	ok(got.n == 1 && strcmp(got.jobs[0]->msg->id, third) == 0, "so the third one's comes");
	is_int(order(QUEUE_RELEASE, second, -1), 1, "the second is released");
	due(wall_ms() + 10);
	is_int((long long)got.n, 1, "and waits for its turn");
	j = lend_first();
	is_int(order(QUEUE_CANCEL, third, -1), 0, "what is being sent cannot be cancelled");
	queue_end(queue, j, JOB_SENT, NULL, "");
	due(wall_ms() + 10);
	ok(got.n == 1 && strcmp(got.jobs[0]->msg->id, second) == 0, "which comes");
	is_int(order(QUEUE_CANCEL, second, -1), 1, "a waiting one can be cancelled");
	j = lend_first();
	is_int(j->state, JOB_CANCELLED, "and is then not lent");
	job_free(j);
	is_int((long long)queue_counts(queue).jobs, 0, "none is left");
	look_up(first);
	ok(got.n == 1 && got.jobs[0]->state == JOB_FAILED && !*got.jobs[0]->msg->text &&
		!got.jobs[0]->msg->subject,
	    "and what is kept of one that was lent has no text");
	forget_jobs();
}

static void
add_line(const char *text, int64_t gather)
{
	const char *numbers[] = { "ann", NULL };
	struct msg *m = message("xmpp:juliet@im.test", numbers, text);

	m->gather_ms = gather;
	m->rcpts[0].to = "mailto:ann@example.org";
	queue_add(queue, m, NULL, 0, time(NULL) + 1000, 0, on_added, NULL);
	loop_run(loop);
}

/* Lines of an IM user that become one mail. */
static void
test_gather(void)
{
	char first[MSG_ID];
	struct job *j;

	add_line("a first", 5000);
	memcpy(first, got.id, sizeof first);
	due(wall_ms());
	is_int((long long)got.n, 0, "a line waits for others");
	add_line("a second", 5000);
	is_str(got.id, first, "the next one goes with it");
	due(wall_ms() + 1000);
	is_int((long long)got.n, 0, "and the pause begins anew");
	due(wall_ms() + 6000);
	is_int((long long)got.n, 1, "when it is over they are due");
	j = lend_first();
	is_str(j->msg->text, "a first\na second", "a line each");
	queue_end(queue, j, JOB_SENT, NULL, "");
	add_line("a third", 0);
	is_int(got.added, 1, "without a pause each is a message");
	due(wall_ms());
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
}

static void
test_many(void)
{
	const char *numbers[] = { "+491", "+492", "+493", "+493", NULL };
	bool lend[4] = { true, false, true, true };
	unsigned n = 0;

	queue_add(queue, message("mailto:c@x", numbers, "many"), lend, wall_ms() + FAR,
	    time(NULL) + 1000, 0, on_added, NULL);
	loop_run(loop);
	ok(got.added == 3 && got.repeated == 1 && got.n == 2,
	    "many recipients: one named twice is one, those to be lent are");
	for (; got.n > 0; n++) {
		queue_end(queue, got.jobs[got.n - 1], JOB_SENT, NULL, "");
		got.n--;
	}
	due(wall_ms() + 10);
	is_int((long long)got.n, 1, "the others are due");
	is_str(got.n ? job_rcpt(got.jobs[0])->to : "", "tel:+492", "as they were");
	list();
	is_int((long long)got.n, 1, "and listed");
	due(wall_ms() + 10);
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
	queue_add(queue, message("mailto:c@x", numbers, "late"), NULL, 0, time(NULL) + 1000,
	    loop_ms() - 1, on_added, NULL);
	loop_run(loop);
	ok(got.v.is == LATER, "what its sender has given up is not added");
	is_int((long long)queue_counts(queue).jobs, 0, "indeed");
}

/* A piece of a phone's message to ann. */
static void
add_piece(const char *text, bool fills)
{
	const char *numbers[] = { "ann", NULL };
	struct msg *m = message("tel:+49555", numbers, text);

	m->via = "acme";
	m->fills_segment = fills;
	m->rcpts[0].to = "mailto:ann@example.org";
	queue_add(queue, m, NULL, 0, time(NULL) + 1000, 0, on_added, NULL);
	loop_run(loop);
}

/* Segments that a platform does not join. */
static void
test_join(void)
{
	char first[MSG_ID];
	struct job *j;

	add_piece("one ", true);
	memcpy(first, got.id, sizeof first);
	due(wall_ms());
	is_int((long long)got.n, 0, "a full segment waits for the next one");
	add_piece("two ", true);
	is_str(got.id, first, "the next one joins it");
	is_int(got.added, 0, "and is no message of its own");
	add_piece("two ", true);
	is_int(got.repeated, 1, "a repeated one changes nothing");
	due(wall_ms());
	is_int((long long)got.n, 0, "they wait on");
	add_piece("three", false);
	due(wall_ms());
	is_int((long long)got.n, 1, "with the last one it is due");
	add_piece("four", false);
	ok(strcmp(got.id, first) != 0, "what comes behind the last one is a message of its own");
	due(wall_ms());
	is_int((long long)got.n, 1, "which waits for its turn");
	j = lend_first();
	is_str(j->msg->text, "one two three", "the segments in their order");
	queue_end(queue, j, JOB_SENT, NULL, "");
	due(wall_ms());
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
	add_piece("five", true);
	due(wall_ms() + 20000);
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
	add_piece("six", false);
	is_int(got.added, 1, "nothing joins what was sent");
	due(wall_ms());
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
}

static void
on_talks(void *arg, struct talks *t, const struct verdict *v)
{
	got.v = *v;
	*(struct talks **)arg = t;
	loop_stop(loop);
}

/* What a phone's answer finds: its peers, by the numbers it saw. */
static void
test_talks(void)
{
	const char *numbers[] = { "+49666", NULL };
	const char *const peers[] = { "mailto:ann@x", "mailto:bob@x" };
	struct space space;
	struct talks *t;
	struct msg *m;
	struct job *j;
	bool lend = true;

	space_init(&space, "tel:1069", 2, "", &got.v);
	for (int i = 0; i < 2; i++) {
		m = message(peers[i], numbers, i ? "talk bob" : "talk ann");
		m->references = "<r1@x> <r2@x>";
		m->rcpts[0].space = &space;
		queue_add(queue, m, &lend, wall_ms() + FAR, time(NULL) + 1000, 0, on_added, NULL);
		loop_run(loop);
		is_int((long long)got.n, 1, "lent at once");
		j = got.jobs[--got.n];
		is_str(job_rcpt(j)->sender, i ? "106901" : "106900", "each peer has a number of its own");
		queue_end(queue, j, JOB_SENT, NULL, "");
	}
	queue_talks(queue, "acme", "tel:+49666", on_talks, &t);
	loop_run(loop);
	ok(t && t->n == 2, "two conversations");
	is_str(t->all[0].peer, "mailto:bob@x", "the last one first");
	is_str(t->all[1].message_id, "<talk ann@example.com>", "with the mail that an answer answers");
	is_str(t->all[1].references, "<r1@x> <r2@x>", "and its thread");
	is_str(t->all[1].subject, "subject", "and its subject");
	talks_free(t);
	m = message("tel:+49666", numbers, "an answer");
	m->via = "acme";
	m->rcpts[0].to = "mailto:ann@x";
	m->rcpts[0].transport = "mail";
	m->rcpts[0].space = &space;
	queue_add(queue, m, &lend, wall_ms() + FAR, time(NULL) + 1000, 0, on_added, NULL);
	loop_run(loop);
	j = got.jobs[--got.n];
	is_str(j->msg->in_reply_to, "<talk ann@example.com>", "an answer answers its peer's mail");
	is_str(j->msg->references, "<r1@x> <r2@x> <talk ann@example.com>", "in its thread");
	queue_end(queue, j, JOB_SENT, NULL, "");
	queue_talks(queue, "acme", "tel:+49666", on_talks, &t);
	loop_run(loop);
	ok(t && t->n == 2 && strcmp(t->all[0].peer, "mailto:ann@x") == 0 && t->all[0].slot == 0,
	    "an answer makes it the last used");
	is_str(t->all[0].message_id, "<talk ann@example.com>", "and leaves what it answers");
	talks_free(t);
}

/* What is lent when it is added is hardly written; but whoever looks finds it, and it may stay. */
static void
test_brief(void)
{
	struct job *j;

	add("mailto:a@x", "+49555", "brief", true);
	j = got.jobs[0];
	got.n = 0;
	list();
	ok(got.n == 1 && got.jobs[0]->state == JOB_SENDING, "%s: lent at once, it is listed", kind);
	is_int(order(QUEUE_CANCEL, j->msg->id, 0), 0, "and left alone by orders");
	add("mailto:a@x", "+49555", "behind", true);
	is_int((long long)got.n, 0, "the next one waits for its turn");
	queue_retry(queue, j, wall_ms() + 5000, true, "451 later");
	due(wall_ms() + 10);
	is_int((long long)got.n, 0, "also when it is to be tried again");
	due(wall_ms() + 6000);
	ok(got.n == 1 && got.jobs[0]->tries == 1, "for which it is due");
	list();
	is_int((long long)got.n, 2, "both are listed");
	due(wall_ms() + 6000);
	j = lend_first();
	is_str(j->msg->text, "brief", "it has its text");
	queue_hold(queue, j, "wait");
	due(wall_ms() + 10);
	ok(got.n == 1, "held, it makes way");
	j = lend_first();
	is_str(j->msg->text, "behind", "for the next one");
	queue_end(queue, j, JOB_SENT, NULL, "");
	list();
	ok(got.n == 1 && got.jobs[0]->state == JOB_HELD, "the held one is listed");
	is_int(order(QUEUE_CANCEL, got.jobs[0]->msg->id, 0), 1, "and can be cancelled");
	add("mailto:a@x", "+49555", "held at once", true);
	j = got.jobs[0];
	got.n = 0;
	queue_hold(queue, j, "wait");
	list();
	is_int(order(QUEUE_RELEASE, got.jobs[0]->msg->id, 0), 1, "held after its first send, and released");
	due(wall_ms() + 10);
	j = lend_first();
	is_str(j->msg->text, "held at once", "it has its text, too");
	queue_end(queue, j, JOB_FAILED, NULL, "");
	list();
	ok(got.n == 0 && queue_counts(queue).jobs == 0, "none is left");
}

/* A process dies with jobs lent and jobs waiting; the next one finds them all. */
static void
test_crash(void)
{
	const char *numbers[] = { "+49666", "+49777", NULL };
	bool lend[2] = { true, true };
	struct job *j;
	int status;
	pid_t child = fork();

	if (child == 0) {
		open_queue();
		add("mailto:a@x", "+49333", "lent", true);
		add("mailto:a@x", "+49444", "waits", false);
		add("mailto:a@x", "+49333", "behind it", true);
		if (got.added != 1 || got.n != 0)
			_exit(1);
		queue_add(queue, message("mailto:c@x", numbers, "two"), lend, wall_ms() + 2 * FAR,
		    time(NULL) + 1000, 0, on_added, NULL);
		loop_run(loop);
		_exit(got.added == 2 && got.n == 2 ? 0 : 1);
	}
	waitpid(child, &status, 0);
	is_int(status, 0, "a process dies without closing its queue");
	open_queue();
	is_int((long long)queue_counts(queue).jobs, 5, "the next finds what it left");
	list();
	is_int((long long)got.n, 5, "and can list it");
	due(wall_ms() + 10);
	is_int((long long)got.n, 1, "what waited is due");
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
	due(wall_ms() + FAR + 1000);
	ok(got.n == 1 && got.jobs[0]->state == JOB_SENDING, "what was lent is to be settled");
	j = lend_first();
	ok(j->again && j->sends == 1, "as of unknown outcome, with its correlator");
	is_str(j->msg->text, "lent", "and its text");
	queue_end(queue, j, JOB_SENT, NULL, "");
	due(wall_ms() + 10);
	j = lend_first();
	is_str(j->msg->text, "behind it", "then the turn of the one behind it comes");
	queue_end(queue, j, JOB_SENT, NULL, "");
	for (int i = 0; i < 2; i++) {
		due(wall_ms() + 3 * FAR);
		is_int((long long)got.n, 2 - i, "both of a message's jobs are to be settled");
		j = lend_first();
		is_str(j->msg->text, "two", "with their text");
		queue_end(queue, j, JOB_SENT, NULL, "");
	}
	close_queue();
	open_queue();
	list();
	ok(got.n == 0 && queue_counts(queue).jobs == 0, "and nothing is found twice");
	close_queue();
}

static void
test_waiting(void)
{
	enum { NIGHT = 3600 * 1000 };
	char night[MSG_ID];
	struct job *j;

	add_waiting("+49777", "night", NIGHT);
	memcpy(night, got.id, sizeof night);
	is_int((long long)got.n, 0, "what policy lets wait is not lent when it is added");
	add_waiting("+49777", "later still", 2 * NIGHT);
	add("mailto:a@x", "+49777", "urgent", true);
	is_int((long long)got.n, 1, "what is urgent overtakes it");
	j = got.jobs[0];
	got.n = 0;
	queue_end(queue, j, JOB_SENT, NULL, "");
	due(wall_ms() + NIGHT - 10 * 1000);
	is_int((long long)got.n, 0, "it is not due before its time");
	due(wall_ms() + 3 * NIGHT);
	ok(got.n == 1 && strcmp(got.jobs[0]->msg->id, night) == 0, "then it is, the first one alone");
	ok(got.jobs[0]->expires >= time(NULL) + 1000 + NIGHT / 1000 - 10, "its life counts from there");
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
	due(wall_ms() + 2 * NIGHT - 10 * 1000);
	is_int((long long)got.n, 0, "the next one has a time of its own");
	due(wall_ms() + 2 * NIGHT + 1000);
	is_int((long long)got.n, 1, "which comes");
	is_int(order(QUEUE_RETRY, got.jobs[0]->msg->id, -1), 1, "an administrator can have it sent before");
	due(wall_ms() + 10);
	is_int((long long)got.n, 1, "at once");
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
}

/* The same text once more, within a window of so many ms. */
static void
add_same(const char *number, const char *text, unsigned n)
{
	const char *numbers[] = { number, "+49779", NULL };
	struct msg *m = message("mailto:a@x", numbers, text);
	bool lend[2] = { true, true };

	for (size_t i = 0; i < m->nrcpts; i++) {
		m->rcpts[i].fold_ms = 300 * 1000;
		snprintf((char *)m->rcpts[i].key, sizeof m->rcpts[i].key, "%u%u %.20s", (unsigned)i & 1, n & 7, text);
	}
	queue_add(queue, m, lend, wall_ms() + FAR, time(NULL) + 1000, 0, on_added, NULL);
	loop_run(loop);
}

static void
end_all(void)
{
	while (got.n > 0) {
		struct job *j = got.jobs[--got.n];

		queue_end(queue, j, JOB_SENT, NULL, "");
	}
}

static void
test_storm(void)
{
	struct job *j;

	add_same("+49778", "disk full", 0);
	is_int((long long)got.n, 2, "the first of a storm goes at once to all");
	end_all();
	add_same("+49778", "disk full", 1);
	ok(got.added == 2 && got.n == 0, "the second waits");
	for (unsigned n = 2; n < 5; n++) {
		add_same("+49778", "disk full", n);
		ok(got.added == 0 && got.repeated == 0 && got.folded == n, "and counts the next ones");
	}
	add_same("+49778", "disk full", 4);
	ok(got.added == 0 && got.repeated == 2, "a repeated submission does not count");
	add_same("+49778", "other", 0);
	is_int((long long)got.n, 2, "another text does not wait");
	end_all();
	if (strcmp(kind, "bdb") == 0) {
		close_queue();
		open_queue();
	}
	due(wall_ms() + 250 * 1000);
	is_int((long long)got.n, 0, "nothing is due within the window");
	due(wall_ms() + 301 * 1000);
	is_int((long long)got.n, 2, "at its end one message is, to each");
	j = lend_first();
	is_str(j->msg->text, "(4 times) disk full", "with its number");
	add_same("+49778", "disk full", 5);
	is_int(got.added, 1, "what comes when one is being sent waits anew");
	is_int(got.folded, 5, "what comes when the other still waits is counted");
	queue_end(queue, j, JOB_SENT, NULL, "");
	due(wall_ms() + 301 * 1000);
	is_int((long long)got.n, 2, "no other is left");
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
	queue_end(queue, lend_first(), JOB_SENT, NULL, "");
}

int
main(void)
{
	char dir[] = "/tmp/u-queue.XXXXXX", other[64];
	struct verdict v;

	settings.dir = mkdtemp(dir);
	for (int i = 0; i < 2; i++) {
		kind = i ? "bdb" : "mem";
		open_queue();
		test_life();
		test_turns();
		test_many();
		test_join();
		test_gather();
		test_talks();
		test_brief();
		test_waiting();
		test_storm();
		close_queue();
	}
	test_crash();
	open_queue();
	ok(!queue_open(loop, &settings, &v), "a second process may not have it");
	snprintf(other, sizeof other, "rm -rf %s", dir);
	close_queue();
	return system(other) | tap_done();
}
