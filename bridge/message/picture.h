/*
 * picture.h - a picture made so that phones show it: upright, no larger than wanted, of a kind that
 * they know, without what its file tells beside it. Decodes strangers' bytes: only for a process that
 * may die of them (trivium-media).
 */
#ifndef BRIDGE_PICTURE_H
#define BRIDGE_PICTURE_H

#include <stddef.h>

struct buf;
struct verdict;

enum { PICTURE_PIXELS = 50 * 1000 * 1000 }; /* more are refused before anything is decoded */

struct picture_limits {
	unsigned width; /* pixels of the longer side */
	size_t bytes;
};

/*
 * Append to out the picture in `bytes`, fitted: JPEG, GIF and PNG as they are, but for metadata, where
 * they fit and phones show them; else decoded, turned as EXIF says, on white where it is transparent,
 * and made a JPEG of lower and lower quality, then of fewer and fewer pixels. *type becomes
 * "image/jpeg", "image/gif" or "image/png", a static string. 0, or -1 and *v (NEVER 5.6.1: it cannot
 * be decoded; 5.3.4: too many pixels, or no size fits); out is then of no use.
 */
int picture_fit(const char *bytes, size_t len, const struct picture_limits *limits, struct buf *out,
    const char **type, struct verdict *v);

#endif
