/*
 * fold.h - text made comparable: what a word list need not know of case, accents, widths and marks.
 */
#ifndef BRIDGE_FOLD_H
#define BRIDGE_FOLD_H

#include <stddef.h>

/*
 * Write the folded form of s (len bytes, UTF-8) to out, which has room for len + 1 bytes, and a NUL
 * behind. Folded text is lower case; Latin letters lose their accents ("Größe" is "grosse"), Greek
 * and Cyrillic ones too; full-width forms and digits of every script become ASCII, typographic
 * quotes and dashes as well; marks that show nothing are gone; a run of white space is one space,
 * none at the ends. Returns the bytes written, the NUL not counted: never more than len.
 */
size_t fold(const char *s, size_t len, char *out);

#endif
