/*
 * conf_text.c - a configuration file's text, made plain.
 *
 * libconfuse 3.3 would see all of this by itself, but not well: it counts the line of each comment
 * twice, takes no comment between a section's name and its '{', reports a quote that is not closed
 * at the end of the file (and reads the next file, after a reload, as if still inside the quote),
 * takes the end of the file for a missing '}', and puts environment variables into strings, an
 * unset one as nothing. It has no way to pass over a section whatever is in it, and takes `30 s` for two
 * values.
 */
#include "bridge/base/conf_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/conf_error.h"
#include "bridge/base/mem.h"

enum { MOST = 1 << 20, NAME = 64 };

/* Where the walk through the text is. */
struct walk {
	struct conf_text *t;
	struct conf_errors *errors;
	bool (*passed)(void *arg, const char *name, bool titled);
	void *arg;
	char *p;       /* the next byte; the text's NUL ends it */
	int line;      /* of p */
	int depth;     /* of braces */
	bool value;    /* the next word stands behind '=' */
	char *word[2]; /* the last words outside all sections, the newer one second */
	char *pass;    /* start of the section being passed over; NULL: none */
	bool between;  /* a word could begin here, and so could a comment with slashes */
	bool bad;
};

static void
bad(struct walk *w, int line, const char *why)
{
	conf_complain(w->errors, line, "%s", why);
	w->bad = true;
}

static void
blank(char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\n')
			*from = ' ';
}

/* Step over n bytes, counting lines. */
static void
step(struct walk *w, size_t n)
{
	while (n--)
		w->line += *w->p++ == '\n';
}

static void
comment(struct walk *w)
{
	char *from = w->p, *end;
	int line = w->line;

	if (w->p[0] == '/' && w->p[1] == '*') {
		end = strstr(w->p + 2, "*/");
		if (!end)
			bad(w, line, "the comment that begins here does not end");
		end = end ? end + 2 : strchr(w->p, '\0');
	} else {
		end = w->p + strcspn(w->p, "\n");
	}
	step(w, (size_t)(end - from));
	blank(from, end);
	w->between = true;
}

static void
word(struct walk *w, char *at)
{
	if (w->depth == 0 && !w->value) {
		w->word[0] = w->word[1];
		w->word[1] = at;
	}
	w->value = false;
}

/* `30 s` is one value for us and two words for libconfuse: close the gap. Returns how many blanks
 * stand before the value now. */
static size_t
join_unit(char *at)
{
	size_t digits = strspn(at, "0123456789."), gap = strspn(at + digits, " \t"), unit = 0;
	const char *behind;

	while (isalpha((unsigned char)at[digits + gap + unit]))
		unit++;
	behind = at + digits + gap + unit;
	if (digits == 0 || gap == 0 || unit == 0 || unit > 3 || !strchr(" \t\r\n}#", *behind))
		return 0;
	/* The next key, as in `rate = 5 a = 1`, is no unit. */
	if (behind[strspn(behind, " \t")] == '=')
		return 0;
	memmove(at + gap, at, digits);
	memset(at, ' ', gap);
	return gap;
}

static void
quoted(struct walk *w)
{
	char quote = *w->p;
	int line = w->line;

	word(w, w->p);
	step(w, 1);
	while (*w->p && *w->p != quote) {
		if (*w->p == '\\' && w->p[1]) {
			step(w, 1);
			if (quote == '"' && isdigit((unsigned char)*w->p))
				bad(w, w->line, "a digit behind a backslash has no meaning here");
		} else if (quote == '"' && w->p[0] == '$' && w->p[1] == '{') {
			bad(w, w->line,
			    "${...} is not replaced here; for the characters as such, "
			    "use single quotes");
		}
		step(w, 1);
	}
	if (*w->p)
		step(w, 1);
	else
		bad(w, line, "the quote that begins here is not closed");
	w->between = true;
}

