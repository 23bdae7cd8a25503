/*
 * mix.h - how the texts of a multipart's parts make one text (RFC 2046 5.1, 2387, 1847, 6522).
 */
#ifndef BRIDGE_MIX_H
#define BRIDGE_MIX_H

#include <stdbool.h>

#include "bridge/base/buf.h"

/* What a part has to show. */
enum mix_kind { MIX_NOTHING, MIX_OTHER, MIX_HTML, MIX_PLAIN };

struct mix {
	struct buf text; /* for buf_free() */
	enum mix_kind kind;
};

enum mix_how {
	MIX_ALL,    /* one after the other */
	MIX_FIRST,  /* the others are its signature, or what it reports of */
	MIX_CHOICE, /* the best of them: plain text, but not one that only points to the page */
	MIX_ROOT,   /* the named one, else the first; the others are its pictures */
};

/* Nothing, so far; its text will hold at most max bytes. */
void mix_init(struct mix *m, size_t max);
/* How a multipart of that subtype is to be mixed; of an unknown one, all parts are. */
enum mix_how mix_of(const char *subtype);
/* Is it a plain text that no page beside it can better? */
bool mix_is_enough(const struct mix *m);
/* Take what is needed of a part's text into that of the parts before it. first: there are none;
 * root: it is the one named as root. What *part holds afterwards is still the caller's to free. */
void mix_in(struct mix *m, struct mix *part, enum mix_how how, bool first, bool root);

#endif
