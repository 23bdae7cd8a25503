/*
 * html.c - what a person would read of an HTML page, by libxml2's HTML parser.
 *
 * The parser tells of elements and text as they come (SAX), and no tree is built. It keeps a stack
 * of open elements and searches it at each end tag, so a page that only opens elements would make
 * it slow: past MAX_OPEN it is replaced by a fresh one, which goes on at the same byte. The page's
 * structure is of no more use by then, and its text is not lost.
 *
 * Line ends are owed rather than written, so that any number of elements that start a line together
 * start one.
 */
#include "bridge/message/html.h"

#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/message/charset.h"
#include "bridge/message/squeeze.h"

enum {
	CHUNK = 4096,   /* bytes given to the parser at once */
	MAX_OPEN = 256, /* elements, as libxml2's own limit for trees */
	ZWNJ = 0x200C,  /* parts two letters of one word in Persian */
	MAX_PAGE =
	    4 << 20, /* bytes of it given to the parser, which squeeze() leaves of far more */
};

struct html {
	htmlParserCtxtPtr parser;
	struct buf *out;
	struct squeeze squeeze;
	size_t fed;
	unsigned open; /* elements */
	unsigned
	    hidden;    /* the value of `open` inside the element that hides its content; 0: none */
	unsigned pre;  /* likewise, for <pre> */
	unsigned owed; /* line ends to write before the next text: 0, 1, or 2 for an empty line */
	bool space;    /* likewise, a space */
	bool item;     /* likewise, the mark of a list item */
	bool joiner;   /* likewise, U+200C */
	bool line;     /* something stands on the current line */
	bool full;
};

/* What an element does to the text around it. */
enum effect { HIDE = 1, BLOCK = 2, BREAK = 4, ITEM = 8, CELL = 16, PRE = 32, IMAGE = 64 };

static const struct element {
	const char *name;
	int effect;
} elements[] = {
	{ "address", BLOCK },
	{ "article", BLOCK },
	{ "aside", BLOCK },
	{ "blockquote", BLOCK },
	{ "br", BREAK },
	{ "caption", BLOCK },
	{ "center", BLOCK },
	{ "dd", BLOCK },
	{ "div", BLOCK },
	{ "dl", BLOCK },
	{ "dt", BLOCK },
	{ "fieldset", BLOCK },
	{ "figcaption", BLOCK },
	{ "figure", BLOCK },
	{ "footer", BLOCK },
	{ "form", BLOCK },
	{ "h1", BLOCK },
	{ "h2", BLOCK },
	{ "h3", BLOCK },
	{ "h4", BLOCK },
	{ "h5", BLOCK },
	{ "h6", BLOCK },
	{ "header", BLOCK },
	{ "hr", BLOCK },
	{ "iframe", HIDE },
	{ "img", IMAGE },
	{ "li", BLOCK | ITEM },
	{ "main", BLOCK },
	{ "nav", BLOCK },
	{ "noscript", HIDE },
	{ "object", HIDE },
	{ "ol", BLOCK },
	{ "option", BLOCK },
	{ "p", BLOCK },
	{ "pre", BLOCK | PRE },
	{ "script", HIDE },
	{ "section", BLOCK },
	{ "style", HIDE },
	{ "svg", HIDE },
	{ "table", BLOCK },
	{ "tbody", BLOCK },
	{ "td", CELL },
	{ "template", HIDE },
	{ "tfoot", BLOCK },
	{ "th", CELL },
	{ "thead", BLOCK },
	{ "title", HIDE },
	{ "tr", BLOCK },
	{ "ul", BLOCK },
	{ "xmp", BLOCK | PRE },
};

static int
by_name(const void *name, const void *element)
{
	return strcasecmp(name, ((const struct element *)element)->name);
}

static int
effect_of(const xmlChar *name)
{
	const struct element *e =
	    bsearch(name, elements, sizeof elements / sizeof *elements, sizeof *elements, by_name);

	return e ? e->effect : 0;
}

/* The next text starts a line. */
static void
start_line(struct html *h)
{
	if (h->line && h->owed == 0)
		h->owed = 1;
	h->space = false;
	h->line = false;
}

