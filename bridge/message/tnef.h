/*
 * tnef.h - Outlook's own form of a mail, application/ms-tnef, "winmail.dat" (MS-OXTNEF).
 */
#ifndef BRIDGE_TNEF_H
#define BRIDGE_TNEF_H

#include <stddef.h>

struct buf;

/*
 * Append the text of the message in len bytes to out, UTF-8: its plain text, else its page, else
 * its rich text; and a line for each file in it, whose name is also told by on_file(to, name). Any
 * bytes are taken: what cannot be understood ends it.
 */
void tnef_text(const char *s, size_t len, struct buf *out,
    void (*on_file)(void *to, const char *name), void *to);

#endif
