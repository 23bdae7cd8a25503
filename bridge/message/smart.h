/*
 * smart.h - what may stand in an SMS for a character that phones' 7 bit alphabets lack: straight
 * quotes for curly ones, "..." for an ellipsis, letters without accents. One such character halves
 * the room of a message and more, and most readers do not miss it.
 *
 * Only what keeps its meaning is here: other scripts, emoji and most signs have no replacement.
 */
#ifndef BRIDGE_SMART_H
#define BRIDGE_SMART_H

#include <stddef.h>
#include <stdint.h>

enum { SMART_MOST = 8 }; /* bytes of a replacement with its NUL */

/* The character at *p, and an accent behind it when the two are one character (Unicode's canonical
 * composition); *p is set behind both. As utf8_next(): end is the first byte that may not be read. */
uint32_t smart_next(const char **p, const char *end);
/* What may stand for code point c, in characters of the default alphabet; "" for one that shows
 * nothing. Lent by the table or by room. NULL: nothing may. */
const char *smart_replacement(uint32_t c, char room[SMART_MOST]);

#endif
