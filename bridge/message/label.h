/*
 * label.h - what charset a text says it is in, by words or by its first bytes.
 */
#ifndef BRIDGE_LABEL_H
#define BRIDGE_LABEL_H

#include <stddef.h>

#include "bridge/message/charset.h"

/* The label in <meta charset=…> or <meta … content="text/html; charset=…"> among the first bytes of
 * a page, or in <?xml … encoding=…>, as of charset_name(); NULL when there is none. */
const char *label_of_page(const char *start, size_t len, char name[CHARSET_LABEL]);

/* What the first bytes of a text show, against `name`, what its label means or NULL: a byte order
 * mark, zeros at every other place, the escapes of ISO 2022. NULL when they show nothing, "" when
 * they show that it is not what the label means. */
const char *label_seen(const char *name, const char *start, size_t len);

#endif
