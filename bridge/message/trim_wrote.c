/*
 * trim_wrote.c - the lines that say who wrote what is quoted: "On DATE, NAME <ADDRESS> wrote:".
 *
 * Programs say it in every language and order, and wrap it over several lines, also within the
 * address. So it is read from its end: a line that ends as such a thing does, and before it as many
 * lines as are needed until a date, a time, an address and a verb make it one.
 */
#include <ctype.h>
#include <string.h>

#include "bridge/message/trim_line.h"
#include "bridge/message/trim_words.h"

enum {
	MAX_LINES = 5,   /* that it is wrapped over */
	MAX_BYTES = 600, /* folded */
	MAX_WORDS = 40,
};

/* What the lines from some line on hold together. */
struct said {
	struct look look;
	bool verb;
	bool colon;  /* it ends in one */
	bool closed; /* or in what closes an address or a bar */
	bool dashed; /* it begins with dashes */
	bool angled; /* it holds an address between angle brackets */
	bool arrows; /* GroupWise's ">>> NAME DATE >>>" */
};

/* The folded lines [from, to], joined by spaces; false when they are too long. */
static bool
join(const struct lines *t, size_t from, size_t to, char text[MAX_BYTES])
{
	size_t n = 0;

	for (size_t i = from; i <= to; i++) {
		const struct line *l = &t->line[i];

		if (l->flen + n + 2 > MAX_BYTES)
			return false;
		if (n && l->flen)
			text[n++] = ' ';
		memcpy(text + n, l->f, l->flen);
		n += l->flen;
	}
	text[n] = '\0';
	return n > 0;
}

/* What ends the text, when marks of emphasis and dashes behind it are passed over. */
static char
last_of(const char *text)
{
	size_t n = strlen(text);

	while (n > 0 && strchr("*_-~ |\"", text[n - 1]))
		n--;
	return n ? text[n - 1] : '\0';
}

static struct said
say(const char *text)
{
	char last = last_of(text);
	size_t n = strlen(text);

	return (struct said){
		.look = look_at(text),
		.verb = words_wrote(text),
		.colon = last == ':',
		.closed =
		    last == '>' || last == ')' || last == ']' || (n > 2 && text[n - 1] == '-'),
		.dashed = text[0] == '-' && text[1] == '-',
		.angled = strchr(text, '<') && strchr(text, '>'),
		.arrows = n > 6 && strncmp(text, ">>>", 3) == 0 && strcmp(text + n - 3, ">>>") == 0,
	};
}

/* Do these lines introduce a quote? `quoted` says that one with quote marks follows. */
static bool
introduces(const struct said *s, bool quoted)
{
	bool when = s->look.date || (s->look.time && quoted);

	if (s->look.words > MAX_WORDS)
		return false;
	if (s->arrows)
		return when;
	if (s->colon)
		return s->verb ? when || s->look.address || quoted || s->dashed
			       : (s->look.date && s->look.address && (s->look.time || s->angled)) ||
				     (quoted && s->look.address) ||
				     (quoted && s->look.date && s->look.time);
	if (s->verb && s->closed)
		return (s->dashed && (when || s->look.address)) ||
		       (quoted && when && s->look.address);
	if (s->verb)
		return (s->look.date && s->look.address) || (quoted && when);
	return quoted && s->closed && s->look.date && s->look.address;
}

/* Gmail of old, in languages without a verb: "2016-03-03 17:21 GMT+01:00 NAME". */
static bool
is_bare_date(const struct lines *t, size_t i, const struct said *s)
{
	const char *f = t->line[i].f;

	return isdigit((unsigned char)*f) && s->look.date && s->look.time && s->look.words <= 8 &&
	       strstr(f, " gmt") && (i == 0 || t->line[i - 1].flen == 0) &&
	       (i + 1 >= t->n || t->line[i + 1].flen == 0 || t->line[i + 1].depth);
}

/* Does a line with quote marks follow line i, with at most a few empty ones between? */
static bool
is_quoted_next(const struct lines *t, size_t i)
{
	size_t next = lines_next(t, i + 1);

	return next < t->n && next <= i + 4 && t->line[next].depth > t->line[i].depth;
}

