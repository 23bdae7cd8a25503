/*
 * u-addr.c - numbers as people type them become E.164 or are refused with a reason; mailboxes are
 * read as SMTP hands them over.
 */
#include "bridge/message/addr.h"

#include <stdlib.h>

#include "bridge/base/verdict.h"
#include "t/tap.h"

static const struct addr_rules nowhere = { "", "0", "00" };
static const struct addr_rules china = { "86", "0", "00" };
static const struct addr_rules britain = { "44", "0", "00" };
static const struct addr_rules france = { "33", "0", "00" };
static const struct addr_rules italy = { "39", "", "00" };
static const struct addr_rules america = { "1", "1", "011" };
static const struct addr_rules america_preset = { "1", "0", "00" };
static const struct addr_rules russia = { "7", "8", "810" };
static const struct addr_rules hungary = { "36", "06", "00" };
static const struct addr_rules india = { "91", "0", "00" };
static const struct addr_rules kenya = { "+254", "0", "000" };
static const struct addr_rules brazil = { "55", "0", "00" };
static const struct addr_rules helena = { "290", "", "00" };
static const struct addr_rules no_prefix = { "86", "0", "" };

/* want begins with "+": the number; else: words that must be in the reason. */
/* clang-format off */
static const struct {
	const struct addr_rules *rules;
	const char *typed, *want;
} numbers[] = {
	/* The project's own examples: all one phone. */
	{ &china, "13800138000", "+8613800138000" },
	{ &china, "+8613800138000", "+8613800138000" },
	{ &china, "+86 138-0013.8000", "+8613800138000" },
	{ &china, "0086-138-0013-8000", "+8613800138000" },
	{ &china, "+86.138.0013.8000", "+8613800138000" },
	{ &china, "(+86) 138/0013/8000", "+8613800138000" },
	{ &china, "8613800138000", "+8613800138000" },
	{ &china, "\xef\xbc\x8b\xef\xbc\x98\xef\xbc\x96 13800138000", "+8613800138000" },
	{ &china, "\xef\xbc\x91\xef\xbc\x93\xef\xbc\x98" "00138000", "+8613800138000" },
	{ &china, "+\xd9\xa8\xd9\xa6\xd9\xa1\xd9\xa3\xd9\xa8\xd9\xa0\xd9\xa0\xd9\xa1\xd9\xa3\xd9\xa8\xd9\xa0\xd9\xa0\xd9\xa0",
	    "+8613800138000" },
	{ &china, "+\xdb\xb8\xdb\xb6\xdb\xb1\xdb\xb3\xdb\xb8\xdb\xb0\xdb\xb0\xdb\xb1\xdb\xb3\xdb\xb8\xdb\xb0\xdb\xb0\xdb\xb0",
	    "+8613800138000" },
	{ &china, "+86\xc2\xa0" "138\xe2\x80\xaf" "0013\xe3\x80\x80" "8000", "+8613800138000" },
	{ &china, "\xe2\x80\xaa+86 138\xe2\x80\x91" "0013\xe2\x80\x93" "8000\xe2\x80\xac", "+8613800138000" },
	{ &china, "  +8613800138000  ", "+8613800138000" },
	/* URIs and what platforms hang on. */
	{ &china, "tel:+86-138-0013-8000;ext=1", "+8613800138000" },
	{ &china, "TEL:13800138000;phone-context=example.com", "phone-context" },
	{ &china, "+8613800138000/TYPE=PLMN", "+8613800138000" },
	{ &china, "+8613800138000/type=plmn", "+8613800138000" },
	{ &china, "tel:", "no digit" },
	{ &china, "tel:;ext=1234567", "no digit" },
	{ &china, "tel:tel:+8613800138000", "\"t\" does not belong" },
	/* Trunk prefixes: dropped once, only from national numbers. */
	{ &china, "010 6552 9988", "+861065529988" },
	{ &britain, "020 7946 0958", "+442079460958" },
	{ &britain, "(0)20 7946 0958", "+442079460958" },
	{ &britain, "0 0207946095", "+207946095" }, /* "00" is the international prefix */
	{ &kenya, "00712345678", "a 0 stands behind the country code 254" },
	{ &italy, "06 6982 0000", "+390669820000" },
	{ &italy, "+39 06 6982 0000", "+390669820000" },
	{ &america, "1 (555) 123-4567", "+15551234567" },
	{ &america, "(555) 123-4567", "+15551234567" },
	{ &america, "011 44 20 7946 0958", "+442079460958" },
	{ &america_preset, "15551234567", "+15551234567" },
	{ &america_preset, "5551234567", "+15551234567" },
	{ &russia, "8 (916) 123-45-67", "+79161234567" },
	{ &russia, "916 123-45-67", "+79161234567" },
	{ &russia, "800 555-35-35", "+78005553535" }, /* the 8 is its own */
	{ &russia, "8 800 555-35-35", "+78005553535" },
	{ &russia, "810 44 20 7946 0958", "+442079460958" },
	{ &hungary, "06 30 123 4567", "+36301234567" },
	{ &hungary, "30 123 4567", "+36301234567" },
	/* "(0)" between the country code and the rest. */
	{ &nowhere, "+44 (0)20 7946 0958", "+442079460958" },
	{ &nowhere, "+44 ( 0)20 7946 0958", "a 0 stands behind the country code 44" },
	{ &nowhere, "0044(0)2079460958", "+442079460958" },
	{ &britain, "44 (0)20 7946 0958", "+442079460958" },
	{ &nowhere, "+44 \xef\xbc\x88\xef\xbc\x90\xef\xbc\x89 20 7946 0958", "+442079460958" },
	{ &nowhere, "+44 (0)20 (0) 7946 095", "+442007946095" }, /* only the first */
	{ &nowhere, "+44 (020) 7946 0958", "a 0 stands behind the country code 44" },
	{ &italy, "+39 (0)6 6982 0000", "+390669820000" },
	{ &nowhere, "+(0)44 20 7946 0958", "no country code begins with 0" },
	{ &nowhere, "+44 (0", "too short" },
	/* The "+" was lost, or the first digits only look like the country code. */
	{ &britain, "447700900123", "+447700900123" },
	{ &france, "33612345678", "+33612345678" },
	{ &france, "0612345678", "+33612345678" },
	{ &russia, "79161234567", "+79161234567" },
	{ &india, "919812345678", "+919812345678" },
	{ &india, "9198123456", "+919198123456" }, /* ten digits: a national number */
	{ &brazil, "55987654321", "+5555987654321" }, /* eleven: area 55 */
	{ &brazil, "5511987654321", "+5511987654321" },
	{ &china, "4477009001234567", "too long" },
	{ &kenya, "254700000001", "+254700000001" },
	{ &kenya, "0700 000001", "+254700000001" },
	/* Prefixes as configured. */
	{ &kenya, "000 44 20 7946 0958", "+442079460958" },
	{ &no_prefix, "0013800138000", "a 0 stands behind the country code 86" },
	/* No country code configured. */
	{ &nowhere, "+8613800138000", "+8613800138000" },
	{ &nowhere, "008613800138000", "+8613800138000" },
	{ &nowhere, "13800138000", "write it with \"+\"" },
	/* Too long, too short, nothing. */
	{ &nowhere, "+123456789012345", "+123456789012345" },
	{ &nowhere, "+1234567890123456", "too long, 16 digits" },
	{ &nowhere, "+1234567", "+1234567" },
	{ &nowhere, "+123456", "too short, 6 digits" },
	{ &china, "1380013800012", "+861380013800012" },
	{ &china, "13800138000123", "too long, 16 digits" },
	{ &china, "123456789012345678901234567890123", "more than 32 digits" },
	{ &china, "12345678901234567890123456789012", "too long" },
	{ &china, "10086", "short codes" },
	{ &china, "110", "short codes" },
	{ &china, "0", "short codes" },
	{ &china, "00", "too short, 0 digits" },
	{ &china, "123456", "short codes" },
	{ &china, "1234567", "+861234567" },
	{ &helena, "22345", "+29022345" },
	{ &helena, "2234", "short codes" },
	{ &china, "", "no digit" },
	{ &china, "+", "no digit" },
	{ &china, " - ", "no digit" },
	{ &china, "()", "no digit" },
	{ &china, "+0123456789", "no country code begins with 0" },
	{ &china, "0001234567890", "no country code begins with 0" },
	/* Ways around a rule for +49900. */
	{ &nowhere, "+490900123456", "a 0 stands behind the country code 49" },
	{ &nowhere, "+49(0)(0)900123456", "a 0 stands behind the country code 49" },
	{ &nowhere, "+49 ( 0 ) 900123456", "a 0 stands behind the country code 49" },
	{ &nowhere, "+49(0)900123456", "+49900123456" },
	{ &nowhere, "+254 0 712345678", "a 0 stands behind the country code 254" },
	{ &nowhere, "+225 07 12 34 56 78", "+2250712345678" },
	{ &nowhere, "+15550100;phone-context=+1", "phone-context" },
	/* What does not belong. */
	{ &china, "++8613800138000", "\"+\" stands inside" },
	{ &china, "86+13800138000", "\"+\" stands inside" },
	{ &china, "1380013800O", "\"O\" does not belong" },
	{ &china, "bob", "\"b\" does not belong" },
	{ &china, "138#", "\"#\" does not belong" },
	{ &china, "*138#", "\"*\" does not belong" },
	{ &china, "138,139", "\",\" does not belong" },
	{ &china, "138\n139", "U+000A does not" },
	{ &china, "138\x7f", "U+007F does not" },
	{ &china, "138\xff", "U+FFFD does not" },
	{ &china, "138\xef\xbc", "U+FFFD does not" },
	{ &china, "\xe4\xb8\x80\xe4\xba\x8c", "U+4E00 does not" },
	{ &china, "+86 138\xf0\x9f\x93\x9e", "U+1F4DE does not" },
};
/* clang-format on */

