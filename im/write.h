/*
 * write.h - stanzas as bytes. It cannot write what would make a server close the stream: text is
 * filtered to the characters of XML 1.0 in strict UTF-8, and every stanza is from our own domain and
 * to somebody.
 */
#ifndef IM_WRITE_H
#define IM_WRITE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum { WRITE_DEPTH = 12 };

/* One stanza in the making; kept by whoever writes. */
struct writer {
	struct buf *out;
	const char *open[WRITE_DEPTH]; /* names of the elements that are open */
	unsigned depth;
	bool in_tag; /* the tag opened last can still get attributes */
};

/* What stands on a stanza: `kind` is "message", "presence" or "iq". */
struct stanza {
	const char *kind;
	const char *domain; /* ours */
	const char *local;  /* who of our domain sends it, escaped; NULL or "": the domain itself */
	const char *to;	    /* a JID; never "" */
	const char *type;   /* NULL: none */
	const char *id;	    /* NULL: none */
};

/* Begin a stanza, appending to out. What is open when it ends is closed by write_end(). */
void write_begin(struct writer *w, const struct stanza *s, struct buf *out);
/* <name xmlns='ns'>; ns may be NULL. name and ns are our own literals and must outlive the writing. */
void write_open(struct writer *w, const char *name, const char *ns);
/* An attribute of the element opened last, before any text. A value of NULL leaves it out. */
void write_attr(struct writer *w, const char *name, const char *value);
/* Character data, whatever bytes it has. */
void write_text(struct writer *w, const char *text);
/* Close the element opened last. */
void write_close(struct writer *w);
/* <name>text</name>; left out when text is NULL. */
void write_leaf(struct writer *w, const char *name, const char *text);
/* <name xmlns='ns'/> */
void write_empty(struct writer *w, const char *name, const char *ns);
/* Close all that is open. */
void write_end(struct writer *w);
/* Append text as it may stand in XML, between tags or in an attribute's value (`'` or `"`), cut so
 * that no more than most bytes are appended. Returns how many bytes of the text they stand for. */
size_t write_escaped(struct buf *out, const char *text, size_t most);

#endif
