/*
 * fuzz-xml.c - any bytes into xml_parse(); what it takes is written out and must be taken again.
 */
#include <assert.h>
#include <stdint.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put(struct xml_writer *w, const struct xml *x)
{
	xml_open(w, "e");
	xml_attribute(w, "a", x->text);
	xml_text(w, x->text);
	for (x = x->first; x; x = x->next)
		put(w, x);
	xml_close(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct verdict v = { 0 };
	struct xml *x = xml_parse(a, (const char *)data, size, &v);
	struct xml_writer *w;
	struct buf b;

	assert(x || v.is == NEVER);
	if (x) {
		xml_find(x, "name");
		xml_trimmed(a, x);
		buf_init(&b, 1 << 24);
		w = xml_new_document(&b);
		put(w, x);
		xml_end_document(w);
		assert(xml_parse(a, b.data, b.len, &v));
		buf_free(&b);
	}
	arena_free(a);
	return 0;
}
