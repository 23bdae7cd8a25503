/* u-pumping.c - runs of neighbouring numbers and spikes of a new country, with a clock of its own. */
#include "bridge/flow/pumping.h"

#include "bridge/base/arena.h"
#include "bridge/message/msg.h"
#include "t/tap.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

static const struct pumping_settings settings = { .pumping = true, .neighbours = 10, .country = 5 };

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
	pumping_free(p);
	return tap_done();
}