static void
test_numbers(void)
{
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		const char *typed = numbers[i].typed, *want = numbers[i].want;
		char out[ADDR_NUMBER] = "untouched";
		struct verdict v = { .is = DONE };
		int rc = addr_number(typed, numbers[i].rules, out, &v);

		if (want[0] == '+') {
			if (!ok(rc == 0 && strcmp(out, want) == 0, "\"%s\" is %s", typed, want))
				printf("# got: %s (%s)\n", out, v.text);
		} else if (!ok(rc == -1 && v.is == NEVER && strcmp(v.dsn, "5.1.3") == 0 &&
				   strstr(v.text, want),
			       "row %zu is refused: %s", i, want))
			printf("# got: %d %s (%s)\n", rc, out, v.text);
	}
}

static void
test_bad_rules(void)
{
	static const char *const codes[] = { "CN", "8 6", "0", "086", "1234", "+", "++86",
		"8613800138000" };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		struct addr_rules r = { codes[i], "0", "00" };
		char out[ADDR_NUMBER];
		struct verdict v = { .is = DONE };
		int rc = addr_number("13800138000", &r, out, &v);

		ok(rc == -1 && v.is != DONE, "country code \"%s\" makes no number", codes[i]);
		ok(addr_number("+8613800138000", &r, out, &v) == 0, "and one with + needs none");
	}
}

