/*
 * fetch.h - a picture that an IM user sent as a link (XEP-0066, XEP-0363) is fetched, so that it can go
 * on as a picture. The link is a stranger's: it may point at our own network, at something endless,
 * or at no picture at all.
 */
#ifndef IM_FETCH_H
#define IM_FETCH_H

#include <stdbool.h>
#include <stddef.h>

struct fetch;
struct loop;
struct verdict;

enum fetch_from { FETCH_PUBLIC, FETCH_HOSTS, FETCH_NONE }; /* in the order of the row's choices */

/* As configured; lent, must outlive what is made of it. */
struct fetch_settings {
	int from;	   /* enum fetch_from */
	const char *hosts; /* names, parted by blanks, that may be fetched from whatever their address */
	long size;	   /* bytes, at most */
	const char *ca_file;
};

struct fetched {
	const char *type; /* "image/jpeg", a literal */
	const char *name; /* of the file, from the link: letters, digits, ".-_"; "" when none */
	const char *bytes;
	size_t len;
	const char *why; /* NULL, or why there is nothing: then the rest is not there */
};

/* For fetch_free(). */
struct fetch *fetch_new(struct loop *l, const struct fetch_settings *s);
/* Ends what is under way: each is told that there is nothing. Accepts NULL. */
void fetch_free(struct fetch *f);
/* Is that an address that is fetched from only when its host is listed? */
bool fetch_is_private(const struct fetch *f, const char *address);
/* Fetch what a link points at. on_fetched(arg, what) is called once, later or at once; what it lends is
 * for the call. */
void fetch_link(struct fetch *f, const char *url,
    void (*on_fetched)(void *arg, const struct fetched *what), void *arg);

#endif
