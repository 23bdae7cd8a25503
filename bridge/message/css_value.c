/*
 * css_value.c - one declaration of a style sheet. Values are kept as far as they can hide text: is
 * a length nothing, which colour is it.
 */
#include "bridge/message/css_value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Bytes without white space at the ends, lent. */
struct span {
	const char *s;
	size_t len;
};

static struct span
trimmed(const char *s, const char *end)
{
	while (s < end && isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	return (struct span){ s, (size_t)(end - s) };
}

static bool
is(struct span v, const char *word)
{
	return strlen(word) == v.len && strncasecmp(v.s, word, v.len) == 0;
}

static bool
begins(struct span v, const char *word)
{
	return v.len >= strlen(word) && strncasecmp(v.s, word, strlen(word)) == 0;
}

static bool
has(struct span v, const char *word)
{
	for (size_t i = 0; i + strlen(word) <= v.len; i++)
		if (strncasecmp(v.s + i, word, strlen(word)) == 0)
			return true;
	return false;
}

/* A number at the beginning, in thousandths; *used is how many bytes it takes, 0: there is none. */
static long
number(struct span v, size_t *used)
{
	size_t i = 0, digits = 0;
	long n = 0, part = 1000;
	bool minus = v.len && *v.s == '-';

	if (v.len && (*v.s == '-' || *v.s == '+'))
		i++;
	for (; i < v.len && isdigit((unsigned char)v.s[i]); i++, digits++)
		if (n < 100000000)
			n = n * 10 + (v.s[i] - '0') * 1000;
	if (i < v.len && v.s[i] == '.')
		for (i++; i < v.len && isdigit((unsigned char)v.s[i]); i++, digits++)
			n += (v.s[i] - '0') * (part /= 10);
	*used = digits ? i : 0;
	return minus ? -n : n;
}

/* A length in thousandths of a pixel, CSS_RELATIVE when it depends on something and is not zero. */
static int
length(struct span v)
{
	size_t used;
	long n = number(v, &used);
	struct span unit;

	if (!used || n == 0)
		return used ? 0 : CSS_RELATIVE;
	unit = trimmed(v.s + used, v.s + v.len);
	if (unit.len == 0 || begins(unit, "px"))
		return (int)n;
	if (begins(unit, "pt"))
		return (int)(n * 4 / 3);
	/* Less than a tenth of the letters around it is nothing. */
	if ((begins(unit, "em") || begins(unit, "rem")) && n > 0 && n < 100)
		return 0;
	if (begins(unit, "%") && n > 0 && n < 10000)
		return 0;
	if (n < 0) /* moved out of sight by any unit, see outside() */
		return (int)(begins(unit, "em") || begins(unit, "rem") ? n * 16 : n * 10);
	return CSS_RELATIVE;
}

static int
hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

static int
hex_color(struct span v)
{
	int digits[6];
	size_t n = 0;

	for (; n < 6 && n < v.len && hex(v.s[n]) >= 0; n++)
		digits[n] = hex(v.s[n]);
	if (n == 3 || n == 4)
		return digits[0] * 0x110000 + digits[1] * 0x1100 + digits[2] * 0x11;
	if (n < 6)
		return CSS_NO_COLOR;
	return digits[0] << 20 | digits[1] << 16 | digits[2] << 12 | digits[3] << 8 |
	       digits[4] << 4 | digits[5];
}

/* rgb(1, 2, 3), rgba(1 2 3 / 0). */
static int
rgb_color(struct span v)
{
	const char *open = memchr(v.s, '(', v.len), *end = v.s + v.len;
	long part[4] = { 0, 0, 0, 1000 };
	size_t n = 0;

	for (const char *p = open ? open + 1 : end; p < end && n < 4;) {
		size_t used;
		long x = number((struct span){ p, (size_t)(end - p) }, &used);

		if (!used) {
			p++;
			continue;
		}
		p += used;
		if (p < end && *p == '%' && n < 3)
			x = x * 255 / 100;
		part[n++] = x;
	}
	if (n < 3)
		return CSS_NO_COLOR;
	if (part[3] < 30)
		return CSS_TRANSPARENT;
	for (size_t i = 0; i < 3; i++)
		part[i] = part[i] < 0 ? 0 : part[i] / 1000 > 255 ? 255 : part[i] / 1000;
	return (int)(part[0] << 16 | part[1] << 8 | part[2]);
}

static int
named_color(struct span v)
{
	static const struct {
		const char *name;
		int color;
	} rows[] = {
		{ "white", 0xffffff },
		{ "black", 0 },
		{ "red", 0xff0000 },
		{ "green", 0x008000 },
		{ "blue", 0x0000ff },
		{ "yellow", 0xffff00 },
		{ "gray", 0x808080 },
		{ "grey", 0x808080 },
		{ "silver", 0xc0c0c0 },
		{ "navy", 0x000080 },
		{ "whitesmoke", 0xf5f5f5 },
		{ "ivory", 0xfffff0 },
		{ "snow", 0xfffafa },
		{ "lightgray", 0xd3d3d3 },
		{ "lightgrey", 0xd3d3d3 },
		{ "ghostwhite", 0xf8f8ff },
		{ "orange", 0xffa500 },
		{ "purple", 0x800080 },
		{ "maroon", 0x800000 },
		{ "teal", 0x008080 },
		{ "lime", 0x00ff00 },
		{ "aqua", 0x00ffff },
		{ "cyan", 0x00ffff },
		{ "fuchsia", 0xff00ff },
		{ "magenta", 0xff00ff },
		{ "olive", 0x808000 },
		{ "transparent", CSS_TRANSPARENT },
		{ "none", CSS_TRANSPARENT },
		{ "inherit", CSS_TRANSPARENT },
		{ "initial", CSS_TRANSPARENT },
		{ "darkgray", 0xa9a9a9 },
		{ "dimgray", 0x696969 },
		{ "gainsboro", 0xdcdcdc },
		{ "lightyellow", 0xffffe0 },
		{ "lightblue", 0xadd8e6 },
		{ "pink", 0xffc0cb },
		{ "gold", 0xffd700 },
		{ "brown", 0xa52a2a },
		{ "beige", 0xf5f5dc },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (is(v, rows[i].name))
			return rows[i].color;
	return CSS_NO_COLOR;
}

int
css_color(const char *s, size_t len)
{
	struct span v = trimmed(s, s + len);

	if (v.len && *v.s == '#')
		return hex_color((struct span){ v.s + 1, v.len - 1 });
	if (begins(v, "rgb"))
		return rgb_color(v);
	/* HTML's attributes may leave the # out. */
	if (v.len == 6 && hex_color(v) >= 0 && named_color(v) == CSS_NO_COLOR)
		return hex_color(v);
	return named_color(v);
}

/* `background`: one of its words may be a colour; a picture hides whatever that is. */
static int
background(struct span v)
{
	const char *end = v.s + v.len;
	int color = CSS_TRANSPARENT;

	if (has(v, "url(") || has(v, "gradient("))
		return CSS_NO_COLOR;
	if (begins(v, "rgb"))
		return css_color(v.s, v.len);
	for (const char *p = v.s; p < end;) {
		const char *word = p;
		int one;

		while (p < end && !isspace((unsigned char)*p))
			p++;
		one = css_color(word, (size_t)(p - word));
		if (one >= 0)
			color = one;
		while (p < end && isspace((unsigned char)*p))
			p++;
	}
	return color;
}

static int
display(struct span v)
{
	if (is(v, "none"))
		return CSS_NONE;
	if (begins(v, "inline") || is(v, "contents"))
		return CSS_INLINE;
	return CSS_BLOCK;
}

/* `font`: a size stands before a slash or the family: "0/0 a". */
static int
font(struct span v)
{
	for (size_t i = 0; i < v.len; i++)
		if ((i == 0 || v.s[i - 1] == ' ') && isdigit((unsigned char)v.s[i]) &&
		    !(v.len - i >= 3 && strspn(v.s + i, "0123456789") == 3))
			return length((struct span){ v.s + i, v.len - i });
	return CSS_RELATIVE;
}

/* Cut to nothing: "rect(0, 0, 0, 0)", "rect(1px,1px,1px,1px)", "inset(50%)", "scale(0)". */
static int
cut(struct span v)
{
	const char *open = memchr(v.s, '(', v.len);
	size_t used;
	long n;

	if (!open)
		return 0;
	n = number(trimmed(open + 1, v.s + v.len), &used);
	if (begins(v, "inset"))
		return used && n >= 50000;
	if (begins(v, "rect"))
		return used && n <= 1000 && !has(v, "auto");
	return used && n == 0 &&
	       (begins(v, "scale") || begins(v, "circle") || begins(v, "opacity"));
}

/* How the values of some properties are read. */
enum kind {
	K_DISPLAY,
	K_VISIBLE,
	K_OPACITY,
	K_LENGTH,
	K_FONT,
	K_COLOR,
	K_BACKGROUND,
	K_HIDDEN,
	K_OUTSIDE,
	K_CUT,
	K_ALL,
	K_SPACE,
	K_LIST,
	K_POSITION
};

static const struct property {
	const char *name;
	enum css_property property;
	enum kind kind;
} properties[] = {
	{ "background", CSS_BACKGROUND, K_BACKGROUND },
	{ "background-color", CSS_BACKGROUND, K_BACKGROUND },
	{ "clip", CSS_CLIP, K_CUT },
	{ "clip-path", CSS_CLIP, K_CUT },
	{ "color", CSS_COLOR, K_COLOR },
	{ "content-visibility", CSS_CLIP, K_HIDDEN },
	{ "display", CSS_DISPLAY, K_DISPLAY },
	{ "filter", CSS_CLIP, K_CUT },
	{ "font", CSS_FONT_SIZE, K_FONT },
	{ "font-size", CSS_FONT_SIZE, K_LENGTH },
	{ "height", CSS_HEIGHT, K_LENGTH },
	{ "left", CSS_MOVED, K_OUTSIDE },
	{ "list-style", CSS_LIST_STYLE, K_LIST },
	{ "list-style-type", CSS_LIST_STYLE, K_LIST },
	{ "margin-left", CSS_OUTSIDE, K_OUTSIDE },
	{ "margin-top", CSS_OUTSIDE, K_OUTSIDE },
	{ "max-height", CSS_MAX_HEIGHT, K_LENGTH },
	{ "max-width", CSS_MAX_WIDTH, K_LENGTH },
	{ "mso-hide", CSS_MSO_HIDE, K_ALL },
	{ "opacity", CSS_OPACITY, K_OPACITY },
	{ "overflow", CSS_OVERFLOW, K_HIDDEN },
	{ "overflow-x", CSS_OVERFLOW, K_HIDDEN },
	{ "overflow-y", CSS_OVERFLOW, K_HIDDEN },
	{ "position", CSS_POSITION, K_POSITION },
	{ "right", CSS_MOVED, K_OUTSIDE },
	{ "text-indent", CSS_OUTSIDE, K_OUTSIDE },
	{ "top", CSS_MOVED, K_OUTSIDE },
	{ "transform", CSS_CLIP, K_CUT },
	{ "visibility", CSS_VISIBILITY, K_VISIBLE },
	{ "white-space", CSS_WHITE_SPACE, K_SPACE },
	{ "width", CSS_WIDTH, K_LENGTH },
};

static int
read_value(enum kind kind, struct span v)
{
	size_t used;

	switch (kind) {
	case K_DISPLAY:
		return display(v);
	case K_VISIBLE:
		return !is(v, "hidden") && !is(v, "collapse");
	case K_OPACITY:
		return (int)number(v, &used) / (memchr(v.s, '%', v.len) ? 100 : 1);
	case K_LENGTH:
		return length(v);
	case K_FONT:
		return font(v);
	case K_COLOR:
		return css_color(v.s, v.len);
	case K_BACKGROUND:
		return background(v);
	case K_HIDDEN:
		return is(v, "hidden") || is(v, "clip");
	case K_OUTSIDE:
		return length(v) < -900000;
	case K_CUT:
		return cut(v);
	case K_ALL:
		return is(v, "all");
	case K_SPACE:
		return begins(v, "pre") || begins(v, "break-spaces");
	case K_POSITION:
		return !is(v, "static");
	case K_LIST:
		return !begins(v, "none");
	}
	return 0;
}

/* "!important" behind a value goes. */
static bool
take_important(struct span *v)
{
	const char *mark = memchr(v->s, '!', v->len);
	bool important = false;

	if (mark) {
		important = is(trimmed(mark + 1, v->s + v->len), "important");
		*v = trimmed(v->s, mark);
	}
	return important;
}

/* The end of a declaration: the ';' that is in no quotes and no parentheses. */
static const char *
declaration_end(const char *s, const char *end)
{
	int depth = 0;
	char quote = 0;

	for (; s < end; s++) {
		if (quote)
			quote = *s == quote ? 0 : quote;
		else if (*s == '"' || *s == '\'')
			quote = *s;
		else if (*s == '(')
			depth++;
		else if (*s == ')' && depth)
			depth--;
		else if (*s == ';' && !depth)
			break;
	}
	return s;
}

bool
css_declaration(const char **at, const char *end, struct css_declaration *d)
{
	while (*at < end) {
		const char *s = *at, *stop = declaration_end(s, end), *colon;
		struct span name, value;

		*at = stop < end ? stop + 1 : end;
		colon = memchr(s, ':', (size_t)(stop - s));
		if (!colon)
			continue;
		name = trimmed(s, colon);
		value = trimmed(colon + 1, stop);
		d->important = take_important(&value);
		for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
			if (!is(name, properties[i].name) || !value.len)
				continue;
			d->property = properties[i].property;
			d->value = read_value(properties[i].kind, value);
			/* A place in sight is no reason to forget that another side is not. */
			if (properties[i].kind != K_OUTSIDE || d->value)
				return true;
		}
	}
	return false;
}
