/*
 * html_lines.c - the lines that a page's text is written to.
 */
#include "bridge/message/html_lines.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/charset.h"

enum { ZWNJ = 0x200C, ZWJ = 0x200D };

/* Write what is owed before a visible character. */
static void
pay(struct html_lines *l)
{
	char due[HTML_QUOTES * 2 + sizeof l->mark + 16];
	size_t n = 0;
	bool starts = !l->line;

	if (l->out->len)
		for (; l->owed; l->owed--)
			due[n++] = '\n';
	l->owed = 0;
	for (unsigned i = 0; starts && i < l->quotes && i < HTML_QUOTES; i++) {
		due[n++] = '>';
		due[n++] = ' ';
	}
	if (*l->mark)
		n += (size_t)snprintf(due + n, sizeof due - n, "%s", l->mark);
	else if (l->bar && l->line)
		n += (size_t)snprintf(due + n, sizeof due - n, " | ");
	else if (l->space && l->line)
		due[n++] = ' ';
	else if (l->joiner && l->line)
		n += utf8_put(due + n, l->joiner);
	*l->mark = '\0';
	l->space = l->bar = false;
	l->joiner = 0;
	l->line = true;
	if (n)
		l->full |= buf_add(l->out, due, n) < 0;
}

/* Characters that show nothing. Mail programs pad the line that a mailbox shows with them. */
static bool
is_invisible(uint32_t c)
{
	return c == 0x034F || c == 0x061C || c == 0x115F || c == 0x1160 || c == 0x17B4 ||
	       c == 0x17B5 || c == 0x180E || c == 0x200B || (c >= 0x2060 && c <= 0x2064) ||
	       c == 0x3164 || c == 0xFEFF || c == 0xFFA0 || c == 0xAD ||
	       (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7f;
}

static bool
is_space(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == 0x2007 ||
	       c == 0x202F || c == 0x2028 || c == 0x2029;
}

/* White space, where it is not folded. */
static void
add_pre(struct html_lines *l, char c)
{
	if (c == '\n') {
		/* Not html_lines_start(): in here an empty line is one. */
		if (l->owed < 2)
			l->owed++;
		l->line = false;
	} else if (c != '\r') {
		pay(l);
		l->full |= buf_add(l->out, &c, 1) < 0;
	}
}

static void
add_char(struct html_lines *l, uint32_t c)
{
	char bytes[4];

	if (is_space(c) && l->pre && c < 0x80) {
		add_pre(l, (char)c);
	} else if (is_space(c)) {
		l->space = true;
		l->joiner = 0;
	} else if (c == 0xA0) {
		/* A line of nothing else is an empty line that was meant to be one. */
		l->space = l->space || l->line;
		if (!l->line && l->owed == 1)
			l->owed = 2;
	} else if (c == ZWNJ || c == ZWJ) {
		l->joiner = l->space ? 0 : c; /* but not as padding between spaces */
	} else if (is_invisible(c)) {
		l->joiner = 0;
	} else {
		/* &#128; means what it is in windows-1252 (WHATWG HTML 13.2.5.80). */
		if (c >= 0x80 && c < 0xa0)
			c = charset_1252((unsigned char)c);
		pay(l);
		l->full |= buf_add(l->out, bytes, utf8_put(bytes, c)) < 0;
	}
}

/* The character that a held "&eacute" or "&#233" means, when the parser has left it: its ';' was
 * forgotten, or it was escaped once more. 0: none. */
static uint32_t
meaning(const char *entity, bool ended)
{
	uint32_t c;

	if (entity[1] == '#') {
		bool hex = (entity[2] | 32) == 'x';
		char *end;
		unsigned long n = strtoul(entity + 2 + hex, &end, hex ? 16 : 10);

		return *end || end == entity + 2 + hex || n < 0x20 || n > 0x10FFFF ||
			       (n >= 0xD800 && n < 0xE000)
			   ? 0
			   : (uint32_t)n;
	}
	c = html_entity(entity + 1);
	/* "&amp;lt;" shows "&lt;", as its writer wants. Names that may lack their ';' are those of
	 * Latin-1. */
	if (ended)
		return c < 0x80 ? 0 : c;
	return c < 0x100 ? c : 0;
}

/* What is held turned out to be no more than text, or an entity; `end` is the byte behind it. */
static void
release(struct html_lines *l, char end)
{
	uint32_t c;
	size_t n = l->nentity;

	l->entity[n] = '\0';
	l->nentity = 0;
	c = n > 2 ? meaning(l->entity, end == ';') : 0;
	if (c) {
		add_char(l, c);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_char(l, (unsigned char)l->entity[i]);
	if (end == ';')
		add_char(l, ';');
}

/* A byte of what may be an entity. Returns whether it is taken. */
static bool
hold(struct html_lines *l, char c)
{
	if (l->nentity == 0 && c == '&') {
		l->entity[l->nentity++] = c;
		return true;
	}
	if (l->nentity == 0)
		return false;
	if ((isalnum((unsigned char)c) || (c == '#' && l->nentity == 1)) &&
	    l->nentity + 1 < sizeof l->entity) {
		l->entity[l->nentity++] = c;
		return true;
	}
	release(l, c);
	return c == ';' || hold(l, c);
}

void
html_lines_text(struct html_lines *l, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end && !l->full) {
		if (!(*s & 0x80)) {
			const char c = *s++, *run = s;

			if (hold(l, c))
				continue;
			if (c <= ' ' || c == 0x7f) {
				add_char(l, (unsigned char)c);
				continue;
			}
			/* A word of ASCII at once. */
			while (s<end && * s> ' ' && *s < 0x7f && *s != '&')
				s++;
			pay(l);
			l->full |= buf_add(l->out, run - 1, (size_t)(s - run) + 1) < 0;
			continue;
		}
		if (l->nentity)
			release(l, '\0');
		add_char(l, utf8_next(&s, end));
	}
}

void
html_lines_start(struct html_lines *l)
{
	if (l->nentity)
		release(l, '\0');
	if (l->line && l->owed == 0)
		l->owed = 1;
	l->space = l->bar = false;
	l->line = false;
}

void
html_lines_break(struct html_lines *l)
{
	if (l->nentity)
		release(l, '\0');
	l->owed += l->owed < 2;
	l->space = l->bar = l->line = false;
}

void
html_lines_part(struct html_lines *l, bool bar)
{
	if (l->nentity)
		release(l, '\0');
	l->space = l->space || l->line;
	l->bar = bar && l->line;
}

void
html_lines_mark(struct html_lines *l, const char *mark)
{
	snprintf(l->mark, sizeof l->mark, "%s", mark);
}
