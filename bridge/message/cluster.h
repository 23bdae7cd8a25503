/*
 * cluster.h - what a reader takes for one character: a letter with its accents, an emoji with its
 * colour, a family of emoji, a flag. Close to Unicode's extended grapheme clusters (UAX #29), by a
 * table of the combining characters of the Basic Multilingual Plane.
 */
#ifndef BRIDGE_CLUSTER_H
#define BRIDGE_CLUSTER_H

#include <stddef.h>

/* Code points of the longest; what goes on longer is taken as several, so that any can be cut. */
enum { CLUSTER_MAX = 32 };

/* Bytes of the first cluster of len (>= 1) bytes of UTF-8, 1 or more; a bad byte is a character. */
size_t cluster_next(const char *utf8, size_t len);

#endif
