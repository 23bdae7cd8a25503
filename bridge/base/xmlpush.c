/*
 * xmlpush.c - XML that arrives in pieces, by libxml2's push parser with callbacks of our own.
 *
 * The parser is fed up to each '>' at most, so that it stands between two trees when one has just
 * ended. That makes each tree's bytes countable, and the parser renewable: it remembers every name
 * it has ever seen, so a stream that lives for months must get another one now and then.
 *
 * A stream carries everybody's messages, so one hostile tree must not end it: of a tree beyond the
 * limits the rest is read and forgotten, and of a tag the attributes beyond the limit never reach
 * libxml2, which would compare each with all others.
 *
 * What is found is kept in a list and fetched by xmlpush_next(), so that whoever handles it may do
 * everything, ending the stream included; libxml2 would not survive that in its callbacks.
 */
#include "bridge/base/xmlpush.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"

enum {
	CHUNK = 4096,	     /* fed at a time: no more than this is parsed beyond a limit */
	MAX_NAMES = 10000,   /* in the parser's memory until it is renewed */
	HOPELESS = 32,	     /* a tree that is so many times longer than allowed ends the stream */
	LEVELS = XMLPUSH_MAX_DEPTH + 1,
};

struct level {
	struct xml *element;
	struct xml *last; /* its youngest child */
	const struct xml_attr **attrs_end;
	struct buf text;
};

struct event {
	enum xmlpush_what what;
	struct arena *arena; /* of x alone */
	const struct xml *x;
	struct event *next;
};

struct xmlpush {
	xmlParserCtxt *context;
	size_t max_bytes;
	struct event *first, **end;
	struct event *given; /* what xmlpush_next() gave last */

	struct buf header; /* all up to the root's start tag, to begin again with */
	bool opened;	   /* the root's start tag has been seen */
	bool again;	   /* it is being fed to a new parser */
	bool closed;	   /* the root's end tag has been seen */

	struct arena *arena; /* of the tree being read */
	struct level levels[LEVELS];
	unsigned depth; /* levels in use; the root has none */
	unsigned elements;
	size_t bytes; /* of this tree, so far */
	bool cut;     /* it is beyond the limits */

	bool in_tag; /* of the scan for too many attributes */
	bool crowded; /* the rest of this tag is left out */
	char quote;
	unsigned attributes;

	const char *why; /* we refuse to go on, and this is the reason; NULL: we do not */
	char error[160]; /* libxml2's first */
};

static void
refuse(struct xmlpush *p, const char *why)
{
	if (!p->why)
		p->why = why;
	xmlStopParser(p->context);
}

static void
add_event(struct xmlpush *p, enum xmlpush_what what, struct arena *arena, const struct xml *x)
{
	struct event *e = xcalloc(1, sizeof *e);

	e->what = what;
	e->arena = arena;
	e->x = x;
	*p->end = e;
	p->end = &e->next;
}

static const char *
copy(struct arena *a, const xmlChar *s)
{
	return s && *s ? arena_strdup(a, (const char *)s) : "";
}

/* Attributes come as five pointers each (startElementNsSAX2Func): local name, prefix, namespace,
 * and the value's begin and end. */
static void
take_attributes(struct xmlpush *p, struct xml *x, int n, const xmlChar **attributes)
{
	const struct xml_attr **end = &x->attrs;

	for (const xmlChar **at = attributes; n-- > 0; at += 5) {
		struct xml_attr *a;

		if (at[2])
			continue;
		a = arena_alloc(p->arena, sizeof *a);
		a->name = copy(p->arena, at[0]);
		a->value = arena_strndup(p->arena, (const char *)at[3], (size_t)(at[4] - at[3]));
		*end = a;
		end = (const struct xml_attr **)&a->next;
	}
}

static struct xml *
new_element(struct xmlpush *p, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	const struct level *parent = p->depth ? &p->levels[p->depth - 1] : NULL;
	struct xml *x;

	if (!p->arena)
		p->arena = arena_new();
	x = arena_alloc(p->arena, sizeof *x);
	x->name = copy(p->arena, name);
	x->prefix = copy(p->arena, prefix);
	/* Nearly always the parent's, which is then shared: else a long one would multiply. */
	x->ns = parent && uri && strcmp(parent->element->ns, (const char *)uri) == 0
		? parent->element->ns : copy(p->arena, uri);
	x->text = "";
	return x;
}