static const char *
last_word(const char *f)
{
	const char *space = strrchr(f, ' ');

	return space ? space + 1 : f;
}

/* Can line i end an introduction? Only what can is looked at closely. */
static bool
may_end(const struct lines *t, size_t i)
{
	const struct line *l = &t->line[i];
	char last;

	if (l->flen == 0 || l->flen > MAX_BYTES - 2)
		return false;
	last = last_of(l->f);
	if (last == ':' || strncmp(l->f, ">>>", 3) == 0)
		return true;
	if (is_quoted_next(t, i) || isdigit((unsigned char)l->f[0]))
		return true;
	return (l->flen > 4 && l->f[l->flen - 1] == '-' && isalpha((unsigned char)last)) ||
	       (unsigned char)last >= 0x80 || words_wrote(last_word(l->f));
}

/* May the introduction that line i ends go on to the line before line `from`? */
static bool
goes_on(const struct lines *t, size_t from, const struct said *s, bool done)
{
	const struct line *before;
	struct look look;

	if (from == 0)
		return false;
	before = &t->line[from - 1];
	if (before->depth != t->line[from].depth || before->flen > MAX_BYTES / 2)
		return false;
	if (before->flen == 0) /* some programs leave a line empty before the address */
		return !s->look.date && s->look.words <= 8 && from >= 2 && t->line[from - 2].flen &&
		       look_at(t->line[from - 2].f).date && last_of(t->line[from - 2].f) != '.';
	if (!done)
		return true;
	look = look_at(before->f);
	if (before->f[before->flen - 1] == '<' || *t->line[from].f == '<')
		return true;
	if (!s->look.date && (look.date || (look.time && !s->look.time)))
		return true;
	/* A name and an address may stand on a line of their own, before the date or behind it. */
	return !s->look.address && look.address && look.words <= 8 && last_of(before->f) != ':';
}

static bool
has_letters(const char *s, const char *end)
{
	for (; s < end; s++)
		if (isalnum((unsigned char)*s) || (unsigned char)*s >= 0x80)
			return true;
	return false;
}

/* A reply may go on, on one line, into what introduces the quote: "reply On DATE, NAME wrote:". */
static size_t
glued(const struct line *l)
{
	const char *s = l->s, *end = s + l->len;

	for (const char *p = s + 1; p + 8 < end; p++)
		if (memcmp(p, "On ", 3) == 0 && strchr(" -.!?", p[-1]) &&
		    (isdigit((unsigned char)p[3]) ||
			(isupper((unsigned char)p[3]) && p[6] == ','))) {
			while (p > s && strchr(" -", p[-1]))
				p--;
			return has_letters(s, p) ? (size_t)(p - s) : 0;
		}
	return 0;
}

/* The introduction that line i ends: its first line in *from. */
static bool
ends_at(const struct lines *t, size_t i, size_t *from, bool *sure)
{
	bool quoted = is_quoted_next(t, i), done = false;
	char text[MAX_BYTES];
	struct said s;

	for (size_t k = i, tried = 0; tried < MAX_LINES; k--, tried++) {
		if (!join(t, k, i, text))
			break;
		s = say(text);
		if (introduces(&s, quoted) || (k == i && is_bare_date(t, i, &s))) {
			done = true;
			*from = k;
			*sure = introduces(&s, false) || !quoted;
		}
		if (!goes_on(t, k, &s, done))
			break;
	}
	return done;
}

void
wrote_mark(struct lines *t)
{
	for (size_t end = 0, free_from = 0; end < t->n; end++) {
		size_t from;
		bool sure;

		if (!may_end(t, end) || !ends_at(t, end, &from, &sure) || from < free_from)
			continue;
		t->line[from].intro_end = free_from = end + 1;
		t->line[from].intro_sure = sure;
		t->line[from].skip = glued(&t->line[from]);
	}
}

bool
wrote_at(const struct lines *t, size_t i, struct intro *in)
{
	const struct line *l = &t->line[i];

	*in = (struct intro){ .end = l->intro_end, .skip = l->skip, .sure = l->intro_sure };
	return l->intro_end != 0;
}
