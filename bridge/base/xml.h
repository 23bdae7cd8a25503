/*
 * xml.h - XML in and out, on libxml2, which stays in xml.c.
 *
 * In: no network, no DTD (a DOCTYPE is refused), no entities but the five of XML 1.0, bounded in
 * depth, in the number of elements and of attributes (and to 128 KB unless it is in UTF-8, Latin-n
 * or ASCII). Names are local names: senders differ in prefixes and put namespaces where the schema
 * has none; `ns` is there where it matters. xml_parse() keeps no attributes; xmlpush.h does.
 * Out: a writer that cannot make ill-formed XML; characters XML 1.0 does not allow are left out.
 */
#ifndef BRIDGE_XML_H
#define BRIDGE_XML_H

#include <stddef.h>

struct arena;
struct buf;
struct verdict;

/* An attribute that is in no namespace. */
struct xml_attr {
	const char *name, *value;
	const struct xml_attr *next;
};

/* An element. All strings are NUL-terminated, in the arena, never NULL. */
struct xml {
	const char *name;   /* local name */
	const char *prefix; /* "" when there is none */
	const char *ns;	    /* namespace URI, "" when there is none */
	const char *text;   /* the character data directly inside, joined; as is, not trimmed */
	struct xml *first, *next; /* children, siblings */
	const struct xml_attr *attrs; /* NULL: none, or not kept */
};

enum { XML_MAX_DEPTH = 32, XML_MAX_ELEMENTS = 10000 };

/* Parse a whole document. The root, in the arena, or NULL and *v (NEVER, says what and in which
 * line; a cut document is ill-formed, too). */
struct xml *xml_parse(struct arena *a, const char *bytes, size_t len, struct verdict *v);
/* The first child with that local name, or NULL. x may be NULL. */
struct xml *xml_child(const struct xml *x, const char *name);
/* The first element with that local name below x, in document order, or NULL. x may be NULL. */
struct xml *xml_find(const struct xml *x, const char *name);
/* The first child with that local name and namespace, or NULL. x may be NULL. */
struct xml *xml_child_ns(const struct xml *x, const char *name, const char *ns);
/* The value of its attribute, or NULL. x may be NULL. */
const char *xml_attr(const struct xml *x, const char *name);
/* Its text without white space at both ends, in the arena; "" when x is NULL. */
const char *xml_trimmed(struct arena *a, const struct xml *x);

struct xml_writer;
/* Start a document (with its <?xml?> line, UTF-8) that will be written to out. For xml_end_document(). */
struct xml_writer *xml_new_document(struct buf *out);
/* <name>: name may carry a prefix. */
void xml_open(struct xml_writer *w, const char *name);
/* An attribute of the element just opened; xmlns:p is one like others. */
void xml_attribute(struct xml_writer *w, const char *name, const char *value);
/* Character data; value is UTF-8 (bad bytes become U+FFFD); a CR is written as &#13;. */
void xml_text(struct xml_writer *w, const char *value);
/* </name> of the element opened last. */
void xml_close(struct xml_writer *w);
/* <name>value</name> */
void xml_element(struct xml_writer *w, const char *name, const char *value);
/* Close what is open, flush to out, free the writer. 0, or -1 when out's maximum was too small. */
int xml_end_document(struct xml_writer *w);

#endif
