/*
 * u-guests.c - whose connection is closed when there are too many: each case is a little story of who
 * comes, asks and goes, and says who has to leave.
 */
#include "bridge/base/guests.h"

#include <stdio.h>

#include "t/tap.h"

enum { MOST = 4, MANY = 2000 };

/*
 * A story's letters. Guests are numbered as they come, from 0; what is surplus is printed, and closed.
 *
 *	a to z	one comes from that address; A to Z: one that is known
 *	?N	the N-th asks; !N: is answered; =N: shows who it is; -N: leaves
 *	.	all that has come was looked at: who goes?
 */
static const struct {
	const char *name, *story, *gone;
} rows[] = {
	{ "as many as are kept", "abcd..", "" },
	{ "one more: the one that has been there longest", "abcd.e.", "0" },
	{ "and only one, as long as nobody else comes", "abcd.e...", "0" },
	{ "and so on", "abcd.e.f.g.h.i.", "01234" },
	{ "several at once", "abcd.efg.", "012" },
	{ "of the address that has most", "abbc.d.", "1" },
	{ "again, until all have the same", "abbb.c.d.e.", "120" },
	{ "who comes from a full address pushes out its own", "abbb.b.b.", "12" },
	{ "who asks is let be", "abcd.?0e.", "1" },
	{ "nobody goes when all ask", "abcd.?0?1?2?3e.", "" },
	{ "until one has been answered and another one comes", "abcd.?0?1?2?3e.?4!2f.", "2" },
	{ "who was answered has been silent since then, not since it came", "abcd.?0!0e.f.g.h.", "1230" },
	{ "who was answered often wins nothing", "aaab.?0!0?1!1?2!2c.", "0" },
	{ "strangers go before who is known", "ABcD.e.f.g.", "245" },
	{ "even when who is known has most", "AAAb.c.d.", "34" },
	{ "who has come just now is let be", "ABCD.e.", "" },
	{ "the next one pushes it out", "ABCD.e.f.", "4" },
	{ "one that is known does, too, and then one of its like", "ABCD.e.F.", "40" },
	{ "who is known is pushed out by their like", "ABCD.E.", "0" },
	{ "and by nobody else", "ABCD.?0?1?2e.?4f.", "" },
	{ "who shows who it is counts as known", "abcd.?1=1!1e.f.g.", "023" },
	{ "and those of its address do, who come later", "abcd.?1=1!1-1b.e.f.g.h.", "0235" },
	{ "who leaves makes room", "abcd.-2e.", "" },
	{ "who leaves is forgotten, with its address", "bbbc.-0-1-2-3abcd.e.", "4" },
	{ "with no more room at all, one that was answered goes at once", "abcd.?0?1?2?3e.?4f.?5.!1.", "1" },
};

static const char *
address(char c)
{
	static char name[20];

	snprintf(name, sizeof name, "192.0.2.%d", (c | 32) - 'a' + 1);
	return name;
}

static void
tell(struct guests *g, const char *story, char *gone)
{
	struct guest *guests[30] = { 0 };
	struct guest *goes;
	int n = 0;

	for (const char *s = story; *s; s++) {
		struct guest **who = strchr("?!=-", *s) ? &guests[s[1] - '0'] : NULL;

		if (*s == '.') {
			while ((goes = guests_surplus(g))) {
				int i = guests_fd(goes);

				*gone++ = (char)('0' + i);
				guests_leave(goes);
				guests[i] = NULL;
			}
			continue;
		}
		if (!who) {
			guests[n] = guests_enter(g, n, address(*s), *s < 'a');
			n++;
			continue;
		}
		if (*s == '?')
			guests_ask(*who);
		else if (*s == '!')
			guests_rest(*who);
		else if (*s == '=')
			guests_trust(*who);
		else
			guests_leave(*who), *who = NULL;
		s++;
	}
	*gone = '\0';
	for (int i = 0; i < n; i++)
		if (guests[i])
			guests_leave(guests[i]);
}

