/*
 * html_marks.h - what elements of a page put around its text: marks of list items and cells, words
 * of pictures and forms, brackets, the targets of links.
 */
#ifndef BRIDGE_HTML_MARKS_H
#define BRIDGE_HTML_MARKS_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/message/html_lines.h"
#include "bridge/message/html_look.h"

enum {
	HTML_HREF = 2048,
	HTML_LISTS = 16,  /* within each other, that are numbered and indented */
	HTML_TABLES = 32, /* likewise, that are told apart */
};

/* What an element does to the text around it. */
enum html_effect {
	HTML_HIDE = 1,
	HTML_BLOCK = 2,
	HTML_BREAK = 4,
	HTML_ITEM = 8,
	HTML_CELL = 16,
	HTML_PRE = 32,
	HTML_IMAGE = 64,
	HTML_LIST = 128,
	HTML_TABLE = 256,
	HTML_QUOTE = 512,
	HTML_LINK = 1024,
	HTML_INPUT = 2048,
	HTML_OPTION = 4096,
	HTML_RUBY = 8192,
	HTML_MARKS = 16384,
};

/* Zeroed but for lines.out to begin with; for html_marks_reset(). */
struct html_marks {
	struct html_lines lines;
	struct html_look *look; /* of the element that begins; it may be hidden here */
	unsigned nlists, ntables;
	struct html_list {
		char type; /* '-', '1', 'a', 'A', 'i', 'I'; 0: no marks */
		int next;
	} lists[HTML_LISTS];
	bool data[HTML_TABLES];     /* a table of data, rather than one that lays out a page */
	bool chosen;                /* an <option> of the <select> was shown */
	struct html_lines unchosen; /* what was before it, to go back to, */
	size_t unchosen_len;        /* and how long out was */
	bool brackets;              /* the <ruby> has its own */
	char *href;                 /* of the <a> that is open; NULL: none */
	size_t link;                /* where its text begins in out */
};

/* What the element of that name does, HTML_* of enum html_effect. */
int html_effect(const char *name);
/* The value of an attribute; NULL when it is not there. atts are names and values in turn; it ends
 * in NULL, and may be NULL. */
const char *html_attribute(const char *const *atts, const char *name);
/* An element that is seen begins: those of its effects that need its attributes. */
void html_marks_start(struct html_marks *m, const char *name, const char *const *atts, int effect);
/* It ends. */
void html_marks_end(struct html_marks *m, const char *name, int effect);
/* Forget which elements are open, and free what was kept for them. */
void html_marks_reset(struct html_marks *m);

#endif
