/*
 * segments.h - how an SMS is shown to an administrator.
 */
#ifndef BRIDGE_CTL_SEGMENTS_H
#define BRIDGE_CTL_SEGMENTS_H

#include <stddef.h>

#include "bridge/message/text.h"

/* Print the encoding with its tables, the units and the segments, on a line. */
void segments_print_size(const struct text_alphabet *a, const struct text_size *size);
/* Print lines between bars, `before` in front of the first, made safe for a terminal. */
void segments_print_lines(const char *before, const char *text, size_t len);
/* Print each segment of a text that text_write() or text_fit() made, with its number, made safe for
 * a terminal, between bars, so that blanks at its end are seen. The text ends in a NUL. */
void segments_print_parts(const char *text, size_t len, const struct text_alphabet *a);

#endif
