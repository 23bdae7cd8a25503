/*
 * image.h - how large a picture is, by its first bytes.
 */
#ifndef BRIDGE_IMAGE_H
#define BRIDGE_IMAGE_H

#include <stddef.h>

/* Width and height in pixels of a PNG, GIF, JPEG or BMP. 1, or 0 when the bytes are none of these or
 * do not say. */
int image_size(const char *bytes, size_t len, unsigned *width, unsigned *height);

#endif
