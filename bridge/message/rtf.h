/*
 * rtf.h - the text of a Rich Text Format document, and of one that wraps a page or a plain text as
 * Outlook does (MS-OXRTFEX), or is compressed as Exchange does (MS-OXRTFCP).
 */
#ifndef BRIDGE_RTF_H
#define BRIDGE_RTF_H

#include <stddef.h>

struct buf;

/* Append the text of len bytes to out, UTF-8, as far as it fits. Any bytes are taken; time is
 * linear. Of a wrapped page, what a person would read of the page. */
void rtf_text(const char *s, size_t len, struct buf *out);
/* Undo the compression of len bytes (PR_RTF_COMPRESSED) into out, as far as it fits and can be
 * understood. */
void rtf_expand(const char *s, size_t len, struct buf *out);

#endif
