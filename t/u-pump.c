/*
 * u-pump.c - the pump over a queue in memory and a network that answers by the script: retries,
 * pauses and probes, order, concurrency, expiry, and what becomes of unknown outcomes.
 */
#include "bridge/flow/pump.h"

#include <stdlib.h>
#include <unistd.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/transport.h"
#include "bridge/store/queue.h"
#include "t/tap.h"

enum { MOST = 200 };

static struct loop *loop;
static struct queue *queue;
static struct transport transport;
static struct pump *pump;
static struct pump_settings settings;
static struct retry retry;

/* The network: it answers each send by the next letter of the script, the last one for ever:
 * d done, l later, w later as a whole, n never, u unknown, - keep it until answer_kept(). */
static const char *script, *asks;
static unsigned sends, asked, lent_now, lent_most;
static char log_of_sends[4000];
static char correlators[MOST][JOB_CORRELATOR];
static bool held, listing; /* see state_is_held() */
static struct job *kept[MOST];
static unsigned nkept;

static void
answer(struct job *j, char how)
{
	struct verdict v;

	switch (how) {
	case 'd':
		done(&v, "2.0.0", "ok");
		break;
	case 'l':
		later(&v, "4.3.0", "not now");
		break;
	case 'w':
		later(&v, "4.4.1", "connection refused");
		v.whole = true;
		break;
	case 'n':
		never(&v, "5.1.1", "no such number");
		break;
	default:
		unknown(&v, "4.4.2", "no answer");
	}
	lent_now--;
	finish(&transport, j, &v, how == 'd' ? "req" : NULL);
}

static void
on_send(struct transport *t, struct job *j, const char *text)
{
	char how = *script;

	(void)t;
	if (script[1])
		script++;
	memcpy(correlators[sends++], j->correlator, JOB_CORRELATOR);
	strncat(log_of_sends, text, sizeof log_of_sends - strlen(log_of_sends) - 1);
	strncat(log_of_sends, " ", sizeof log_of_sends - strlen(log_of_sends) - 1);
	if (++lent_now > lent_most)
		lent_most = lent_now;
	if (how == '-')
		kept[nkept++] = j;
	else
		answer(j, how);
}

static void
on_ask(struct transport *t, struct job *j)
{
	char how = *asks;

	(void)t;
	asked++;
	if (asks[1])
		asks++;
	lent_now++;
	answer(j, how);
}

static const struct transport_driver asking = {
	.name = "asking", .carries = MSG_SMS, .send = on_send, .ask = on_ask
};
static const struct transport_driver mute = { .name = "mute", .carries = MSG_SMS, .send = on_send };

static void
on_news(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	pump_wake(pump);
}

static void
on_back(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	pump_returned(pump);
}

static void
begin(const struct transport_driver *driver, const char *sends_script, const char *asks_script)
{
	struct queue_settings s = { .history = 3600 * 1000, .dir = "/tmp" };
	struct verdict v;
	static char dir[64];

	snprintf(dir, sizeof dir, "/tmp/u-pump.%d", (int)getpid());
	s.dir = dir;
	loop = loop_new();
	queue = queue_open_mem(loop, &s, &v);
	settings = (struct pump_settings){ .concurrency = 4, .style = { .lead = { STYLE_SUBJECT }, .text = true, .segments = 6 }, .unknown_wait = 20,
		.unknown_tries = 3, .on_unknown = PUMP_RETRY };
	retry = (struct retry){ .first = 20, .most = 80, .probe_first = 20, .probe_most = 80 };
	transport = (struct transport){ .driver = driver, .name = "acme", .loop = loop };
	pump = pump_new(loop, queue, &transport, &settings, &retry);
	queue_watch(queue, on_news, on_back, NULL);
	script = sends_script;
	asks = asks_script;
	sends = asked = lent_now = lent_most = nkept = 0;
	held = listing = false;
	log_of_sends[0] = '\0';
}

static void
end(void)
{
	char path[100];

	pump_free(pump);
	queue_close(queue);
	loop_free(loop);
	snprintf(path, sizeof path, "/tmp/u-pump.%d/LOCK", (int)getpid());
	unlink(path);
	snprintf(path, sizeof path, "/tmp/u-pump.%d", (int)getpid());
	rmdir(path);
}

