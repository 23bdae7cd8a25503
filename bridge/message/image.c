/*
 * image.c - how large a picture is, by its first bytes.
 */
#include "bridge/message/image.h"

#include <string.h>

static unsigned
big16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static unsigned
little16(const unsigned char *p)
{
	return (unsigned)p[1] << 8 | p[0];
}

static unsigned
big32(const unsigned char *p)
{
	return big16(p) << 16 | big16(p + 2);
}

static unsigned
little32(const unsigned char *p)
{
	return little16(p + 2) << 16 | little16(p);
}

/* JPEG (ITU-T T.81, B.2): segments, until one that begins a frame says it. */
static int
jpeg_size(const unsigned char *p, size_t len, unsigned *width, unsigned *height)
{
	size_t at = 2;

	while (at + 9 <= len && p[at] == 0xff) {
		unsigned marker = p[at + 1];

		if (marker == 0xff) {
			at++;
			continue;
		}
		/* C4, C8 and CC are among the frames' numbers and are none. */
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
			*height = big16(p + at + 5);
			*width = big16(p + at + 7);
			return 1;
		}
		if (marker == 0xda || marker == 0xd9)
			return 0;
		at += 2 + big16(p + at + 2);
	}
	return 0;
}

int
image_size(const char *bytes, size_t len, unsigned *width, unsigned *height)
{
	const unsigned char *p = (const unsigned char *)bytes;

	if (len >= 24 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0) {
		*width = big32(p + 16);
		*height = big32(p + 20);
		return 1;
	}
	if (len >= 10 && (memcmp(p, "GIF87a", 6) == 0 || memcmp(p, "GIF89a", 6) == 0)) {
		*width = little16(p + 6);
		*height = little16(p + 8);
		return 1;
	}
	if (len >= 26 && memcmp(p, "BM", 2) == 0) {
		*width = little32(p + 18);
		*height = little32(p + 22);
		/* Its lines go from top to bottom when it is negative. */
		if (*height > 0x7fffffff)
			*height = 0 - *height;
		return 1;
	}
	return len >= 4 && p[0] == 0xff && p[1] == 0xd8 ? jpeg_size(p, len, width, height) : 0;
}
