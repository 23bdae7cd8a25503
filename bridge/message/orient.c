/*
 * orient.c - finds EXIF in the chunks of PNG and WebP, and the orientation in it. Cameras do not
 * turn a picture, they only tell how they were held; so who removes what they tell has to turn it.
 */
#include "bridge/message/orient.h"

#include <stdbool.h>
#include <string.h>

enum { ORIENTATION = 0x0112 /* the tag */, MAX_ENTRIES = 500, ENTRY = 12 };

static size_t
number(const unsigned char *p, unsigned bytes, bool little)
{
	size_t n = 0;

	for (unsigned i = 0; i < bytes; i++)
		n = n << 8 | p[little ? bytes - 1 - i : i];
	return n;
}

/* TIFF 6.0, section 2. */
unsigned
orient_tiff(const char *bytes, size_t len, size_t *at)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t place, n, value;
	bool little;

	*at = 0;
	if (len < 8 || (memcmp(p, "II*\0", 4) != 0 && memcmp(p, "MM\0*", 4) != 0))
		return 1;
	little = *p == 'I';
	place = number(p + 4, 4, little);
	if (place > len - 2)
		return 1;
	n = number(p + place, 2, little);
	place += 2;
	for (size_t i = 0; i < n && i < MAX_ENTRIES && place + ENTRY <= len; i++, place += ENTRY) {
		if (number(p + place, 2, little) != ORIENTATION)
			continue;
		*at = place + 8;
		value = number(p + *at, 2, little);
		return value >= 1 && value <= 8 ? (unsigned)value : 1;
	}
	return 1;
}

/* How the chunks of a kind follow each other. */
struct chunks {
	size_t first;        /* where */
	size_t name, length; /* of a chunk, from its beginning */
	size_t around;       /* bytes besides its content, which begins behind name and length */
	const char *exif;
	bool little, even;
};

static unsigned
in_chunks(const struct chunks *c, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t unused;

	for (size_t at = c->first, n; at + 8 <= len; at += n + c->around + (c->even && n % 2)) {
		n = number(p + at + c->length, 4, c->little);
		if (n > len - at - 8)
			return 1;
		if (memcmp(p + at + c->name, c->exif, 4) != 0)
			continue;
		/* Some write into WebP what stands before EXIF in a JPEG. */
		if (n > 6 && memcmp(p + at + 8, "Exif\0", 6) == 0)
			return orient_tiff(bytes + at + 14, n - 6, &unused);
		return orient_tiff(bytes + at + 8, n, &unused);
	}
	return 1;
}

unsigned
orient(enum image_kind kind, const char *bytes, size_t len)
{
	/* PNG 5.3: length, name, content, CRC. RIFF: name, length, content and a byte if that is
	 * odd. */
	static const struct chunks png = { 8, 4, 0, 12, "eXIf", false, false };
	static const struct chunks webp = { 12, 0, 4, 8, "EXIF", true, true };
	size_t unused;

	switch (kind) {
	case IMAGE_PNG:
		return in_chunks(&png, bytes, len);
	case IMAGE_WEBP:
		return in_chunks(&webp, bytes, len);
	case IMAGE_TIFF:
		return orient_tiff(bytes, len, &unused);
	case IMAGE_JPEG:
	case IMAGE_GIF:
	case IMAGE_BMP:
	case IMAGE_HEIF:
	case IMAGE_NONE:
		break;
	}
	return 1;
}
