/* u-pumping.c - runs of neighbouring numbers and spikes of a new country, with a clock of its own. */
#include "bridge/flow/pumping.h"

#include "bridge/base/arena.h"
#include "bridge/message/msg.h"
#include "t/tap.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

static const struct pumping_settings settings = { .pumping = true, .neighbours = 10, .country = 5, .reports = 20 };
static const struct pumping_settings by_reports = { .pumping = true, .neighbours = 100, .country = 100000,
	.reports = 20 };

/* Is a message to that number, made of a format and a number, held? */
static size_t
judge(struct pumping *p, const char *format, int n, int64_t now)
{
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, "");
	size_t held;

	m->from = "mailto:a@x";
	r->to = arena_printf(m->arena, "tel:%s%02d", format, n);
	held = pumping_judge(p, m, now);
	is_int(r->held_for != NULL, (long long)held, "held for a reason");
	msg_free(m);
	return held;
}

static size_t
judge_some(struct pumping *p, const char *format, int n, int step, int64_t now)
{
	size_t held = 0;

	for (int i = 0; i < n; i++)
		held += judge(p, format, i * step, now);
	return held;
}

/* Messages to another country, of which so many in a hundred are delivered. How many of those sent in the
 * second half hour are held. */
static size_t
judge_unheard(int delivered, bool others)
{
	struct pumping *p = pumping_new(&by_reports, "49", 0);
	int64_t now = 100 * DAY;
	size_t held = 0;

	for (int i = 0; i < 60; i++, now += 60) {
		bool late = i >= 30;

		held += judge(p, "+257760", i, now) && late;
		if (i % 10 < delivered / 10)
			pumping_delivered(p, "+25776000", now + 30);
		if (others)
			pumping_delivered(p, "+491555000", now);
	}
	pumping_free(p);
	return held;
}

int
main(void)
{
	const struct pumping_settings off = { .pumping = false };
	struct pumping *p = pumping_new(&settings, "49", 1000000);
	int64_t now = 1000000 + 2 * HOUR;

	ok(!pumping_new(&off, "49", 0) && judge(NULL, "+49155500", 1, now) == 0, "off");
	is_int((long long)judge_some(p, "+49155500", 20, 0, now), 0, "one number is no run");
	is_int((long long)judge_some(p, "+49155501", 9, 1, now), 0, "nine neighbours are none");
	is_int((long long)judge(p, "+49155501", 50, now + HOUR + 1), 0, "an hour later it begins anew");
	is_int((long long)judge_some(p, "+49155502", 12, 1, now), 3, "from the tenth on they are one");
	is_int((long long)judge_some(p, "+23276000", 6, 0, 1000000), 0, "the first hour is taken for usual");
	is_int((long long)judge_some(p, "+25776000", 8, 0, now), 3, "a new country's sixth message is a spike");
	is_int((long long)judge_some(p, "+25776000", 8, 0, now + 2 * HOUR), 0, "what goes on is none");
	is_int((long long)judge_some(p, "+25776000", 8, 0, now + 4 * DAY), 3, "after days of silence it is again");
	is_int((long long)judge_some(p, "+49155600", 8, 0, now + 4 * DAY), 0, "our own country is none");
	is_int((long long)judge(p, "+", 1, now), 0, "a number that is none");
	ok(judge_unheard(0, true) > 20, "a country where nothing arrives");
	ok(judge_unheard(10, true) > 20, "or one in ten does");
	is_int((long long)judge_unheard(50, true), 0, "half of them will do");
	is_int((long long)judge_unheard(0, false), 0, "where no reports come at all, that says nothing");
	pumping_delivered(NULL, "+4915", now);
	pumping_free(p);
	return tap_done();
}
