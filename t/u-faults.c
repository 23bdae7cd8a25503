/*
 * u-faults.c - the table of errors: what each means, an administrator's file over it, bad lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/verdict.h"
#include "sdp/fault.h"
#include "t/tap.h"

/* What becomes of a message: the verdict of each error, on a first send and after an unknown one. */
struct row {
	const char *key, *variable;
	enum fault_class class;
	const char *dsn;
};

static const struct row table[] = {
	{ "connect", NULL, FAULT_TRANSPORT, "4.4.1" },
	{ "tls", NULL, FAULT_TRANSPORT, "4.7.5" },
	{ "timeout", NULL, FAULT_UNKNOWN, "4.4.7" },
	{ "lost", NULL, FAULT_UNKNOWN, "4.4.2" },
	{ "toolong", NULL, FAULT_UNKNOWN, "4.5.0" },
	{ "garbage", NULL, FAULT_UNKNOWN, "4.5.0" },
	{ "empty", NULL, FAULT_UNKNOWN, "4.5.0" },
	{ "http/302", NULL, FAULT_TRANSPORT, "4.4.4" },
	{ "http/400", NULL, FAULT_TRANSPORT, "4.5.0" },
	{ "http/401", NULL, FAULT_TRANSPORT, "4.7.8" },
	{ "http/403", NULL, FAULT_TRANSPORT, "4.7.0" },
	{ "http/404", NULL, FAULT_TRANSPORT, "4.4.4" },
	{ "http/405", NULL, FAULT_TRANSPORT, "4.5.0" },
	{ "http/407", NULL, FAULT_TRANSPORT, "4.7.8" },
	{ "http/408", NULL, FAULT_RETRY, "4.4.7" },
	{ "http/413", NULL, FAULT_FINAL, "5.3.4" },
	{ "http/415", NULL, FAULT_TRANSPORT, "4.5.0" },
	{ "http/429", NULL, FAULT_TRANSPORT, "4.7.0" },
	{ "http/500", NULL, FAULT_UNKNOWN, "4.3.0" },
	{ "http/502", NULL, FAULT_TRANSPORT, "4.4.1" },
	{ "http/503", NULL, FAULT_TRANSPORT, "4.3.2" },
	{ "http/504", NULL, FAULT_UNKNOWN, "4.4.7" },
	{ "http/599", NULL, FAULT_UNKNOWN, "4.3.0" },
	{ "http/700", NULL, FAULT_RETRY, "4.3.0" },
	{ "http/", NULL, FAULT_RETRY, "4.3.0" },
	{ "SVC0001", NULL, FAULT_RETRY, "4.3.0" },
	{ "SVC0001", "E42", FAULT_RETRY, "4.3.0" },
	{ "svc0001", NULL, FAULT_RETRY, "4.3.0" },
	{ "SVC0002", NULL, FAULT_FINAL, "5.5.4" },
	{ "SVC0002", "message", FAULT_FINAL, "5.5.4" },
	{ "SVC0002", "addresses", FAULT_FINAL, "5.1.1" },
	{ "SVC0003", NULL, FAULT_FINAL, "5.5.4" },
	{ "SVC0004", "addresses", FAULT_FINAL, "5.1.1" },
	{ "SVC0005", NULL, FAULT_ACCEPTED, "5.5.4" },
	{ "SVC0006", NULL, FAULT_FINAL, "5.1.1" },
	{ "SVC0007", NULL, FAULT_FINAL, "5.5.4" },
	{ "SVC0008", NULL, FAULT_FINAL, "5.5.4" },
	{ "SVC0280", "160", FAULT_FINAL, "5.3.4" },
	{ "SVC0281", NULL, FAULT_FINAL, "5.6.1" },
	{ "SVC0282", NULL, FAULT_FINAL, "5.6.1" },
	{ "SVC0283", NULL, FAULT_NORECEIPT, "5.5.4" },
	{ "SVC0284", NULL, FAULT_FINAL, "5.6.0" },
	{ "SVC0901", NULL, FAULT_TRANSPORT, "4.7.8" },
	{ "SVC0905", NULL, FAULT_FINAL, "5.5.4" },
	{ "SVC1000", NULL, FAULT_RETRY, "4.3.2" },
	{ "POL0001", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL0002", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL0003", NULL, FAULT_FINAL, "5.5.3" },
	{ "POL0004", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL0005", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL0006", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL0007", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL0008", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL0009", NULL, FAULT_FINAL, "5.5.4" },
	{ "POL0010", NULL, FAULT_FINAL, "5.4.7" },
	{ "POL0011", NULL, FAULT_FINAL, "5.6.1" },
	{ "POL0012", NULL, FAULT_FINAL, "5.5.4" },
	{ "POL0013", NULL, FAULT_FINAL, "5.5.3" },
	{ "POL0900", NULL, FAULT_FINAL, "5.5.3" },
	{ "POL0903", NULL, FAULT_UNKNOWN, "4.4.7" },
	{ "POL0904", NULL, FAULT_TRANSPORT, "4.7.0" },
	{ "POL0905", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL0906", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL0907", NULL, FAULT_FINAL, "5.5.3" },
	{ "POL0908", NULL, FAULT_FINAL, "5.3.4" },
	{ "POL1009", NULL, FAULT_FINAL, "5.7.1" },
	{ "POL1010", NULL, FAULT_FINAL, "5.7.1" },
	{ "0", NULL, FAULT_UNKNOWN, "4.5.0" },
	{ "client", NULL, FAULT_FINAL, "5.5.0" },
	{ "server", NULL, FAULT_RETRY, "4.3.0" },
	{ "default", NULL, FAULT_RETRY, "4.3.0" },
	{ "SVC4711", "x", FAULT_RETRY, "4.3.0" },
	{ "", "", FAULT_RETRY, "4.3.0" },
	{ "%n%s%n", "%s/%n", FAULT_RETRY, "4.3.0" },
};

static const enum verdict_is outcome[] = {
	[FAULT_TRANSPORT] = LATER, [FAULT_RETRY] = LATER,    [FAULT_FINAL] = NEVER,
	[FAULT_UNKNOWN] = UNKNOWN, [FAULT_ACCEPTED] = NEVER, [FAULT_NORECEIPT] = NEVER,
};

static void
built_in(void)
{
	struct verdict v;
	struct faults *f = fault_table("", &v);

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct row *r = &table[i];
		const struct fault *row = fault_find(f, r->key, r->variable);

		fault_verdict(row, false, "", &v);
		ok(row->class == r->class && strcmp(row->dsn, r->dsn) == 0 &&
		    v.is == outcome[r->class] && v.whole == (r->class == FAULT_TRANSPORT) &&
		    strcmp(v.dsn, r->dsn) == 0 && strcmp(v.text, row->text) == 0,
		    "%s/%s is class %d, %s: %s", r->key, r->variable ? r->variable : "", r->class,
		    r->dsn, v.text);
	}
	fault_verdict(fault_find(f, "SVC0005", NULL), true, "SVC0005", &v);
	is_int(v.is, DONE, "a known correlator after an unknown outcome: it was taken");
	fault_verdict(fault_find(f, "SVC0004", NULL), true, "SVC0004: No %s", &v);
	is_int(v.is, NEVER, "another fault after an unknown outcome stays what it is");
	is_str(v.text, "The platform refuses the recipient's number (SVC0004: No %s)",
	    "the platform's own words follow in brackets");
	fault_free(f);
}

