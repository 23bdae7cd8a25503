/*
 * fuzz-addr.c - any string as a number and as a mailbox. A number that is taken has E.164's form
 * and stays itself; a mailbox that is taken can be quoted and read again.
 */
#include "bridge/message/addr.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/verdict.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const seeds[] = {
		"+86 138-0013.8000",
		"0086-138-0013-8000",
		"tel:+8613800138000;ext=1",
		"+44 (0)20 7946 0958",
		"8613800138000/TYPE=PLMN",
		"\xef\xbc\x8b\xef\xbc\x98\xd9\xa8\xdb\xb8\xc2\xa0",
		"<@one.example,@[IPv6:::1]:\"a\\\"b\"@Example.com.>",
		"a@[192.0.2.1]",
		"<>",
	};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
		fuzz_seed(seeds[i], strlen(seeds[i]));
	return 0;
}

static void
number(const char *typed)
{
	static const struct addr_rules rules[] = {
		{ "86", "0", "00" },
		{ "", "0", "00" },
		{ "39", "", "00" },
		{ "7", "8", "810" },
		{ "x", "", "" },
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		char one[ADDR_NUMBER], two[ADDR_NUMBER];
		struct verdict v = { .is = DONE };
		size_t len;

		if (addr_number(typed, &rules[i], one, &v) < 0) {
			assert(v.is != DONE && v.text[0]);
			continue;
		}
		len = strlen(one);
		assert(len >= 8 && len <= 16 && one[0] == '+' && one[1] != '0');
		assert(strspn(one + 1, "0123456789") == len - 1);
		assert(addr_number(one, &rules[i], two, &v) == 0 && strcmp(one, two) == 0);
	}
}

static void
mailbox(const char *given)
{
	char quoted[3 * ADDR_MAILBOX], *q = quoted;
	struct mailbox one, two;
	struct verdict v = { .is = DONE };

	if (addr_mailbox(given, &one, &v) < 0) {
		assert(v.is == NEVER && v.text[0]);
		return;
	}
	assert(one.local[0] && strlen(one.local) + strlen(one.domain) <= 320);
	for (const char *p = one.local; *p; p++)
		assert((unsigned char)*p >= ' ' && *p != 0x7f);
	for (const char *p = one.domain; *p; p++)
		assert((unsigned char)*p > ' ' && *p != 0x7f && !strchr("<>\"@,", *p));
	*q++ = '"';
	for (const char *p = one.local; *p; p++) {
		if (*p == '"' || *p == '\\')
			*q++ = '\\';
		*q++ = *p;
	}
	*q++ = '"';
	if (one.domain[0])
		*q++ = '@';
	strcpy(q, one.domain);
	/* The quotes may make it longer than a mailbox can be. */
	if (strlen(quoted) <= 320)
		assert(addr_mailbox(quoted, &two, &v) == 0 && strcmp(one.local, two.local) == 0 &&
		       strcmp(one.domain, two.domain) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	memcpy(s, data, size);
	s[size] = '\0';
	number(s);
	mailbox(s);
	free(s);
	return 0;
}
