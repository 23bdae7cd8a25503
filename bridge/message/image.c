/*
 * image.c - of what kind a picture is, and how large, by what its file says at its beginning.
 */
#include "bridge/message/image.h"

#include <stdint.h>
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

/* WebP (its container's specification, and RFC 6386 9.1): what stands first says it. */
static int
webp_size(const unsigned char *p, unsigned *width, unsigned *height)
{
	if (memcmp(p + 12, "VP8X", 4) == 0) {
		*width = 1 + (little32(p + 24) & 0xffffff);
		*height = 1 + (little32(p + 26) >> 8);
	} else if (memcmp(p + 12, "VP8L", 4) == 0) {
		*width = 1 + (little32(p + 21) & 0x3fff);
		*height = 1 + (little32(p + 21) >> 14 & 0x3fff);
	} else if (memcmp(p + 12, "VP8 ", 4) == 0) {
		*width = little16(p + 26) & 0x3fff;
		*height = little16(p + 28) & 0x3fff;
	} else {
		return 0;
	}
	return 1;
}

/* TIFF 6.0, section 2: the first directory has both, as numbers of 16 or 32 bits. */
static int
tiff_size(const unsigned char *p, size_t len, unsigned *width, unsigned *height)
{
	unsigned (*n16)(const unsigned char *) = *p == 'I' ? little16 : big16;
	unsigned (*n32)(const unsigned char *) = *p == 'I' ? little32 : big32;
	size_t at = n32(p + 4), n;

	*width = *height = 0;
	if (at > len - 2)
		return 0;
	n = n16(p + at);
	for (at += 2; n && at + 12 <= len; n--, at += 12) {
		unsigned tag = n16(p + at), value = n16(p + at + 2) == 3 ? n16(p + at + 8) : n32(p + at + 8);

		if (tag == 256)
			*width = value;
		else if (tag == 257)
			*height = value;
	}
	return *width && *height;
}

/* HEIF (ISO/IEC 23008-12, 6.5.3): its properties have the extents of the picture, of its tiles and of
 * its preview: the largest is the picture's. */
static int
heif_size(const unsigned char *p, size_t len, unsigned *width, unsigned *height)
{
	const unsigned char *end = p + len;

	*width = *height = 0;
	while ((p = memmem(p, (size_t)(end - p), "ispe", 4)) && end - p >= 16) {
		if ((uint64_t)big32(p + 8) * big32(p + 12) > (uint64_t)*width * *height) {
			*width = big32(p + 8);
			*height = big32(p + 12);
		}
		p += 4;
	}
	return *width && *height;
}

enum image_kind
image_kind(const char *bytes, size_t len)
{
	static const char *const brands[] = { "heic", "heix", "mif1", "msf1", "heim", "hevc" };

	if (len >= 24 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
		return IMAGE_PNG;
	if (len >= 10 && (memcmp(bytes, "GIF87a", 6) == 0 || memcmp(bytes, "GIF89a", 6) == 0))
		return IMAGE_GIF;
	if (len >= 26 && memcmp(bytes, "BM", 2) == 0)
		return IMAGE_BMP;
	if (len >= 30 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0)
		return IMAGE_WEBP;
	if (len >= 10 && (memcmp(bytes, "II*\0", 4) == 0 || memcmp(bytes, "MM\0*", 4) == 0))
		return IMAGE_TIFF;
	for (size_t i = 0; len >= 12 && i < sizeof brands / sizeof *brands; i++)
		if (memcmp(bytes + 4, "ftyp", 4) == 0 && memcmp(bytes + 8, brands[i], 4) == 0)
			return IMAGE_HEIF;
	return len >= 4 && memcmp(bytes, "\xff\xd8\xff", 3) == 0 ? IMAGE_JPEG : IMAGE_NONE;
}

int
image_size(const char *bytes, size_t len, unsigned *width, unsigned *height)
{
	const unsigned char *p = (const unsigned char *)bytes;

	switch (image_kind(bytes, len)) {
	case IMAGE_PNG:
		*width = big32(p + 16);
		*height = big32(p + 20);
		return 1;
	case IMAGE_GIF:
		*width = little16(p + 6);
		*height = little16(p + 8);
		return 1;
	case IMAGE_BMP:
		*width = little32(p + 18);
		*height = little32(p + 22);
		/* Its lines go from top to bottom when it is negative. */
		if (*height > 0x7fffffff)
			*height = 0 - *height;
		return 1;
	case IMAGE_JPEG:
		return jpeg_size(p, len, width, height);
	case IMAGE_WEBP:
		return webp_size(p, width, height);
	case IMAGE_TIFF:
		return tiff_size(p, len, width, height);
	case IMAGE_HEIF:
		return heif_size(p, len, width, height);
	case IMAGE_NONE:
		break;
	}
	return 0;
}
