/*
 * pairs.h - words KEY=VALUE with blanks between them, a value in quotes where it has blanks itself: how a
 * line of the users table and of an export says things. Within quotes, \" and \\ are " and \.
 */
#ifndef BRIDGE_PAIRS_H
#define BRIDGE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Go to the next word from *at on: its key is *len bytes there now (lent), and a '=' may follow. false: there
 * is none. */
bool pairs_key(const char **at, size_t *len);
/* Read the value at *at (what follows the '=') into out, which has that room, and go behind it. NULL; or what
 * is wrong with it, to stand behind its key ("is too long"). */
const char *pairs_value(const char **at, char *out, size_t room);
/* Append " KEY=VALUE" (no blank when out is empty); line ends and other controls become blanks. */
void pairs_add(struct buf *out, const char *key, const char *value);

#endif
