/*
 * u-user.c - the users table: rows with quotes and without, what is wrong with others, look-ups by
 * each kind of identity, and the keys that a row also has.
 */
#include "bridge/store/user.h"

#include "bridge/base/verdict.h"
#include "bridge/store/table.h"
#include "t/tap.h"

/* "name|mail|tel|im|class", or what is wrong. */
static const struct {
	const char *row, *want;
} rows[] = {
	{ "", "||||" },
	{ "name=bob", "bob||||" },
	{ "name=\"Bob Brown\" mail=Bob@Example.com tel=+8613800138000 im=bob@im.example.org class=staff",
	    "Bob Brown|bob@example.com|+8613800138000|bob@im.example.org|staff" },
	{ "  tel=+8613800138000\tname=\"a \\\"b\\\" \\\\ c\"  ", "a \"b\" \\ c||+8613800138000||" },
	{ "name=\"\"", "||||" },
	{ "name=\xc3\x9c""berall", "\xc3\x9c""berall||||" },
	{ "name=\xff", "name is not UTF-8 without controls" },
	{ "name=\"a\x01\"", "name is not UTF-8 without controls" },
	{ "name=\"open", "name lacks its closing quote" },
	{ "name=\"a\"b", "name has something behind its closing quote" },
	{ "name=a name=b", "name stands twice" },
	{ "nam=a", "\"nam\" is none of name=, mail=, tel=, im=, class=, zone=" },
	{ "bob", "\"bob\" is none of name=, mail=, tel=, im=, class=, zone=" },
	{ "mail=bob", "mail is no mail address" },
	{ "mail=b@c@d>", "mail is no mail address" },
	{ "tel=13800138000", "tel is no number with + and country code" },
	{ "tel=+012345678", "tel is no number with + and country code" },
	{ "tel=+123456", "tel is no number with + and country code" },
	{ "tel=+1234567890123456", "tel is no number with + and country code" },
	{ "tel=+49x", "tel is no number with + and country code" },
	{ "im=bob", "im is no bare JID" },
	{ "im=bob@x/phone", "im is no bare JID" },
	{ "zone=../etc", "zone is no time zone like Europe/Berlin" },
	{ "zone=Europe/Berlin", "||||" },
	{ "class=Staff", "class is no class: it has small letters, digits, - and _" },
	{ "name=1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
	  "90123456789012345678901234567890123456789", "name is too long" },
};

static const char contents[] = "static:bob=name=\"Bob Brown\" tel=+8613800138000,bob@example.com=name=Bob,"
    "+8613800138000=name=Phone,bob@im.example.org=name=Jabber,bad=x";

static const struct {
	const char *identity, *name;
} finds[] = {
	{ "bob", "Bob Brown" }, { "BOB", "Bob Brown" }, { "mailto:Bob@Example.com", "Bob" },
	{ "tel:+8613800138000", "Phone" }, { "xmpp:bob@im.example.org/phone", "Jabber" },
	{ "xmpp:bob@im.example.org", "Jabber" }, { "alice", NULL }, { "mailto:", NULL }, { "", NULL },
};

static void
test_rows(void)
{
	char text[1000];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char name[1100];
		struct table *t;
		struct verdict v;
		struct user u;

		snprintf(name, sizeof name, "static:k=%s", rows[i].row);
		t = table_open(name, &v);
		if (user_find(t, "k", &u, &v) == 1)
			snprintf(text, sizeof text, "%s|%s|%s|%s|%s", u.name, u.mail, u.tel, u.im, u.class);
		else
			snprintf(text, sizeof text, "%s", strstr(v.text, "key k: ") + 7);
		is_str(text, rows[i].want, rows[i].row);
		ok((user_check("k", rows[i].row, &v) == 0) == (strchr(rows[i].want, '|') != NULL),
		    "and so it is checked");
		table_close(t);
	}
}

static void
test_finds(void)
{
	struct verdict v;
	struct table *t = table_open(contents, &v), *gone = table_open("static:!=the disk is gone", &v);
	struct user u;

	for (size_t i = 0; i < sizeof finds / sizeof *finds; i++) {
		int rc = user_find(t, finds[i].identity, &u, &v);

		ok(rc == (finds[i].name != NULL) && (rc == 0 || strcmp(u.name, finds[i].name) == 0),
		    "find \"%s\"", finds[i].identity);
	}
	ok(user_find(t, "bad", &u, &v) == -1 && v.is == LATER && strcmp(v.dsn, "4.3.5") == 0,
	    "a wrong row is an administrator's slip");
	ok(user_find(gone, "bob", &u, &v) == -1 && v.is == LATER, "a table that cannot tell");
	is_int(user_find(NULL, "bob", &u, &v), 0, "no table, no users");
	table_close(t);
	table_close(gone);
}

static void
test_keys(void)
{
	static const char row[] = "tel=+8613800138000 mail=Bob@example.com im=bob@im.example.org name=x";
	char key[ADDR_MAILBOX];

	ok(user_other_key("bob", row, 0, key) == 1 && strcmp(key, "bob@example.com") == 0, "its mail");
	ok(user_other_key("bob", row, 1, key) == 1 && strcmp(key, "+8613800138000") == 0, "its number");
	ok(user_other_key("bob", row, 2, key) == 1 && strcmp(key, "bob@im.example.org") == 0, "its JID");
	is_int(user_other_key("bob", row, 3, key), 0, "no more");
	ok(user_other_key("bob@example.com", row, 0, key) == 1 && strcmp(key, "+8613800138000") == 0,
	    "not the one that it has already");
}

int
main(void)
{
	struct verdict v;

	test_rows();
	test_finds();
	test_keys();
	is_int(user_check("+012345678", "name=x", &v), -1, "a key that is no number");
	return tap_done();
}
