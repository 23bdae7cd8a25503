/*
 * u-route.c - routes: who is ours, and which way they go.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/store/route.h"
#include "bridge/store/table.h"
#include "t/tap.h"

static const struct addr_rules rules = { "86", "0", "00" };

static const char contents[] = "static:"
			       "sms.example.com=phone:operator-a,"
			       "mms.example.com=mms:operator-b,"
			       ".wild.example.com=sms:operator-c,"
			       "x.wild.example.com=error:5.1.2 not this one,"
			       "bob@sms.example.com=error:5.2.1 bob has left,"
			       "+8613800138000@sms.example.com=sms:direct,"
			       "im.example.com=im:xmpp,"
			       "closed.example.com=error:4.7.0 come back tomorrow,"
			       "bare.example.com=error:go away,"
			       "blank.example.com=error:,"
			       "tab.example.com=error:5.7.1\ttabbed,"
			       "nocode.example.com=error:5.7.1no,"
			       "bad.example.com=fax:operator-a,"
			       "bad2.example.com=phone:,"
			       "bad3.example.com=phone:a/b,"
			       "bad5.example.com=phone:a b,"
			       "bad6.example.com=phone:a text=maybe,"
			       "alarms.example.com=phone:operator-a  lead=subject	text=no ,"
			       "bad4.example.com=error:2.0.0 fine,"
			       "+1900=error:5.7.1 premium numbers are not served,"
			       "+1=sms:america,"
			       "+90=sms:turkey lead=from national=tr,"
			       "+1212555=phone:new-york,"
			       "+12125550100=error:4.4.1 this one is out,"
			       "+44=fax:x,"
			       "+49=im:xmpp";

static const struct {
	const char *given, *want; /* "how transport to", "no", or "DSN text" */
} rows[] = {
	/* The order of transport(5). */
	{ "13800138001@sms.example.com", "3 operator-a tel:+8613800138001" },
	{ "13800138001@mms.example.com", "2 operator-b tel:+8613800138001" },
	{ "13800138001@SMS.Example.COM", "3 operator-a tel:+8613800138001" },
	{ "<13800138001@sms.example.com.>", "3 operator-a tel:+8613800138001" },
	{ "+8613800138000@sms.example.com", "1 direct tel:+8613800138000" },
	{ "Bob@sms.example.com", "5.2.1 bob has left" },
	{ "13800138001@a.wild.example.com", "1 operator-c tel:+8613800138001" },
	{ "13800138001@b.a.wild.example.com", "1 operator-c tel:+8613800138001" },
	{ "13800138001@wild.example.com", "no" },
	{ "13800138001@x.wild.example.com", "5.1.2 not this one" },
	{ "13800138001@y.x.wild.example.com", "1 operator-c tel:+8613800138001" },
	{ "13800138001@x.sms.example.com", "no" },
	{ "13800138001@example.com", "no" },
	{ "13800138001", "no" },
	/* Numbers. */
	{ "0086-138-0013-8001@sms.example.com", "3 operator-a tel:+8613800138001" },
	{ "\"138 0013 8001\"@sms.example.com", "3 operator-a tel:+8613800138001" },
	{ "alice@sms.example.com", "5.1.3 *" },
	{ "carol@sms.example.com", "3 operator-a tel:+8613800138009" },
	{ "Carol@SMS.example.com", "3 operator-a tel:+8613800138009" },
	{ "\"carol brown\"@sms.example.com", "3 operator-a tel:+8613800138009" },
	{ "expensive@sms.example.com", "5.7.1 premium numbers are not served" },
	{ "dave@sms.example.com", "5.1.1 dave has no phone" },
	{ "broken@sms.example.com", "4.3.5 table *, key broken: tel is no number with + and country code" },
	{ "bounce-1@sms.example.com", "16  mailto:bounce-1@sms.example.com" },
	{ "Bounce-1@sms.example.com", "16  mailto:Bounce-1@sms.example.com" },
	{ "bounce-1@example.com", "no" },
	{ "bounce-1@closed.example.com", "4.7.0 come back tomorrow" },
	{ "123@sms.example.com", "5.1.3 *" },
	{ "+12025550100@sms.example.com", "1 america tel:+12025550100" },
	{ "+19005550100@sms.example.com", "5.7.1 premium numbers are not served" },
	{ "0019005550100@sms.example.com", "5.7.1 premium numbers are not served" },
	{ "+12125550101@sms.example.com", "3 new-york tel:+12125550101" },
	{ "+12125550100@sms.example.com", "4.4.1 this one is out" },
	{ "+12125550101@mms.example.com", "3 new-york tel:+12125550101" },
	/* How it is shown. */
	{ "+8613800138001@alarms.example.com",
	    "3 operator-a tel:+8613800138001 lead=subject\ttext=no " },
	{ "+905321234567@sms.example.com", "1 turkey tel:+905321234567 lead=from national=tr" },
	{ "+905321234567@alarms.example.com",
	    "1 turkey tel:+905321234567 lead=subject\ttext=no  lead=from national=tr" },
	/* A prefix makes nobody ours. */
	{ "+12125550101@example.com", "no" },
	{ "x@+1900", "no" },
	/* Refusals. */
	{ "a@closed.example.com", "4.7.0 come back tomorrow" },
	{ "a@bare.example.com", "5.0.0 go away" },
	{ "a@blank.example.com", "5.0.0 mail to this address is not served" },
	{ "a@tab.example.com", "5.7.1 tabbed" },
	{ "a@nocode.example.com", "5.0.0 5.7.1no" },
	/* An IM user's own address is the JID. */
	{ "Juliet@im.example.com", "4 xmpp xmpp:juliet@im.example.com" },
	{ "juliet%Capulet.lit@im.example.com", "4 xmpp xmpp:juliet@capulet.lit" },
	{ "%capulet.lit@im.example.com", "5.1.3 %capulet.lit is no address of an IM user" },
	{ "juliet%@im.example.com", "5.1.3 juliet% is no address of an IM user" },
	{ "\"a b\"@im.example.com", "5.1.3 a b is no address of an IM user" },
	/* An administrator's slip is LATER, and says where. */
	{ "a@bad.example.com", "4.3.0 table *, key bad.example.com: it must be sms:NAME, mms:NAME, "
			       "phone:NAME, im:NAME or error:CODE TEXT" },
	{ "a@bad2.example.com",
	    "4.3.0 table *, key bad2.example.com: no transport stands behind the colon" },
	{ "a@bad3.example.com",
	    "4.3.0 table *, key bad3.example.com: a transport's name has letters, "
	    "digits, '.', '_' and '-' only" },
	{ "a@bad5.example.com", "4.3.0 table *, key bad5.example.com: the words are lead=, *" },
	{ "a@bad6.example.com", "4.3.0 table *, key bad6.example.com: text= and smart= are *" },
	{ "a@bad4.example.com",
	    "4.3.0 table *, key bad4.example.com: the code behind \"error:\" must "
	    "begin with 4 or 5" },
	{ "+442071234567@sms.example.com", "4.3.0 table *, key +44: it must be *" },
	{ "+4930123456@sms.example.com",
	    "4.3.0 table *, key +49: a number cannot lead to instant messages" },
	/* No mailbox, but a domain of ours: it is for us to say so. */
	{ "a b@sms.example.com", "5.1.3 *" },
	{ "@sms.example.com", "5.1.3 *" },
	{ "a b@example.com", "no" },
	{ "a b@", "no" },
	{ "", "no" },
	{ "<>", "no" },
	{ "@", "no" },
	{ "a@b@sms.example.com", "5.1.3 *" },
};

