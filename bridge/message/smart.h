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

/* The letter of some table that an ASCII letter and a combining accent are together (Unicode's canonical
 * composition, U+00E9 of "e" and U+0301); 0: none. */
uint32_t smart_compose(uint32_t letter, uint32_t accent);
/* The character at *p, and an accent behind it when smart_compose() makes one of them; *p is set
 * behind both. As utf8_next(): end is the first byte that may not be read. */
uint32_t smart_next(const char **p, const char *end);
/* What may stand for code point c, in characters of the default alphabet; "" for one that shows
 * nothing. Lent by the table or by room. NULL: nothing may. */
const char *smart_replacement(uint32_t c, char room[SMART_MOST]);

#endif
