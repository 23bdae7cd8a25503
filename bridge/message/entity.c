/*
 * entity.c - what a part's header says of its body.
 */
#include "bridge/message/entity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/message/flatten.h"
#include "bridge/message/head.h"

bool
entity_is(const struct entity *e, const char *major, const char *minor)
{
	return strcmp(e->major, major) == 0 && (!minor || strcmp(e->minor, minor) == 0);
}

const char *
entity_option(const struct entity *e, const char *name, char word[FIELD_TOKEN])
{
	return field_option(e->type, name, word);
}

bool
entity_parameter(const struct entity *e, const char *name, struct buf *out)
{
	return field_parameter(e->type, name, out);
}

bool
entity_ends(const struct entity *e, const char *ending)
{
	size_t n = e->name ? strlen(e->name) : 0, m = strlen(ending);

	return n >= m && strcasecmp(e->name + n - m, ending) == 0;
}

/* The type a value names. What has no slash is text of RFC 2045 5.2, but for words that say all. */
static void
take_type(struct entity *e, const char *value, const char *fallback)
{
	const char *rest = field_word(value, 0, e->major);

	field_word(rest, '/', e->minor);
	e->typed = *e->major && *e->minor;
	if (e->typed)
		return;
	if (strcmp(e->major, "html") == 0)
		fallback = "text/html";
	else if (strcmp(e->major, "multipart") == 0)
		fallback = "multipart/mixed";
	rest = field_word(fallback, 0, e->major);
	field_word(rest, '/', e->minor);
}

/* A file's name without the path and what else would do harm. NULL when nothing is left. */
static char *
clean_name(const struct buf *given)
{
	struct buf line;
	const char *s = buf_str(given);
	char *name;

	for (const char *p = s; *p; p++)
		if ((*p == '/' || *p == '\\') && p[1])
			s = p + 1;
	buf_init(&line, ENTITY_NAME);
	flatten_line(&line, s, strlen(s));
	name = line.len ? xstrdup(line.data) : NULL;
	buf_free(&line);
	return name;
}

static void
take_name(struct entity *e, const char *disposition)
{
	struct buf name;

	buf_init(&name, 4096);
	if (!(disposition && field_parameter(disposition, "filename", &name) && name.len) &&
	    !field_parameter(e->type, "name", &name) &&
	    !(disposition && field_parameter(disposition, "name", &name)))
		field_parameter(e->type, "filename", &name);
	e->name = clean_name(&name);
	buf_free(&name);
}

void
entity_init(struct entity *e, struct head *h, const char *fallback)
{
	const char *value = head_value(h, HEAD_TYPE), *id = head_value(h, HEAD_CONTENT_ID),
		   *disposition = head_value(h, HEAD_DISPOSITION);
	char word[FIELD_TOKEN];

	*e = (struct entity){ .type = xstrdup(value ? value : "") };
	take_type(e, e->type, fallback);
	e->encoding = decode_encoding(head_value(h, HEAD_ENCODING));
	take_name(e, disposition);
	if (disposition) {
		field_word(disposition, 0, word);
		/* RFC 2183 2.8: an unknown one is an attachment. */
		e->inlined = strcmp(word, "inline") == 0;
		e->attached = *word && !e->inlined;
	}
	if (id) {
		id += strspn(id, " \t\r\n<");
		snprintf(e->id, sizeof e->id, "%.*s", (int)strcspn(id, "> \t\r\n"), id);
	}
}

void
entity_free(struct entity *e)
{
	free(e->type);
	free(e->name);
}