/* The name at `at`, or "" when it is longer than any of ours. */
static void
name_at(const char *at, char name[NAME])
{
	size_t n = at ? strcspn(at, " \t\r\n{}=\"'#/") : 0;

	snprintf(name, NAME, "%.*s", n < NAME ? (int)n : 0, at ? at : "");
}

static void
open_brace(struct walk *w)
{
	char name[NAME], *start;

	if (w->depth++ > 0)
		return;
	/* `mail {` has its name right in front, `sdp acme {` one word further. */
	start = w->word[0] ? w->word[0] : w->word[1];
	name_at(start, name);
	if (w->passed(w->arg, name, w->word[0] != NULL))
		w->pass = start;
	if (w->pass)
		return;
	w->t->opened = xrealloc(w->t->opened, (w->t->nopened + 1) * sizeof *w->t->opened);
	w->t->opened[w->t->nopened++] = w->line;
}

static void
close_brace(struct walk *w)
{
	if (w->depth > 0 && --w->depth == 0 && w->pass) {
		blank(w->pass, w->p + 1);
		w->pass = NULL;
	}
	w->word[0] = w->word[1] = NULL;
	w->value = false;
}

static void
punctuation(struct walk *w)
{
	switch (*w->p) {
	case '{':
		open_brace(w);
		break;
	case '}':
		close_brace(w);
		break;
	case '=':
		w->value = true;
		w->word[0] = w->word[1] = NULL;
		break;
	default:
		break;
	}
	step(w, 1);
	w->between = true;
}

static void
walk(struct walk *w)
{
	while (*w->p) {
		if (*w->p == '#' ||
		    (w->between && *w->p == '/' && (w->p[1] == '/' || w->p[1] == '*'))) {
			comment(w);
		} else if (*w->p == '"' || *w->p == '\'') {
			quoted(w);
		} else if (strchr(" \t\r\n={}()+,", *w->p)) {
			punctuation(w);
		} else {
			if (w->between && w->value)
				w->p += join_unit(w->p);
			if (w->between)
				word(w, w->p);
			if (w->p[0] == '$' && w->p[1] == '{')
				bad(w, w->line, "${...} is not replaced here");
			step(w, 1);
			w->between = false;
		}
	}
}

static int
load(struct conf_text *t, const char *path, struct conf_errors *e)
{
	FILE *f = fopen(path, "re");

	t->text = xcalloc(MOST + 2, 1);
	if (!f) {
		conf_complain(e, 1, "cannot open: %s", strerror(errno));
		return -1;
	}
	t->len = fread(t->text, 1, MOST + 1, f);
	if (ferror(f))
		conf_complain(e, 1, "cannot read: %s", strerror(errno));
	else if (t->len > MOST)
		conf_complain(e, 1, "the file is longer than 1 MB");
	else if (strlen(t->text) != t->len)
		conf_complain(e, 1, "there is a NUL byte in it, so this is no text");
	fclose(f);
	return e->n ? -1 : 0;
}

int
conf_text_read(struct conf_text *t, const char *path,
    bool (*passed)(void *arg, const char *name, bool titled), void *arg, struct conf_errors *e)
{
	struct walk w = {
		.t = t, .errors = e, .passed = passed, .arg = arg, .line = 1, .between = true
	};

	*t = (struct conf_text){ 0 };
	if (load(t, path, e) < 0)
		return -1;
	if (strncmp(t->text, "\xef\xbb\xbf", 3) == 0)
		blank(t->text, t->text + 3);
	w.p = t->text;
	walk(&w);
	if (w.depth > 0 && !w.bad)
		bad(&w, w.pass || !t->nopened ? w.line : t->opened[t->nopened - 1],
		    "the section is not closed by a '}'");
	return w.bad ? -1 : 0;
}

void
conf_text_free(struct conf_text *t)
{
	free(t->text);
	free(t->opened);
	*t = (struct conf_text){ 0 };
}
