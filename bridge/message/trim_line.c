/*
 * trim_line.c - the lines of a mail's text, and how deeply each is quoted.
 */
#include "bridge/message/trim_line.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/message/fold.h"
#include "bridge/message/trim_words.h"

enum {
	MAX_INDENT = 8, /* spaces before a quote mark */
};

/* The quote mark at s, which is '>' or U+FF1E: its bytes; 0 when there is none. */
static size_t
mark_len(const char *s, size_t len)
{
	if (len >= 1 && *s == '>')
		return 1;
	return len >= 3 && memcmp(s, "\xef\xbc\x9e", 3) == 0 ? 3 : 0;
}

/* Some programs put the initials of who is quoted before the mark: "JS> text". */
static size_t
initials_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && n < 12 &&
	       ((s[n] >= 'A' && s[n] <= 'Z') || (n && s[n] >= 'a' && s[n] <= 'z')))
		n++;
	if (n < 1 || n >= len || s[n] != '>')
		return 0;
	return n + 1 == len || s[n + 1] == ' ' || s[n + 1] == '>' ? n : 0;
}

/* How many bytes of the line are quote marks; *depth is their number. */
static size_t
quote_marks(const char *s, size_t len, unsigned *depth)
{
	size_t i = 0, end = 0, n;

	*depth = 0;
	while (i < len && (s[i] == ' ' || s[i] == '\t') && i < MAX_INDENT)
		i++;
	n = initials_len(s + i, len - i);
	if (n == 0 && i > 3)
		return 0;
	i += n;
	for (; i < len; i++) {
		if (s[i] == ' ' && end)
			continue;
		if ((n = mark_len(s + i, len - i)) == 0)
			break;
		i += n - 1;
		end = i + 1;
		++*depth;
	}
	/* ">From" at a line's start is what mbox files make of "From". */
	if (*depth == 1 && end == 1 && len >= 6 && memcmp(s, ">From ", 6) == 0) {
		*depth = 0;
		return 0;
	}
	/* ">>> link <<<" is decoration, and ">>> NAME DATE >>>" introduces a quote. */
	if (*depth >= 2 && len > end + 2 && s[len - 1] == s[len - 2] &&
	    (s[len - 1] == '<' || s[len - 1] == '>')) {
		*depth = 0;
		return 0;
	}
	return end;
}

/* "| text", which some programs quote with; a table's row has a second bar. */
static bool
has_bar(const char *s, size_t len)
{
	return len >= 1 && s[0] == '|' && (len == 1 || s[1] == ' ') && !memchr(s + 1, '|', len - 1);
}

/* Take bars as quote marks, where at least two lines in a row have them. */
static void
take_bars(struct lines *t)
{
	for (size_t i = 0, j; i < t->n; i = j + 1) {
		for (j = i;
		     j < t->n && t->line[j].depth == 0 && has_bar(t->line[j].s, t->line[j].len);)
			j++;
		for (size_t k = i; j > i + 1 && k < j; k++) {
			struct line *l = &t->line[k];
			size_t bar = l->flen > 1 ? 2 : 1;

			l->depth = 1;
			l->is = LINE_QUOTE;
			l->f += bar;
			l->flen -= bar;
		}
	}
}

/* Is the line the end of the quoted one before it, from which a program that wraps lines took it?
 */
static bool
is_wrapped(const struct line *before, const struct line *l)
{
	const char *link = strstr(before->f, "http");

	if (l->f[0] == '(' || l->f[0] == '<' || strncmp(l->f, "http", 4) == 0)
		return strstr(l->f, "http") != NULL;
	/* A link was torn. */
	if (link && !strchr(link, ' ') && !strchr(l->f, ' '))
		return true;
	return before->len >= 60 && l->len < before->len &&
	       !strchr(".?!:", before->s[before->len - 1]) && l->s[0] >= 'a' && l->s[0] <= 'z';
}

/* Lines that lost their quote mark, or look as if they had one. */
static void
mend_marks(struct lines *t)
{
	for (size_t i = 1; i < t->n; i++) {
		struct line *before = &t->line[i - 1], *l = &t->line[i];

		if (l->flen == 0)
			continue;
		if (l->depth == 0 && before->depth && i + 1 < t->n && t->line[i + 1].depth &&
		    is_wrapped(before, l)) {
			l->depth = before->depth;
			l->is = LINE_QUOTE;
		}
		/* "<ADDRESS" and "> wrote:", wrapped in between. */
		if (l->depth == 1 && before->depth == 0 && before->flen && l->flen < 24 &&
		    l->f[l->flen - 1] == ':' && words_wrote(l->f)) {
			l->depth = 0;
			l->is = LINE_NEW;
		}
	}
}

static void
take_line(struct lines *t, const char *s, size_t len, size_t *room)
{
	struct line *l;
	size_t marks;

	if (t->n == *room) {
		*room = *room ? *room * 2 : 64;
		t->line = xrealloc(t->line, *room * sizeof *t->line);
	}
	l = &t->line[t->n++];
	*l = (struct line){ .s = s, .len = len };
	marks = quote_marks(s, len, &l->depth);
	l->is = l->depth ? LINE_QUOTE : LINE_NEW;
	l->f = t->folded;
	l->flen = fold(s + marks, len - marks, t->folded);
	t->folded += l->flen + 1;
}

void
lines_split(struct lines *t, const char *text, size_t len)
{
	const char *s = text, *end = text + len, *lf;
	size_t room = 0;
	char *folded = xmalloc(len + TRIM_MAX_LINES + 2);

	*t = (struct lines){ .folded = folded };
	for (; s < end; s = lf + 1) {
		if (t->n == TRIM_MAX_LINES || !(lf = memchr(s, '\n', (size_t)(end - s))))
			lf = end;
		take_line(t, s, (size_t)(lf - s) - (lf > s && lf[-1] == '\r'), &room);
	}
	t->folded = folded;
	take_bars(t);
	mend_marks(t);
}

void
lines_free(struct lines *t)
{
	free(t->line);
	free(t->folded);
}

size_t
lines_next(const struct lines *t, size_t i)
{
	while (i < t->n && t->line[i].flen == 0)
		i++;
	return i;
}

bool
line_is_rule(const struct line *l, size_t min)
{
	const char *f = l->f;
	size_t n = 0;

	if (!*f || !strchr("-_=*~#+.", *f))
		return false;
	for (; *f; f++)
		if (*f != ' ' && *f != l->f[0])
			return false;
		else
			n += *f != ' ';
	return n >= min;
}
