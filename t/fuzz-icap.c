/*
 * fuzz-icap.c - any bytes as an ICAP server's answer, and whether it sends the file's bytes back: what is
 * read is bounded and a string, and no bytes but the file's count as the same.
 */
#include "bridge/store/icap.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/dial.h"
#include "bridge/base/loop.h"
#include "bridge/base/verdict.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char file[] = "Harmless bytes of a file.";
static int file_fd;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const seeds[] = {
		"ICAP/1.0 200 OK\r\nMethods: RESPMOD, REQMOD\r\nPreview: 1024\r\nOptions-TTL: 3600\r\n\r\n",
		"ICAP/1.0 204 No Content\r\n\r\n",
		"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
		"19\r\nHarmless bytes of a file.\r\n0\r\n\r\n",
		"ICAP/1.0 200 OK\r\nX-Infection-Found: Type=0; Resolution=2; Threat=Eicar;\r\n"
		"Encapsulated: res-hdr=0, res-body=22\r\n\r\nHTTP/1.1 403 No\r\n\r\n",
		"ICAP/1.0 200 OK\r\nX-Violations-Found: 1\r\n\tfile\r\n\tname\r\n\t1\r\n\t2\r\n"
		"Encapsulated: req-hdr=0, null-body=10\r\n\r\n",
		"ICAP/1.0 200 OK\r\nX-Virus-ID: no threats\r\nX-Virus-Name: W32/Bad\r\n\r\n",
	};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
		fuzz_seed(seeds[i], strlen(seeds[i]));
	file_fd = memfd_create("file", MFD_CLOEXEC);
	if (file_fd < 0 || write(file_fd, file, sizeof file - 1) != (ssize_t)sizeof file - 1)
		abort();
	return 0;
}

/* Are the file's bytes in it, in order, whatever stands between their chunks? */
static bool
holds(const uint8_t *data, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size && n < sizeof file - 1; i++)
		n += data[i] == (unsigned char)file[n];
	return n == sizeof file - 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dial *d = calloc(1, sizeof *d);
	struct icap_head h;
	struct verdict v;
	int ends[2];

	if (!d || size > sizeof d->in)
		goto out;
	/* All of the answer has come, and the server has hung up. */
	memcpy(d->in, data, size);
	d->len = size;
	if (pipe(ends) < 0)
		abort();
	close(ends[1]);
	d->fd = ends[0] + 1;
	d->until = loop_ms() + 1000;
	if (icap_head(d, &h, &v) == 0) {
		assert(h.status >= 100 && h.status <= 999);
		assert(memchr(h.found, '\0', sizeof h.found));
		if (icap_same(d, &h, file_fd, sizeof file - 1, &v) == 1)
			assert(holds(data, size));
	}
	dial_close(d);
out:
	free(d);
	return 0;
}
