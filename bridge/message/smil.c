/*
 * smil.c - the order of an MMS's parts.
 *
 * Reading looks for tags and their src alone. An XML parser would refuse what phones write: DOCTYPEs,
 * tags that are not closed, bare ampersands.
 */
#include "bridge/message/smil.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"

enum { MAX_TAG = 2000, MAX_SRC = 300 };

/* Where on a slide a thing stands; there is one place of each. */
enum place { SEEN, READ, HEARD, NOWHERE };

static enum place
place_of(const char *type)
{
	if (strncmp(type, "image/", 6) == 0 || strncmp(type, "video/", 6) == 0)
		return SEEN;
	if (strncmp(type, "audio/", 6) == 0)
		return HEARD;
	return strcmp(type, "text/plain") == 0 ? READ : NOWHERE;
}

static void
write_region(struct xml_writer *w, const char *id, const char *top, const char *fit)
{
	xml_open(w, "region");
	xml_attribute(w, "id", id);
	xml_attribute(w, "left", "0");
	xml_attribute(w, "top", top);
	xml_attribute(w, "width", "100%");
	xml_attribute(w, "height", "50%");
	xml_attribute(w, "fit", fit);
	xml_close(w);
}

static void
write_layout(struct xml_writer *w)
{
	xml_open(w, "head");
	xml_open(w, "layout");
	xml_open(w, "root-layout");
	xml_attribute(w, "width", "100%");
	xml_attribute(w, "height", "100%");
	xml_close(w);
	/* The Conformance Document knows the regions by these names. */
	write_region(w, "Image", "0", "meet");
	write_region(w, "Text", "50%", "scroll");
	xml_close(w);
	xml_close(w);
}

static void
write_item(struct xml_writer *w, const struct smil_item *item, enum place place)
{
	const char *tag = place == READ ? "text" : place == HEARD ? "audio"
	    : item->type[0] == 'v' ? "video" : "img";

	xml_open(w, tag);
	xml_attribute(w, "src", item->src);
	if (place != HEARD)
		xml_attribute(w, "region", place == READ ? "Text" : "Image");
	xml_close(w);
}

void
smil_write(const struct smil_item *items, size_t n, struct buf *out)
{
	struct xml_writer *w;
	struct buf whole;
	const char *root;
	unsigned taken = 0; /* places of the slide that is open; 0: none is */

	buf_init(&whole, out->max);
	w = xml_new_document(&whole);
	xml_open(w, "smil");
	write_layout(w);
	xml_open(w, "body");
	for (size_t i = 0; i < n; i++) {
		enum place place = place_of(items[i].type);

		if (place == NOWHERE)
			continue;
		if (taken & 1U << place) {
			xml_close(w);
			taken = 0;
		}
		if (!taken) {
			xml_open(w, "par");
			xml_attribute(w, "dur", "5000ms");
		}
		taken |= 1U << place;
		write_item(w, &items[i], place);
	}
	xml_end_document(w);
	root = strstr(buf_str(&whole), "<smil");
	buf_adds(out, root ? root : "");
	buf_free(&whole);
}

/* Reading. */

static bool
is_reference(const char *tag, size_t len)
{
	static const char *const tags[] = { "img", "video", "audio", "text", "ref", "animation",
		"textstream" };

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		size_t n = strlen(tags[i]);

		if (len > n && strncasecmp(tag, tags[i], n) == 0 &&
		    isspace((unsigned char)tag[n]))
			return true;
	}
	return false;
}

/* The value of src in a tag, in the arena; NULL when there is none that is of use. */
static const char *
find_src(struct arena *a, const char *tag, size_t len)
{
	for (size_t i = 0; i + 5 < len; i++) {
		const char *value, *end;

		if (!isspace((unsigned char)tag[i]) || strncasecmp(tag + i + 1, "src=", 4) != 0)
			continue;
		value = tag + i + 5;
		if (value == tag + len || (*value != '"' && *value != '\''))
			return NULL;
		end = memchr(value + 1, *value, (size_t)(tag + len - value - 1));
		if (!end || end == value + 1 || end - value > MAX_SRC)
			return NULL;
		value++;
		if (end - value > 4 && strncasecmp(value, "cid:", 4) == 0)
			value += 4;
		return arena_strndup(a, value, (size_t)(end - value));
	}
	return NULL;
}

size_t
smil_read(struct arena *a, const char *smil, size_t len, const char *srcs[SMIL_MOST])
{
	const char *end = smil + len, *at = memchr(smil, '<', len);
	size_t n = 0;

	while (n < SMIL_MOST && at) {
		const char *close = memchr(at, '>', (size_t)(end - at));
		size_t size = close ? (size_t)(close - at) - 1 : 0;

		at++;
		if (size && size < MAX_TAG && is_reference(at, size) &&
		    (srcs[n] = find_src(a, at, size)))
			n++;
		at = memchr(at, '<', (size_t)(end - at));
	}
	return n;
}
