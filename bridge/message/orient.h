/*
 * orient.h - which way up a picture is to be shown, where its file says that beside the picture.
 */
#ifndef BRIDGE_ORIENT_H
#define BRIDGE_ORIENT_H

#include <stddef.h>

#include "bridge/message/image.h"

/*
 * The orientation that a TIFF file, or EXIF, which is one, names in its first directory: 1 to 8 as
 * in CIPA DC-008, 4.6.4 A; 1 when it names none. *at becomes the place of its value's two bytes, 0
 * when there are none.
 */
unsigned orient_tiff(const char *bytes, size_t len, size_t *at);

/* The same of a PNG, a WebP or a TIFF. 1 for other kinds: a JPEG's is found by strip_jpeg(), and
 * what decodes HEIF turns it. */
unsigned orient(enum image_kind kind, const char *bytes, size_t len);

#endif
