/*
 * squeeze.h - an HTML page without what shows nothing and what a parser stumbles over: comments and
 * declarations, scripts and styles, the rest of very long tags and of attribute values in them
 * (pictures as "data:" URLs), </body> and </html>, NULs.
 */
#ifndef BRIDGE_SQUEEZE_H
#define BRIDGE_SQUEEZE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

enum {
	SQUEEZE_TAG = 1024,   /* bytes kept of a tag, its quoted values not counted */
	SQUEEZE_VALUE = 1024, /* bytes kept of a quoted value */
	SQUEEZE_HELD = 16,    /* bytes held back at most until it is known what they are */
};

/* Where in a page the next byte is. Zeroed at the page's beginning but for `sheets`. */
struct squeeze {
	enum squeeze_where {
		SQUEEZE_TEXT,
		SQUEEZE_NAME, /* from '<' to the end of the tag's name */
		SQUEEZE_TAG_REST,
		SQUEEZE_QUOTED,
		SQUEEZE_DROPPED, /* in a declaration, an instruction or an end tag that goes */
		SQUEEZE_COMMENT,
		SQUEEZE_RAW, /* in an element that holds no others */
	} where;
	size_t len;      /* of the tag so far, quoted values not counted */
	size_t value;    /* of the quoted value so far */
	char quote;      /* that ends it */
	uint64_t last;   /* the bytes read last in lower case, the latest in the lowest 8 bits */
	const char *raw; /* "</script" when that ends the raw element; NULL: the tag begins none */
	struct buf *sheets; /* <style>s go here: attributes, '>', content, NUL; NULL: nowhere */
	char held[SQUEEZE_HELD];
	size_t nheld;
};

/* Copy the next len bytes of a page to out, which has room for len + SQUEEZE_HELD, and leave out
 * what may be. Returns the number of bytes written. */
size_t squeeze(struct squeeze *s, const char *bytes, size_t len, char *out);

#endif