/* Write what is owed before a visible character. */
static void
pay(struct html *h)
{
	char mark[16];
	size_t n = 0;

	if (h->out->len)
		for (; h->owed; h->owed--)
			mark[n++] = '\n';
	h->owed = 0;
	if (h->item) {
		mark[n++] = '-';
		mark[n++] = ' ';
	} else if (h->space && h->line) {
		mark[n++] = ' ';
	} else if (h->joiner && h->line) {
		n += utf8_put(mark + n, ZWNJ);
	}
	h->item = h->space = h->joiner = false;
	h->line = true;
	if (n)
		h->full |= buf_add(h->out, mark, n) < 0;
}

/* Characters that show nothing. Mail programs pad the line that a mailbox shows with them. */
static bool
is_invisible(uint32_t c)
{
	return c == 0x034F || c == 0x200B || c == 0x2060 || c == 0xFEFF || c == 0xAD ||
	       (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7f;
}

static bool
is_space(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == 0x2007 ||
	       c == 0x202F;
}

/* White space, where it is not folded. */
static void
add_pre(struct html *h, char c)
{
	if (c == '\n') {
		/* Not start_line(): in here an empty line is one. */
		if (h->owed < 2)
			h->owed++;
		h->line = false;
	} else if (c != '\r') {
		pay(h);
		h->full |= buf_add(h->out, &c, 1) < 0;
	}
}

static void
add_char(struct html *h, uint32_t c)
{
	char bytes[4];

	pay(h);
	h->full |= buf_add(h->out, bytes, utf8_put(bytes, c)) < 0;
}

static void
add_text(struct html *h, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end && !h->full) {
		uint32_t c = utf8_next(&s, end);

		if (is_space(c) && h->pre && c < 0x80) {
			add_pre(h, (char)c);
		} else if (is_space(c)) {
			h->space = true;
			h->joiner = false;
		} else if (c == 0xA0) {
			/* A line of nothing else is an empty line that was meant to be one. */
			h->space = h->space || h->line;
			if (!h->line && h->owed == 1)
				h->owed = 2;
		} else if (c == ZWNJ) {
			h->joiner = true; /* but not as padding between spaces */
		} else if (is_invisible(c)) {
			h->joiner = false;
		} else {
			/* &#128; means what it is in windows-1252 (WHATWG HTML 13.2.5.80). */
			add_char(h, c >= 0x80 && c < 0xa0 ? charset_1252((unsigned char)c) : c);
		}
	}
}

/* The value of an attribute; NULL when it is not there. atts are names and values in turn. */
static const char *
attribute(const xmlChar **atts, const char *name)
{
	for (; atts && atts[0]; atts += 2)
		if (strcasecmp((const char *)atts[0], name) == 0)
			return atts[1] ? (const char *)atts[1] : "";
	return NULL;
}

/* Does a style hold the declaration "property:value", however it is spaced? */
static bool
declares(const char *style, const char *property, const char *value)
{
	size_t n = strlen(property), m = strlen(value);

	for (const char *p = style; (p = strcasestr(p, property)); p += n) {
		const char *v = p + n;

		if (p > style && (p[-1] == '-' || (p[-1] >= 'a' && p[-1] <= 'z')))
			continue; /* the end of a longer property's name */
		v += strspn(v, " \t\r\n");
		if (*v++ != ':')
			continue;
		v += strspn(v, " \t\r\n");
		if (strncasecmp(v, value, m) == 0 && !strchr("0123456789.", v[m] ? v[m] : 'x'))
			return true;
	}
	return false;
}

/* Is the element meant not to be seen? */
static bool
is_hidden(const xmlChar **atts)
{
	char style[1024];
	const char *given = attribute(atts, "style");

	if (attribute(atts, "hidden"))
		return true;
	if (!given)
		return false;
	/* A style is searched several times, so only the beginning of a long one. */
	snprintf(style, sizeof style, "%s", given);
	return declares(style, "display", "none") || declares(style, "visibility", "hidden") ||
	       declares(style, "mso-hide", "all") || declares(style, "font-size", "0") ||
	       declares(style, "font-size", "0px") || declares(style, "font-size", "1px") ||
	       declares(style, "opacity", "0") ||
	       (declares(style, "max-height", "0") && declares(style, "overflow", "hidden")) ||
	       (declares(style, "max-height", "0px") && declares(style, "overflow", "hidden")) ||
	       declares(style, "text-indent", "-9999px") || declares(style, "left", "-9999px");
}

