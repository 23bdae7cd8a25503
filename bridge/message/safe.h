/*
 * safe.h - strangers' words made fit to stand in a mail: nothing in them can end a line, name a
 * folder, or turn the direction of writing around.
 */
#ifndef BRIDGE_SAFE_H
#define BRIDGE_SAFE_H

#include <stddef.h>

struct buf;

enum { SAFE_NAME = 120, SAFE_REFERENCES = 20 };

/*
 * A file name without folders, controls, bidi marks, leading dots and characters that some system
 * forbids, in UTF-8, at most SAFE_NAME - 1 bytes with its ending kept. Where name (NULL: none) leaves
 * nothing, one is made of what the type is ("picture", "sound", "video", "card", "part") and number.
 * An ending that goes with the type is added where the name has none.
 */
void safe_name(const char *name, const char *type, unsigned number, char out[SAFE_NAME]);
/*
 * Append the message ids (RFC 5322 3.6.4) of a field as it was written, one blank between: at most
 * SAFE_REFERENCES, the first and the last ones; what is none is left out. Appends nothing when there
 * is none.
 */
void safe_ids(const char *field, struct buf *out);
/* Is it a media type as RFC 2045 5.1 allows, in lower case, of a kind that a part may have (not
 * multipart or message, which may not be encoded)? */
int safe_type(const char *type);
/* Append text as the body of a mail: UTF-8 with bad bytes as U+FFFD, lines ended by LF, the last one
 * too, no other control than TAB. */
void safe_body(const char *text, size_t len, struct buf *out);

#endif
