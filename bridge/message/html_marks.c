/*
 * html_marks.c - what elements of a page put around its text.
 */
#include "bridge/message/html_marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/message/link.h"

static const struct element {
	const char *name;
	int effect;
} elements[] = {
	{ "a", HTML_LINK },
	{ "address", HTML_BLOCK },
	{ "article", HTML_BLOCK },
	{ "aside", HTML_BLOCK },
	{ "audio", HTML_HIDE },
	{ "blockquote", HTML_BLOCK | HTML_QUOTE },
	{ "br", HTML_BREAK },
	{ "canvas", HTML_HIDE },
	{ "caption", HTML_BLOCK },
	{ "center", HTML_BLOCK },
	{ "datalist", HTML_HIDE },
	{ "dd", HTML_BLOCK },
	{ "details", HTML_BLOCK },
	{ "dir", HTML_BLOCK | HTML_LIST },
	{ "div", HTML_BLOCK },
	{ "dl", HTML_BLOCK },
	{ "dt", HTML_BLOCK },
	{ "fieldset", HTML_BLOCK },
	{ "figcaption", HTML_BLOCK },
	{ "figure", HTML_BLOCK },
	{ "footer", HTML_BLOCK },
	{ "form", HTML_BLOCK },
	{ "h1", HTML_BLOCK },
	{ "h2", HTML_BLOCK },
	{ "h3", HTML_BLOCK },
	{ "h4", HTML_BLOCK },
	{ "h5", HTML_BLOCK },
	{ "h6", HTML_BLOCK },
	{ "header", HTML_BLOCK },
	{ "hr", HTML_BLOCK },
	{ "iframe", HTML_HIDE },
	{ "img", HTML_IMAGE },
	{ "input", HTML_INPUT },
	{ "legend", HTML_BLOCK },
	{ "li", HTML_BLOCK | HTML_ITEM },
	{ "main", HTML_BLOCK },
	{ "menu", HTML_BLOCK | HTML_LIST },
	{ "nav", HTML_BLOCK },
	{ "noembed", HTML_HIDE },
	{ "noframes", HTML_HIDE },
	{ "noscript", HTML_HIDE },
	{ "object", HTML_HIDE },
	{ "ol", HTML_BLOCK | HTML_LIST },
	{ "optgroup", HTML_BLOCK },
	{ "option", HTML_OPTION },
	{ "p", HTML_BLOCK },
	{ "pre", HTML_BLOCK | HTML_PRE },
	{ "q", HTML_MARKS },
	{ "rp", HTML_RUBY },
	{ "rt", HTML_RUBY },
	{ "ruby", HTML_RUBY },
	{ "script", HTML_HIDE },
	{ "section", HTML_BLOCK },
	{ "select", HTML_OPTION },
	{ "style", HTML_HIDE },
	{ "summary", HTML_BLOCK },
	{ "svg", HTML_HIDE },
	{ "table", HTML_BLOCK | HTML_TABLE },
	{ "tbody", HTML_BLOCK },
	{ "td", HTML_CELL },
	{ "template", HTML_HIDE },
	{ "textarea", HTML_BLOCK | HTML_PRE },
	{ "tfoot", HTML_BLOCK },
	{ "th", HTML_CELL },
	{ "thead", HTML_BLOCK },
	{ "title", HTML_HIDE },
	{ "tr", HTML_BLOCK },
	{ "ul", HTML_BLOCK | HTML_LIST },
	{ "video", HTML_HIDE },
	{ "xmp", HTML_BLOCK | HTML_PRE },
};

static int
by_name(const void *name, const void *element)
{
	return strcasecmp(name, ((const struct element *)element)->name);
}

int
html_effect(const char *name)
{
	const struct element *e =
	    bsearch(name, elements, sizeof elements / sizeof *elements, sizeof *elements, by_name);

	return e ? e->effect : 0;
}

const char *
html_attribute(const char *const *atts, const char *name)
{
	for (; atts && atts[0]; atts += 2)
		if (strcasecmp(atts[0], name) == 0)
			return atts[1] ? atts[1] : "";
	return NULL;
}

static bool
is(const char *name, const char *what)
{
	return strcasecmp(name, what) == 0;
}

static void
add_text(struct html_marks *m, const char *s)
{
	html_lines_text(&m->lines, s, strlen(s));
}

/* The words of a picture, unless it is one that nobody sees. */
static void
add_image(struct html_marks *m, const char *const *atts)
{
	static const char *const empty[] = { "spacer", "blank", "pixel", "image", "img", "picture",
		"photo", "bild", "imagen", "immagine" };
	const char *alt = html_attribute(atts, "alt"), *width = html_attribute(atts, "width"),
		   *height = html_attribute(atts, "height"), *dot;
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
		html_lines_part(&m->lines, false);
	add_text(m, alt);
	if (!letter)
		html_lines_part(&m->lines, false);
}

/* What a form shows before anybody has filled it in. */
static void
add_input(struct html_marks *m, const char *const *atts)
{
	static const char *const silent[] = { "hidden", "checkbox", "radio", "image", "password",
		"file", "color", "range" };
	const char *type = html_attribute(atts, "type"), *value = html_attribute(atts, "value");

	for (size_t i = 0; type && i < sizeof silent / sizeof *silent; i++)
		if (strcasecmp(type, silent[i]) == 0)
			return;
	if (value)
		add_text(m, value);
}

