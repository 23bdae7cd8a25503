/* u-talk.c - the numbers that phones see, and the conversations behind them. */
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/space.h"
#include "bridge/store/talk.h"
#include "t/tap.h"

static void
spaces(void)
{
	static const struct {
		const char *base, *pool;
		long digits;
		unsigned slots; /* 0: refused or none */
		int rc;
		unsigned n;
		const char *number;
	} rows[] = {
		{ "tel:10690123", "", 2, 100, 0, 7, "1069012307" },
		{ "10690123", "", 1, 10, 0, 9, "106901239" },
		{ "10690123", "", 0, SPACE_CODES, 0, 7, "10690123" },
		{ "", "1069012301, 1069012302", 0, 2, 0, 1, "1069012302" },
		{ "ACME", "", 0, 0, 0, 0, "" },
		{ "", "", 0, 0, 0, 0, "" },
		{ "ACME", "", 2, 0, -1, 0, "" },
		{ "10690123", "1 2", 2, 0, -1, 0, "" },
		{ "", "12 zwei", 0, 0, -1, 0, "" },
		{ "", "123456789012345678901234567890", 0, 0, -1, 0, "" },
		{ "1234567890123456789012", "", 2, 0, -1, 0, "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct space s;
		struct verdict v;
		char number[SPACE_NUMBER] = "";
		int rc = space_init(&s, rows[i].base, rows[i].digits, rows[i].pool, &v);

		ok(rc == rows[i].rc, "space \"%s\" %ld \"%s\": %d", rows[i].base, rows[i].digits,
		    rows[i].pool, rc);
		if (rc < 0)
			continue;
		ok(space_slots(&s) == rows[i].slots, "  %u slots", space_slots(&s));
		if (rows[i].slots) {
			space_number(&s, rows[i].n, number);
			ok(strcmp(number, rows[i].number) == 0, "  %u is %s", rows[i].n, number);
		}
		space_free(&s);
	}
}

static void
found(void)
{
	static const struct {
		const char *base, *pool, *called;
		long digits;
		enum space_where where;
		unsigned n;
	} rows[] = {
		{ "tel:10690123", "", "tel:1069012307", 2, SPACE_SLOT, 7 },
		{ "tel:10690123", "", "tel:+861069012307", 2, SPACE_SLOT, 7 },
		{ "tel:10690123", "", "0086 10690123-07", 2, SPACE_SLOT, 7 },
		{ "tel:10690123", "", "10690123", 2, SPACE_BASE, 0 },
		{ "tel:10690123", "", "short:10690123", 2, SPACE_BASE, 0 },
		{ "tel:10690123", "", "106901230", 2, SPACE_FOREIGN, 0 },
		{ "tel:10690123", "", "10690124", 2, SPACE_FOREIGN, 0 },
		{ "tel:10690123", "", "99999999910690123", 2, SPACE_FOREIGN, 0 },
		{ "tel:10690123", "", "", 2, SPACE_FOREIGN, 0 },
		{ "tel:10690123", "", "ACME", 2, SPACE_FOREIGN, 0 },
		{ "tel:10690123", "", "111111111111111111111111111111111111", 2, SPACE_FOREIGN, 0 },
		{ "10690123", "", "10690123", 0, SPACE_BASE, 0 },
		{ "", "4915550100 4915550101", "tel:+4915550101", 0, SPACE_SLOT, 1 },
		{ "4915550100", "4915550101", "tel:+4915550100", 0, SPACE_BASE, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct space s;
		struct verdict v;
		unsigned n = 0;
		enum space_where where;

		space_init(&s, rows[i].base, rows[i].digits, rows[i].pool, &v);
		where = space_find(&s, rows[i].called, &n);
		ok(where == rows[i].where && n == rows[i].n, "called %s: %d %u", rows[i].called,
		    (int)where, n);
		space_free(&s);
	}
}

static void
codes(void)
{
	bool same = true;

	for (unsigned n = 0; n < SPACE_POOL; n++) {
		char code[3];

		space_code(n, code);
		same = same && space_from_code(code, 2) == (int)n;
	}
	ok(same, "codes lead back to their slots");
	ok(space_from_code("AB", 2) == 1, "letter case does not matter");
	ok(space_from_code("a1", 2) < 0 && space_from_code("abc", 3) < 0 && space_from_code("", 0) < 0,
	    "what is no code");
}

/* The least recently used conversation makes room. */
static void
leases(void)
{
	static const char broken[] =
	    "7\t1\tmailto:a@b\t<m>\t<r>\tHello\nbroken line\n\tx\n8\t2\tmailto:c@d\t\t\t\n";
	struct space s;
	struct verdict v;
	struct talks *t = talks_parse("", 0), *again;
	struct buf b;
	unsigned ann, zoe;

	space_init(&s, "1069", 1, "", &v);
	for (int i = 0; i < 10; i++) {
		char peer[32];

		snprintf(peer, sizeof peer, "mailto:%d@example.org", i);
		buf_init(&b, 1 << 16);
		ok(talks_use(t, &s, peer, 1000 + i)->slot == (unsigned)i, "%s gets a slot of its own", peer);
		talks_format(t, &b);
		talks_free(t);
		t = talks_parse(buf_str(&b), b.len);
		buf_free(&b);
	}
	ok(t->n == 10 && t->all[0].used == 1009, "ten, the newest first, written and read");
	ok(talks_use(t, &s, "mailto:0@example.org", 2000)->slot == 0, "who is there keeps the slot");
	ok(t->n == 10, "and is not there twice");
	buf_init(&b, 1 << 16);
	talks_format(t, &b);
	again = talks_parse(buf_str(&b), b.len);
	ann = talks_with(t, "mailto:1@example.org")->slot;
	zoe = talks_use(again, &s, "mailto:zoe@example.org", 3000)->slot;
	ok(ann == zoe && !talks_with(again, "mailto:1@example.org"), "the least recently used is recycled");
	ok(strcmp(talks_at(again, zoe)->peer, "mailto:zoe@example.org") == 0, "its slot leads to the new one");
	ok(again->n == 10, "no more than slots");
	talks_free(again);
	talks_free(t);
	buf_free(&b);
	space_free(&s);
	t = talks_parse(broken, sizeof broken - 1);
	ok(t->n == 2 && talks_at(t, 7) && strcmp(talks_at(t, 7)->subject, "Hello") == 0 && talks_at(t, 8),
	    "broken lines are passed over");
	talks_free(t);
}

int
main(void)
{
	spaces();
	found();
	codes();
	leases();
	return tap_done();
}
