/*
 * write.c - stanzas as bytes.
 *
 * No library writes them: libxml2's writers make documents and let through characters for which a
 * server closes the stream (C0 controls, U+FFFE, surrogates). Closing takes every other
 * user's messages along, so the filter stands in the one function through which all text goes.
 */
#include "im/write.h"

#include <assert.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"

/* Char of XML 1.0, section 2.2. */
static bool
is_char(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c != 0xfffe && c != 0xffff;
}

/* What stands for a character that cannot stand for itself; NULL: it can. A bare CR would become an
 * LF. */
static const char *
reference(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

/* The length of what passes as it is: printable ASCII, but for what needs a reference. */
static size_t
plain(const char *s)
{
	size_t n = 0;

	while ((unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x7f && !reference((unsigned char)s[n]))
		n++;
	return n;
}

size_t
write_escaped(struct buf *out, const char *text, size_t most)
{
	const char *start = text, *end = text + strlen(text);

	while (text < end) {
		const char *from = text, *put = text;
		size_t n = plain(text);

		if (n > most)
			n = most;
		if (n) {
			text += n;
		} else if ((put = reference((unsigned char)*text))) {
			n = strlen(put);
			text++;
		} else {
			put = from;
			if (!is_char(utf8_next(&text, end)) || !utf8_valid(from, (size_t)(end - from)))
				put = "\xef\xbf\xbd";
			n = put == from ? (size_t)(text - from) : 3;
		}
		if (n == 0 || n > most)
			return (size_t)(from - start);
		buf_add(out, put, n);
		most -= n;
	}
	return (size_t)(end - start);
}

static void
end_tag(struct writer *w)
{
	if (w->in_tag)
		buf_add(w->out, ">", 1);
	w->in_tag = false;
}

void
write_open(struct writer *w, const char *name, const char *ns)
{
	assert(w->depth < WRITE_DEPTH);
	end_tag(w);
	buf_add(w->out, "<", 1);
	buf_adds(w->out, name);
	w->open[w->depth++] = name;
	w->in_tag = true;
	write_attr(w, "xmlns", ns);
}

void
write_attr(struct writer *w, const char *name, const char *value)
{
	assert(w->in_tag);
	if (!value)
		return;
	buf_add(w->out, " ", 1);
	buf_adds(w->out, name);
	buf_add(w->out, "='", 2);
	write_escaped(w->out, value, (size_t)-1);
	buf_add(w->out, "'", 1);
}

void
write_text(struct writer *w, const char *text)
{
	end_tag(w);
	write_escaped(w->out, text, (size_t)-1);
}

void
write_close(struct writer *w)
{
	assert(w->depth > 0);
	w->depth--;
	if (w->in_tag) {
		buf_add(w->out, "/>", 2);
		w->in_tag = false;
		return;
	}
	buf_add(w->out, "</", 2);
	buf_adds(w->out, w->open[w->depth]);
	buf_add(w->out, ">", 1);
}

void
write_leaf(struct writer *w, const char *name, const char *text)
{
	if (!text)
		return;
	write_open(w, name, NULL);
	write_text(w, text);
	write_close(w);
}

void
write_empty(struct writer *w, const char *name, const char *ns)
{
	write_open(w, name, ns);
	write_close(w);
}

void
write_begin(struct writer *w, const struct stanza *s, struct buf *out)
{
	assert(s->to && *s->to && *s->domain);
	*w = (struct writer){ .out = out };
	write_open(w, s->kind, NULL);
	buf_adds(out, " from='");
	if (s->local && *s->local) {
		write_escaped(out, s->local, (size_t)-1);
		buf_add(out, "@", 1);
	}
	write_escaped(out, s->domain, (size_t)-1);
	buf_add(out, "'", 1);
	write_attr(w, "to", s->to);
	write_attr(w, "type", s->type);
	write_attr(w, "id", s->id);
}

void
write_end(struct writer *w)
{
	while (w->depth > 0)
		write_close(w);
}
