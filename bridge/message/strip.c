/*
 * strip.c - walks the segments of a JPEG and the blocks of a GIF and copies those that are the picture.
 */
#include "bridge/message/strip.h"

#include <string.h>

#include "bridge/base/buf.h"

enum {
	SOF0 = 0xc0, SOF1 = 0xc1, DHT = 0xc4, JPG = 0xc8, DAC = 0xcc, RST0 = 0xd0, RST7 = 0xd7,
	SOI = 0xd8, EOI = 0xd9, SOS = 0xda, APP0 = 0xe0, APP1, APP2, APP14 = 0xee, APP15, COM = 0xfe,
	ORIENTATION = 0x0112, /* the tag */
	MAX_ENTRIES = 500,
};

/* JPEG. */

static unsigned
number(const unsigned char *p, unsigned bytes, bool little)
{
	unsigned n = 0;

	for (unsigned i = 0; i < bytes; i++)
		n = n << 8 | p[little ? bytes - 1 - i : i];
	return n;
}

/* The orientation in EXIF's TIFF block (TIFF 6.0, section 2): the first directory has it. */
static unsigned
orientation(const unsigned char *p, size_t len)
{
	bool little;
	unsigned n;
	size_t at;

	if (len < 8 || (memcmp(p, "II*\0", 4) != 0 && memcmp(p, "MM\0*", 4) != 0))
		return 1;
	little = *p == 'I';
	at = number(p + 4, 4, little);
	if (at > len - 2)
		return 1;
	n = number(p + at, 2, little);
	at += 2;
	for (unsigned i = 0; i < n && i < MAX_ENTRIES && at + 12 <= len; i++, at += 12) {
		unsigned value = number(p + at + 8, 2, little);

		if (number(p + at, 2, little) == ORIENTATION)
			return value >= 1 && value <= 8 ? value : 1;
	}
	return 1;
}

/* Does the segment with these bytes belong to the picture? */
static bool
is_picture(unsigned marker, const unsigned char *p, size_t len)
{
	switch (marker) {
	case APP0:
		return len >= 5 && memcmp(p, "JFIF", 5) == 0;
	case APP2:
		return len >= 12 && memcmp(p, "ICC_PROFILE", 12) == 0;
	case APP14:
		return len >= 5 && memcmp(p, "Adobe", 5) == 0;
	default:
		return marker < APP0 && marker > 1;
	}
}

static void
look_at(unsigned marker, const unsigned char *p, size_t len, struct jpeg_look *look)
{
	if (marker == APP1 && len >= 6 && memcmp(p, "Exif\0", 6) == 0)
		look->orientation = orientation(p + 6, len - 6);
	else if (marker == SOF0 || marker == SOF1)
		look->baseline = len >= 6 && p[0] == 8 && (p[5] == 1 || p[5] == 3);
}

/* How long the coded bytes at p are, up to the next marker that ends them. */
static size_t
coded(const unsigned char *p, size_t len)
{
	size_t at = 0;

	while (at + 1 < len && (p[at] != 0xff || p[at + 1] == 0 ||
	    (p[at + 1] >= RST0 && p[at + 1] <= RST7) || p[at + 1] == 0xff))
		at++;
	return at;
}

/* JFIF may carry a small picture of the picture; its header does without. */
static void
put_segment(struct buf *out, unsigned marker, const unsigned char *p, size_t len)
{
	static const unsigned char jfif[] = { 0xff, APP0, 0, 16 };

	if (marker == APP0 && len >= 14) {
		buf_add(out, jfif, sizeof jfif);
		buf_add(out, p, 12);
		buf_add(out, "\0", 2);
		return;
	}
	buf_add(out, p - 4, len + 4);
}

int
strip_jpeg(const char *bytes, size_t size, struct buf *out, struct jpeg_look *look)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t at = 2, len;
	unsigned marker;

	*look = (struct jpeg_look){ .orientation = 1 };
	if (size < 4 || p[0] != 0xff || p[1] != SOI)
		return 0;
	buf_add(out, p, 2);
	while (at + 4 <= size && p[at] == 0xff && p[at + 1] != EOI) {
		marker = p[at + 1];
		if (marker == 0xff) {
			at++;
			continue;
		}
		len = number(p + at + 2, 2, false);
		if (len < 2 || at + 2 + len > size)
			return 0;
		look_at(marker, p + at + 4, len - 2, look);
		if (is_picture(marker, p + at + 4, len - 2))
			put_segment(out, marker, p + at + 4, len - 2);
		at += 2 + len;
		if (marker == SOS) {
			len = coded(p + at, size - at);
			buf_add(out, p + at, len);
			at += len;
		}
	}
	if (at + 2 > size || p[at] != 0xff || p[at + 1] != EOI)
		return 0;
	return buf_add(out, p + at, 2) == 0 && !out->over;
}

/* GIF. */

/* The length of a run of sub-blocks, its end with it; 0: it does not end. */
static size_t
blocks(const unsigned char *p, size_t len)
{
	size_t at = 0;

	while (at < len) {
		if (p[at] == 0)
			return at + 1;
		at += 1u + p[at];
	}
	return 0;
}

static size_t
colors(unsigned flags)
{
	return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* An extension that is to stay: how a frame is shown, and that it loops. */
static bool
is_kept(const unsigned char *p, size_t len)
{
	return p[1] == 0xf9 || (p[1] == 0xff && len >= 14 && memcmp(p + 3, "NETSCAPE2.0", 11) == 0);
}

/* The length of the block at p, which must be there; 0: it is none, or cut off. */
static size_t
block(const unsigned char *p, size_t len)
{
	size_t head, data;

	if (*p == '!')
		head = 2;
	else if (*p == ',' && len >= 10)
		head = 10 + colors(p[9]) + 1;
	else
		return 0;
	if (head >= len || !(data = blocks(p + head, len - head)))
		return 0;
	return head + data;
}

int
strip_gif(const char *bytes, size_t size, struct buf *out, unsigned *frames)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t at, len;

	*frames = 0;
	if (size < 13 || (memcmp(p, "GIF87a", 6) != 0 && memcmp(p, "GIF89a", 6) != 0))
		return 0;
	at = 13 + colors(p[10]);
	if (at > size)
		return 0;
	buf_add(out, p, at);
	for (; at < size && p[at] != ';'; at += len) {
		if (!(len = block(p + at, size - at)))
			return 0;
		if (p[at] == ',')
			(*frames)++;
		if (p[at] == ',' || is_kept(p + at, len))
			buf_add(out, p + at, len);
	}
	return at < size && *frames && buf_add(out, ";", 1) == 0 && !out->over;
}