static void
on_root(struct xmlpush *p, struct xml *x)
{
	p->opened = true;
	if (!p->again)
		add_event(p, XMLPUSH_OPENED, p->arena, x);
	else
		arena_free(p->arena);
	p->arena = NULL;
}

/* The ten arguments are libxml2's. */
static void
on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nspaces,
    const xmlChar **spaces, int nattributes, int ndefaulted, const xmlChar **attributes)
{
	struct xmlpush *p = arg;
	struct level *parent, *level;
	struct xml *x;

	(void)nspaces, (void)spaces, (void)ndefaulted;
	if (p->why)
		return;
	if (p->depth == LEVELS || p->elements == XMLPUSH_MAX_ELEMENTS)
		p->cut = true;
	if (p->cut && p->depth > 0) {
		p->depth++;
		return;
	}
	p->elements++;
	parent = p->depth ? &p->levels[p->depth - 1] : NULL;
	x = new_element(p, name, prefix, uri);
	take_attributes(p, x, nattributes, attributes);
	if (!p->opened) {
		on_root(p, x);
		return;
	}
	if (parent && parent->last)
		parent->last->next = x;
	else if (parent)
		parent->element->first = x;
	if (parent)
		parent->last = x;
	level = &p->levels[p->depth++];
	level->element = x;
	level->last = NULL;
	buf_reset(&level->text);
}

static void
on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xmlpush *p = arg;
	struct level *level;

	(void)name, (void)prefix, (void)uri;
	if (p->why)
		return;
	if (p->depth == 0) {
		p->closed = true;
		add_event(p, XMLPUSH_CLOSED, NULL, NULL);
		return;
	}
	p->depth--;
	level = &p->levels[p->depth < LEVELS ? p->depth : 0];
	if (level->text.len && !p->cut)
		level->element->text = arena_strndup(p->arena, level->text.data, level->text.len);
	if (p->depth > 0)
		return;
	if (p->cut)
		level->element->first = NULL;
	add_event(p, p->cut ? XMLPUSH_CUT : XMLPUSH_TREE, p->arena, level->element);
	p->arena = NULL;
	p->cut = false;
}

/* Text between the trees is what keeps a connection alive, and nothing else. */
static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct xmlpush *p = arg;

	if (!p->why && p->depth && !p->cut && len > 0)
		buf_add(&p->levels[p->depth - 1].text, text, (size_t)len);
}

static void
on_doctype(void *arg, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	(void)name, (void)public_id, (void)system_id;
	refuse(arg, "a DOCTYPE is not accepted");
}

static void
on_comment(void *arg, const xmlChar *text)
{
	(void)text;
	refuse(arg, "a comment is not accepted");
}

static void
on_instruction(void *arg, const xmlChar *target, const xmlChar *text)
{
	(void)target, (void)text;
	refuse(arg, "a processing instruction is not accepted");
}

static void
on_error(void *arg, xmlError *e)
{
	struct xmlpush *p = arg;
	size_t n;

	if (p->why || p->error[0] || e->level != XML_ERR_FATAL || !e->message)
		return;
	n = strcspn(e->message, "\n");
	if (n >= sizeof p->error)
		n = sizeof p->error - 1;
	memcpy(p->error, e->message, n);
	p->error[n] = '\0';
}

static const xmlSAXHandler handler = {
	.internalSubset = on_doctype,
	.startElementNs = on_start,
	.endElementNs = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.comment = on_comment,
	.processingInstruction = on_instruction,
	.serror = on_error,
	.initialized = XML_SAX2_MAGIC,
};

static xmlParserCtxt *
new_context(struct xmlpush *p)
{
	xmlSAXHandler h = handler;
	xmlParserCtxt *c = xmlCreatePushParserCtxt(&h, p, NULL, 0, NULL);

	if (!c)
		abort(); /* only when there is no memory */
	/* Without HUGE libxml2's own limits would end a stream after 10 MB of white space; without
	 * NOENT an attribute's &amp; would stay one (there are no other entities, as no DOCTYPE is). */
	xmlCtxtUseOptions(c, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT);
	return c;
}

struct xmlpush *
xmlpush_new(size_t max_bytes)
{
	struct xmlpush *p = xcalloc(1, sizeof *p);

	xmlInitParser();
	p->max_bytes = max_bytes;
	p->end = &p->first;
	buf_init(&p->header, XMLPUSH_MAX_HEADER);
	for (size_t i = 0; i < LEVELS; i++)
		buf_init(&p->levels[i].text, max_bytes + CHUNK);
	p->context = new_context(p);
	return p;
}

