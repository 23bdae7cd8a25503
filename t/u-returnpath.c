/*
 * u-returnpath.c - return paths: what is made is read back whatever the letters' case; what was
 * changed, made up, made elsewhere or long ago is not; the secret is made once, for us alone.
 */
#include "bridge/message/returnpath.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/base/digest.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "t/tap.h"

enum { DAY = 24 * 60 * 60 * 1000 };

/* RFC 4231, cases 1, 2 and 6 (a key longer than a block). */
static void
test_mac(void)
{
	static const struct {
		const char *key;
		int repeat;
		const char *bytes, *mac;
	} rows[] = {
		{ "\x0b", 20, "Hi There",
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ "Jefe", 1, "what do ya want for nothing?",
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ "\xaa", 131, "Test Using Larger Than Block-Size Key - Hash Key First",
		    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	};
	unsigned char mac[DIGEST_MOST];
	char key[256] = "", hex[DIGEST_HEX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		key[0] = '\0';
		for (int n = 0; n < rows[i].repeat; n++)
			strcat(key, rows[i].key);
		digest_mac(key, strlen(key), rows[i].bytes, strlen(rows[i].bytes), mac);
		digest_hex(mac, sizeof mac, hex);
		is_str(hex, rows[i].mac, "HMAC-SHA256 as RFC 4231 has it");
	}
}

static void
test_paths(const struct returnpath *r, const struct returnpath *other)
{
	char correlator[RETURNPATH_CORRELATOR], local[RETURNPATH_LOCAL], back[RETURNPATH_CORRELATOR];
	char id[MSG_ID], bad[RETURNPATH_LOCAL + 2];
	int64_t now = loop_wall_ms();
	struct verdict v;
	unsigned taken = 0;

	msg_new_id(id);
	snprintf(correlator, sizeof correlator, "%s000Z", id);
	returnpath_make(r, correlator, local);
	is_int((long long)strlen(local), RETURNPATH_LOCAL - 1, "its length");
	ok(strspn(local, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(local), "lower case");
	ok(returnpath_is(local) && returnpath_is("BOUNCE-x") && !returnpath_is("+4915112345678"), "its form");
	ok(returnpath_read(r, local, now, back, &v) == 0, "it is read back");
	is_str(back, correlator, "the correlator comes back");
	for (char *p = local; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	ok(returnpath_read(r, local, now, back, &v) == 0 && strcmp(back, correlator) == 0, "in capitals, too");
	for (size_t i = 7; i < RETURNPATH_LOCAL - 1; i++) {
		memcpy(bad, local, RETURNPATH_LOCAL);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		taken += returnpath_read(r, bad, now, back, &v) == 0;
	}
	is_int(taken, 0, "with any one character changed it is not");
	ok(returnpath_read(other, local, now, back, &v) < 0 && v.is == NEVER && strcmp(v.dsn, "5.1.1") == 0,
	    "nor by another secret");
	snprintf(bad, sizeof bad, "%sA", local);
	ok(returnpath_read(r, bad, now, back, &v) < 0, "nor with one more");
	memcpy(bad, local, RETURNPATH_LOCAL);
	bad[RETURNPATH_LOCAL - 2] = '\0';
	ok(returnpath_read(r, bad, now, back, &v) < 0, "nor with one less");
	ok(returnpath_read(r, "bounce-", now, back, &v) < 0, "nor a bare one");
	ok(returnpath_read(r, local, now + (int64_t)29 * DAY, back, &v) == 0, "after 29 days it is");
	ok(returnpath_read(r, local, now + (int64_t)31 * DAY, back, &v) < 0, "after 31 days it is not");
	ok(returnpath_read(r, local, now - (int64_t)2 * DAY, back, &v) < 0, "nor two days before it was made");
}

int
main(void)
{
	char dir[] = "/tmp/u-returnpath-XXXXXX", path[64], other[64];
	struct returnpath *a, *b, *c;
	struct verdict v;
	struct stat st;
	FILE *f;

	test_mac();
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof path, "%s/secret", dir);
	snprintf(other, sizeof other, "%s/other", dir);
	ok((a = returnpath_open(path, &v)) != NULL, "a secret is made");
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "for us alone");
	ok((b = returnpath_open(path, &v)) != NULL, "it is read again");
	c = returnpath_open(other, &v);
	test_paths(a, c);
	test_paths(b, c);
	f = fopen(other, "w");
	fputs("no secret\n", f);
	fclose(f);
	ok(!returnpath_open(other, &v) && v.is == NEVER, "what is no secret is refused");
	ok(!returnpath_open("/nonexistent/x", &v) && v.is == LATER, "where none can be made, it is said");
	returnpath_close(a);
	returnpath_close(b);
	returnpath_close(c);
	unlink(path);
	unlink(other);
	rmdir(dir);
	return tap_done();
}