static unsigned made, added_all;
static char last_id[MSG_ID];

static void
on_added(void *arg, const struct queue_added *added, const struct verdict *v)
{
	bool *lend = arg;

	if (!added || v->is != DONE)
		ok(false, "added: %s", v->text);
	added_all++;
	if (added && added->lent[0])
		pump_lent(pump, added->lent[0]);
	else if (*lend)
		pump_unreserve(pump);
	free(lend);
}


static void
add_until(const char *from, const char *number, const char *text, long expires_in)
{
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, number);
	bool *lend = xcalloc(1, sizeof *lend);

	msg_new_id(m->id);
	memcpy(last_id, m->id, sizeof last_id);
	m->from = arena_strdup(m->arena, from);
	m->text = arena_strdup(m->arena, text);
	m->arrived = time(NULL);
	r->to = arena_printf(m->arena, "tel:%s", number);
	r->transport = "acme";
	r->how = MSG_SMS;
	snprintf((char *)r->key, sizeof r->key, "%u", made++);
	*lend = pump_reserve(pump);
	queue_add(queue, m, lend, pump_settle_at(pump), time(NULL) + expires_in, 0, on_added, lend);
}

static void
add(const char *from, const char *number, const char *text)
{
	add_until(from, number, text, 1000);
}

static bool (*wanted)(void);
static int64_t give_up;
static struct timer look;

static void
on_look(void *arg)
{
	(void)arg;
	if (wanted() || loop_ms() > give_up)
		loop_stop(loop);
	else
		timer_set(loop, &look, 5, on_look, NULL);
}

/* Run until that is so; ten seconds mean that it never will be. */
static bool
run_until(bool (*so)(void))
{
	wanted = so;
	give_up = loop_ms() + 10000;
	timer_set(loop, &look, 0, on_look, NULL);
	loop_run(loop);
	timer_clear(loop, &look);
	return so();
}

static bool
all_is_done(void)
{
	return queue_counts(queue).jobs == 0 && pump_busy(pump) == 0 && added_all == made;
}

static bool
four_are_kept(void)
{
	return nkept == 4;
}

static bool
is_paused(void)
{
	struct pump_state s;

	pump_look(pump, &s);
	return s.paused;
}

static void
on_list(void *arg, struct job **jobs, size_t n)
{
	(void)arg;
	listing = false;
	held = n == 1 && jobs[0]->state == JOB_HELD;
	while (n > 0)
		job_free(jobs[--n]);
}

/* As the list said last; it is asked for again each time. */
static bool
state_is_held(void)
{
	if (!listing) {
		listing = true;
		queue_list(queue, NULL, 0, 10, on_list, NULL);
	}
	return held;
}

static bool
one_is_held(void)
{
	return queue_depth(queue, "acme") == 1 && pump_busy(pump) == 0 && state_is_held();
}

static bool
one_is_held_again(void)
{
	return sends == 2 && one_is_held();
}

static struct pump_state
state(void)
{
	struct pump_state s;

	pump_look(pump, &s);
	return s;
}

static void
test_order(void)
{
	begin(&mute, "lldlnd", "");
	pump_start(pump);
	add("mailto:a@x", "+491", "one");
	add("mailto:a@x", "+491", "two");
	add("mailto:a@x", "+491", "three");
	ok(run_until(all_is_done), "all is done in the end");
	is_str(log_of_sends, "one one one two two three ",
	    "one conversation goes in order, whatever fails in between");
	ok(strcmp(correlators[0], correlators[1]) != 0, "each send has a correlator of its own");
	is_int((long long)state().sent, 2, "two were sent");
	is_int((long long)state().failed, 1, "one failed for good");
	is_int((long long)state().deferred, 3, "three tries were deferred");
	end();
}

static void
test_concurrency(void)
{
	char number[8];

	begin(&mute, "----d", "");
	for (int i = 0; i < 20; i++) {
		snprintf(number, sizeof number, "+49%d", i);
		add("mailto:a@x", number, "x");
	}
	pump_start(pump);
	ok(run_until(four_are_kept), "as many are lent as may be");
	is_int(sends, 4, "and no more");
	while (nkept > 0)
		answer(kept[--nkept], 'd');
	ok(run_until(all_is_done), "the others follow");
	is_int(sends, 20, "each once");
	is_int(lent_most, 4, "never more at a time");
	end();
}

