/*
 * html.c - what a person would read of an HTML page.
 *
 * The page streams through libxml2's push parser, and text is written as it comes: no tree is kept,
 * only the elements that are open, with what they inherit. libxml2 of Debian 12 takes quadratic
 * time for deeply nested elements (it looks through all open ones at each end), so when too many
 * are open the parser is replaced by a new one: such pages lose no text, only what the elements
 * would have hidden or marked.
 */
#include "bridge/message/html.h"

#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/message/css.h"
#include "bridge/message/html_lines.h"
#include "bridge/message/html_look.h"
#include "bridge/message/html_marks.h"
#include "bridge/message/squeeze.h"

enum {
	CHUNK = 4096,        /* bytes given to the parser at once */
	MAX_OPEN = 256,      /* elements, as libxml2's own limit for trees */
	MAX_PAGE = 16 << 20, /* bytes of it given to the parser, after squeeze() */
	SHEETS = 512 * 1024, /* bytes of style sheets */
	HELD = 256 * 1024,   /* bytes of a page read before any of it is parsed */
};

struct html {
	htmlParserCtxtPtr parser;
	struct squeeze squeeze;
	size_t fed;
	struct css *css;
	struct buf sheets; /* not read yet */
	struct buf page;   /* not given to the parser yet: its sheets may stand behind it */
	unsigned open;     /* elements; those beyond MAX_OPEN are counted only */
	struct css_element path[MAX_OPEN + 1];
	/* Of the elements within n elements: how many there were, and the last of them. */
	unsigned children[MAX_OPEN + 1];
	struct css_element last[MAX_OPEN + 1];
	struct html_look look[MAX_OPEN + 1]; /* look[n]: within n elements */
	struct html_marks marks;
};

uint32_t
html_entity(const char *name)
{
	const htmlEntityDesc *e = htmlEntityLookup((const xmlChar *)name);

	return e ? e->value : 0;
}

static struct html_look *
look_now(struct html *h)
{
	return &h->look[h->open <= MAX_OPEN ? h->open : MAX_OPEN];
}

/* Fill in the element that is innermost now, and how what is in it looks. */
static void
take_look(struct html *h, const xmlChar *name, const xmlChar **atts, int effect)
{
	struct css_element *e = &h->path[h->open - 1];
	struct html_look *look = &h->look[h->open];
	struct css_context context = { .attributes = (const char *const *)atts };
	struct html_given given = { .link = (effect & HTML_LINK) &&
					    html_attribute((const char *const *)atts, "href") };
	const char *classes = html_attribute((const char *const *)atts, "class"),
		   *id = html_attribute((const char *const *)atts, "id");

	*e = (struct css_element){ .name =
				       css_hash((const char *)name, strlen((const char *)name)) };
	if (id)
		e->id = css_hash(id, strlen(id));
	while (classes && *(classes += strspn(classes, " \t\r\n")) && e->nclasses < CSS_CLASSES) {
		size_t n = strcspn(classes, " \t\r\n");

		e->classes[e->nclasses++] = css_hash(classes, n);
		classes += n;
	}
	e->index = ++h->children[h->open - 1];
	if (e->index > 1)
		context.before = &h->last[h->open - 1];
	h->children[h->open] = 0;
	*look = h->look[h->open - 1];
	css_style(h->css, h->path, h->open, &context,
	    html_attribute((const char *const *)atts, "style"), &given.values);
	h->last[h->open - 1] = *e;
	given.hidden = html_attribute((const char *const *)atts, "hidden") != NULL ||
		       (strcasecmp((const char *)name, "dialog") == 0 &&
			   !html_attribute((const char *const *)atts, "open"));
	given.bgcolor = html_attribute((const char *const *)atts, "bgcolor");
	given.color = strcasecmp((const char *)name, "body") == 0
			  ? html_attribute((const char *const *)atts, "text")
			  : html_attribute((const char *const *)atts, "color");
	given.picture = html_attribute((const char *const *)atts, "background") != NULL;
	html_look(look, &given);
	look->effect = effect;
	if (effect & HTML_PRE)
		look->pre = true;
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar **atts)
{
	struct html *h = arg;
	int effect = html_effect((const char *)name);
	struct html_look *look;
	bool was_hidden = look_now(h)->hidden;

	if (++h->open > MAX_OPEN)
		return;
	look = &h->look[h->open];
	if (was_hidden || h->marks.lines.full) {
		*look = h->look[h->open - 1];
		look->effect = 0;
		return;
	}
	take_look(h, name, atts, effect);
	if (effect & HTML_HIDE)
		look->hidden = true;
	if (look->hidden) {
		look->effect = 0;
		return;
	}
	look->block = look->display >= 0 ? look->display == CSS_BLOCK && !(effect & HTML_CELL)
					 : (effect & HTML_BLOCK) != 0;
	/* What is taken apart by lines stays so, whatever a sheet says of it. */
	look->block |= (effect & (HTML_ITEM | HTML_TABLE | HTML_QUOTE | HTML_PRE)) != 0;
	if (look->block)
		html_lines_start(&h->marks.lines);
	if (effect & HTML_BREAK)
		html_lines_break(&h->marks.lines);
	if (effect & HTML_QUOTE)
		h->marks.lines.quotes++;
	h->marks.lines.pre = look->pre;
	h->marks.look = look;
	html_marks_start(&h->marks, (const char *)name, (const char *const *)atts, effect);
}