/* Whatever comes out goes in again unchanged, under any rules. */
static void
test_idempotent(void)
{
	static const struct addr_rules *const all[] = { &nowhere, &china, &britain, &france, &italy,
		&america, &russia, &hungary, &india, &kenya, &brazil, &helena, &no_prefix };
	enum { ALL = sizeof all / sizeof all[0] };
	static const char alphabet[] = "0123456789012345678901234567890123456789 -.()/+";
	unsigned wrong = 0, form = 0, taken = 0, seed = 1;

	for (unsigned n = 0; n < 20000; n++) {
		const struct addr_rules *r = all[n % ALL];
		char typed[32], one[ADDR_NUMBER], two[ADDR_NUMBER];
		struct verdict v;
		size_t len = 0;

		if (n % 3 == 0)
			typed[len++] = '+';
		for (unsigned want = 4 + n % 19; len < want; len++) {
			seed = seed * 1103515245 + 12345;
			typed[len] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
		}
		typed[len] = '\0';
		if (addr_number(typed, r, one, &v) < 0)
			continue;
		taken++;
		len = strlen(one);
		form += one[0] != '+' || one[1] == '0' || len < 8 || len > 16 ||
			strspn(one + 1, "0123456789") != len - 1;
		for (unsigned i = 0; i < ALL; i++)
			wrong += addr_number(one, all[i], two, &v) < 0 || strcmp(one, two) != 0;
	}
	ok(taken > 5000, "%u of 20000 made-up numbers are some", taken);
	is_int(form, 0, "each is + and 7 to 15 digits");
	is_int(wrong, 0, "and stays what it is when read again, under any rules");
}

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* local NULL: refused, and domain holds words of the reason. */
/* clang-format off */
static const struct {
	const char *given, *local, *domain;
} boxes[] = {
	{ "<alice@example.com>", "alice", "example.com" },
	{ "alice@example.com", "alice", "example.com" },
	{ "Alice@EXAMPLE.Com", "Alice", "example.com" },
	{ "alice@example.com.", "alice", "example.com" },
	{ "alice", "alice", "" },
	{ "<postmaster>", "postmaster", "" },
	{ "+8613800138000@sms.example.com", "+8613800138000", "sms.example.com" },
	{ "+44(0)2079460958@sms.example.com", "+44(0)2079460958", "sms.example.com" },
	{ "<tel:+8613800138000@sms.example.com>", "tel:+8613800138000", "sms.example.com" },
	{ "<juliet%capulet.lit@im.example.com>", "juliet%capulet.lit", "im.example.com" },
	{ "a..b.@docomo.ne.jp", "a..b.", "docomo.ne.jp" },
	{ "!#$%&'*+-/=?^_`{|}~@x", "!#$%&'*+-/=?^_`{|}~", "x" },
	/* Source routes. */
	{ "<@one.example,@two.example:bob@example.com>", "bob", "example.com" },
	{ "<@[IPv6:2001:db8::1]:bob@example.com>", "bob", "example.com" },
	{ "@one.example:bob@example.com", "bob", "example.com" },
	{ "<@one.example>", NULL, "nothing stands before" },
	{ "<@one.example:>", NULL, "empty" },
	/* Quoted local parts. */
	{ "<\"+86 138 0013 8000\"@sms.example.com>", "+86 138 0013 8000", "sms.example.com" },
	{ "\"a@b\"@example.com", "a@b", "example.com" },
	{ "\"a\\\"b\\\\c\\d\"@example.com", "a\"b\\cd", "example.com" },
	{ "\"a>b\"@example.com", "a>b", "example.com" },
	{ "\"alice\"", "alice", "" },
	{ "\"alice@example.com", NULL, "quote is not closed" },
	{ "\"alice\\", NULL, "quote is not closed" },
	{ "\"alice\\\"", NULL, "quote is not closed" },
	{ "\"al\"ice@example.com", NULL, "between the quote and the @" },
	{ "\"\"@example.com", NULL, "nothing stands before" },
	/* Bytes of SMTPUTF8, and those that are not even that. */
	{ "gr\xc3\xbc\xc3\x9f" "e@example.com", "gr\xc3\xbc\xc3\x9f" "e", "example.com" },
	{ "\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe5\xad\x90.\xe5\xb9\xbf\xe5\x91\x8a",
	    "\xe7\x94\xa8\xe6\x88\xb7", "\xe4\xbe\x8b\xe5\xad\x90.\xe5\xb9\xbf\xe5\x91\x8a" },
	{ "\xff@example.com", "\xff", "example.com" },
	/* Domains. */
	{ "a@[192.0.2.1]", "a", "[192.0.2.1]" },
	{ "a@[IPv6:2001:DB8::1]", "a", "[ipv6:2001:db8::1]" },
	{ "a@[192.0.2.1", NULL, "no address in brackets" },
	{ "a@[]", NULL, "no address in brackets" },
	{ "a@[1]2]", NULL, "no address in brackets" },
	{ "a@[1 2]", NULL, "no address in brackets" },
	{ "a@", NULL, "no domain" },
	{ "<a@>", NULL, "no domain" },
	{ "a@.", NULL, "domain is not one" },
	{ "a@.b", NULL, "domain is not one" },
	{ "a@b..c", NULL, "domain is not one" },
	{ "a@b..", NULL, "domain is not one" },
	{ "a@b c", NULL, "domain is not one" },
	{ "a@b@c", NULL, "domain is not one" },
	{ "a@b>", NULL, "domain is not one" },
	{ "<a@b>>", NULL, "domain is not one" },
	{ "a@b/c", NULL, "domain is not one" },
	{ "a@b%c", NULL, "domain is not one" },
	/* No mailbox. */
	{ "", NULL, "empty" },
	{ "<>", NULL, "empty" },
	{ "<", NULL, "without \">\"" },
	{ "<a@b", NULL, "without \">\"" },
	{ "<a@b> SIZE=1", NULL, "without \">\"" },
	{ ">", NULL, "\">\" must stand in quotes" },
	{ "@", NULL, "nothing stands before" },
	{ "@example.com", NULL, "nothing stands before" },
	{ "a b@c", NULL, "\" \" must stand in quotes" },
	{ "a,b@c", NULL, "\",\" must stand in quotes" },
	{ "a\\b@c", NULL, "\"\\\" must stand in quotes" },
	{ "a\"b\"@c", NULL, "\"\"\" must stand in quotes" },
	{ "Alice <alice@example.com>", NULL, "must stand in quotes" },
	{ "a\r\nb@c", NULL, "control character" },
	{ "a@b\n", NULL, "control character" },
	{ "\"a\tb\"@c", NULL, "control character" },
	{ "a\x7f@c", NULL, "control character" },
	/* Long ones: bounce addresses need more than 64. */
	{ HUNDRED "@example.com", HUNDRED, "example.com" },
	{ HUNDRED HUNDRED HUNDRED TEN "@" "123456789", HUNDRED HUNDRED HUNDRED TEN, "123456789" }, /* 320 */
	{ HUNDRED HUNDRED HUNDRED TEN "@" "1234567890", NULL, "too long" },
	{ "a@" HUNDRED HUNDRED TEN TEN TEN TEN TEN "01234", "a", HUNDRED HUNDRED TEN TEN TEN TEN TEN "01234" },
	{ "a@" HUNDRED HUNDRED TEN TEN TEN TEN TEN "012345", NULL, "domain is too long" },
	{ "<@" HUNDRED HUNDRED HUNDRED ":a@b>", "a", "b" },
	{ HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED, NULL, "too long" },
	{ "<" HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED "@b>", NULL, "too long" },
};
/* clang-format on */

