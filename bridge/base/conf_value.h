/*
 * conf_value.h - one value of the configuration by its type. For conf.c only.
 */
#ifndef BRIDGE_CONF_VALUE_H
#define BRIDGE_CONF_VALUE_H

#include <stddef.h>

struct setting;

/* Check the text by the row's type and bounds. 0, or -1 and `why` (room bytes): what is wrong and
 * what is allowed. */
int conf_value_check(const struct setting *row, const char *text, char *why, size_t room);
/* Put the checked text's value where the row says, in the struct at `into`. Strings are kept as
 * lent; of a CONF_SECRET, text is the secret itself. */
void conf_value_store(const struct setting *row, const char *text, void *into);
/* The secret in the file at path, for free(); "" for the path "". NULL, and `why`, when the file
 * is no good place for a secret or has none in its first line. */
char *conf_secret(const char *path, char *why, size_t room);

#endif
