/*
 * smil.h - the order of an MMS's parts: the little of SMIL that phones take (the MMS Conformance
 * Document's slides: a text, a picture or video, a sound), written and read.
 */
#ifndef BRIDGE_SMIL_H
#define BRIDGE_SMIL_H

#include <stddef.h>

struct arena;
struct buf;

/* A part that may be shown. */
struct smil_item {
	const char *type; /* "image/jpeg"; what is no text, picture, video or sound is not shown */
	const char *src;  /* "cid:photo.jpg" */
};

/*
 * Append a presentation of the items in their order to out: slides, of which each shows at most one
 * text, one picture or video, and plays one sound. As XML 1.0, without its declaration.
 */
void smil_write(const struct smil_item *items, size_t n, struct buf *out);

enum { SMIL_MOST = 100 }; /* references that are read */
/*
 * The parts that a presentation refers to, in the order in which it shows them; "cid:" is left out,
 * as is what is no reference. Any bytes: phones' SMIL is often no XML. Returns how many, at most
 * SMIL_MOST; the strings are in the arena.
 */
size_t smil_read(struct arena *a, const char *smil, size_t len, const char *srcs[SMIL_MOST]);

#endif