/* The table over the text, or NULL and *v. %s in a message stands for the file's name. */
static struct faults *
with_file(const char *text, size_t len, struct verdict *v)
{
	char path[] = "/tmp/u-faults.XXXXXX";
	int fd = mkstemp(path);
	struct faults *f;

	if (fd < 0 || write(fd, text, len) != (ssize_t)len) {
		perror("u-faults");
		exit(1);
	}
	close(fd);
	f = fault_table(path, v);
	unlink(path);
	/* What is compared below should not hold a random name. */
	if (!f && strncmp(v->text, path, sizeof path - 1) == 0)
		memmove(v->text, v->text + sizeof path - 1, strlen(v->text + sizeof path - 1) + 1);
	return f;
}

static void
edited(void)
{
	static const char text[] = "# ours\r\n\n"
	    "POL0001/101   retry 4.7.0  The day's quota is used up\n"
	    "  POL0001\ttransport\t4.7.0\tAsk the operator  \n"
	    "http/500 retry 4.3.0 Their 500 means: not sent\n"
	    "default final 5.0.0 What they do not list stays";
	struct verdict v;
	struct faults *f = with_file(text, strlen(text), &v);

	if (!ok(f != NULL, "an administrator's table is read"))
		return;
	is_int(fault_find(f, "POL0001", "101")->class, FAULT_RETRY, "a fault by its variable");
	is_int(fault_find(f, "POL0001", "102")->class, FAULT_TRANSPORT, "by its id, replaced");
	is_str(fault_find(f, "POL0001", NULL)->text, "Ask the operator", "white space is off");
	is_int(fault_find(f, "http/500", NULL)->class, FAULT_RETRY, "an HTTP status, replaced");
	is_int(fault_find(f, "SVC0001", NULL)->class, FAULT_RETRY, "others stay");
	is_str(fault_find(f, "XYZ", NULL)->dsn, "5.0.0", "the default is replaced");
	fault_free(f);
}

