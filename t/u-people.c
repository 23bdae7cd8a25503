/*
 * u-people.c - what users have registered: the book, what the store keeps of it, and who somebody is by
 * that and by the users table.
 */
#include "bridge/store/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/verdict.h"
#include "bridge/store/binding.h"
#include "bridge/store/queue.h"
#include "bridge/store/table.h"
#include "bridge/store/user.h"
#include "t/tap.h"

static void
set(struct bindings *b, const char *via, const char *jid, const char *number)
{
	struct binding one = { .via = via, .jid = jid, .since = 1764036000, .tell = true };

	snprintf(one.number, sizeof one.number, "%s", number);
	bindings_set(b, &one);
}

static void
add(void *arg, const struct binding *one)
{
	char *all = arg;

	sprintf(all + strlen(all), "%s %s %s %d; ", one->via, one->jid, one->number, one->tell);
}

static void
is_book(const struct bindings *b, const char *via, const char *want, const char *name)
{
	char all[1000] = "";

	bindings_each(b, via, add, all);
	is_str(all, want, name);
}

static void
test_book(void)
{
	struct bindings *b = bindings_new();

	is_book(b, NULL, "", "an empty book");
	set(b, "gw", "a@im", "+491");
	set(b, "gw", "b@im", "+492");
	set(b, "other", "a@im", "+493");
	is_book(b, NULL, "gw a@im +491 1; gw b@im +492 1; other a@im +493 1; ", "three entries");
	is_book(b, "other", "other a@im +493 1; ", "those of one gateway");
	is_str(bindings_at(b, "gw", "a@im")->number, "+491", "what a user has at one");
	is_str(bindings_of(b, "a@im")->number, "+493", "the latest of several");
	is_str(bindings_of(b, "+492")->jid, "b@im", "found by the number");
	set(b, "gw", "b@im", "+494");
	ok(!bindings_of(b, "+492") && bindings_of(b, "+494"), "a changed number is found, the old one not");
	set(b, "other", "a@im", "");
	is_str(bindings_of(b, "a@im")->number, "+491", "the older one again when the latest is undone");
	bindings_set(b, bindings_at(b, "gw", "a@im"));
	set(b, "gw", "a@im", "");
	set(b, "gw", "nobody@im", "");
	ok(!bindings_at(b, "gw", "a@im") && !bindings_of(b, "a@im") && !bindings_of(b, "+491"),
	    "nothing of it is left");
	bindings_free(b);
	bindings_free(NULL);
}

/* Who is who. */
static const struct {
	const char *identity, *want; /* "name tel im class"; NULL: nobody */
} rows[] = {
	{ "xmpp:juliet@im/phone", "Juliet +4915550100 juliet@im staff" },
	{ "tel:+4915550100", "Juliet +4915550100 juliet@im staff" },
	{ "xmpp:romeo@im", "- +4915550200 romeo@im -" },
	{ "tel:+4915550200", "- +4915550200 romeo@im -" },
	{ "xmpp:tybalt@im", "Tybalt +4915550300 tybalt@im -" },
	{ "xmpp:new@im", "Paris +4915550400 paris@im guest" },
	{ "xmpp:paris@im", "Paris +4915550400 paris@im guest" },
	{ "tel:+4915550500", "Nurse +4915550500 nurse@im -" },
	{ "mailto:romeo@im", NULL },
	{ "xmpp:nobody@im", NULL },
	{ "romeo@im", NULL },
};

static void
test_people(void)
{
	struct bindings *b = bindings_new();
	struct verdict v;
	struct table *t = table_open("static:+4915550100=name=Juliet tel=+4915550100 class=staff,"
	    "tybalt@im=name=Tybalt im=tybalt@im,+4915550400=name=Paris tel=+4915550400 im=paris@im class=guest,"
	    "paris@im=name=Paris tel=+4915550400 im=paris@im class=guest,nurse@im=name=Nurse im=nurse@im", &v);
	struct people all = { t, b }, only = { NULL, b }, none = { NULL, NULL };
	struct user u;

	set(b, "gw", "juliet@im", "+4915550100");
	set(b, "gw", "romeo@im", "+4915550200");
	set(b, "gw", "tybalt@im", "+4915550300");
	set(b, "gw", "new@im", "+4915550400");
	set(b, "gw", "nurse@im", "+4915550500");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char said[1000] = "nobody";

		if (people_find(&all, rows[i].identity, &u, &v) == 1)
			snprintf(said, sizeof said, "%s %s %s %s", *u.name ? u.name : "-", u.tel, u.im,
			    *u.class ? u.class : "-");
		is_str(said, rows[i].want ? rows[i].want : "nobody", rows[i].identity);
	}
	ok(people_find(&only, "xmpp:romeo@im", &u, &v) == 1 && strcmp(u.tel, "+4915550200") == 0,
	    "without a table");
	is_int(people_find(&none, "xmpp:romeo@im", &u, &v), 0, "without anything");
	table_close(t);
	bindings_free(b);
}

/* The store. */

static char clean[64], dir[] = "/tmp/u-people.XXXXXX";
static struct loop *loop;
static struct queue *queue;

static void
on_done(void *arg, const struct verdict *v)
{
	ok(v->is == DONE, "%s", (const char *)arg);
	loop_stop(loop);
}

static void
open_queue(void)
{
	struct queue_settings settings = { .dir = dir, .history = 1000 };
	struct verdict v;

	loop = loop_new();
	queue = queue_open(loop, &settings, &v);
	if (!queue) {
		printf("Bail out! %s\n", v.text);
		exit(1);
	}
}

static void
close_queue(void)
{
	queue_close(queue);
	loop_free(loop);
}

static void
keep(const char *jid, const char *number)
{
	struct binding one = { .via = "gw", .jid = jid, .since = 1764036000, .tell = *jid == 'a' };
	char what[] = "it is kept";

	snprintf(one.number, sizeof one.number, "%s", number);
	queue_bind(queue, &one, on_done, what);
	loop_run(loop);
}

static void
test_store(void)
{
	struct bindings *b = bindings_new();
	char what[] = "the store is read";

	open_queue();
	keep("a@im", "+491");
	keep("b@im", "+492");
	keep("c@im", "+493");
	keep("a@im", "+494");
	keep("b@im", "");
	close_queue();
	open_queue();
	queue_recall(queue, NULL, NULL, b, on_done, what);
	loop_run(loop);
	is_book(b, NULL, "gw a@im +494 1; gw c@im +493 0; ", "what is there after a restart");
	is_int(bindings_of(b, "+494")->since, 1764036000, "since when");
	close_queue();
	bindings_free(b);
}

int
main(void)
{
	log_open("u-people", false);
	test_book();
	test_people();
	if (!mkdtemp(dir))
		return 1;
	test_store();
	snprintf(clean, sizeof clean, "rm -rf %s", dir);
	return system(clean) == 0 ? tap_done() : 1;
}
