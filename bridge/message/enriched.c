/*
 * enriched.c - text/enriched and text/richtext to plain text: marks go, and lines are joined as the
 * two say.
 */
#include "bridge/message/enriched.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/message/flatten.h"

struct state {
	bool rich;       /* text/richtext, where a line's end is a blank */
	unsigned nofill; /* within so many <nofill> */
	unsigned hidden; /* within so many <param> or <comment> */
	struct buf *out;
};

static bool
is_mark(const char *name, size_t len, const char *mark)
{
	return strlen(mark) == len && strncasecmp(name, mark, len) == 0;
}

/* A mark: the name between < and >. */
static void
take_mark(struct state *st, const char *name, size_t len)
{
	bool ends = len && *name == '/';
	const char *bare = name + ends;
	size_t n = len - ends;
	unsigned *count = is_mark(bare, n, "nofill")                                 ? &st->nofill
			  : is_mark(bare, n, "param") || is_mark(bare, n, "comment") ? &st->hidden
										     : NULL;

	if (count && ends)
		*count -= *count > 0;
	else if (count)
		++*count;
	if (!st->rich || st->hidden)
		return;
	if (is_mark(name, len, "nl") || is_mark(name, len, "np") || is_mark(bare, n, "paragraph"))
		flatten_add(st->out, "\n", 1);
	else if (is_mark(name, len, "lt"))
		flatten_add(st->out, "<", 1);
}

/* Ends of lines: one is a blank, more are one less; n of them. */
static void
take_ends(struct state *st, size_t n)
{
	if (st->hidden)
		return;
	if (st->rich || (n == 1 && !st->nofill)) {
		flatten_add(st->out, " ", 1);
		return;
	}
	for (size_t i = st->nofill ? 0 : 1; i < n; i++)
		flatten_add(st->out, "\n", 1);
}

static void
convert(const char *s, size_t len, bool rich, struct buf *out)
{
	struct state st = { .rich = rich, .out = out };
	const char *end = s + len;

	while (s < end && !out->over) {
		const char *close =
		    *s == '<' ? memchr(s, '>', end - s < 64 ? (size_t)(end - s) : 64) : NULL;
		size_t ends = 0;

		if (!rich && end - s > 1 && s[0] == '<' && s[1] == '<') {
			flatten_add(out, "<", st.hidden ? 0 : 1);
			s += 2;
		} else if (close) {
			take_mark(&st, s + 1, (size_t)(close - s - 1));
			s = close + 1;
		} else if (*s == '\n' || *s == '\r') {
			for (; s < end && (*s == '\n' || *s == '\r'); s++)
				ends += *s == '\n' || (end - s > 1 && s[1] != '\n');
			take_ends(&st, ends);
		} else {
			const char *run = s;

			for (s++; s < end && !strchr("<\r\n", *s); s++)
				;
			if (!st.hidden)
				flatten_add(out, run, (size_t)(s - run));
		}
	}
}

void
enriched_text(const char *s, size_t len, struct buf *out)
{
	convert(s, len, false, out);
}

void
enriched_richtext(const char *s, size_t len, struct buf *out)
{
	convert(s, len, true, out);
}
