/*
 * xml.c - XML in by libxml2's SAX2 parser, XML out by its xmlTextWriter.
 *
 * The parser gets a table of callbacks of our own, none of which knows entities, external subsets
 * or files: what is not in the table cannot be reached by a document. A callback that has seen
 * enough sets `why` and stops the parser.
 */
#include "bridge/base/xml.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h> /* xmlCreateMemoryParserCtxt() */
#include <libxml/xmlerror.h>
#include <libxml/xmlwriter.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"

/* A namespace name is declared once and repeated by us for each element in it, so a long one would
 * multiply. Real ones stay below 100. */
enum { MAX_NS = 256 };

/* libxml2 compares each attribute of a tag with all others, and each prefix with all that are
 * declared: a megabyte of them would hold the loop up for seconds. */
enum { MAX_ATTRIBUTES = 250, MAX_FOREIGN = 128 * 1024 };

struct level {
	struct xml *element;
	struct xml *last; /* its youngest child */
	struct buf text;
};

struct parse {
	struct arena *arena;
	xmlParserCtxt *context;
	struct xml *root;
	unsigned elements;
	unsigned depth; /* levels in use */
	struct level levels[XML_MAX_DEPTH];
	const char *why; /* we refuse the document, and this is the reason; NULL: we do not */
	int line;        /* where that, or the first error of libxml2's, is */
	char error[200]; /* the first error of libxml2's */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
refuse(struct parse *p, const char *why)
{
	if (!p->why) {
		p->why = why;
		p->line = p->context->input ? p->context->input->line : 0;
	}
	xmlStopParser(p->context);
}

static const char *
copy(struct arena *a, const xmlChar *s)
{
	return s && *s ? arena_strdup(a, (const char *)s) : "";
}

/* Its namespace name; nearly always the parent's, which is then shared. */
static const char *
namespace_name(struct parse *p, const struct level *parent, const xmlChar *uri)
{
	if (!uri)
		return "";
	if (parent && strcmp(parent->element->ns, (const char *)uri) == 0)
		return parent->element->ns;
	if (strlen((const char *)uri) > MAX_NS) {
		refuse(p, "a namespace name is too long");
		return "";
	}
	return arena_strdup(p->arena, (const char *)uri);
}

/* The ten arguments are libxml2's (startElementNsSAX2Func). */
static void
on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nspaces,
    const xmlChar **spaces, int nattributes, int ndefaulted, const xmlChar **attributes)
{
	struct parse *p = arg;
	struct level *parent = p->depth ? &p->levels[p->depth - 1] : NULL;
	struct level *level;
	struct xml *x;

	(void)nspaces, (void)spaces, (void)nattributes, (void)ndefaulted, (void)attributes;
	if (p->why)
		return;
	if (p->depth == XML_MAX_DEPTH) {
		refuse(p, "elements are nested too deeply");
		return;
	}
	if (++p->elements > XML_MAX_ELEMENTS) {
		refuse(p, "there are too many elements");
		return;
	}
	x = arena_alloc(p->arena, sizeof *x);
	x->name = copy(p->arena, name);
	x->prefix = copy(p->arena, prefix);
	x->ns = namespace_name(p, parent, uri);
	x->text = "";
	if (!parent)
		p->root = x;
	else if (parent->last)
		parent->last->next = x;
	else
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
	struct parse *p = arg;
	struct level *level;

	(void)name, (void)prefix, (void)uri;
	if (p->why)
		return;
	assert(p->depth > 0);
	level = &p->levels[--p->depth];
	if (level->text.len)
		level->element->text = arena_strndup(p->arena, level->text.data, level->text.len);
}

static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct parse *p = arg;

	if (p->why || !p->depth || len <= 0)
		return;
	if (buf_add(&p->levels[p->depth - 1].text, text, (size_t)len) < 0)
		refuse(p, "there is too much text");
}

/* A DOCTYPE. Nothing we speak has one, and all that is dangerous in XML begins with it. */
static void
on_doctype(void *arg, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	(void)name, (void)public_id, (void)system_id;
	refuse(arg, "a DOCTYPE is not accepted");
}

static void
on_error(void *arg, xmlError *e)
{
	struct parse *p = arg;
	size_t n;

	if (p->why || p->error[0] || e->level != XML_ERR_FATAL || !e->message)
		return;
	p->line = e->line;
	n = strcspn(e->message, "\n");
	if (n >= sizeof(p->error))
		n = sizeof(p->error) - 1;
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
	.serror = on_error,
	.initialized = XML_SAX2_MAGIC, /* makes libxml2 use the Ns callbacks and serror */
};

