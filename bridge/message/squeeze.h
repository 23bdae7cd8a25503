/*
 * squeeze.h - an HTML page without what makes a parser slow and shows nothing: the rest of very long
 * tags and attribute values (pictures written as "data:" URLs), what comments say, and NULs.
 */
#ifndef BRIDGE_SQUEEZE_H
#define BRIDGE_SQUEEZE_H

#include <stddef.h>
#include <stdint.h>

enum {
	SQUEEZE_TAG = 1024,   /* bytes kept of a tag, its quoted values not counted */
	SQUEEZE_VALUE = 1024, /* bytes kept of a quoted value */
	SQUEEZE_COMMENT = 256,
};

/* Where in a page the next byte is. Zeroed at the page's beginning. */
struct squeeze {
	enum squeeze_where {
		SQUEEZE_TEXT,
		SQUEEZE_OPEN, /* behind a '<' */
		SQUEEZE_IN_TAG,
		SQUEEZE_IN_VALUE,
		SQUEEZE_IN_COMMENT,
		SQUEEZE_RAW, /* in an element that holds no others */
	} where;
	size_t len;	 /* of the tag or comment so far, quoted values not counted */
	size_t value;	 /* of the quoted value so far */
	char quote;	 /* that ends it */
	uint64_t last;	 /* the bytes read last in lower case, the latest in the lowest 8 bits */
	char name[8];	 /* the beginning of the tag's name, lower case */
	const char *raw; /* "</script" when that ends the raw element */
};

/* Copy the next len bytes of a page to out, which has room for as many, and leave out what may be.
 * Returns the number of bytes written. */
size_t squeeze(struct squeeze *s, const char *bytes, size_t len, char *out);

#endif
