/*
 * inbound.h - the inbound table: whom a phone's message is for by the number of ours that it was sent to,
 * and by its first word. Keys are "NUMBER" and "NUMBER/KEYWORD" (or with a blank for the slash, where a
 * tool can write that), values are URIs.
 */
#ifndef BRIDGE_INBOUND_H
#define BRIDGE_INBOUND_H

#include <stddef.h>

struct table;
struct verdict;

/* Look up a number (digits) and a word ("": the number alone). 1: the URI is in `to`; 0: nothing is said
 * of it; -1 and *v (LATER): the table could not tell, or its value is no URI (names the key). */
int inbound_find(struct table *inbound, const char *number, const char *word, char *to, size_t room,
    struct verdict *v);
/* Check a key and a value, as `triviumctl map inbound` does. 0, or -1 and *v (NEVER). */
int inbound_check(const char *key, const char *value, struct verdict *v);

#endif