static void
test_stories(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct guests *g = guests_new(MOST);
		char gone[30];

		tell(g, rows[i].story, gone);
		is_str(gone, rows[i].gone, rows[i].name);
		guests_free(g);
	}
}

/* Let so many in from there, each of them silent; how many had to go. They stay in `in`. */
static int
let_in(struct guests *g, struct guest **in, int n, const char *from, bool known)
{
	struct guest *goes;
	int closed = 0;

	for (int i = 0; i < n; i++) {
		in[i] = guests_enter(g, i, from, known);
		while ((goes = guests_surplus(g))) {
			in[guests_fd(goes)] = NULL;
			guests_leave(goes);
			closed++;
		}
	}
	return closed;
}

static void
let_out(struct guest **in, int n)
{
	for (int i = 0; i < n; i++)
		if (in[i])
			guests_leave(in[i]);
}

/* An IPv6 subscriber has a /64, and may use all of it. */
static void
test_ipv6(void)
{
	struct guests *g = guests_new(3);
	struct guest *in[] = { guests_enter(g, 0, "2001:db8:0:1::1", false),
		guests_enter(g, 1, "2001:db8::1", false), guests_enter(g, 2, "2001:db8::ffff:1", false), NULL };
	struct guest *goes;

	is_int(guests_of_peer(in[2]), 2, "two of a /64 are one address");
	ok(!guests_surplus(g), "three are kept");
	in[3] = guests_enter(g, 3, "::1", false);
	goes = guests_surplus(g);
	ok(goes == in[1] && strcmp(guests_peer(goes), "2001:db8::1") == 0, "of it one goes");
	ok(!guests_surplus(g), "and no other, while it is being closed");
	let_out(in, 4);
	in[0] = guests_enter(g, 0, "unix", false);
	in[1] = guests_enter(g, 1, "unix", false);
	is_int(guests_of_peer(in[1]), 2, "those of a unix socket are of one place");
	let_out(in, 2);
	guests_free(g);
}

/*
 * All that are known come at once, as when a platform has been away: who has come is let ask, and the
 * others wait outside; but those who never ask give way in the end.
 */
static void
test_storm(void)
{
	enum { KEPT = 64, ASK = 56, ALL = 200 };
	struct guests *g = guests_new(KEPT);
	unsigned room = guests_room(g);
	struct guest *in[ALL];

	ok(room > KEPT && room - KEPT < KEPT / 4, "the server takes some more than it keeps");
	is_int(let_in(g, in, ASK, "192.0.2.1", true), 0, "many come that are known");
	for (int i = 0; i < ASK; i++)
		guests_ask(in[i]);
	is_int(let_in(g, in + ASK, (int)room - ASK, "192.0.2.1", true), 0,
	    "those of the last that have not asked yet are let be");
	let_out(in, (int)room);
	is_int(let_in(g, in, ALL, "192.0.2.1", true), ALL - KEPT, "those that stay silent are not");
	let_out(in, ALL);
	guests_free(g);
}

/* Of those who have shown who they are only some are remembered. */
static void
test_trust(void)
{
	struct guests *g = guests_new(2);
	struct guest *in[3];
	char name[20];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "10.1.%d.%d", i / 200, i % 200);
		in[0] = guests_enter(g, i, name, false);
		guests_trust(in[0]);
		guests_trust(in[0]);
		guests_leave(in[0]);
	}
	in[0] = guests_enter(g, 0, "10.1.0.0", false);
	in[1] = guests_enter(g, 1, name, false);
	ok(!guests_surplus(g), "two are kept");
	in[2] = guests_enter(g, 2, "10.2.0.0", false);
	ok(guests_surplus(g) == in[1] && !guests_surplus(g), "the first is remembered, the last is not");
	let_out(in, 3);
	guests_free(g);
}

int
main(void)
{
	test_stories();
	test_ipv6();
	test_storm();
	test_trust();
	return tap_done();
}