static void
test_mailboxes(void)
{
	for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
		struct mailbox m;
		struct verdict v = { .is = DONE };
		int rc = addr_mailbox(boxes[i].given, &m, &v);

		if (boxes[i].local) {
			if (!ok(rc == 0 && strcmp(m.local, boxes[i].local) == 0 &&
				    strcmp(m.domain, boxes[i].domain) == 0,
				"mailbox %s", boxes[i].given))
				printf("# got: %d \"%s\" at \"%s\" (%s)\n", rc, m.local, m.domain,
				    v.text);
		} else if (!ok(rc == -1 && v.is == NEVER && strcmp(v.dsn, "5.1.3") == 0 &&
				   strstr(v.text, boxes[i].domain),
			       "mailbox row %zu is refused: %s", i, boxes[i].domain))
			printf("# got: %d (%s)\n", rc, v.text);
	}
}

static void
test_rules(void)
{
	static const struct {
		struct addr_rules rules;
		const char *wrong; /* the key; NULL: none */
	} rows[] = {
		{ { "86", "0", "00" }, NULL },
		{ { "", "", "" }, NULL },
		{ { "1", "1", "011" }, NULL },
		{ { "4x", "0", "00" }, "country_code" },
		{ { "049", "0", "00" }, "country_code" },
		{ { "12345", "0", "00" }, "country_code" },
		{ { "49", "zero", "00" }, "trunk_prefix" },
		{ { "49", "0", "+" }, "international_prefix" },
	};
	struct verdict v;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int rc = addr_rules_check(&rows[i].rules, &v);

		ok(rows[i].wrong ? rc < 0 && strstr(v.text, rows[i].wrong) : rc == 0,
		    "rules %zu: %s", i, rows[i].wrong ? v.text : "good");
	}
}

int
main(void)
{
	test_rules();
	test_numbers();
	test_bad_rules();
	test_idempotent();
	test_mailboxes();
	return tap_done();
}
