/*
 * utf8.h - one character of UTF-8 at a time (RFC 3629).
 */
#ifndef BRIDGE_UTF8_H
#define BRIDGE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The length, 1 to 4, of the valid character at s (of which len bytes may be read); 0 when there is
 * none: an overlong form, a surrogate, a value above U+10FFFF, a cut or stray byte, or len is 0.
 */
size_t utf8_valid(const char *s, size_t len);
/*
 * The code point at *s and move *s behind it; a bad byte gives U+FFFD and is stepped over alone.
 * end is the first byte that may not be read; *s must be before it.
 */
uint32_t utf8_next(const char **s, const char *end);
/* Write code point c into out (4 bytes of room). Returns the bytes written; c is a valid one. */
size_t utf8_put(char *out, uint32_t c);
/* Make s one line that is valid UTF-8, in place: control characters become spaces, bytes of no
 * character, as at the end of a string that was cut, are taken out. */
void utf8_line(char *s);

#endif
