/*
 * u-book.c - the book of registrations: what is entered is there after a restart, whatever the end.
 */
#include <stdlib.h>
#include <unistd.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "im/book.h"
#include "t/tap.h"

static char path[] = "/tmp/u-book-XXXXXX";

/* The book's users as "jid number tell" in order, and how the file looks to a stranger. */
static void
add(void *arg, const struct book_user *u)
{
	char *all = arg;

	sprintf(all + strlen(all), "%s %s %d; ", u->jid, u->number, u->tell);
}

static void
is_book(struct book *b, const char *want, const char *name)
{
	char all[1000] = "";

	book_each(b, add, all);
	is_str(all, want, name);
}

static void
enter(struct book *b, const char *jid, const char *number, bool tell)
{
	struct book_user u = { .jid = jid, .since = 1764036000, .tell = tell };
	struct verdict v;

	snprintf(u.number, sizeof u.number, "%s", number);
	ok(book_enter(b, &u, &v) == 0, "%s is entered", jid);
}

static void
write_file(const char *bytes)
{
	FILE *f = fopen(path, "w");

	fputs(bytes, f);
	fclose(f);
}

static void
test_life(void)
{
	struct verdict v;
	struct book *b = book_open(path, &v);

	is_book(b, "", "an empty book");
	enter(b, "a@im", "+491", false);
	enter(b, "b@im", "+492", false);
	enter(b, "a@im", "+493", true);
	is_book(b, "a@im +493 1; b@im +492 0; ", "two users, one of them changed");
	ok(book_strike(b, "b@im", &v) == 0 && book_strike(b, "c@im", &v) == 0, "struck out");
	book_close(b);
	b = book_open(path, &v);
	is_book(b, "a@im +493 1; ", "the same after a restart");
	ok(book_find(b, "a@im") && !book_find(b, "b@im") && !book_find(NULL, "a@im"), "found");
	book_close(b);
	book_close(NULL);
}

static void
test_files(void)
{
	static const struct {
		const char *name, *bytes, *want; /* NULL: refused */
	} rows[] = {
		{ "a line cut short by a crash", "+\ta@im\t+491\t17\t0\n+\tb@im\t+4", "a@im +491 0; " },
		{ "a last line that is whole but for its end", "+\ta@im\t+491\t17\t0", "" },
		{ "one struck out before it was there", "-\ta@im\n+\ta@im\t+491\t17\t1\n", "a@im +491 1; " },
		{ "another file", "root:x:0:0\n", NULL },
		{ "too many fields", "+\ta@im\t+491\t17\t0\t9\n", NULL },
		{ "no number", "+\ta@im\tabc\t17\t0\n", NULL },
	};
	struct verdict v;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct book *b;

		write_file(rows[i].bytes);
		b = book_open(path, &v);
		if (!rows[i].want)
			ok(!b && strstr(v.text, ":1: "), "%s is refused with its line", rows[i].name);
		else
			is_book(b, rows[i].want, rows[i].name);
		book_close(b);
	}
	ok(!book_open("/nonexistent/book", &v), "a folder that is not there is told");
}

int
main(void)
{
	close(mkstemp(path));
	test_life();
	test_files();
	unlink(path);
	return tap_done();
}
