/*
 * html_look.h - how the inside of an element looks: whether a person sees the text in it.
 */
#ifndef BRIDGE_HTML_LOOK_H
#define BRIDGE_HTML_LOOK_H

#include <stdbool.h>

#include "bridge/message/css.h"

/* What an element has from those around it and from itself. */
struct html_look {
	bool hidden;           /* with all that is in it */
	bool invisible;        /* its text; an element in it may be visible again */
	bool small;            /* likewise, its letters have no size */
	bool pre;              /* white space is kept */
	bool marks;            /* of list items */
	bool block;            /* it stands on lines of its own */
	int display;           /* CSS_NONE, CSS_INLINE, CSS_BLOCK; -1: as its name says */
	int color, background; /* as of css.h; CSS_NO_COLOR: unknown */
	bool colored;          /* the colour was chosen */
	int effect;            /* html.c's own */
};

/* What is given for an element. */
struct html_given {
	struct css_values values;
	const char *bgcolor, *color; /* attributes; NULL: none */
	bool picture;                /* as background */
	bool hidden;                 /* by an attribute, which a sheet may overrule */
	bool link;
};

/* A page before anything is said. */
void html_look_init(struct html_look *look);
/* Change look, which is that of the element around, to that of the element. */
void html_look(struct html_look *look, const struct html_given *given);
/* Is text with that look not seen? */
bool html_look_hides(const struct html_look *look);

#endif