static void
test_pause(void)
{
	char number[8];

	begin(&mute, "wwwwwwwd", "");
	pump_start(pump);
	for (int i = 0; i < 10; i++) {
		snprintf(number, sizeof number, "+49%d", i);
		add("mailto:a@x", number, "x");
	}
	ok(run_until(is_paused), "a transport that fails as a whole is paused");
	is_str(state().reason, "connection refused", "and says why");
	ok(run_until(all_is_done), "and goes on when a probe is answered");
	is_int((long long)state().sent, 10, "all are sent");
	is_int(sends, 17, "each failed send of the pause was made once more");
	ok(!state().paused, "and it is not paused any more");
	end();
}

static void
test_unknown(void)
{
	begin(&asking, "ud", "d");
	pump_start(pump);
	add("mailto:a@x", "+491", "x");
	ok(run_until(all_is_done), "asked: it was taken");
	ok(sends == 1 && asked == 1, "so it is not sent again");
	end();

	begin(&asking, "ud", "l");
	pump_start(pump);
	add("mailto:a@x", "+491", "x");
	ok(run_until(all_is_done), "asked: it was not taken");
	ok(sends == 2 && strcmp(correlators[0], correlators[1]) != 0, "so it is sent anew");
	end();

	begin(&asking, "ud", "u");
	pump_start(pump);
	add("mailto:a@x", "+491", "x");
	ok(run_until(all_is_done), "asked: it cannot say");
	ok(sends == 2 && strcmp(correlators[0], correlators[1]) == 0,
	    "on_unknown = retry sends it with the same correlator");
	end();

	begin(&mute, "uwd", "");
	pump_start(pump);
	add("mailto:a@x", "+491", "x");
	ok(run_until(all_is_done), "unknown, then refused as a whole");
	ok(sends == 3 && strcmp(correlators[0], correlators[2]) == 0,
	    "it is still of unknown outcome, and keeps its correlator");
	end();
}

/* Four SMS, one after another, each with a correlator of its own; what was taken is not sent again. */
static void
test_parts(void)
{
	static const struct {
		const char *sends, *asks, *name;
		unsigned n;
		const char *order; /* which SMS each send is */
	} runs[] = {
		{ "d", "", "all are taken", 4, "0123" },
		{ "dld", "", "one is taken at the second try", 5, "01123" },
		{ "dud", "d", "one is of unknown outcome, and was taken", 4, "0123" },
		{ "dud", "l", "one is of unknown outcome, and was not", 5, "01123" },
		{ "dwd", "", "the network fails between", 5, "01123" },
		{ "ddn", "", "one is refused: the rest is not sent", 3, "012" },
	};
	static const char word[] = "0123";

	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		char text[700] = "", want[2000] = "", other[200];
		unsigned same = 0;

		for (int k = 0; k < 4; k++) {
			memset(other, word[k], sizeof other);
			snprintf(text + strlen(text), sizeof text - strlen(text), "%.150s ", other);
		}
		begin(&asking, runs[i].sends, runs[i].asks);
		settings.style.rules.separate = true;
		pump_start(pump);
		add("mailto:a@x", "+491", text);
		add("mailto:a@x", "+491", "behind");
		ok(run_until(all_is_done), "%s", runs[i].name);
		for (const char *c = runs[i].order; *c; c++) {
			memset(other, *c, sizeof other);
			snprintf(want + strlen(want), sizeof want - strlen(want), "%.150s ", other);
		}
		strcat(want, "behind ");
		is_str(log_of_sends, want, "in order, and before the next message");
		is_int(sends, runs[i].n + 1, "no more than that");
		for (unsigned k = 1; k < sends; k++)
			same += strcmp(correlators[k], correlators[k - 1]) == 0;
		is_int(same, 0, "each send has a correlator of its own");
		end();
	}
}

static void
on_released(void *arg, unsigned changed, const struct verdict *v)
{
	(void)arg;
	ok(changed == 1 && (!v || v->is == DONE), "an administrator releases it");
	pump_wake(pump);
}

