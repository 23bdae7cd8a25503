/*
 * image.h - of what kind a picture is, and how large, without decoding it.
 */
#ifndef BRIDGE_IMAGE_H
#define BRIDGE_IMAGE_H

#include <stddef.h>

enum image_kind {
	IMAGE_NONE, IMAGE_JPEG, IMAGE_PNG, IMAGE_GIF, IMAGE_BMP, IMAGE_WEBP, IMAGE_TIFF, IMAGE_HEIF,
};

/* The kind by the bytes themselves, since names and types of attachments lie; IMAGE_NONE: none of these. */
enum image_kind image_kind(const char *bytes, size_t len);
/* Width and height in pixels, as the file says; nothing is decoded. 1, or 0 when the bytes are of no
 * kind or do not say. */
int image_size(const char *bytes, size_t len, unsigned *width, unsigned *height);

#endif
