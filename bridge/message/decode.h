/*
 * decode.h - a part's transfer encoding (RFC 2045 section 6), undone by GMime, which stays in
 * decode.c.
 */
#ifndef BRIDGE_DECODE_H
#define BRIDGE_DECODE_H

#include <stdbool.h>
#include <stddef.h>

struct parts;

enum encoding { ENCODING_NONE, ENCODING_BASE64, ENCODING_QUOTED, ENCODING_UUENCODE };

/* Call once before any other thread uses decode_*. */
void decode_start(void);
/* What a Content-Transfer-Encoding says, also in the words of those who cannot spell it. NULL is
 * ENCODING_NONE. */
enum encoding decode_encoding(const char *value);

/*
 * Decode what is left of the innermost part and hand it to put(to, …) in pieces, until that returns
 * -1 or the part is over; in any case the part is then over. Text that is not encoded at all though
 * it is said to be, and base64 of a text of which it is not said, are known by their first line;
 * `text`: the part is one.
 */
void decode_part(struct parts *in, enum encoding encoding, bool text,
    int (*put)(void *to, const char *bytes, size_t len), void *to);

#endif
