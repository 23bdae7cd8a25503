/*
 * encoded.h - what a header field says: encoded words (RFC 2047), raw bytes, and lists of
 * addresses.
 */
#ifndef BRIDGE_ENCODED_H
#define BRIDGE_ENCODED_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Append the text of len bytes of an unstructured field to out, in UTF-8: encoded words are decoded
 * wherever they stand, those side by side as one text; other bytes speak for themselves, or are in
 * `charset` when that is not NULL. What is no encoded word stays as it is. Line ends are kept: see
 * flatten_line(). Cannot fail; what does not fit into out is left out.
 */
void encoded_decode(const char *s, size_t len, const char *charset, struct buf *out);

/*
 * Append a list of addresses (RFC 5322 3.4, and what is written instead) to out as people read it,
 * UTF-8, on one line: "Name <address>, address", names decoded, quoted only where they must be.
 */
void encoded_addresses(const char *s, struct buf *out);

/* The length of the encoded word that begins at s (of which len bytes may be read), 0: none does.
 * Words that are cut off by the end of the text, or that have blanks in them, are words. */
size_t encoded_length(const char *s, size_t len);

#endif