static void
on_end(void *arg, const xmlChar *name)
{
	struct html *h = arg;
	int effect;
	struct html_look look;

	if (h->open == 0 || h->open-- > MAX_OPEN)
		return;
	look = h->look[h->open + 1];
	effect = look.effect;
	if (look.hidden)
		return;
	html_marks_end(&h->marks, (const char *)name, effect);
	if (look.block)
		html_lines_start(&h->marks.lines);
	if (effect & HTML_QUOTE)
		h->marks.lines.quotes -= h->marks.lines.quotes > 0;
	if (effect & HTML_ITEM)
		html_lines_mark(&h->marks.lines, "");
	h->marks.lines.pre = h->look[h->open].pre;
}

static void
on_text(void *arg, const xmlChar *s, int len)
{
	struct html *h = arg;

	if (!html_look_hides(look_now(h)) && !h->marks.lines.full)
		html_lines_text(&h->marks.lines, (const char *)s, (size_t)len);
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

	h->marks.lines.out = out;
	h->css = css_new();
	buf_init(&h->sheets, SHEETS);
	buf_init(&h->page, HELD);
	h->squeeze.sheets = &h->sheets;
	html_look_init(&h->look[0]);
	h->parser = new_parser(h);
	return h;
}

/* Go on with a parser that knows nothing of the elements open now. */
static void
replace_parser(struct html *h)
{
	htmlParserCtxtPtr old = h->parser;
	int left = (int)(old->input->end - old->input->cur);

	h->open = 0;
	html_marks_reset(&h->marks);
	h->parser = new_parser(h);
	/* So that it sees no need for a <p> around the text that follows. */
	htmlParseChunk(h->parser, "<body>", 6, 0);
	if (left > 0)
		htmlParseChunk(h->parser, (const char *)old->input->cur, left, 0);
	htmlFreeParserCtxt(old);
}

/* Read the sheets that are complete: attributes, '>', rules, NUL. */
static void
read_sheets(struct html *h)
{
	char *at = h->sheets.data, *end, *stop;

	if (!h->sheets.len)
		return;
	end = at + h->sheets.len;
	for (; (stop = memchr(at, '\0', (size_t)(end - at))); at = stop + 1) {
		char *rules = strchr(at, '>'), *media, quoted[128] = "";

		if (!rules)
			continue;
		*rules++ = '\0';
		media = strcasestr(at, "media");
		if (media && (media += strcspn(media, "=")) && *media)
			snprintf(
			    quoted, sizeof quoted, "%s", media + 1 + strspn(media + 1, " \"'"));
		quoted[strcspn(quoted, "\"'")] = '\0';
		css_add(h->css, quoted, rules, (size_t)(stop - rules));
	}
	if (at > h->sheets.data) {
		memmove(h->sheets.data, at, (size_t)(end - at));
		h->sheets.len = (size_t)(end - at);
	}
}

/* Give bytes of the page to the parser. */
static void
parse(struct html *h, const char *s, size_t len)
{
	while (len && !h->marks.lines.full) {
		size_t n = len < CHUNK ? len : CHUNK;

		htmlParseChunk(h->parser, s, (int)n, 0);
		if (h->open > MAX_OPEN && !h->look[MAX_OPEN].hidden)
			replace_parser(h);
		s += n;
		len -= n;
	}
}

/* What was held back goes to the parser, now that no more sheets are waited for. */
static void
parse_held(struct html *h)
{
	read_sheets(h);
	parse(h, buf_str(&h->page), h->page.len);
	buf_free(&h->page);
}

int
html_feed(struct html *h, const char *bytes, size_t len)
{
	while (len && !h->marks.lines.full) {
		size_t n = len < CHUNK ? len : CHUNK, kept;
		char page[CHUNK + SQUEEZE_HELD];

		if (h->fed >= MAX_PAGE)
			return -1;
		kept = squeeze(&h->squeeze, bytes, n, page);
		if (h->fed + kept <= HELD) {
			buf_add(&h->page, page, kept);
		} else {
			parse_held(h);
			parse(h, page, kept);
		}
		h->fed += kept;
		bytes += n;
		len -= n;
	}
	return h->marks.lines.full ? -1 : 0;
}

void
html_end(struct html *h)
{
	if (!h)
		return;
	parse_held(h);
	/* What the parser still held back may be the last words; elements left open end here. */
	if (!h->marks.lines.full)
		htmlParseChunk(h->parser, NULL, 0, 1);
	if (!h->marks.lines.full)
		html_lines_start(&h->marks.lines);
	htmlFreeParserCtxt(h->parser);
	css_free(h->css);
	buf_free(&h->sheets);
	html_marks_reset(&h->marks);
	free(h);
}
