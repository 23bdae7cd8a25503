/*
 * book.h - who has registered with the gateway: a JID, the number that is its own, and what its user
 * wants. Kept in a file of lines, to which each change is appended.
 */
#ifndef IM_BOOK_H
#define IM_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/message/addr.h"

struct book;
struct verdict;

enum { BOOK_MOST = 200000 }; /* users */

struct book_user {
	const char *jid; /* without resource; lent by the book */
	char number[ADDR_NUMBER];
	int64_t since;	/* seconds since 1970 */
	bool tell;	/* wants to be told in words when a message was delivered */
};

/* Open the book, or begin it. For book_close(); or NULL and *v (NEVER: the file is none of ours or
 * cannot be written). The directory must exist. Reads it whole, so it is for a program's start. */
struct book *book_open(const char *path, struct verdict *v);
/* Accepts NULL. */
void book_close(struct book *b);
/* A user, lent until the next change of it; or NULL. b may be NULL. */
const struct book_user *book_find(const struct book *b, const char *jid);
/* Enter a user, or change what is there (the jid is copied); on the disk when it returns 0. -1 and *v
 * (LATER) when that failed: then nothing has changed. Waits for the disk: changes are rare. */
int book_enter(struct book *b, const struct book_user *u, struct verdict *v);
/* Strike a user out. As book_enter(); 0, too, when there was none. */
int book_strike(struct book *b, const char *jid, struct verdict *v);
/* Call for each user. b may be NULL. */
void book_each(const struct book *b, void (*each)(void *arg, const struct book_user *u), void *arg);

#endif
