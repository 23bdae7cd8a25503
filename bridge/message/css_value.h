/*
 * css_value.h - one declaration of a style sheet: its property and its value.
 */
#ifndef BRIDGE_CSS_VALUE_H
#define BRIDGE_CSS_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/message/css.h"

struct css_declaration {
	enum css_property property;
	int value;
	bool important;
};

/* The next declaration that tells whether something is seen, from *s on up to end, which *s is
 * moved behind. Returns whether there is one. */
bool css_declaration(const char **s, const char *end, struct css_declaration *d);

#endif