static void
event_free(struct event *e)
{
	if (e)
		arena_free(e->arena);
	free(e);
}

void
xmlpush_free(struct xmlpush *p)
{
	struct event *e;

	if (!p)
		return;
	while ((e = p->first)) {
		p->first = e->next;
		event_free(e);
	}
	event_free(p->given);
	arena_free(p->arena);
	for (size_t i = 0; i < LEVELS; i++)
		buf_free(&p->levels[i].text);
	buf_free(&p->header);
	xmlFreeParserCtxt(p->context);
	free(p);
}

/*
 * Copy the bytes to out, but for a tag's attributes beyond the limit; returns how many were copied.
 * Quotes are counted, since '<' stands in no attribute's value and so always begins afresh.
 */
static size_t
thin(struct xmlpush *p, const char *bytes, size_t len, char *out)
{
	size_t n = 0;

	for (const char *end = bytes + len; bytes < end; bytes++) {
		if (*bytes == '<') {
			p->in_tag = true;
			p->crowded = false;
			p->attributes = 0;
			p->quote = 0;
		} else if (p->in_tag && p->quote) {
			p->quote = *bytes == p->quote ? 0 : p->quote;
			if (!p->quote && p->attributes == XMLPUSH_MAX_ATTRIBUTES) {
				out[n] = *bytes;
				n += !p->crowded;
				p->crowded = true;
				continue;
			}
		} else if (p->in_tag && *bytes == '>') {
			p->cut = p->cut || (p->crowded && p->attributes > XMLPUSH_MAX_ATTRIBUTES);
			p->in_tag = p->crowded = false;
		} else if (p->in_tag && (*bytes == '"' || *bytes == '\'')) {
			p->quote = *bytes;
			p->attributes++;
		}
		if (!p->crowded || (*bytes == '/' && !p->quote))
			out[n++] = *bytes;
	}
	return n;
}

/* Begin with a new parser, which knows the header and nothing else. */
static void
renew(struct xmlpush *p)
{
	xmlFreeParserCtxt(p->context);
	p->context = new_context(p);
	p->again = true;
	p->opened = false;
	xmlParseChunk(p->context, p->header.data, (int)p->header.len, 0);
	assert(p->opened && !p->why);
}

/* Feed bytes that have a '>' at their end, or none. 0, or -1. */
static int
feed(struct xmlpush *p, const char *bytes, size_t len)
{
	char thinned[CHUNK];
	size_t n = thin(p, bytes, len, thinned);

	if (!p->opened && buf_add(&p->header, thinned, n) < 0) {
		refuse(p, "the stream's header is too long");
		return -1;
	}
	p->bytes = p->depth || p->in_tag ? p->bytes + len : 0; /* white space between trees is free */
	p->cut = p->cut || p->bytes > p->max_bytes;
	if (p->bytes / HOPELESS > p->max_bytes) {
		refuse(p, "a tree is too long");
		return -1;
	}
	xmlParseChunk(p->context, thinned, (int)n, 0);
	if (!p->context->wellFormed || p->why)
		return -1;
	if (p->depth > 0 || p->in_tag)
		return 0;
	p->bytes = 0;
	p->elements = 0;
	if (p->opened && !p->closed && xmlDictSize(p->context->dict) > MAX_NAMES)
		renew(p);
	return 0;
}

int
xmlpush_feed(struct xmlpush *p, const char *bytes, size_t len, struct verdict *v)
{
	while (len > 0) {
		size_t n = len < CHUNK ? len : CHUNK;
		const char *end = memchr(bytes, '>', n);

		if (end)
			n = (size_t)(end - bytes) + 1;
		if (feed(p, bytes, n) < 0)
			return never(v, "5.6.0", "XML: %s", p->why ? p->why : p->error[0] ? p->error
				: "it is not well-formed");
		bytes += n;
		len -= n;
	}
	return 0;
}

enum xmlpush_what
xmlpush_next(struct xmlpush *p, const struct xml **x)
{
	struct event *e = p->first;

	event_free(p->given);
	p->given = e;
	*x = NULL;
	if (!e)
		return XMLPUSH_NOTHING;
	if (!(p->first = e->next))
		p->end = &p->first;
	e->next = NULL;
	*x = e->x;
	return e->what;
}
