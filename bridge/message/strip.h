/*
 * strip.h - a picture's file without what it tells beside the picture: where it was taken, with what,
 * when, and what was written into it. Nothing is decoded, so nothing of the picture is lost.
 */
#ifndef BRIDGE_STRIP_H
#define BRIDGE_STRIP_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* What a JPEG file says of itself. */
struct jpeg_look {
	unsigned orientation; /* of EXIF, 1 to 8 (CIPA DC-008, 4.6.4 A); 1 when it does not say */
	bool baseline;	      /* sequential with one or three components: as every phone shows it */
};

/*
 * Append a JPEG (ITU-T T.81) to out without APP segments, but for JFIF's, Adobe's and the colour profile,
 * without comments, and without what follows its end; *look says what stood in them. 1, or 0 when the
 * bytes are no JPEG, end too early, or out is full: what is in out then is of no use.
 */
int strip_jpeg(const char *bytes, size_t len, struct buf *out, struct jpeg_look *look);
/*
 * The same of a GIF (GIF89a): comments, plain text and application data go, but for the one that makes
 * it loop. *frames: how many pictures it has. 1 or 0 as strip_jpeg(); 0, too, when one of them reaches
 * out of its screen.
 */
int strip_gif(const char *bytes, size_t len, struct buf *out, unsigned *frames);

#endif
