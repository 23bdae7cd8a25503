/*
 * u-milter.c - the milter's parts that need no mail server: networks, evidence, the spool.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/networks.h"
#include "bridge/base/verdict.h"
#include "milter/evidence.h"
#include "milter/spool.h"
#include "t/tap.h"

static const struct {
	const char *list, *address;
	int has; /* 1 it does, 0 it does not, -1 the list is wrong */
} networks[] = {
	{ "127.0.0.0/8 [::1]/128", "127.255.0.1", 1 },
	{ "127.0.0.0/8 [::1]/128", "128.0.0.1", 0 },
	{ "127.0.0.0/8 [::1]/128", "::1", 1 },
	{ "127.0.0.0/8 [::1]/128", "::2", 0 },
	{ "127.0.0.0/8", "::ffff:127.0.0.1", 1 },
	{ "[::ffff:127.0.0.0]/104", "127.9.9.9", 1 },
	{ "127.0.0.0/8", "IPv6:::1", 0 },
	{ "2001:db8::/33,10.0.0.0/8", "2001:db8:7fff::1", 1 },
	{ "2001:db8::/33,10.0.0.0/8", "2001:db8:8000::1", 0 },
	{ "2001:db8::/33 , 10.0.0.0/8", "IPv6:2001:db8::1", 1 },
	{ "192.0.2.4/30", "192.0.2.7", 1 },
	{ "192.0.2.4/30", "192.0.2.8", 0 },
	{ "192.0.2.4", "192.0.2.4", 1 },
	{ "192.0.2.4", "192.0.2.5", 0 },
	{ "0.0.0.0/0", "203.0.113.9", 1 },
	{ "0.0.0.0/0", "2001:db8::1", 0 },
	{ "::/0", "203.0.113.9", 1 },
	{ "", "127.0.0.1", 0 },
	{ " ,\t\n", "127.0.0.1", 0 },
	{ "127.0.0.1/7", NULL, -1 },
	{ "127.0.0.0/33", NULL, -1 },
	{ "127.0.0.0/-1", NULL, -1 },
	{ "127.0.0.0/ 8", NULL, -1 },
	{ "127.0.0.0/8x", NULL, -1 },
	{ "127.0.0.0/99999999999999999999", NULL, -1 },
	{ "127.0.0/8", NULL, -1 },
	{ "[127.0.0.1", NULL, -1 },
	{ "[::1]x/128", NULL, -1 },
	{ "::1/129", NULL, -1 },
	{ "localhost", NULL, -1 },
	{ "0000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
	    NULL, -1 },
};

static void
test_networks(void)
{
	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
		struct verdict v = { 0 };
		struct networks *n = networks_parse(networks[i].list, &v);
		struct in6_addr a;
		int got = -1;

		if (n && networks[i].address && network_address(networks[i].address, &a))
			got = networks_have(n, &a);
		else if (n)
			got = -2;
		ok(got == networks[i].has, "networks \"%s\", %s: %d (%s)", networks[i].list,
		    networks[i].address ? networks[i].address : "wrong", got, v.text);
		networks_free(n);
	}
}

#define BY "\n\tby mx.test (Postfix) with ESMTP id 4jY\n\tfor <a@b>; Tue"
#define SM "\n\tby mx.test (8.17.1/8.17.1) with ESMTP id 6A\n\tfor <a@b>; Tue"
#define JOE "\n\t(Authenticated sender: joe)"

