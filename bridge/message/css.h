/*
 * css.h - as much of Cascading Style Sheets as tells what of a page is not seen.
 */
#ifndef BRIDGE_CSS_H
#define BRIDGE_CSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CSS_CLASSES = 8 };

/* What is known of a property. */
enum css_property {
	CSS_DISPLAY,
	CSS_VISIBILITY, /* 0: hidden */
	CSS_OPACITY,    /* thousandths */
	CSS_FONT_SIZE,  /* thousandths of a pixel; CSS_RELATIVE */
	CSS_COLOR,      /* 0xRRGGBB; CSS_NO_COLOR */
	CSS_BACKGROUND,
	CSS_OVERFLOW, /* 1: hidden */
	CSS_HEIGHT,   /* thousandths of a pixel; CSS_RELATIVE */
	CSS_MAX_HEIGHT,
	CSS_WIDTH,
	CSS_MAX_WIDTH,
	CSS_OUTSIDE,     /* 1: begins out of sight */
	CSS_MOVED,       /* 1: moved out of sight, if it can be moved: */
	CSS_POSITION,    /* 1: by its position */
	CSS_CLIP,        /* 1: cut to nothing */
	CSS_MSO_HIDE,    /* 1: Word's renderer does not show it, for which such mails are made */
	CSS_WHITE_SPACE, /* 1: kept */
	CSS_LIST_STYLE,  /* 0: no marks */
	CSS_PROPERTIES,
};

enum { CSS_NONE, CSS_INLINE, CSS_BLOCK }; /* of CSS_DISPLAY */
enum {
	CSS_RELATIVE = -1, /* to something else, and not zero */
	CSS_TRANSPARENT = -2,
	CSS_NO_COLOR = -3, /* a picture, or one that is not understood */
};

/* What is set for an element, by whichever rule wins. */
struct css_values {
	bool set[CSS_PROPERTIES];
	int value[CSS_PROPERTIES];
	uint32_t weight[CSS_PROPERTIES]; /* of the rule that has set it */
};

/* An element as selectors see it: hashes of its name, id and classes, as of css_hash(). */
struct css_element {
	uint32_t name, id, classes[CSS_CLASSES];
	size_t nclasses;
	unsigned index; /* its place among its siblings, from 1 */
};

/* What selectors may ask of the element itself, besides. */
struct css_context {
	const char *const *attributes;    /* names and values in turn; ends in NULL. NULL: none */
	const struct css_element *before; /* its sibling; NULL: none */
};

struct css;

/* An empty style sheet, for css_free(). */
struct css *css_new(void);
/* Accepts NULL. */
void css_free(struct css *css);
/* Add the rules in len bytes of a <style>, as far as they hold for a screen; media is the element's
 * attribute, or NULL. Time is linear; what cannot be understood is passed over. */
void css_add(struct css *css, const char *media, const char *s, size_t len);
/* A word's hash, the same for capitals and small letters; never 0. */
uint32_t css_hash(const char *s, size_t len);
/*
 * What is set for path[depth - 1], whose ancestors stand before it in path, the root first: by the
 * sheet's rules, some of which ask for its context, and by `style`, its attribute, or NULL.
 */
void css_style(struct css *css, const struct css_element *path, size_t depth,
    const struct css_context *context, const char *style, struct css_values *v);
/* A colour as of CSS_COLOR, written in len bytes as in CSS or as in HTML's attributes. */
int css_color(const char *s, size_t len);

#endif
