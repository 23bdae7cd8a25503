/*
 * fuzz-swa.c - any bytes as an answer with attachments: the first line is its Content-Type. What is
 * read lies within what was brought, and a presentation in it refers to no more than it may.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/verdict.h"
#include "bridge/message/smil.h"
#include "bridge/message/swa.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const seeds[] = {
		"multipart/related; boundary=\"b\"; start=\"<r>\"\n--b\r\nContent-ID: <r>\r\n\r\n<e/>\r\n--b\r\n"
		"Content-Type: image/gif; name*=utf-8''a%20b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
		"R0lG\r\n--b--\r\n",
		"multipart/related; boundary=b\n--b\n\n<e/>\n--b\nContent-Type: application/smil\n\n<smil><img "
		"src=\"cid:x\"/></smil>\n--b\nContent-Transfer-Encoding: quoted-printable\n\na=3Db=\n\n--b--",
		"text/xml\n<a/>",
	};

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
		fuzz_seed(seeds[i], strlen(seeds[i]));
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *line = size ? memchr(text, '\n', size) : NULL;
	size_t head = line ? (size_t)(line - text) : 0;
	struct arena *a = arena_new();
	const char *srcs[SMIL_MOST];
	struct swa swa;
	struct verdict v;
	size_t all = 0;

	if (line && swa_read(a, arena_strndup(a, text, head), line + 1, size - head - 1, &swa, &v) == 0) {
		assert(swa.n <= SWA_PARTS);
		for (size_t i = 0; i < swa.n; i++) {
			const struct swa_part *p = &swa.parts[i];

			all += p->len;
			assert(*p->type && !strpbrk(p->id, "\r\n") && !strpbrk(p->name, "\r\n"));
			assert(p->bytes[p->len] == '\0');
			assert(smil_read(a, p->bytes, p->len, srcs) <= SMIL_MOST);
		}
		assert(all <= size);
	}
	arena_free(a);
	return 0;
}
