/*
 * field.h - structured fields of a header: a value and its parameters (RFC 2045 5.1, RFC 2231), as
 * they are written rather than as they should be.
 */
#ifndef BRIDGE_FIELD_H
#define BRIDGE_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum {
	FIELD_TOKEN = 80, /* room for a type, a subtype or another single word, and NUL */
};

/* The first word of a value in small letters, "attachment" of a disposition; what is too long is
 * cut, and what is no ASCII left out. skip: pass over this character before it ('/' for a subtype), 0: none. "" when there is
 * none. Returns what is behind the word. */
const char *field_word(const char *value, char skip, char word[FIELD_TOKEN]);

/*
 * Append the parameter's value to out: unquoted, its pieces (name*0, name*1*, in any order) joined,
 * its bytes decoded to UTF-8, encoded words in it, too. A parameter with a charset counts more than
 * a plain one of the same name. Values with blanks but without quotes are taken whole, parameters
 * may be parted by blanks. Returns whether the parameter is there.
 */
bool field_parameter(const char *value, const char *name, struct buf *out);
/* As field_parameter(), into room for FIELD_TOKEN bytes, the first word of it only and cut when it
 * is too long. Returns word, or NULL when the parameter is not there. */
const char *field_option(const char *value, const char *name, char word[FIELD_TOKEN]);

#endif