static void
start_list(struct html_marks *m, const char *name, const char *const *atts)
{
	const char *type = html_attribute(atts, "type"), *start = html_attribute(atts, "start");
	struct html_list *l;

	if (m->nlists++ >= HTML_LISTS)
		return;
	l = &m->lists[m->nlists - 1];
	*l = (struct html_list){ is(name, "ol") ? '1' : '-', start ? atoi(start) : 1 };
	if (l->type == '1' && type && strchr("aAiI", *type) && *type)
		l->type = *type;
	if (!m->look->marks)
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
start_item(struct html_marks *m, const char *const *atts)
{
	struct html_list *l =
	    m->nlists && m->nlists <= HTML_LISTS ? &m->lists[m->nlists - 1] : NULL;
	const char *value = html_attribute(atts, "value");
	char mark[24], number[16];
	unsigned indent = m->nlists > 1 ? (m->nlists < 5 ? m->nlists - 1 : 4) * 2 : 0;

	if (l && (!l->type || !m->look->marks))
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
	html_lines_mark(&m->lines, mark);
}

static void
start_table(struct html_marks *m, const char *const *atts)
{
	const char *border = html_attribute(atts, "border"), *role = html_attribute(atts, "role");

	if (m->ntables++ < HTML_TABLES)
		m->data[m->ntables - 1] = border && atoi(border) > 0 &&
					  !(role && (strcasecmp(role, "presentation") == 0 ||
							strcasecmp(role, "none") == 0));
}

static void
start_cell(struct html_marks *m, const char *name)
{
	bool *data = m->ntables && m->ntables <= HTML_TABLES ? &m->data[m->ntables - 1] : NULL;

	if (data && is(name, "th"))
		*data = true;
	html_lines_part(&m->lines, data && *data);
}

static void
start_link(struct html_marks *m, const char *const *atts)
{
	const char *href = html_attribute(atts, "href");

	if (!href || m->href)
		return;
	m->href = xstrndup(href, strnlen(href, HTML_HREF));
	m->link = m->lines.out->len;
}

/* The link is over: where it leads stands behind its text, if that is news. */
static void
end_link(struct html_marks *m)
{
	struct buf url, *out = m->lines.out;
	const char *text;
	size_t len;

	if (!m->href)
		return;
	html_lines_part(&m->lines, m->lines.bar);
	m->lines.space = false;
	text = buf_str(out) + m->link;
	len = out->len - m->link;
	while (len && strchr(" \n>-|", *text)) {
		text++;
		len--;
	}
	buf_init(&url, HTML_HREF * 2);
	if (m->lines.line && link_worth(m->href, text, len, &url) && url.len) {
		add_text(m, " (");
		add_text(m, buf_str(&url));
		add_text(m, ")");
	}
	buf_free(&url);
	free(m->href);
	m->href = NULL;
}

/* Of a <select> one choice is seen: the first, or the one that is said to be selected. */
static void
start_option(struct html_marks *m, const char *name, const char *const *atts)
{
	bool selected = html_attribute(atts, "selected") != NULL;

	if (is(name, "select")) {
		m->chosen = false;
		m->unchosen = m->lines;
		m->unchosen_len = m->lines.out->len;
		return;
	}
	if (m->chosen && !selected) {
		m->look->hidden = true;
		return;
	}
	if (m->chosen && m->unchosen.out && !m->lines.full && m->unchosen_len < m->lines.out->len) {
		m->lines = m->unchosen;
		m->lines.out->data[m->lines.out->len = m->unchosen_len] = '\0';
	}
	html_lines_part(&m->lines, false);
	m->chosen = true;
}

/* Readings stand in brackets behind their characters; some pages bring the brackets. */
static void
start_ruby(struct html_marks *m, const char *name)
{
	if (is(name, "ruby"))
		m->brackets = false;
	else if (is(name, "rp"))
		m->brackets = true;
	else if (!m->brackets)
		add_text(m, "(");
}

static void
end_ruby(struct html_marks *m, const char *name)
{
	if (is(name, "rt") && !m->brackets)
		add_text(m, ")");
}

void
html_marks_start(struct html_marks *m, const char *name, const char *const *atts, int effect)
{
	if (effect & HTML_LIST)
		start_list(m, name, atts);
	if (effect & HTML_ITEM)
		start_item(m, atts);
	if (effect & HTML_TABLE)
		start_table(m, atts);
	if (effect & HTML_CELL)
		start_cell(m, name);
	if (effect & HTML_IMAGE)
		add_image(m, atts);
	if (effect & HTML_INPUT)
		add_input(m, atts);
	if (effect & HTML_LINK)
		start_link(m, atts);
	if (effect & HTML_OPTION)
		start_option(m, name, atts);
	if (effect & HTML_RUBY)
		start_ruby(m, name);
	if (effect & HTML_MARKS)
		add_text(m, "“");
}

void
html_marks_end(struct html_marks *m, const char *name, int effect)
{
	if (effect & HTML_LINK)
		end_link(m);
	if (effect & HTML_RUBY)
		end_ruby(m, name);
	if ((effect & HTML_OPTION) && is(name, "select"))
		m->unchosen.out = NULL;
	if (effect & HTML_MARKS)
		add_text(m, "”");
	if (effect & HTML_LIST)
		m->nlists -= m->nlists > 0;
	if (effect & HTML_TABLE)
		m->ntables -= m->ntables > 0;
}

void
html_marks_reset(struct html_marks *m)
{
	m->nlists = m->ntables = m->lines.quotes = 0;
	m->lines.pre = m->chosen = false;
	m->unchosen.out = NULL;
	free(m->href);
	m->href = NULL;
}
