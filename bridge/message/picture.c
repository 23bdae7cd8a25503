/*
 * picture.c - decodes, turns, scales and encodes, by libgd: it reads all kinds that cameras and
 * programs make, runs no other programs, and is small. gd stays here.
 */
#include "bridge/message/picture.h"

#include <gd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/image.h"
#include "bridge/message/orient.h"
#include "bridge/message/strip.h"

/* In this order: what is left out first is what one sees least. */
static const int qualities[] = { 85, 75, 65, 50 };
static const int sides[] = { 1600, 1280, 1024, 800, 640, 320, 0 };

enum { COUNT_QUALITIES = sizeof qualities / sizeof *qualities };

static int
longer(const gdImage *im)
{
	return gdImageSX(im) > gdImageSY(im) ? gdImageSX(im) : gdImageSY(im);
}

/* libgd's complaints are about strangers' files: nobody is to read them. */
static void __attribute__((format(printf, 2, 0)))
hush(int priority, const char *format, va_list args)
{
	(void)priority;
	(void)format;
	(void)args;
}

/* Libtiff mirrors, but does not turn, and not all kinds. So it is told that there is nothing to do. */
static gdImagePtr
decode_tiff(const char *bytes, size_t len)
{
	struct buf copy;
	gdImagePtr im;
	size_t at;

	buf_init(&copy, len);
	buf_add(&copy, bytes, len);
	orient_tiff(bytes, len, &at);
	if (at) {
		copy.data[at] = *bytes == 'I' ? 1 : 0;
		copy.data[at + 1] = *bytes == 'I' ? 0 : 1;
	}
	im = gdImageCreateFromTiffPtr((int)len, copy.data);
	buf_free(&copy);
	return im;
}

static gdImagePtr
decode(enum image_kind kind, const char *bytes, size_t len)
{
	int n = (int)len;
	void *p = (void *)(uintptr_t)bytes; /* libgd only reads it */

	switch (kind) {
	case IMAGE_JPEG:
		/* What is cut short shows what there is. */
		return gdImageCreateFromJpegPtrEx(n, p, 1);
	case IMAGE_PNG:
		return gdImageCreateFromPngPtr(n, p);
	case IMAGE_GIF:
		return gdImageCreateFromGifPtr(n, p);
	case IMAGE_BMP:
		return gdImageCreateFromBmpPtr(n, p);
	case IMAGE_WEBP:
		return gdImageCreateFromWebpPtr(n, p);
	case IMAGE_TIFF:
		return decode_tiff(bytes, len);
	case IMAGE_HEIF:
		return gdImageCreateFromHeifPtr(n, p);
	case IMAGE_NONE:
		break;
	}
	return NULL;
}

/* A copy of that size, on white. Takes im. NULL: there is no memory. */
static gdImagePtr
scale(gdImagePtr im, int width, int height)
{
	gdImagePtr to = gdImageCreateTrueColor(width, height);

	if (to) {
		gdImageFilledRectangle(to, 0, 0, width - 1, height - 1, 0xffffff);
		gdImageAlphaBlending(to, 1);
		if (gdImageSX(im) == width && gdImageSY(im) == height)
			gdImageCopy(to, im, 0, 0, 0, 0, width, height);
		else
			gdImageCopyResampled(to, im, 0, 0, 0, 0, width, height, gdImageSX(im), gdImageSY(im));
	}
	gdImageDestroy(im);
	return to;
}

/* No side longer than `most`, on white. Takes im; NULL as scale(). */
static gdImagePtr
shrink(gdImagePtr im, int most)
{
	int64_t width = gdImageSX(im), height = gdImageSY(im), side = longer(im);

	if (side > most) {
		width = width * most / side;
		height = height * most / side;
	}
	return scale(im, width ? (int)width : 1, height ? (int)height : 1);
}

/* Turn it as EXIF's orientation asks (CIPA DC-008, 4.6.4 A). Takes im; NULL: there is no memory. */
static gdImagePtr
turn(gdImagePtr im, unsigned orientation)
{
	static const int angles[] = { 0, 0, 0, 180, 180, 90, 270, 270, 90 };
	static const bool mirrored[] = { [2] = true, [4] = true, [5] = true, [7] = true };
	gdImagePtr turned = im;

	/* It is mirrored before it is turned, by libgd against the clock. */
	if (orientation < 8 && mirrored[orientation])
		gdImageFlipHorizontal(im);
	if (angles[orientation]) {
		turned = gdImageRotateInterpolated(im, (float)angles[orientation], 0);
		gdImageDestroy(im);
	}
	return turned;
}

