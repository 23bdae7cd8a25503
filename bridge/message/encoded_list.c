/*
 * encoded_list.c - a list of addresses as people read it.
 *
 * Names come with commas in encoded words, quotes that never end, comments in place of names. So
 * this keeps to what parts one mailbox from the next, and takes what stands between for its name.
 */
#include <stdbool.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/message/flatten.h"
#include "bridge/message/encoded.h"

enum { MAILBOX = 4096 }; /* bytes of a name or an address */

/* A mailbox on its way. */
struct mailbox {
	struct buf phrase;  /* what stands before <, quotes and backslashes undone */
	struct buf comment; /* the first, which may hold the name */
	struct buf address; /* what stands between < and > */
	bool angle;
};

static void
mailbox_reset(struct mailbox *m)
{
	buf_reset(&m->phrase);
	buf_reset(&m->comment);
	buf_reset(&m->address);
	m->angle = false;
}

/* The text of some bytes on one line. */
static void
one_line(const struct buf *b, struct buf *out)
{
	struct buf text;

	buf_init(&text, (size_t)MAILBOX * 4);
	encoded_decode(buf_str(b), b->len, NULL, &text);
	flatten_line(out, buf_str(&text), text.len);
	buf_free(&text);
}

static void
add_name(const struct buf *name, struct buf *out)
{
	bool quote = strpbrk(buf_str(name), ",;<>@()\"\\:[]") != NULL;

	if (!quote) {
		flatten_add(out, buf_str(name), name->len);
		return;
	}
	buf_adds(out, "\"");
	for (const char *p = buf_str(name); *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_adds(out, "\\");
		buf_add(out, p, 1);
	}
	buf_adds(out, "\"");
}

/* The mailbox is complete; separate it from the one before. Returns whether there was one. */
static bool
end_mailbox(struct mailbox *m, bool separate, struct buf *out)
{
	struct buf name, address;
	bool any;

	buf_init(&name, MAILBOX);
	buf_init(&address, MAILBOX);
	one_line(m->angle ? &m->address : &m->phrase, &address);
	one_line(m->angle && m->phrase.len ? &m->phrase : &m->comment, &name);
	/* "Name" <> has no address, and a name is better than none. */
	any = name.len || address.len;
	if (any && separate)
		buf_adds(out, ", ");
	if (any && name.len && strcmp(buf_str(&name), buf_str(&address)) != 0)
		add_name(&name, out);
	else
		buf_reset(&name);
	if (address.len && name.len)
		buf_addf(out, " <%s>", buf_str(&address));
	else if (address.len)
		flatten_add(out, buf_str(&address), address.len);
	buf_free(&name);
	buf_free(&address);
	mailbox_reset(m);
	return any;
}

/* Copy a quoted string's content; returns where it ends. One that never ends is none: then its
 * quote is passed over. */
static const char *
quoted(const char *s, struct buf *out)
{
	size_t start = out->len;

	for (const char *p = s + 1; *p; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && p[1])
			p++;
		buf_add(out, p, 1);
	}
	if (out->data)
		out->data[out->len = start] = '\0';
	return s + 1;
}

/* Copy a comment's content, comments in it included; returns where it ends. */
static const char *
comment(const char *s, struct buf *out)
{
	int depth = 0;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == '(' && depth++ == 0)
			continue;
		else if (*s == ')' && --depth == 0)
			return s + 1;
		buf_add(out, s, 1);
	}
	return s;
}

/* What stands between < and >, without a route ("@a,@b:") and white space. */
static const char *
angle(const char *s, struct mailbox *m)
{
	const char *p = s + 1, *colon;

	p += strspn(p, " \t\r\n");
	colon = *p == '@' ? strchr(p, ':') : NULL;
	if (colon && colon < p + strcspn(p, ">"))
		p = colon + 1;
	for (; *p && *p != '>'; p++)
		if (!strchr(" \t\r\n<", *p))
			buf_add(&m->address, p, 1);
	m->angle = true;
	return *p ? p + 1 : p;
}

/* The next piece of a list that ends no mailbox; returns what is behind it. */
static const char *
take(const char *s, struct mailbox *m)
{
	size_t n = *s == '=' ? encoded_length(s, strlen(s)) : 0;
	struct buf second;

	if (n) {
		buf_add(&m->phrase, s, n);
		return s + n;
	}
	switch (*s) {
	case '"':
		return quoted(s, &m->phrase);
	case '(':
		buf_init(&second, MAILBOX);
		s = comment(s, m->comment.len ? &second : &m->comment);
		buf_free(&second);
		return s;
	case '<':
		return angle(s, m);
	default:
		if (!m->angle)
			buf_add(&m->phrase, s, 1);
		return s + 1;
	}
}

void
encoded_addresses(const char *s, struct buf *out)
{
	struct mailbox m = { .angle = false };
	bool any = false, group = false;

	buf_init(&m.phrase, MAILBOX);
	buf_init(&m.comment, MAILBOX);
	buf_init(&m.address, MAILBOX);
	while (*s) {
		if (*s == ',' || *s == ';') {
			any |= end_mailbox(&m, any, out);
			if (*s == ';' && group) {
				if (!any && out->len && out->data[out->len - 1] == ' ')
					out->data[--out->len] = '\0';
				buf_adds(out, ";");
				group = false;
			}
			s++;
		} else if (*s == ':' && !m.angle && !group && m.phrase.len) {
			/* "Friends: ann@x, bob@y;" */
			end_mailbox(&m, any, out);
			buf_adds(out, ": ");
			group = true;
			any = false;
			s++;
		} else {
			/* A second address without a comma before it. */
			if (*s == '<' && m.angle && m.address.len)
				any |= end_mailbox(&m, any, out);
			s = take(s, &m);
		}
	}
	end_mailbox(&m, any, out);
	if (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	buf_free(&m.phrase);
	buf_free(&m.comment);
	buf_free(&m.address);
}
