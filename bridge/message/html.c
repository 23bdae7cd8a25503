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
#include "bridge/message/link.h"
#include "bridge/message/squeeze.h"

enum {
	CHUNK = 4096,        /* bytes given to the parser at once */
	MAX_OPEN = 256,      /* elements, as libxml2's own limit for trees */
	MAX_PAGE = 16 << 20, /* bytes of it given to the parser, after squeeze() */
	SHEETS = 512 * 1024, /* bytes of style sheets */
	HELD = 256 * 1024,   /* bytes of a page read before any of it is parsed */
	HREF = 2048,
	LISTS = 16,  /* within each other, that are numbered and indented */
	TABLES = 32, /* likewise, that are told apart */
};

struct html {
	htmlParserCtxtPtr parser;
	struct squeeze squeeze;
	size_t fed;
	struct html_lines lines;
	struct css *css;
	struct buf sheets; /* not read yet */
	struct buf page;   /* not given to the parser yet: its sheets may stand behind it */
	unsigned open;     /* elements; those beyond MAX_OPEN are counted only */
	struct css_element path[MAX_OPEN + 1];
	/* Of the elements within n elements: how many there were, and the last of them. */
	unsigned children[MAX_OPEN + 1];
	struct css_element last[MAX_OPEN + 1];
	struct html_look look[MAX_OPEN + 1]; /* look[n]: within n elements */
	unsigned nlists, ntables;
	struct list {
		char type; /* '-', '1', 'a', 'A', 'i', 'I'; 0: no marks */
		int next;
	} lists[LISTS];
	bool data[TABLES];          /* a table of data, rather than one that lays out a page */
	bool chosen;                /* an <option> of the <select> was shown */
	struct html_lines unchosen; /* what was before it, to go back to, */
	size_t unchosen_len;        /* and how long out was */
	bool brackets;              /* the <ruby> has its own */
	char *href;                 /* of the <a> that is open; NULL: none */
	size_t link;                /* where its text begins in out */
};

/* What an element does to the text around it. */
enum effect {
	HIDE = 1,
	BLOCK = 2,
	BREAK = 4,
	ITEM = 8,
	CELL = 16,
	PRE = 32,
	IMAGE = 64,
	LIST = 128,
	TABLE = 256,
	QUOTE = 512,
	LINK = 1024,
	INPUT = 2048,
	OPTION = 4096,
	RUBY = 8192,
	MARKS = 16384,
};