/* Append what libgd made, if it is small enough. */
static bool
put(void *made, int size, size_t most, struct buf *out)
{
	bool fits = made && size > 0 && (size_t)size <= most && buf_add(out, made, (size_t)size) == 0;

	gdFree(made);
	return fits;
}

static bool
put_png(gdImagePtr im, size_t most, struct buf *out)
{
	int size = 0;
	void *made = gdImagePngPtrEx(im, &size, 9);

	return put(made, size, most, out);
}

/* The best JPEG of so many bytes. Takes im. */
static bool
put_jpeg(gdImagePtr im, size_t most, struct buf *out)
{
	for (size_t side = 0;;) {
		for (size_t q = 0; q < COUNT_QUALITIES; q++) {
			int size = 0;
			void *made = gdImageJpegPtr(im, &size, qualities[q]);

			if (put(made, size, most, out)) {
				gdImageDestroy(im);
				return true;
			}
		}
		while (sides[side] >= longer(im))
			side++;
		if (!sides[side]) {
			gdImageDestroy(im);
			return false;
		}
		if (!(im = shrink(im, sides[side])))
			return false;
	}
}

/* Is it fit as it is, but for what is to be stripped? Then it is in out. */
static bool
put_stripped(enum image_kind kind, const char *bytes, size_t len, const struct picture_limits *limits,
    unsigned side, struct buf *out, struct jpeg_look *look)
{
	unsigned frames = 0;
	bool fits = false;

	if (kind == IMAGE_JPEG)
		fits = strip_jpeg(bytes, len, out, look) && look->orientation == 1 && look->baseline &&
		       side <= limits->width;
	else if (kind == IMAGE_GIF)
		fits = strip_gif(bytes, len, out, &frames) && side <= limits->width;
	if (fits && out->len <= limits->bytes)
		return true;
	buf_reset(out);
	return false;
}

/* Decode, turn and shrink. Both NULL and *v when that cannot be done. */
static gdImagePtr
make_upright(enum image_kind kind, const char *bytes, size_t len, unsigned width, unsigned orientation,
    struct verdict *v)
{
	gdImagePtr im = decode(kind, bytes, len);

	if (!im) {
		never(v, "5.6.1", "it cannot be decoded");
		return NULL;
	}
	if (!(im = shrink(im, (int)width)) || !(im = turn(im, orientation)))
		never(v, "5.3.4", "there is no memory for it");
	return im;
}

int
picture_fit(const char *bytes, size_t len, const struct picture_limits *limits, struct buf *out,
    const char **type, struct verdict *v)
{
	enum image_kind kind = image_kind(bytes, len);
	struct jpeg_look look = { .orientation = 1 };
	unsigned width, height;
	gdImagePtr im;

	gdSetErrorMethod(hush);
	if (kind == IMAGE_NONE || len > INT32_MAX || !image_size(bytes, len, &width, &height))
		return never(v, "5.6.1", "it is no picture that is known here");
	if (!width || !height || (uint64_t)width * height > PICTURE_PIXELS)
		return never(v, "5.3.4", "it has %u x %u pixels", width, height);
	*type = kind == IMAGE_GIF ? "image/gif" : "image/jpeg";
	if (put_stripped(kind, bytes, len, limits, width > height ? width : height, out, &look)) {
		/* It must be what it says: a phone is not to find out. */
		if (!(im = decode(kind, bytes, len)))
			return never(v, "5.6.1", "it cannot be decoded");
		gdImageDestroy(im);
		return done(v, "2.6.0", "as it was");
	}
	if (kind != IMAGE_JPEG)
		look.orientation = orient(kind, bytes, len);
	if (!(im = make_upright(kind, bytes, len, limits->width, look.orientation, v)))
		return -1;
	if (kind == IMAGE_PNG && len <= 2 * limits->bytes && put_png(im, limits->bytes, out)) {
		*type = "image/png";
		gdImageDestroy(im);
		return done(v, "2.6.0", "fitted");
	}
	buf_reset(out);
	*type = "image/jpeg";
	if (!put_jpeg(im, limits->bytes, out))
		return never(v, "5.3.4", "no size of it fits into %zu bytes", limits->bytes);
	return done(v, "2.6.0", "fitted");
}
