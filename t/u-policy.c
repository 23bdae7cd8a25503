/* u-policy.c - the policy table: rows, their order, and which numbers they allow. */
#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/store/policy.h"
#include "bridge/store/table.h"
#include "t/tap.h"

static const struct {
	const char *key, *value, *wrong; /* NULL: right */
} checks[] = {
	{ "staff", "allow=+86,+1 deny=+1900 rate=10/m daily=200 mms=yes auth=sasl,dkim,spf,ip", NULL },
	{ "*", "", NULL },
	{ "@example.com", "quiet=22:00-07:00 hours=08:00-20:00 urgent=no size=300kB segments=3", NULL },
	{ "+", "allow=@example.com,bob@example.org rate=20/h", NULL },
	{ "bob@example.com", "urgent=header fold=5m", NULL },
	{ "bob@example.com", "fold=2d", "is no time up to a day" },
	{ "bob@example.com", "fold=often", "is no time up to a day" },
	{ "bob@example.com", "urgent=maybe", "is not yes, no or header" },
	{ "bob@example.com", "monthly_segments=1000 rate_to=5/m rate_pair=1/s rcpts=20", NULL },
	{ "Bob@example.com", "", "lower case" },
	{ "*", "alow=+86", "\"alow=+86\" is no key of a policy" },
	{ "*", "allow", "\"allow\" is no key of a policy" },
	{ "*", "allow=86", "has a word that is no prefix" },
	{ "*", "allow=+86x", "prefix that is not + and digits" },
	{ "*", "allow=+86,,+1", "empty word" },
	{ "*", "allow=", "empty word" },
	{ "*", "rate=10", "is no rate" },
	{ "*", "rate=10/y", "is no rate" },
	{ "*", "rate=0/m", "is no rate" },
	{ "*", "rate=-1/m", "is no rate" },
	{ "*", "daily=many", "is no number" },
	{ "*", "daily=9999999999", "is no number" },
	{ "*", "mms=maybe", "is not yes or no" },
	{ "*", "auth=sasl,magic", "is not of sasl" },
	{ "*", "quiet=22-7", "is no time of day" },
	{ "*", "quiet=25:00-07:00", "is no time of day" },
	{ "*", "size=big", "is no size" },
	{ "*", "mms=yes mms=no", "stands twice" },
};

static const struct {
	const char *policy, *number, *own, *why; /* NULL: allowed */
} numbers[] = {
	{ "daily=1", "+8613800138000", "86", NULL },
	{ "daily=1", "+4915550100", "86", "another country" },
	{ "daily=1", "+4915550100", "", NULL },
	{ "allow=+49", "+4915550100", "86", NULL },
	{ "allow=+49", "+8613800138000", "86", NULL },
	{ "allow=+49", "+490000", "86", NULL },
	{ "allow=+", "+12025550100", "86", NULL },
	{ "allow=+", "+19005550100", "86", "premium" },
	{ "allow=+1", "+19005550100", "86", "premium" },
	{ "allow=+1900", "+19005550100", "86", NULL },
	{ "daily=1", "+19005550100", "1", "premium" },
	{ "allow=+", "+881612345678", "86", "satellite" },
	{ "allow=+8816", "+881612345678", "86", NULL },
	{ "allow=+49 deny=+4915", "+4915550100", "86", "+4915 are not allowed" },
	{ "allow=+49155 deny=+4915", "+4915550100", "86", NULL },
	{ "allow=+49 deny=+49", "+4915550100", "86", "not allowed" },
	{ "deny=+", "+8613800138000", "86", "not allowed" },
	{ "deny=+ allow=+86", "+8613800138000", "86", NULL },
};

static const char rows[] = "static:alice@example.com=daily=1 rate=5/m,staff=daily=2 monthly=20,"
			   "@example.com=daily=3 monthly=30 segments=3,*=daily=4 monthly=40 segments=4 rcpts=4,"
			   "+=rate=2/h,bad=daily=x";

static void
order(void)
{
	struct verdict v;
	struct table *t = table_open(rows, &v);
	struct policy p;

	ok(policy_find(t, "Alice@Example.COM", "staff", &p, &v) == 0, "an address, class and domain");
	ok(p.daily == 1 && p.rate.count == 5 && p.rate.ms == 60000 && p.monthly == 20 && p.segments == 3 && p.rcpts == 4,
	    "the first row that has a key wins: address, class, domain, default");
	ok(policy_find(t, "bob@example.com", "", &p, &v) == 0 && p.daily == 3 && p.rate.count == 0, "a domain");
	ok(policy_find(t, "+8613800138000", NULL, &p, &v) == 0 && p.daily == 4 && p.rate.count == 2, "a phone");
	ok(policy_find(t, "x@y", "bad", &p, &v) < 0 && v.is == LATER && strstr(v.text, "key bad: daily"),
	    "a row that is wrong is LATER and named: %s", v.text);
	ok(policy_find(NULL, "x@y", "", &p, &v) == 0 && p.auth & AUTH_SASL && p.mms && !p.daily, "no table: the presets");
	table_close(t);
	ok(policy_within((struct policy_hours){ 1320, 420 }, 1400) && policy_within((struct policy_hours){ 1320, 420 }, 60) &&
	    !policy_within((struct policy_hours){ 1320, 420 }, 420) && !policy_within((struct policy_hours){ 0, 0 }, 0),
	    "hours over midnight");
}

int
main(void)
{
	struct verdict v;
	char words[64];

	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		int rc = policy_check(checks[i].key, checks[i].value, &v);

		ok(checks[i].wrong ? rc < 0 && strstr(v.text, checks[i].wrong) : rc == 0, "%s %s: %s", checks[i].key,
		    checks[i].value, rc < 0 ? v.text : "right");
	}
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		char name[256];
		struct table *t;
		struct policy p;
		int rc;

		/* "static:" parts its pairs by commas */
		snprintf(name, sizeof name, "static:*=%s", numbers[i].policy);
		t = table_open(name, &v);
		rc = policy_find(t, "x@y", "", &p, &v) < 0 ? -2 : policy_number(&p, numbers[i].number, numbers[i].own, &v);
		ok(numbers[i].why ? rc == -1 && strstr(v.text, numbers[i].why) : rc == 0, "%s: %s: %s", numbers[i].policy,
		    numbers[i].number, rc < 0 ? v.text : "allowed");
		table_close(t);
	}
	order();
	policy_auth_words(AUTH_SASL | AUTH_DMARC, words);
	is_str(words, "sasl dmarc", "evidence in words");
	return tap_done();
}