/*
 * Whether a tag has more than MAX_ATTRIBUTES attributes, judged by the quotes that open in it,
 * before libxml2 sees it. '<' stands in no attribute's value, so it always starts afresh. (In
 * comments and CDATA it need not be a tag, but hundreds of quotes up to the next '<' or '>' are not
 * met there.)
 */
static bool
is_crowded(const char *bytes, size_t len)
{
	const char *end = bytes + len;
	unsigned attributes = 0;
	bool inside = false;
	char quote = 0;

	for (; bytes < end; bytes++) {
		if (*bytes == '<') {
			inside = true;
			attributes = 0;
			quote = 0;
		} else if (!inside) {
			continue;
		} else if (quote) {
			quote = *bytes == quote ? 0 : quote;
		} else if (*bytes == '>') {
			inside = false;
		} else if (*bytes == '"' || *bytes == '\'') {
			quote = *bytes;
			if (++attributes > MAX_ATTRIBUTES)
				return true;
		}
	}
	return false;
}

/* Whether the bytes can be judged so: not in UTF-16, nor in an encoding that may hide a '<'. */
static bool
is_plain(const char *bytes, size_t len)
{
	static const char *const plain[] = { "utf-8", "iso-8859-", "us-ascii" };
	const char *end, *name;
	size_t i;

	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		bytes += 3, len -= 3;
	end = memchr(bytes, '>', len);
	if (!end || memchr(bytes, '\0', (size_t)(end - bytes)) || !strchr("< \t\r\n", *bytes))
		return false;
	name = memmem(bytes, (size_t)(end - bytes), "encoding", 8);
	if (!name || memcmp(bytes, "<?xml", 5) != 0)
		return true;
	for (name += 8; name < end && strchr(" \t\r\n=\"'", *name); name++)
		;
	for (i = 0; i < sizeof plain / sizeof *plain; i++)
		if (strncasecmp(name, plain[i], strlen(plain[i])) == 0)
			return true;
	return false;
}

/* Whether it is worth a try, or what is wrong with it. */
static const char *
unfit(const char *bytes, size_t len)
{
	if (len == 0)
		return "the document is empty";
	if (len > INT_MAX / 4)
		return "the document is too long";
	if (is_crowded(bytes, len))
		return "a tag has too many attributes";
	if (len > MAX_FOREIGN && !is_plain(bytes, len))
		return "the document is too long for its encoding";
	return NULL;
}

/* Run the parser. Returns whether the document is well-formed and nothing was refused. */
static bool
run(struct parse *p, const char *bytes, size_t len)
{
	xmlParserCtxt *c = p->context = xmlCreateMemoryParserCtxt(bytes, (int)len);
	bool good;

	if (!c)
		return false;
	*c->sax = handler;
	c->userData = p;
	xmlCtxtUseOptions(c, XML_PARSE_NONET);
	xmlParseDocument(c);
	/* libxml2 takes a NUL byte behind the root element for the end of the document. */
	if (c->wellFormed && !p->why && c->input && c->input->cur < c->input->end)
		refuse(p, "something follows the document");
	good = c->wellFormed && !p->why && p->root && !p->depth;
	xmlFreeParserCtxt(c);
	return good;
}

struct xml *
xml_parse(struct arena *a, const char *bytes, size_t len, struct verdict *v)
{
	const char *why = unfit(bytes, len);
	struct parse *p;
	struct xml *root = NULL;
	size_t i;

	if (why) {
		never(v, "5.6.0", "XML: %s", why);
		return NULL;
	}
	pthread_once(&once, xmlInitParser);
	p = xcalloc(1, sizeof *p);
	p->arena = a;
	/* No encoding's text becomes more than three times as long in UTF-8. */
	for (i = 0; i < XML_MAX_DEPTH; i++)
		buf_init(&p->levels[i].text, 3 * len);
	if (run(p, bytes, len))
		root = p->root;
	else
		never(v, "5.6.0", "XML, line %d: %s", p->line,
		    p->why        ? p->why
		    : p->error[0] ? p->error
				  : "the document is not well-formed");
	for (i = 0; i < XML_MAX_DEPTH; i++)
		buf_free(&p->levels[i].text);
	free(p);
	return root;
}

struct xml *
xml_child(const struct xml *x, const char *name)
{
	struct xml *child = x ? x->first : NULL;

	while (child && strcmp(child->name, name) != 0)
		child = child->next;
	return child;
}

