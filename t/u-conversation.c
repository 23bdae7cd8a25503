/* u-conversation.c - whom a phone's message is for. */
#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/flow/conversation.h"
#include "bridge/message/space.h"
#include "bridge/store/table.h"
#include "bridge/store/talk.h"
#include "t/tap.h"

#define DAY (24 * 60 * 60 * 1000LL)

/* slot, how many days ago, peer */
#define ANN "0\t" RECENT "\tmailto:ann@example.org\t<m1@a>\t\tLunch\n"
#define BOB "1\t" RECENT "\tmailto:bob@example.org\t<m2@b>\t\t\n"
#define OLD "1\t0\tmailto:bob@example.org\t<m2@b>\t\t\n"
#define IM "0\t" RECENT "\txmpp:juliet@im.example.org\t\t\t\n"
#define RECENT "1000000000000"

static const struct {
	const char *name, *talks, *called, *text;
	long digits;
	enum conversation_is is;
	const char *to, *left, *subject;
} rows[] = {
	{ "by its number", ANN BOB, "1069001", "hi", 2, CONVERSATION_WITH, "mailto:bob@example.org", "hi", "" },
	{ "the number before an address in the text", ANN BOB, "1069000", "zoe@example.org hi", 2,
	    CONVERSATION_WITH, "mailto:ann@example.org", "zoe@example.org hi", "" },
	{ "an IM user by the number", IM, "1069000", "hi", 2, CONVERSATION_WITH, "xmpp:juliet@im.example.org", "hi", "" },
	{ "an address", "", "10690", "alice@example.com Lunch?", 2, CONVERSATION_WITH, "mailto:alice@example.com",
	    "Lunch?", "" },
	{ "an address that goes on", "", "10690", "Alice.B@EXAMPLE.com: Lunch?", 0, CONVERSATION_WITH,
	    "mailto:Alice.B@example.com", "Lunch?", "" },
	{ "an address and subject", "", "10690", " alice@example.com (The plan) it holds", 0, CONVERSATION_WITH,
	    "mailto:alice@example.com", "it holds", "The plan" },
	{ "a subject that never ends", "", "10690", "alice@example.com (it holds", 0, CONVERSATION_WITH,
	    "mailto:alice@example.com", "(it holds", "" },
	{ "an address alone", "", "10690", "mailto:alice@example.com", 0, CONVERSATION_WITH,
	    "mailto:alice@example.com", "", "" },
	{ "a full stop behind an address", "", "10690", "alice@example.com. Hi", 0, CONVERSATION_WITH,
	    "mailto:alice@example.com", ". Hi", "" },
	{ "no address: a handle", "", "10690", "@alice hi", 0, CONVERSATION_NOBODY, "", "@alice hi", "" },
	{ "no address: no dot", "", "10690", "me@home hi", 0, CONVERSATION_NOBODY, "", "me@home hi", "" },
	{ "no address: two at signs", "", "10690", "a@b@c.org hi", 0, CONVERSATION_NOBODY, "", "a@b@c.org hi", "" },
	{ "a code", ANN BOB, "10690", "#ab later", 0, CONVERSATION_WITH, "mailto:bob@example.org", "later", "" },
	{ "a code with a colon", ANN BOB, "10690", " #AA: later", 0, CONVERSATION_WITH, "mailto:ann@example.org",
	    "later", "" },
	{ "a code of nobody", ANN BOB, "10690", "#zz later", 0, CONVERSATION_DOUBT_WHO, "", "#zz later", "" },
	{ "no code: a hashtag", ANN, "10690", "#abc later", 0, CONVERSATION_WITH, "mailto:ann@example.org",
	    "#abc later", "" },
	{ "a keyword", ANN, "10690", "help me", 0, CONVERSATION_WITH, "mailto:support@example.com", "help me", "" },
	{ "a keyword as written", ANN, "10690", "Info", 0, CONVERSATION_WITH, "mailto:info@example.com", "Info", "" },
	{ "a keyword at another number", "", "1070", "help me", 0, CONVERSATION_NOBODY, "", "help me", "" },
	{ "the last correspondent", ANN, "10690", "hi", 0, CONVERSATION_WITH, "mailto:ann@example.org", "hi", "" },
	{ "the last when the other is long ago", ANN OLD, "10690", "hi", 0, CONVERSATION_WITH,
	    "mailto:ann@example.org", "hi", "" },
	{ "two are possible", ANN BOB, "10690", "hi", 0, CONVERSATION_DOUBT_WHO, "", "hi", "" },
	{ "a number that leads to somebody", "", "555", "hi", 0, CONVERSATION_WITH, "mailto:desk@example.com", "hi",
	    "" },
	{ "the bare number among numbers of their own", ANN, "10691", "hi", 2, CONVERSATION_WITH,
	    "mailto:all@example.com", "hi", "" },
	{ "an extension that nobody has, and one correspondent", ANN, "1069055", "hi", 2, CONVERSATION_WITH,
	    "mailto:ann@example.org", "hi", "" },
	{ "nobody", "", "10690", "hi", 0, CONVERSATION_NOBODY, "", "hi", "" },
	{ "nobody, and nothing said", "", "10690", "", 0, CONVERSATION_NOBODY, "", "", "" },
};

/* What is told without the talks is what is found with them; and who must be looked up is not told. */
static void
plain(struct conversation_asked *a, const struct conversation *found, const char *called)
{
	struct conversation c;
	struct verdict v;
	int rc;

	a->talks = NULL;
	rc = conversation_plain(a, &c, &v);
	if (rc == 1)
		ok(c.is == found->is && strcmp(c.to, found->to) == 0 && strcmp(c.text, found->text) == 0 &&
		    strcmp(c.subject, found->subject) == 0, "  and the same without the talks");
	else
		ok(rc == 0 && c.is != CONVERSATION_WITH, "  and only with the talks (called %s)", called);
	if (strchr(a->text, '@') && a->text[0] != '#' && found->is == CONVERSATION_WITH && !found->talk)
		ok(rc == 1, "  an address needs no talks");
}

int
main(void)
{
	struct verdict v;
	struct table *inbound = table_open("static:10690 HELP=mailto:support@example.com,10690 Info="
	    "mailto:info@example.com,555=mailto:desk@example.com,10691=mailto:all@example.com", &v);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct talks *t = talks_parse(rows[i].talks, strlen(rows[i].talks));
		struct space space;
		struct conversation_asked a = { .talks = t, .space = &space, .inbound = inbound,
			.called = rows[i].called, .text = rows[i].text, .now = 1000000000000 + DAY };
		struct conversation c;

		space_init(&space, rows[i].called[3] == '9' && rows[i].called[4] == '1' ? "10691" : "10690",
		    rows[i].digits, "", &v);
		ok(conversation_find(&a, &c, &v) == 0 && c.is == rows[i].is, "%s", rows[i].name);
		is_str(c.to, rows[i].to, "  to");
		is_str(c.text, rows[i].left, "  text");
		is_str(c.subject, rows[i].subject, "  subject");
		ok(c.is != CONVERSATION_WITH || !c.talk || strcmp(c.talk->peer, c.to) == 0, "  its talk");
		plain(&a, &c, rows[i].called);
		talks_free(t);
		space_free(&space);
	}
	table_close(inbound);
	return tap_done();
}
