/*
 * fuzz-evidence.c - any bytes as Received fields, one behind the other. What is found there was in
 * them, and once who sent the mail is settled nothing further down changes it.
 */
#include "milter/evidence.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const seeds[] = {
		"from h (n [192.0.2.1])\n\t(Authenticated sender: joe)\n\tby mx.test (Postfix) "
		"with X",
		"by mx.test (Postfix, from userid 0)\n\tid 4jY; Tue",
		"by mx.test (Postfix)\n\tid 1\x01"
		"from [::1] (n [IPv6:::1])\n\t(using x\n\t key-exchange y)\n\tby mx.test (Postfix)",
	};

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
		fuzz_seed(seeds[i], strlen(seeds[i]));
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = malloc(size + 1), *rest = all, *field;
	struct evidence e = { 0 }, before;

	memcpy(all, data, size);
	all[size] = '\0';
	while ((field = strsep(&rest, "\x01"))) {
		before = e;
		evidence_look(&e, field, "mx.test");
		assert(!before.settled || memcmp(&before, &e, sizeof e) == 0);
		assert((e.is == EVIDENCE_CLIENT) == (*e.address != '\0'));
		assert(!*e.login || e.is == EVIDENCE_CLIENT);
		assert(!*e.address || strstr(field, e.address) || before.settled);
	}
	free(all);
	return 0;
}