struct xml *
xml_child_ns(const struct xml *x, const char *name, const char *ns)
{
	struct xml *child = xml_child(x, name);

	while (child && (strcmp(child->name, name) != 0 || strcmp(child->ns, ns) != 0))
		child = child->next;
	return child;
}

const char *
xml_attr(const struct xml *x, const char *name)
{
	for (const struct xml_attr *a = x ? x->attrs : NULL; a; a = a->next)
		if (strcmp(a->name, name) == 0)
			return a->value;
	return NULL;
}

struct xml *
xml_find(const struct xml *x, const char *name)
{
	struct xml *child, *found;

	/* Recursion goes no deeper than XML_MAX_DEPTH. */
	for (child = x ? x->first : NULL; child; child = child->next) {
		if (strcmp(child->name, name) == 0)
			return child;
		found = xml_find(child, name);
		if (found)
			return found;
	}
	return NULL;
}

const char *
xml_trimmed(struct arena *a, const struct xml *x)
{
	const char *s = x ? x->text : "";
	size_t len;

	s += strspn(s, " \t\r\n");
	for (len = strlen(s); len && strchr(" \t\r\n", s[len - 1]); len--)
		;
	return len ? arena_strndup(a, s, len) : "";
}

struct xml_writer {
	xmlTextWriter *writer;
	struct buf *out;
	struct buf clean; /* a value without what XML 1.0 does not allow */
};

/* For libxml2, which writes to us. */
static int
on_write(void *arg, const char *bytes, int len)
{
	/* What does not fit stays visible in out->over; the writer needs no answer before its end.
	 */
	buf_add(arg, bytes, (size_t)len);
	return len;
}

struct xml_writer *
xml_new_document(struct buf *out)
{
	struct xml_writer *w = xcalloc(1, sizeof *w);
	xmlOutputBuffer *sink;

	pthread_once(&once, xmlInitParser);
	w->out = out;
	buf_init(&w->clean, SIZE_MAX / 4);
	sink = xmlOutputBufferCreateIO(on_write, NULL, out, NULL);
	w->writer = sink ? xmlNewTextWriter(sink) : NULL;
	if (!w->writer)
		abort(); /* only when there is no memory */
	xmlTextWriterStartDocument(w->writer, NULL, "UTF-8", NULL);
	return w;
}

void
xml_open(struct xml_writer *w, const char *name)
{
	xmlTextWriterStartElement(w->writer, (const xmlChar *)name);
}

/* Char of XML 1.0, section 2.2, for what utf8_next() can give. */
static bool
allowed(uint32_t c)
{
	return c >= 0x20 ? c != 0xfffe && c != 0xffff : c == '\t' || c == '\n' || c == '\r';
}

/* The value as XML may carry it; lent until the next call. The value itself when it is fine. */
static const xmlChar *
clean(struct xml_writer *w, const char *value)
{
	const char *s = value, *end, *from;
	uint32_t c;
	char utf8[4];

	while ((unsigned char)*s < 0x80 && (*s >= 0x20 || *s == '\n'))
		s++;
	if (!*s)
		return (const xmlChar *)value;
	end = s + strlen(s);
	buf_reset(&w->clean);
	buf_add(&w->clean, value, (size_t)(s - value));
	while (s < end) {
		from = s;
		c = utf8_next(&s, end);
		if (c == 0xfffd)
			buf_add(&w->clean, utf8, utf8_put(utf8, c));
		else if (allowed(c))
			buf_add(&w->clean, from, (size_t)(s - from));
	}
	return (const xmlChar *)buf_str(&w->clean);
}

void
xml_attribute(struct xml_writer *w, const char *name, const char *value)
{
	xmlTextWriterWriteAttribute(w->writer, (const xmlChar *)name, clean(w, value));
}

void
xml_text(struct xml_writer *w, const char *value)
{
	xmlTextWriterWriteString(w->writer, clean(w, value));
}

void
xml_close(struct xml_writer *w)
{
	/* Not EndElement: platforms have been seen to dislike <x/> where text may stand. */
	xmlTextWriterFullEndElement(w->writer);
}

void
xml_element(struct xml_writer *w, const char *name, const char *value)
{
	xml_open(w, name);
	xml_text(w, value);
	xml_close(w);
}

int
xml_end_document(struct xml_writer *w)
{
	int result;

	xmlTextWriterEndDocument(w->writer);
	xmlFreeTextWriter(w->writer);
	result = w->out->over ? -1 : 0;
	buf_free(&w->clean);
	free(w);
	return result;
}
