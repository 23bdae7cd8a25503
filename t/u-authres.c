/* u-authres.c - Authentication-Results, as verifiers and liars write them. */
#include <stdbool.h>
#include <string.h>

#include "bridge/message/msg.h"
#include "milter/authres.h"
#include "t/tap.h"

#define IDS "mx.example.com relay.example.com"

static const struct {
	const char *name, *sender;
	const char *fields[4];
	unsigned pass;
} rows[] = {
	{ "one signature", "ann@example.org", { "mx.example.com; dkim=pass header.d=example.org" }, AUTH_DKIM },
	{ "all three", "ann@example.org",
	    { "mx.example.com; dkim=pass (2048-bit key) header.d=example.org header.i=@example.org header.b=\"ab;c\";\r\n"
	      "\tspf=pass (mx: domain of x; designates y) smtp.mailfrom=ann@example.org;\r\n"
	      "\tdmarc=pass (p=REJECT; dis=NONE) header.from=example.org" },
	    AUTH_DKIM | AUTH_SPF | AUTH_DMARC },
	{ "opendkim and opendmarc", "ann@example.org",
	    { "mx.example.com;\n\tdmarc=pass (p=none dis=none) header.from=example.org",
		"mx.example.com; dkim=pass (2048-bit key; unprotected) header.d=example.org header.i=@example.org" },
	    AUTH_DKIM | AUTH_DMARC },
	{ "a version behind the id", "ann@example.org", { "mx.example.com 1; spf=pass smtp.mailfrom=example.org" }, AUTH_SPF },
	{ "an id with a comment", "ann@example.org", { "(c (nested) ) MX.example.com (x); spf=pass smtp.mailfrom=example.org" },
	    AUTH_SPF },
	{ "nobody's id", "ann@example.org", { "evil.example.net; dkim=pass header.d=example.org" }, 0 },
	{ "an id like ours", "ann@example.org", { "mx.example.com.evil.net; dkim=pass header.d=example.org" }, 0 },
	{ "our id in a comment", "ann@example.org", { "evil.net (mx.example.com); dkim=pass header.d=example.org" }, 0 },
	{ "no id", "ann@example.org", { "; dkim=pass header.d=example.org" }, 0 },
	{ "a failure", "ann@example.org", { "mx.example.com; dkim=fail header.d=example.org" }, 0 },
	{ "passed in a comment", "ann@example.org", { "mx.example.com; dkim=fail (dkim=pass header.d=example.org)" }, 0 },
	{ "passed in a quoted string", "ann@example.org", { "mx.example.com; dkim=fail reason=\"; dkim=pass header.d=example.org\"" },
	    0 },
	{ "another's signature", "ann@example.org", { "mx.example.com; dkim=pass header.d=evil.net" }, 0 },
	{ "two signatures, one is ours", "ann@example.org",
	    { "mx.example.com; dkim=pass header.d=list.net; dkim=pass header.d=example.org" }, AUTH_DKIM },
	{ "the domain above", "ann@mail.example.org", { "mx.example.com; dkim=pass header.d=example.org" }, AUTH_DKIM },
	{ "not a top level", "ann@example.org", { "mx.example.com; dkim=pass header.d=org" }, 0 },
	{ "a domain that only ends alike", "ann@badexample.org", { "mx.example.com; dkim=pass header.d=example.org" }, 0 },
	{ "SPF of a domain above is not aligned", "ann@mail.example.org", { "mx.example.com; spf=pass smtp.mailfrom=example.org" }, 0 },
	{ "SPF of the greeting is not the sender's", "ann@example.org", { "mx.example.com; spf=pass smtp.helo=example.org" }, 0 },
	{ "what stands above counts", "ann@example.org",
	    { "mx.example.com; dkim=fail header.d=example.org", "mx.example.com; dkim=pass header.d=example.org" }, 0 },
	{ "none", "ann@example.org", { "mx.example.com; none" }, 0 },
	{ "the null sender", "", { "mx.example.com; spf=pass smtp.mailfrom=" }, 0 },
	{ "endless comments", "ann@example.org", { "mx.example.com; dkim=pass ((((((((((((( header.d=example.org" }, 0 },
	{ "nothing", "ann@example.org", { "" }, 0 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct authres a = { 0 };

		for (int f = 0; f < 4 && rows[i].fields[f]; f++)
			authres_look(&a, rows[i].fields[f], IDS, rows[i].sender);
		ok(a.pass == rows[i].pass, "%s: %u", rows[i].name, a.pass);
	}
	return tap_done();
}
