/*
 * strip.c - walks the segments of a JPEG and the blocks of a GIF and copies those that are the picture.
 */
#include "bridge/message/strip.h"

#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/message/orient.h"

enum {
	SOF0 = 0xc0, SOF1 = 0xc1, DHT = 0xc4, JPG = 0xc8, DAC = 0xcc, RST0 = 0xd0, RST7 = 0xd7,
	SOI = 0xd8, EOI = 0xd9, SOS = 0xda, APP0 = 0xe0, APP1, APP2, APP14 = 0xee, APP15, COM = 0xfe,
};

/* JPEG. */

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
	size_t unused;

	if (marker == APP1 && len >= 6 && memcmp(p, "Exif\0", 6) == 0)
		look->orientation = orient_tiff((const char *)p + 6, len - 6, &unused);
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
		len = (size_t)p[at + 2] << 8 | p[at + 3];
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

static unsigned
little16(const unsigned char *p)
{
	return (unsigned)p[1] << 8 | p[0];
}

/* Does the frame lie within the screen? One of 65535 x 65535 could follow those that are looked at. */
static bool
is_inside(const unsigned char *frame, const unsigned char *screen)
{
	return little16(frame + 1) + little16(frame + 5) <= little16(screen + 6) &&
	       little16(frame + 3) + little16(frame + 7) <= little16(screen + 8);
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
		if (!(len = block(p + at, size - at)) || (p[at] == ',' && !is_inside(p + at, p)))
			return 0;
		if (p[at] == ',')
			(*frames)++;
		if (p[at] == ',' || is_kept(p + at, len))
			buf_add(out, p + at, len);
	}
	return at < size && *frames && buf_add(out, ";", 1) == 0 && !out->over;
}