static void
test_hold(void)
{
	begin(&asking, "ud", "u");
	settings.on_unknown = PUMP_HOLD;
	settings.unknown_tries = 100;
	pump_start(pump);
	add("mailto:a@x", "+491", "x");
	run_until(one_is_held);
	ok(sends == 1 && asked == 1 && queue_counts(queue).jobs == 1, "on_unknown = hold holds it");
	queue_order(queue, QUEUE_RELEASE, last_id, 0, on_released, NULL);
	ok(run_until(all_is_done), "what is released is sent, though nobody can say what became of it");
	ok(sends == 2 && asked == 2 && strcmp(correlators[0], correlators[1]) == 0,
	    "the network is asked first, and it keeps its correlator");
	end();

	begin(&mute, "uud", "");
	settings.on_unknown = PUMP_HOLD;
	pump_start(pump);
	add("mailto:a@x", "+491", "x");
	run_until(one_is_held);
	queue_order(queue, QUEUE_RELEASE, last_id, 0, on_released, NULL);
	run_until(one_is_held_again);
	ok(sends == 2 && queue_counts(queue).jobs == 1, "released for one send: unknown, it is held again");
	end();

	begin(&mute, "u", "");
	pump_start(pump);
	add("mailto:a@x", "+491", "x");
	ok(run_until(one_is_held), "unknown again and again");
	is_int(sends, 3, "it is sent unknown_tries times and then held");
	end();
}

static void
test_expiry(void)
{
	begin(&mute, "l", "");
	pump_start(pump);
	add_until("mailto:a@x", "+491", "x", 1);
	ok(run_until(all_is_done), "what is not sent within its lifetime is given up");
	is_int((long long)state().failed, 1, "and counted as failed");
	end();

	begin(&mute, "w", "");
	pump_start(pump);
	add_until("mailto:a@x", "+491", "x", 1);
	ok(run_until(all_is_done), "also while the transport is paused");
	end();
}

/* The text goes as three messages: "1/3 aaa…", … */
static void
test_numbered(void)
{
	static const struct {
		const char *sends, *asks, *sent;
		bool ok;
	} rows[] = {
		{ "d", "", "1 2 3 ", true },
		{ "dld", "", "1 2 2 3 ", true },
		{ "ldldld", "", "1 1 2 2 3 3 ", true },
		{ "dwd", "", "1 2 2 3 ", true },
		{ "dn", "", "1 2 ", false },
		{ "dud", "d", "1 2 3 ", true },    /* asked, the platform has it */
		{ "dud", "l", "1 2 2 3 ", true },  /* it has not */
		{ "dud", "u", "1 2 2 3 ", true },  /* it does not know */
	};
	char text[401];

	memset(text, 'a', 400);
	text[400] = '\0';
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char got[40] = "";

		begin(&asking, rows[i].sends, rows[i].asks);
		settings.style.rules.separate = true;
		settings.style.counters = true;
		pump_start(pump);
		add("mailto:a@x", "+491", text);
		add("mailto:a@x", "+491", "then");
		ok(run_until(all_is_done), "%s: all is done", rows[i].sends);
		for (const char *p = log_of_sends; (p = strstr(p, "/3 ")); p++)
			strncat(strncat(got, p - 1, 1), " ", 2);
		is_str(got, rows[i].sent, "each part until it is taken");
		ok(rows[i].ok ? strlen(log_of_sends) >= 405 && strcmp(log_of_sends + strlen(log_of_sends) - 5, "then ") == 0
			      : state().failed > 0, "then the next message of the conversation");
		for (unsigned a = 0; a + 1 < sends; a++)
			if (strcmp(correlators[a], correlators[a + 1]) == 0)
				ok(*rows[i].asks == 'u', "only what is of unknown outcome has its correlator again");
		end();
	}
	begin(&mute, "d", "");
	settings.style.rules.separate = true;
	settings.rate = 100;
	pump_start(pump);
	add("mailto:a@x", "+491", text);
	ok(run_until(all_is_done), "with a rate");
	is_int((long long)state().sent, 1, "one message was sent");
	end();
}

int
main(void)
{
	log_open("u-pump", false);
	if (!getenv("V"))
		fclose(stderr);
	test_order();
	test_concurrency();
	test_pause();
	test_unknown();
	test_parts();
	test_hold();
	test_expiry();
	test_numbered();
	return tap_done();
}
