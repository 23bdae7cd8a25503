/*
 * heading.h - what stands above a text: its subject as a person would say it, its sender's name.
 */
#ifndef BRIDGE_HEADING_H
#define BRIDGE_HEADING_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* The subject (UTF-8) behind all "Re:", "Fwd:", "AW:", "回复：" … that mail programs of any language put
 * before it, and the white space there. Lent; "" when there is nothing else. */
const char *heading_bare(const char *subject);
/* Does the text begin with the words of that subject (both cleaned), whatever their case and white
 * space, and a word end there? Not when the subject is empty. */
bool heading_repeated(const char *subject, const char *text);
/* Append the name in a decoded From field: "Maria Lopez" of "\"Maria Lopez\" <maria@example.com>" and of
 * "maria@example.com (Maria Lopez)"; the address when it has no name. White space is as it stands. */
void heading_name(const char *from, struct buf *out);

#endif