static const struct {
	const char *text, *want;
} bad[] = {
	{ "SVC0001 retry 4.3.0 fine\nSVC0002 maybe 4.3.0 x\n", ":2: SVC0002: no class \"maybe\" "
	    "(transport, retry, final, unknown, accepted, noreceipt)" },
	{ "\n\nSVC0001\n", ":3: SVC0001: no class \"\" "
	    "(transport, retry, final, unknown, accepted, noreceipt)" },
	{ "SVC0001 retry 5.3.0 x", ":1: SVC0001: \"5.3.0\" is no status code 4.X.X, as class retry needs" },
	{ "SVC0001 final 4.3.0 x", ":1: SVC0001: \"4.3.0\" is no status code 5.X.X, as class final needs" },
	{ "SVC0001 final 5.3 x", ":1: SVC0001: \"5.3\" is no status code 5.X.X, as class final needs" },
	{ "SVC0001 final 5.3.0x x", ":1: SVC0001: \"5.3.0x\" is no status code 5.X.X, as class final needs" },
	{ "SVC0001 final 5.03.0 x", ":1: SVC0001: \"5.03.0\" is no status code 5.X.X, as class final needs" },
	{ "SVC0001 final 5.1234.0 x", ":1: SVC0001: \"5.1234.0\" is no status code 5.X.X, as class final "
	    "needs" },
	{ "SVC0001 final 5.-1.0 x", ":1: SVC0001: \"5.-1.0\" is no status code 5.X.X, as class final needs" },
	{ "SVC0001 final 5.3.0", ":1: SVC0001: a sentence of 1 to 160 bytes must follow" },
	{ "SVC0001 final 5.3.0 \t ", ":1: SVC0001: a sentence of 1 to 160 bytes must follow" },
};

static void
refused(void)
{
	char big[300];
	struct verdict v;
	struct faults *f;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		f = with_file(bad[i].text, strlen(bad[i].text), &v);
		is_str(f ? "(no error)" : v.text, bad[i].want, bad[i].want);
		fault_free(f);
	}
	f = with_file("a\0b", 3, &v);
	is_str(f ? "" : v.text, ": cannot be read, is longer than 262144 bytes, or is no text",
	    "a NUL in the file");
	memset(big, 'x', sizeof big);
	memcpy(big, "SVC0001 final 5.3.0 ", 20);
	f = with_file(big, sizeof big, &v);
	is_str(f ? "" : v.text, ":1: SVC0001: a sentence of 1 to 160 bytes must follow",
	    "a sentence that is too long");
	memset(big, 'x', sizeof big);
	f = with_file(big, sizeof big, &v);
	is_str(f ? "" : v.text, ":1: the key is too long", "a key that is too long");
	f = fault_table("/nonexistent/errors", &v);
	is_str(f ? "" : v.text, "/nonexistent/errors: No such file or directory", "no file");
	f = fault_table("/", &v);
	ok(!f, "a directory: %s", v.text);
}

int
main(void)
{
	built_in();
	edited();
	refused();
	return tap_done();
}
