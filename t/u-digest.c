/*
 * u-digest.c - base64 there and back (RFC 4648 section 10), and what is not base64.
 */
#include <stdlib.h>

#include "bridge/base/digest.h"
#include "bridge/base/mem.h"
#include "t/tap.h"

static const struct {
	const char *plain, *text;
} good[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xff\xfe\xfd", "//79" },
	{ "\xfb", "+w==" },
};

static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zg==Zg==",
	"Z=g=", "Zm9v ", " Zm9v", "Zm 9", "Zm9v\n", "Zm-_", "Zm9v!AAA", "Zm9\x80" };

int
main(void)
{
	unsigned char bytes[64];
	char text[64];
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++) {
		size_t len = strlen(good[i].plain);
		/* Exactly as much room as there must be, so that a sanitizer sees a byte too many. */
		unsigned char *exact = xcalloc(1, len ? len : 1);
		int n = digest_unbase64(good[i].text, exact, len);

		ok(n == (int)len && memcmp(exact, good[i].plain, len) == 0, "read \"%s\"",
		    good[i].text);
		ok(len == 0 || digest_unbase64(good[i].text, exact, len - 1) == -1,
		    "\"%s\" into too little room", good[i].text);
		free(exact);
		digest_base64((const unsigned char *)good[i].plain, len, text);
		is_str(text, good[i].text, "and written");
	}
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(digest_unbase64(bad[i], bytes, sizeof bytes) == -1, "not base64: row %zu", i);
	return tap_done();
}
