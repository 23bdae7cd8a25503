/*
 * xmlpush.h - XML that arrives in pieces and never ends: a stream whose root stays open, with one
 * small tree after another inside (RFC 6120 section 4). On libxml2's push parser, which stays in
 * xmlpush.c.
 *
 * Nothing dangerous gets in: no DTD, comment, processing instruction or entity beyond XML's five (RFC
 * 6120 section 11.1); each tree is bounded in bytes, depth, elements and attributes, and so is all
 * memory, however long the stream lives and whatever names its elements have. A tree beyond the bounds
 * does not end the stream, which carries other people's, too: its top is given, its inside is not.
 */
#ifndef BRIDGE_XMLPUSH_H
#define BRIDGE_XMLPUSH_H

#include <stddef.h>

struct verdict;
struct xml;
struct xmlpush;

enum {
	XMLPUSH_MAX_DEPTH = 32,	     /* elements within elements, the root not counted */
	XMLPUSH_MAX_ELEMENTS = 2000, /* of one tree */
	XMLPUSH_MAX_ATTRIBUTES = 100, /* of one element */
	XMLPUSH_MAX_HEADER = 4096,   /* bytes up to the end of the root's start tag */
};

enum xmlpush_what {
	XMLPUSH_NOTHING, /* feed more */
	XMLPUSH_OPENED,	 /* the root's start tag: an element with attributes and no children */
	XMLPUSH_TREE,	 /* a child of the root, whole */
	XMLPUSH_CUT,	 /* a child of the root that is beyond the bounds: without children or text */
	XMLPUSH_CLOSED,	 /* the root's end tag */
};

/* A parser for one stream; a tree may have at most max_bytes. For xmlpush_free(). */
struct xmlpush *xmlpush_new(size_t max_bytes);
/* Accepts NULL. */
void xmlpush_free(struct xmlpush *p);
/*
 * Add len bytes, cut anywhere. 0; or -1 and *v (NEVER, says what is wrong): then no more may be
 * fed, while what came before is still there for xmlpush_next().
 */
int xmlpush_feed(struct xmlpush *p, const char *bytes, size_t len, struct verdict *v);
/* What is the next thing in the bytes fed so far; *x is it, lent until the next call. */
enum xmlpush_what xmlpush_next(struct xmlpush *p, const struct xml **x);

#endif
