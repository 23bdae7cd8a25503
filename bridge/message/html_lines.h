/*
 * html_lines.h - the lines that a page's text is written to: white space folded, line ends and
 * marks written only once there is text for them.
 */
#ifndef BRIDGE_HTML_LINES_H
#define BRIDGE_HTML_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Zeroed but for out to begin with. */
struct html_lines {
	struct buf *out;
	unsigned quotes; /* "> " before each line; at most HTML_QUOTES are written */
	bool pre;        /* white space is kept */
	bool full;       /* out is */
	/* For html_lines.c alone. */
	unsigned owed;   /* line ends to write before the next text: 0, 1, or 2 for an empty line */
	bool space;      /* likewise, a space */
	bool bar;        /* likewise, the mark between two cells */
	char mark[24];   /* likewise, the mark of a list item */
	uint32_t joiner; /* likewise, U+200C or U+200D */
	bool line;       /* something stands on the current line */
	char entity[12]; /* a '&' and what follows, until it is known what it is */
	size_t nentity;
};

enum { HTML_QUOTES = 20 };

/* The character that a name stands for in HTML ("eacute"), 0: none. html.c knows. */
uint32_t html_entity(const char *name);

/* Write len bytes of text, UTF-8, as the page has them. */
void html_lines_text(struct html_lines *l, const char *s, size_t len);
/* The next text starts a line. */
void html_lines_start(struct html_lines *l);
/* The line ends here, though it may be empty: a <br>. */
void html_lines_break(struct html_lines *l);
/* The next text is parted from the one before it on its line: by a space, or by a bar. */
void html_lines_part(struct html_lines *l, bool bar);
/* The next text is that of a list item with this mark, "- " or "3. ". "" takes it back. */
void html_lines_mark(struct html_lines *l, const char *mark);

#endif