static const struct {
	const char *value;
	enum evidence_is is;
	const char *address, *login;
} evidence[] = {
	{ " from h (n [192.0.2.1])" BY, EVIDENCE_CLIENT, "192.0.2.1", "" },
	{ " from h (unknown [IPv6:2001:db8::1])" BY, EVIDENCE_CLIENT, "IPv6:2001:db8::1", "" },
	{ "from h (n [192.0.2.1])" JOE BY, EVIDENCE_CLIENT, "192.0.2.1", "joe" },
	{ "from h (n [192.0.2.1])\n\t(using TLSv1.3)" JOE BY, EVIDENCE_CLIENT, "192.0.2.1", "joe" },
	{ "from h (n [192.0.2.1])\n (Authenticated sender: joe (sales))" BY, EVIDENCE_CLIENT,
	    "192.0.2.1", "joe (sales)" },
	{ "from [127.0.0.1] (n [192.0.2.1])" BY, EVIDENCE_CLIENT, "192.0.2.1", "" },
	{ "from h (n [192.0.2.1])\n\t(using TLSv1.3 with cipher X (256/256 bits)\n\t key-exchange "
	  "X25519 server-signature RSA-PSS (2048 bits))\n\t(No client certificate requested)" JOE
		BY,
	    EVIDENCE_CLIENT, "192.0.2.1", "joe" },
	{ "from h (n [192.0.2.1])\n\t key-exchange X25519" BY, EVIDENCE_FOREIGN, "", "" },
	{ "from h (n [192.0.2.1])\n\t(using TLSv1.3)\n\t(x)\n\tkey-exchange y" BY, EVIDENCE_FOREIGN,
	    "", "" },
	{ "from h(n [127.0.0.1]) (n [192.0.2.1])" BY, EVIDENCE_FOREIGN, "", "" },
	{ "from h (n [192.0.2.1]) (n [127.0.0.1])" BY, EVIDENCE_FOREIGN, "", "" },
	{ "from h (n [127.0.0.1]x[192.0.2.1])" BY, EVIDENCE_FOREIGN, "", "" },
	{ "from h (n[192.0.2.1])" BY, EVIDENCE_FOREIGN, "", "" },
	{ "from h ([192.0.2.1])" SM, EVIDENCE_CLIENT, "192.0.2.1", "" },
	{ "from h ([192.0.2.1])" JOE SM, EVIDENCE_CLIENT, "192.0.2.1", "joe" },
	{ "from h (n [IPv6:2001:db8::1] (may be forged))" SM, EVIDENCE_CLIENT, "IPv6:2001:db8::1", "" },
	{ "from h ([192.0.2.1] (may be forged))" SM, EVIDENCE_CLIENT, "192.0.2.1", "" },
	{ "from h (n [127.0.0.1]) (n [192.0.2.1] (may be forged))" SM, EVIDENCE_FOREIGN, "", "" },
	{ "from h (may be forged))" SM, EVIDENCE_FOREIGN, "", "" },
	{ "(from root@localhost)\n\tby mx.test (8.17.1/8.17.1/Submit) id 6A; Tue", EVIDENCE_LOCAL, "", "" },
	{ "(from root@localhost)\n\tby evil.test (8.17.1/8.17.1) id 6A; Tue", EVIDENCE_FOREIGN, "", "" },
	{ "(from root@localhost)", EVIDENCE_FOREIGN, "", "" },
	{ "(from root@n [192.0.2.1])" SM, EVIDENCE_FOREIGN, "", "" },
	{ "(from n [192.0.2.1])" SM, EVIDENCE_FOREIGN, "", "" },
	{ "(from root)" SM, EVIDENCE_FOREIGN, "", "" },
	{ "(from localhost)" SM, EVIDENCE_FOREIGN, "", "" },
	{ "from localhost (localhost)" SM, EVIDENCE_FOREIGN, "", "" },
	{ "from h (n [])" BY, EVIDENCE_FOREIGN, "", "" },
	{ "from h (n [192.0.2.1]) " JOE, EVIDENCE_FOREIGN, "", "" },
	{ "from h (n [192.0.2.1])\n\tJOE" BY, EVIDENCE_FOREIGN, "", "" },
	{ "from h (n [192.0.2.1])\n\t(Authenticated sender: )" BY, EVIDENCE_FOREIGN, "", "" },
	{ "from h (n [192.0.2.1])" BY JOE, EVIDENCE_CLIENT, "192.0.2.1", "" },
	{ "from h (n [192.0.2.1])\n\tby evil.test (Postfix) with ESMTP id 4jY", EVIDENCE_FOREIGN,
	    "", "" },
	{ "from h (n [192.0.2.1])\n\tby mx.test.evil (Postfix) id 4jY", EVIDENCE_FOREIGN, "", "" },
	{ "from h (n [192.0.2.1])", EVIDENCE_FOREIGN, "", "" },
	{ "by mx.test (Postfix, from userid 1000)\n\tid 4jY; Tue", EVIDENCE_LOCAL, "", "" },
	{ "by MX.test (Postfix, from userid 0)\n\tid 4jY; Tue", EVIDENCE_LOCAL, "", "" },
	{ "by mx.test (Postfix, from userid x)\n\tid 4jY; Tue", EVIDENCE_INTERNAL, "", "" },
	{ "by mx.test (Postfix, from userid )\n\tid 4jY; Tue", EVIDENCE_INTERNAL, "", "" },
	{ "by mx.test (Postfix)\n\tid 4jY, from userid 0); Tue", EVIDENCE_INTERNAL, "", "" },
	{ "by evil.test (Postfix, from userid 0)\n\tid 4jY; Tue", EVIDENCE_FOREIGN, "", "" },
	{ "by mx.testx (Postfix, from userid 0)", EVIDENCE_FOREIGN, "", "" },
	{ "by mx.test", EVIDENCE_FOREIGN, "", "" },
	{ "", EVIDENCE_FOREIGN, "", "" },
	{ "\n\n\n", EVIDENCE_FOREIGN, "", "" },
	{ "from ", EVIDENCE_FOREIGN, "", "" },
	{ "from h (", EVIDENCE_FOREIGN, "", "" },
};

