/*
 * fuzz.h - first inputs for a fuzzing target (t/fuzz-*.c), written by the target itself.
 *
 * A target that has some calls fuzz_seed() for each from LLVMFuzzerInitialize(), which libFuzzer
 * calls before it reads its corpus; `make fuzz` names that corpus's directory in SEEDS.
 */
#ifndef T_FUZZ_H
#define T_FUZZ_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Write len bytes as one more file of the corpus; without SEEDS, nothing. */
static void
fuzz_seed(const void *bytes, size_t len)
{
	static unsigned n;
	const char *dir = getenv("SEEDS");
	char path[4096];
	FILE *f;

	if (!dir)
		return;
	snprintf(path, sizeof path, "%s/seed-%u", dir, n++);
	if (!(f = fopen(path, "w")) || fwrite(bytes, 1, len, f) != len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

#endif
