/*
 * html_look.c - how the inside of an element looks.
 */
#include "bridge/message/html_look.h"

#include <stdlib.h>
#include <string.h>

enum {
	TINY = 1500,     /* thousandths of a pixel: no letter */
	LINE = 1000,     /* nor a line */
	FAINT = 30,      /* thousandths of opacity */
	ALIKE = 24,      /* red, green and blue together: no eye tells them apart */
	BLUE = 0x0000ee, /* links, where nothing else is said */
};

void
html_look_init(struct html_look *look)
{
	memset(look, 0, sizeof *look);
	look->background = 0xffffff;
	look->marks = true;
	look->display = -1;
}

/* A length that leaves no room; not set is room enough. */
static bool
is_nothing(const struct css_values *v, enum css_property p)
{
	return v->set[p] && v->value[p] >= 0 && v->value[p] <= LINE;
}

static bool
is_set(const struct css_values *v, enum css_property p, int value)
{
	return v->set[p] && v->value[p] == value;
}

/* Is the element hidden with all that is in it? */
static bool
hides(const struct html_given *g)
{
	const struct css_values *v = &g->values;
	bool cut = is_set(v, CSS_OVERFLOW, 1);

	if (v->set[CSS_DISPLAY] ? v->value[CSS_DISPLAY] == CSS_NONE : g->hidden)
		return true;
	if (v->set[CSS_OPACITY] && v->value[CSS_OPACITY] < FAINT)
		return true;
	if (cut && (is_nothing(v, CSS_HEIGHT) || is_nothing(v, CSS_MAX_HEIGHT) ||
		       is_nothing(v, CSS_WIDTH) || is_nothing(v, CSS_MAX_WIDTH)))
		return true;
	if (is_set(v, CSS_MOVED, 1) && is_set(v, CSS_POSITION, 1))
		return true;
	return is_set(v, CSS_OUTSIDE, 1) || is_set(v, CSS_CLIP, 1) || is_set(v, CSS_MSO_HIDE, 1);
}

static void
take_colors(struct html_look *look, const struct html_given *g)
{
	const struct css_values *v = &g->values;
	int color = CSS_RELATIVE, background = CSS_TRANSPARENT;

	if (v->set[CSS_BACKGROUND])
		background = v->value[CSS_BACKGROUND];
	else if (g->bgcolor)
		background = css_color(g->bgcolor, strlen(g->bgcolor));
	if (g->picture)
		background = CSS_NO_COLOR;
	if (background != CSS_TRANSPARENT && background != CSS_RELATIVE)
		look->background = background;
	if (v->set[CSS_COLOR])
		color = v->value[CSS_COLOR];
	else if (g->color)
		color = css_color(g->color, strlen(g->color));
	else if (g->link)
		color = BLUE;
	if (color != CSS_RELATIVE) {
		look->color = color;
		look->colored = true;
	}
}

void
html_look(struct html_look *look, const struct html_given *g)
{
	const struct css_values *v = &g->values;

	look->hidden = look->hidden || hides(g);
	look->display = v->set[CSS_DISPLAY] ? v->value[CSS_DISPLAY] : -1;
	if (v->set[CSS_VISIBILITY])
		look->invisible = v->value[CSS_VISIBILITY] == 0;
	if (v->set[CSS_FONT_SIZE] && v->value[CSS_FONT_SIZE] >= 0)
		look->small = v->value[CSS_FONT_SIZE] < TINY;
	if (v->set[CSS_WHITE_SPACE])
		look->pre = v->value[CSS_WHITE_SPACE] == 1;
	if (v->set[CSS_LIST_STYLE])
		look->marks = v->value[CSS_LIST_STYLE] != 0;
	take_colors(look, g);
}

/* Are two colours one to the eye? */
static bool
is_alike(int a, int b)
{
	return abs((a >> 16 & 255) - (b >> 16 & 255)) + abs((a >> 8 & 255) - (b >> 8 & 255)) +
		   abs((a & 255) - (b & 255)) <=
	       ALIKE;
}

bool
html_look_hides(const struct html_look *look)
{
	if (look->hidden || look->invisible || look->small)
		return true;
	if (!look->colored)
		return false;
	return look->color == CSS_TRANSPARENT || (look->color >= 0 && look->background >= 0 &&
						     is_alike(look->color, look->background));
}