static void
test_evidence(void)
{
	char long_one[2000];

	for (size_t i = 0; i < sizeof evidence / sizeof *evidence; i++) {
		struct evidence e = { 0 };

		evidence_look(&e, evidence[i].value, "mx.test");
		ok(e.is == evidence[i].is && strcmp(e.address, evidence[i].address) == 0 &&
			strcmp(e.login, evidence[i].login) == 0,
		    "row %zu: %d \"%s\" \"%s\"", i, (int)e.is, e.address, e.login);
	}
	struct evidence e = { 0 };
	memset(long_one, 'x', sizeof long_one);
	snprintf(long_one, sizeof long_one, "from h (n [%0500d])" BY, 1);
	evidence_look(&e, long_one, "mx.test");
	is_int(e.is, EVIDENCE_FOREIGN, "an address beyond any bound");
	e = (struct evidence){ 0 };
	snprintf(
	    long_one, sizeof long_one, "from h (n [::1])\n\t(Authenticated sender: %0500d)" BY, 1);
	evidence_look(&e, long_one, "mx.test");
	is_int(e.is, EVIDENCE_FOREIGN, "a login beyond any bound");
	e = (struct evidence){ 0 };
	evidence_look(&e, "by mx.test (Postfix)\n\tid 1", "mx.test");
	evidence_look(&e, "from h (n [192.0.2.1])" BY, "mx.test");
	evidence_look(&e, "by mx.test (Postfix, from userid 0)", "mx.test");
	ok(e.is == EVIDENCE_CLIENT && strcmp(e.address, "192.0.2.1") == 0,
	    "below a hop of our own the next one counts, and nothing below that");
}

/* What the spool gives back is what was put in, whether it fits into memory or not. */
static void
test_spool(void)
{
	static const size_t sizes[] = { 0, 1, 8191, 8192, 8193, SPOOL_MEMORY - 1, SPOOL_MEMORY,
		SPOOL_MEMORY + 1, 3 * SPOOL_MEMORY };
	char *in = malloc(3 * SPOOL_MEMORY), *out = malloc(3 * SPOOL_MEMORY + 1);

	for (size_t i = 0; i < 3 * SPOOL_MEMORY; i++)
		in[i] = (char)(i * 2654435761U >> 11);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		for (size_t piece = 1000; piece <= 1000000; piece *= 1000) {
			struct spool s = { 0 };
			ssize_t n;

			for (size_t at = 0; at < sizes[i]; at += piece)
				spool_add(
				    &s, in + at, sizes[i] - at < piece ? sizes[i] - at : piece);
			n = read(spool_open(&s), out, 3 * SPOOL_MEMORY + 1);
			ok(n == (ssize_t)sizes[i] && s.size == n && memcmp(in, out, sizes[i]) == 0,
			    "%zu bytes in pieces of %zu", sizes[i], piece);
			spool_free(&s);
		}
	}
	free(in);
	free(out);
}

static void
test_spool_header(void)
{
	struct spool s = { 0 };
	char out[200] = "";

	spool_header(&s, "A", " one\n\ttwo\r\n three");
	spool_header(&s, "B", "");
	spool_header(&s, "C", "\n");
	if (read(spool_open(&s), out, sizeof out - 1) < 0)
		out[0] = '\0';
	is_str(out, "A: one\r\n\ttwo\r\n three\r\nB:\r\nC:\r\n\r\n", "headers as they came");
	spool_free(&s);
	setenv("TMPDIR", "/nonexistent", 1);
	for (int i = 0; i < 300; i++)
		spool_add(&s, "0123456789abcdef", 16);
	for (int i = 0; i < 2 * SPOOL_MEMORY / 200; i++)
		spool_add(&s, out, sizeof out);
	is_int(spool_open(&s), -1, "without a place for files a long mail is not whole");
	spool_free(&s);
}

int
main(void)
{
	test_networks();
	test_evidence();
	test_spool();
	test_spool_header();
	return tap_done();
}
