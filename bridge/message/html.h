/*
 * html.h - what a person would read of an HTML page, by libxml2's HTML parser, which stays in
 * html.c.
 */
#ifndef BRIDGE_HTML_H
#define BRIDGE_HTML_H

#include <stddef.h>

struct buf;
struct html;

/* A reader that appends the readable text to out (UTF-8), for html_end(). Script, head, comments
 * and what style sheets, sizes, colours and places hide are left out. Block elements start a line,
 * <br> ends one; items begin with "- " or their number, quoted lines with "> "; cells are parted by
 * a space, those of a table of data by " | ". Pictures are their words, links their text and, where
 * that says more, where they lead, in brackets. Entities are resolved, white space is folded. */
struct html *html_begin(struct buf *out);
/* The next bytes of the page, UTF-8, cut anywhere. The first 256 KB are kept until they are all
 * there, since style sheets may stand last. Stops looking once out is full. Time is linear
 * and memory bounded in the page's length. Returns 0, or -1 when out is full (then stop feeding).
 */
int html_feed(struct html *h, const char *bytes, size_t len);
/* The page is over; frees h. */
void html_end(struct html *h);

#endif