/* Mail programs send an emoji as a picture with the character in its alt. Other pictures' words are
 * mostly those of buttons and logos. */
static void
add_image(struct html *h, const xmlChar **atts)
{
	const char *alt = attribute(atts, "alt");

	if (alt && ((unsigned char)alt[0] & 0x80) && strlen(alt) <= 28)
		add_text(h, alt, strlen(alt));
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar **atts)
{
	struct html *h = arg;
	int effect = effect_of(name);

	h->open++;
	if (h->hidden || h->full)
		return;
	if ((effect & HIDE) || is_hidden(atts)) {
		h->hidden = h->open;
		return;
	}
	if (effect & BLOCK)
		start_line(h);
	if (effect & BREAK) {
		h->owed += h->owed < 2;
		h->space = h->line = false;
	}
	if (effect & CELL)
		h->space = h->line;
	if (effect & ITEM)
		h->item = true;
	if (effect & IMAGE)
		add_image(h, atts);
	if ((effect & PRE) && !h->pre)
		h->pre = h->open;
}

static void
on_end(void *arg, const xmlChar *name)
{
	struct html *h = arg;
	int effect = effect_of(name);
	bool seen = !h->hidden;

	if (h->hidden == h->open)
		h->hidden = 0;
	if (h->pre == h->open)
		h->pre = 0;
	if (h->open)
		h->open--;
	if (seen && (effect & BLOCK))
		start_line(h);
	if (seen && (effect & ITEM))
		h->item = false;
}

static void
on_text(void *arg, const xmlChar *s, int len)
{
	struct html *h = arg;

	if (!h->hidden && !h->full)
		add_text(h, (const char *)s, (size_t)len);
}

/* A parser that goes on with the state h is in. */
static htmlParserCtxtPtr
new_parser(struct html *h)
{
	htmlSAXHandler sax = {
		.startElement = on_start,
		.endElement = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
	};
	htmlParserCtxtPtr parser =
	    htmlCreatePushParserCtxt(&sax, h, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);

	if (!parser)
		abort(); /* there was no memory; see mem.h */
	htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
				       HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	return parser;
}

struct html *
html_begin(struct buf *out)
{
	struct html *h = xcalloc(1, sizeof *h);

	h->out = out;
	h->parser = new_parser(h);
	return h;
}

/* Go on with a parser that knows nothing of the elements open now. */
static void
replace_parser(struct html *h)
{
	htmlParserCtxtPtr old = h->parser;
	int left = (int)(old->input->end - old->input->cur);

	h->open = h->hidden = h->pre = 0;
	h->parser = new_parser(h);
	/* So that it sees no need for a <p> around the text that follows. */
	htmlParseChunk(h->parser, "<body>", 6, 0);
	if (left > 0)
		htmlParseChunk(h->parser, (const char *)old->input->cur, left, 0);
	htmlFreeParserCtxt(old);
}

int
html_feed(struct html *h, const char *bytes, size_t len)
{
	while (len && !h->full) {
		size_t n = len < CHUNK ? len : CHUNK, kept;
		char page[CHUNK + SQUEEZE_HELD];

		if (h->fed >= MAX_PAGE)
			return -1;
		kept = squeeze(&h->squeeze, bytes, n, page);
		if (kept)
			htmlParseChunk(h->parser, page, (int)kept, 0);
		if (h->open > MAX_OPEN && !h->hidden)
			replace_parser(h);
		h->fed += kept;
		bytes += n;
		len -= n;
	}
	return h->full ? -1 : 0;
}

void
html_end(struct html *h)
{
	if (!h)
		return;
	/* What the parser still held back may be the last words; elements left open end here. */
	if (!h->full)
		htmlParseChunk(h->parser, NULL, 0, 1);
	htmlFreeParserCtxt(h->parser);
	free(h);
}
