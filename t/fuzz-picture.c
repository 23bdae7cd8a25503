/*
 * fuzz-picture.c - what is read of a picture without decoding it: its kind, its size, and what is
 * stripped of it. What was stripped once has nothing left to strip.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/message/image.h"
#include "bridge/message/orient.h"
#include "bridge/message/strip.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char gif[] = "GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0!\xfe\2hi\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;";
	static const char jpeg[] = "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xe1\0\x20" "Exif\0\0II*\0"
	    "\x8\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\xff\xc0\0\x0b\x8\0\1\0\1\1\1\x11\0\xff\xda\0\x8\1\1\0\0?\0"
	    "abc\xff\xd9";
	static const char tiff[] = "II*\0\x8\0\0\0\2\0\0\1\4\0\1\0\0\0`\xea\0\0\1\1\4\0\1\0\0\0`\xea\0\0\0\0\0\0";
#define TURNED "II*\0\x8\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0" /* 22 bytes */
	static const char webp[] = "RIFF0000WEBPEXIF\x16\0\0\0" TURNED;
	static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\x16" "eXIf" TURNED "0000";

	(void)argc, (void)argv;
	fuzz_seed(gif, sizeof gif - 1);
	fuzz_seed(jpeg, sizeof jpeg - 1);
	fuzz_seed(tiff, sizeof tiff - 1);
	fuzz_seed(webp, sizeof webp - 1);
	fuzz_seed(png, sizeof png - 1);
	fuzz_seed("RIFF0000WEBPVP8X0000000000000000", 32);
	fuzz_seed("0000ftypheic0000ispe000000000000000", 35);
	return 0;
}

/* Is there nothing more to strip? */
static void
check_stripped(const struct buf *once, bool gif)
{
	struct buf twice;
	struct jpeg_look look;
	unsigned frames;

	buf_init(&twice, once->len);
	assert(gif ? strip_gif(buf_str(once), once->len, &twice, &frames)
		   : strip_jpeg(buf_str(once), once->len, &twice, &look));
	assert(twice.len == once->len && memcmp(twice.data, once->data, once->len) == 0);
	assert(gif || look.orientation == 1);
	buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct jpeg_look look;
	struct buf out;
	unsigned width, height, frames;

	assert(!image_size(bytes, size, &width, &height) || image_kind(bytes, size) != IMAGE_NONE);
	buf_init(&out, size);
	if (strip_jpeg(bytes, size, &out, &look))
		check_stripped(&out, false);
	assert(look.orientation >= 1 && look.orientation <= 8);
	look.orientation = orient(image_kind(bytes, size), bytes, size);
	assert(look.orientation >= 1 && look.orientation <= 8);
	buf_reset(&out);
	if (strip_gif(bytes, size, &out, &frames))
		check_stripped(&out, true);
	buf_free(&out);
	return 0;
}