static const struct element {
	const char *name;
	int effect;
} elements[] = {
	{ "a", LINK },
	{ "address", BLOCK },
	{ "article", BLOCK },
	{ "aside", BLOCK },
	{ "audio", HIDE },
	{ "blockquote", BLOCK | QUOTE },
	{ "br", BREAK },
	{ "canvas", HIDE },
	{ "caption", BLOCK },
	{ "center", BLOCK },
	{ "datalist", HIDE },
	{ "dd", BLOCK },
	{ "details", BLOCK },
	{ "dir", BLOCK | LIST },
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
	{ "input", INPUT },
	{ "legend", BLOCK },
	{ "li", BLOCK | ITEM },
	{ "main", BLOCK },
	{ "menu", BLOCK | LIST },
	{ "nav", BLOCK },
	{ "noembed", HIDE },
	{ "noframes", HIDE },
	{ "noscript", HIDE },
	{ "object", HIDE },
	{ "ol", BLOCK | LIST },
	{ "optgroup", BLOCK },
	{ "option", OPTION },
	{ "p", BLOCK },
	{ "pre", BLOCK | PRE },
	{ "q", MARKS },
	{ "rp", RUBY },
	{ "rt", RUBY },
	{ "ruby", RUBY },
	{ "script", HIDE },
	{ "section", BLOCK },
	{ "select", OPTION },
	{ "style", HIDE },
	{ "summary", BLOCK },
	{ "svg", HIDE },
	{ "table", BLOCK | TABLE },
	{ "tbody", BLOCK },
	{ "td", CELL },
	{ "template", HIDE },
	{ "textarea", BLOCK | PRE },
	{ "tfoot", BLOCK },
	{ "th", CELL },
	{ "thead", BLOCK },
	{ "title", HIDE },
	{ "tr", BLOCK },
	{ "ul", BLOCK | LIST },
	{ "video", HIDE },
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

uint32_t
html_entity(const char *name)
{
	const htmlEntityDesc *e = htmlEntityLookup((const xmlChar *)name);

	return e ? e->value : 0;
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

static bool
is(const xmlChar *name, const char *what)
{
	return strcasecmp((const char *)name, what) == 0;
}

static struct html_look *
look_now(struct html *h)
{
	return &h->look[h->open <= MAX_OPEN ? h->open : MAX_OPEN];
}

static void
add_text(struct html *h, const char *s)
{
	html_lines_text(&h->lines, s, strlen(s));
}

/* Fill in the element that is innermost now, and how what is in it looks. */
static void
take_look(struct html *h, const xmlChar *name, const xmlChar **atts, int effect)
{
	struct css_element *e = &h->path[h->open - 1];
	struct html_look *look = &h->look[h->open];
	struct css_context context = { .attributes = (const char *const *)atts };
	struct html_given given = { .link = (effect & LINK) && attribute(atts, "href") };
	const char *classes = attribute(atts, "class"), *id = attribute(atts, "id");

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
	css_style(h->css, h->path, h->open, &context, attribute(atts, "style"), &given.values);
	h->last[h->open - 1] = *e;
	given.hidden =
	    attribute(atts, "hidden") != NULL || (is(name, "dialog") && !attribute(atts, "open"));
	given.bgcolor = attribute(atts, "bgcolor");
	given.color = is(name, "body") ? attribute(atts, "text") : attribute(atts, "color");
	given.picture = attribute(atts, "background") != NULL;
	html_look(look, &given);
	look->effect = effect;
	if (effect & PRE)
		look->pre = true;
}

/* The words of a picture, unless it is one that nobody sees. */
static void
add_image(struct html *h, const xmlChar **atts)
{
	static const char *const empty[] = { "spacer", "blank", "pixel", "image", "img", "picture",
		"photo", "bild", "imagen", "immagine" };
	const char *alt = attribute(atts, "alt"), *width = attribute(atts, "width"),
		   *height = attribute(atts, "height"), *dot;
	bool letter;

	if (!alt || !*alt || (width && atoi(width) <= 2 && *width != '\0' && !strchr(width, '%')) ||
	    (height && atoi(height) <= 2 && *height != '\0' && !strchr(height, '%')))
		return;
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
		if (strcasecmp(alt, empty[i]) == 0)
			return;
	/* A file's name says nothing. */
	dot = strrchr(alt, '.');
	if (dot && !strchr(alt, ' ') &&
	    (strcasecmp(dot, ".png") == 0 || strcasecmp(dot, ".jpg") == 0 ||
		strcasecmp(dot, ".jpeg") == 0 || strcasecmp(dot, ".gif") == 0))
		return;
	/* An emoji stands in its word; words stand apart. */
	letter = ((unsigned char)alt[0] & 0x80) && strlen(alt) <= 28 && !strchr(alt, ' ');
	if (!letter)
		html_lines_part(&h->lines, false);
	add_text(h, alt);
	if (!letter)
		html_lines_part(&h->lines, false);
}

/* What a form shows before anybody has filled it in. */
static void
add_input(struct html *h, const xmlChar **atts)
{
	static const char *const silent[] = { "hidden", "checkbox", "radio", "image", "password",
		"file", "color", "range" };
	const char *type = attribute(atts, "type"), *value = attribute(atts, "value");

	for (size_t i = 0; type && i < sizeof silent / sizeof *silent; i++)
		if (strcasecmp(type, silent[i]) == 0)
			return;
	if (value)
		add_text(h, value);
}

static void
start_list(struct html *h, const xmlChar *name, const xmlChar **atts)
{
	const char *type = attribute(atts, "type"), *start = attribute(atts, "start");
	struct list *l;

	if (h->nlists++ >= LISTS)
		return;
	l = &h->lists[h->nlists - 1];
	*l = (struct list){ is(name, "ol") ? '1' : '-', start ? atoi(start) : 1 };
	if (l->type == '1' && type && strchr("aAiI", *type) && *type)
		l->type = *type;
	if (!look_now(h)->marks)
		l->type = 0;
}

/* A number as Roman, small letters. */
static void
roman(char *out, int n)
{
	static const struct {
		int value;
		const char *digits;
	} rows[] = { { 100, "c" }, { 90, "xc" }, { 50, "l" }, { 40, "xl" }, { 10, "x" },
		{ 9, "ix" }, { 5, "v" }, { 4, "iv" }, { 1, "i" } };

	*out = '\0';
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (; n >= rows[i].value; n -= rows[i].value)
			strcat(out, rows[i].digits);
}

static void
start_item(struct html *h, const xmlChar **atts)
{
	struct list *l = h->nlists && h->nlists <= LISTS ? &h->lists[h->nlists - 1] : NULL;
	const char *value = attribute(atts, "value");
	char mark[24], number[16];
	unsigned indent = h->nlists > 1 ? (h->nlists < 5 ? h->nlists - 1 : 4) * 2 : 0;

	if (l && (!l->type || !look_now(h)->marks))
		return;
	if (l && l->type != '-') {
		if (value)
			l->next = atoi(value);
		if ((l->type | 32) == 'i' && l->next > 0 && l->next < 150) {
			roman(number, l->next);
			for (char *p = number; l->type == 'I' && *p; p++)
				*p = (char)(*p - 32);
		} else if ((l->type | 32) == 'a' && l->next > 0 && l->next <= 26) {
			snprintf(number, sizeof number, "%c", l->type + l->next - 1);
		} else {
			snprintf(number, sizeof number, "%d", l->next);
		}
		l->next++;
		snprintf(mark, sizeof mark, "%*s%.12s. ", (int)indent, "", number);
	} else {
		snprintf(mark, sizeof mark, "%*s- ", (int)indent, "");
	}
	html_lines_mark(&h->lines, mark);
}

static void
start_table(struct html *h, const xmlChar **atts)
{
	const char *border = attribute(atts, "border"), *role = attribute(atts, "role");

	if (h->ntables++ < TABLES)
		h->data[h->ntables - 1] = border && atoi(border) > 0 &&
					  !(role && (strcasecmp(role, "presentation") == 0 ||
							strcasecmp(role, "none") == 0));
}

static void
start_cell(struct html *h, const xmlChar *name)
{
	bool *data = h->ntables && h->ntables <= TABLES ? &h->data[h->ntables - 1] : NULL;

	if (data && is(name, "th"))
		*data = true;
	html_lines_part(&h->lines, data && *data);
}

static void
start_link(struct html *h, const xmlChar **atts)
{
	const char *href = attribute(atts, "href");

	if (!href || h->href)
		return;
	h->href = xstrndup(href, strnlen(href, HREF));
	h->link = h->lines.out->len;
}

/* The link is over: where it leads stands behind its text, if that is news. */
static void
end_link(struct html *h)
{
	struct buf url, *out = h->lines.out;
	const char *text;
	size_t len;

	if (!h->href)
		return;
	html_lines_part(&h->lines, h->lines.bar);
	h->lines.space = false;
	text = buf_str(out) + h->link;
	len = out->len - h->link;
	while (len && strchr(" \n>-|", *text)) {
		text++;
		len--;
	}
	buf_init(&url, HREF * 2);
	if (h->lines.line && link_worth(h->href, text, len, &url) && url.len) {
		add_text(h, " (");
		add_text(h, buf_str(&url));
		add_text(h, ")");
	}
	buf_free(&url);
	free(h->href);
	h->href = NULL;
}

/* Of a <select> one choice is seen: the first, or the one that is said to be selected. */
static void
start_option(struct html *h, const xmlChar *name, const xmlChar **atts)
{
	bool selected = attribute(atts, "selected") != NULL;

	if (is(name, "select")) {
		h->chosen = false;
		h->unchosen = h->lines;
		h->unchosen_len = h->lines.out->len;
		return;
	}
	if (h->chosen && !selected) {
		look_now(h)->hidden = true;
		return;
	}
	if (h->chosen && h->unchosen.out && !h->lines.full && h->unchosen_len < h->lines.out->len) {
		h->lines = h->unchosen;
		h->lines.out->data[h->lines.out->len = h->unchosen_len] = '\0';
	}
	html_lines_part(&h->lines, false);
	h->chosen = true;
}

/* Readings stand in brackets behind their characters; some pages bring the brackets. */
static void
start_ruby(struct html *h, const xmlChar *name)
{
	if (is(name, "ruby"))
		h->brackets = false;
	else if (is(name, "rp"))
		h->brackets = true;
	else if (!h->brackets)
		add_text(h, "(");
}

static void
end_ruby(struct html *h, const xmlChar *name)
{
	if (is(name, "rt") && !h->brackets)
		add_text(h, ")");
}

/* An element that is seen begins: those of its effects that need its attributes. */
static void
start_effects(struct html *h, const xmlChar *name, const xmlChar **atts, int effect)
{
	if (effect & LIST)
		start_list(h, name, atts);
	if (effect & ITEM)
		start_item(h, atts);
	if (effect & TABLE)
		start_table(h, atts);
	if (effect & CELL)
		start_cell(h, name);
	if (effect & IMAGE)
		add_image(h, atts);
	if (effect & INPUT)
		add_input(h, atts);
	if (effect & LINK)
		start_link(h, atts);
	if (effect & OPTION)
		start_option(h, name, atts);
	if (effect & RUBY)
		start_ruby(h, name);
	if (effect & MARKS)
		add_text(h, "“");
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar **atts)
{
	struct html *h = arg;
	int effect = effect_of(name);
	struct html_look *look;
	bool was_hidden = look_now(h)->hidden;

	if (++h->open > MAX_OPEN)
		return;
	look = &h->look[h->open];
	if (was_hidden || h->lines.full) {
		*look = h->look[h->open - 1];
		look->effect = 0;
		return;
	}
	take_look(h, name, atts, effect);
	if (effect & HIDE)
		look->hidden = true;
	if (look->hidden) {
		look->effect = 0;
		return;
	}
	look->block = look->display >= 0 ? look->display == CSS_BLOCK && !(effect & CELL)
					 : (effect & BLOCK) != 0;
	/* What is taken apart by lines stays so, whatever a sheet says of it. */
	look->block |= (effect & (ITEM | TABLE | QUOTE | PRE)) != 0;
	if (look->block)
		html_lines_start(&h->lines);
	if (effect & BREAK)
		html_lines_break(&h->lines);
	if (effect & QUOTE)
		h->lines.quotes++;
	h->lines.pre = look->pre;
	start_effects(h, name, atts, effect);
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
	if (effect & LINK)
		end_link(h);
	if (effect & RUBY)
		end_ruby(h, name);
	if ((effect & OPTION) && is(name, "select"))
		h->unchosen.out = NULL;
	if (effect & MARKS)
		add_text(h, "”");
	if (look.block)
		html_lines_start(&h->lines);
	if (effect & QUOTE)
		h->lines.quotes -= h->lines.quotes > 0;
	if (effect & ITEM)
		html_lines_mark(&h->lines, "");
	if (effect & LIST)
		h->nlists -= h->nlists > 0;
	if (effect & TABLE)
		h->ntables -= h->ntables > 0;
	h->lines.pre = h->look[h->open].pre;
}

static void
on_text(void *arg, const xmlChar *s, int len)
{
	struct html *h = arg;

	if (!html_look_hides(look_now(h)) && !h->lines.full)
		html_lines_text(&h->lines, (const char *)s, (size_t)len);
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

	h->lines.out = out;
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

	h->open = h->nlists = h->ntables = h->lines.quotes = 0;
	h->lines.pre = h->chosen = false;
	h->unchosen.out = NULL;
	free(h->href);
	h->href = NULL;
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
	char *at = h->sheets.data, *end = at + h->sheets.len, *stop;

	for (; h->sheets.len && (stop = memchr(at, '\0', (size_t)(end - at))); at = stop + 1) {
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
	if (h->sheets.len && at > h->sheets.data) {
		memmove(h->sheets.data, at, (size_t)(end - at));
		h->sheets.len = (size_t)(end - at);
	}
}

/* Give bytes of the page to the parser. */
static void
parse(struct html *h, const char *s, size_t len)
{
	while (len && !h->lines.full) {
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
	while (len && !h->lines.full) {
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
	return h->lines.full ? -1 : 0;
}

void
html_end(struct html *h)
{
	if (!h)
		return;
	parse_held(h);
	/* What the parser still held back may be the last words; elements left open end here. */
	if (!h->lines.full)
		htmlParseChunk(h->parser, NULL, 0, 1);
	if (!h->lines.full)
		html_lines_start(&h->lines);
	htmlFreeParserCtxt(h->parser);
	css_free(h->css);
	buf_free(&h->sheets);
	free(h->href);
	free(h);
}