/* Is got like want, where a '*' stands for anything? */
static bool
like(const char *got, const char *want)
{
	size_t n = strcspn(want, "*");

	if (strncmp(got, want, n) != 0)
		return false;
	if (!want[n])
		return got[n] == '\0';
	if (!want[n + 1])
		return true;
	for (const char *p = got + n; *p; p++)
		if (like(p, want + n + 1))
			return true;
	return false;
}

static void
result(int rc, const struct route *r, const struct verdict *v, char *text, size_t room)
{
	if (rc == 1)
		snprintf(text, room, "%d %s %s%s%s", (int)r->how, r->transport, r->to,
		    *r->style ? " " : "", r->style);
	else if (rc == 0)
		snprintf(text, room, "no");
	else
		snprintf(text, room, "%s %s", v->dsn, v->text);
}

static struct table *users;

static void
test_find(void)
{
	struct verdict v;
	struct table *t = table_open(contents, &v);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct route r;
		char text[900];
		int rc = route_find(t, users, &rules, rows[i].given, &r, NULL, NULL, &v);

		result(rc, &r, &v, text, sizeof text);
		if (!ok(like(text, rows[i].want), "%s", rows[i].given))
			printf("#  got: %s\n# want: %s\n", text, rows[i].want);
		if (rc < 0)
			ok((v.dsn[0] == '4') == (v.is == LATER), "LATER goes with 4, NEVER with 5");
	}
	table_close(t);
}

static void
on_step(void *arg, const char *step)
{
	strcat(arg, step);
	strcat(arg, "\n");
}

