/*
 * enriched.h - text/enriched (RFC 1896) and text/richtext (RFC 1341 7.1.3) to plain text.
 */
#ifndef BRIDGE_ENRICHED_H
#define BRIDGE_ENRICHED_H

#include <stddef.h>

struct buf;

/* Append the text of len bytes of text/enriched, UTF-8, to out, as far as it fits. */
void enriched_text(const char *s, size_t len, struct buf *out);
/* The same for text/richtext. */
void enriched_richtext(const char *s, size_t len, struct buf *out);

#endif
