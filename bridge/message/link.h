/*
 * link.h - is a link of a page worth to be shown beside its text?
 */
#ifndef BRIDGE_LINK_H
#define BRIDGE_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Does a link to href say more than its text (len bytes, UTF-8)? Then append to url where it leads,
 * on one line, without the parts that only count readers, and return true. False for what leads
 * nowhere a reader of plain text could go, repeats the text, is longer than a person can use, goes
 * through a counter of clicks, or is there to be rid of the mail.
 */
bool link_worth(const char *href, const char *text, size_t len, struct buf *url);

#endif