static void
test_steps(void)
{
	struct verdict v;
	struct table *t = table_open(contents, &v);
	struct route r;
	char steps[4000] = "";

	route_find(t, users, &rules, "138-0013-8001@A.wild.example.com", &r, on_step, steps, &v);
	is_str(steps,
	    "looked up 138-0013-8001@a.wild.example.com: not found\n"
	    "looked up a.wild.example.com: not found\n"
	    "looked up .wild.example.com: found sms:operator-c\n"
	    "138-0013-8001 is the number +8613800138001\n"
	    "looked up +8613800138001 and its prefixes: not found\n",
	    "the steps of a number");
	steps[0] = '\0';
	route_find(t, users, &rules, "+19005550100@sms.example.com", &r, on_step, steps, &v);
	is_str(steps,
	    "looked up +19005550100@sms.example.com: not found\n"
	    "looked up sms.example.com: found phone:operator-a\n"
	    "+19005550100 is the number +19005550100\n"
	    "looked up +1900: found error:5.7.1 premium numbers are not served\n",
	    "the steps to a prefix");
	table_close(t);
}

static void
test_broken(void)
{
	struct verdict v;
	struct table *t = table_open("static:!=the disk is gone", &v);
	struct route r;

	is_int(route_find(t, users, &rules, "a@b.example.com", &r, NULL, NULL, &v), -1,
	    "a table that cannot tell");
	ok(v.is == LATER && strcmp(v.dsn, "4.3.0") == 0, "is LATER, not \"not ours\"");
	table_close(t);
}

static const struct {
	const char *key, *value;
	bool good;
} checks[] = {
	{ "sms.example.com", "phone:a", true },
	{ ".example.com", "sms:a.b_c-d", true },
	{ "bob@example.com", "error:5.7.1 no", true },
	{ "+8613800138000@sms.example.com", "im:x", true },
	{ "+1", "mms:a", true },
	{ "+123456789012345", "error:", true },
	{ "localhost", "error:4.7.0 x", true },
	{ "b\xc3\xbc"
	  "cher.example",
	    "sms:a", true },
	{ "a.example", "sms:a lead=from,subject text=no segments=3 smart=yes national=tr,es", true },
	{ "a.example", "phone:a lead=none national=none", true },
	{ "+1", "mms:a segments=255", true },
	{ "a.example", "im:x lead=from", false },
	{ "a.example", "sms:a lead=", false },
	{ "a.example", "sms:a lead=body", false },
	{ "a.example", "sms:a lead=from,from", false },
	{ "a.example", "sms:a lead=from,subject,from", false },
	{ "a.example", "sms:a lead=from,", false },
	{ "a.example", "sms:a text=on", false },
	{ "a.example", "sms:a smart", false },
	{ "a.example", "sms:a segments=0", false },
	{ "a.example", "sms:a segments=256", false },
	{ "a.example", "sms:a segments=2x", false },
	{ "a.example", "sms:a national=", false },
	{ "a.example", "sms:a national=de", false },
	{ "a.example", "sms:a  smart=yes  colour=red", false },
	{ "+", "sms:a", false },
	{ "+1234567890123456", "sms:a", false },
	{ "+1a", "sms:a", false },
	{ "+49", "im:x", false },
	{ "", "sms:a", false },
	{ ".", "sms:a", false },
	{ "a..b", "sms:a", false },
	{ "a.", "sms:a", false },
	{ "*", "sms:a", false },
	{ "@example.com", "sms:a", false },
	{ "bob@", "sms:a", false },
	{ "Bob@example.com", "sms:a", false },
	{ "Example.com", "sms:a", false },
	{ "\"bob\"@example.com", "sms:a", false },
	{ "a/b", "sms:a", false },
	{ "example.com", "", false },
	{ "example.com", "sms", false },
	{ "example.com", "SMS:a", false },
	{ "example.com", "sms:a\x1b[1m", false },
	{ "example.com", "sms:0123456789012345678901234567890123456789012345678901234567890123",
	    false },
	{ "example.com", "sms:012345678901234567890123456789012345678901234567890123456789012",
	    true },
	{ "example.com", "error:9.9.9 x", false },
	{ "example.com", "smtp:[host]", false },
};

static void
test_check(void)
{
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		struct verdict v;
		int rc = route_check(checks[i].key, checks[i].value, &v);

		ok((rc == 0) == checks[i].good, "%s: %.9s", checks[i].key, checks[i].value);
	}
}

int
main(void)
{
	struct verdict v;

	users = table_open("static:carol=tel=+8613800138009,carol brown=tel=+8613800138009 class=staff,"
	    "dave=mail=dave@example.com,expensive=tel=+19005550100,broken=tel=12", &v);
	test_find();
	test_steps();
	test_broken();
	test_check();
	return tap_done();
}
