/*
 * trim.c - what the sender of a mail newly wrote.
 *
 * The text's lines are marked, room by room, as something else than new words: quote marks
 * (trim_line.c), what introduces a quote (trim_wrote.c, trim_head.c) and all that stands behind it
 * when it has no marks, signatures and small print (trim_sign.c). What is left is new. When nothing
 * is left, the mail was sent for what it quotes, and that is shown.
 */
#include "bridge/message/trim.h"

#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/message/flatten.h"
#include "bridge/message/fold.h"
#include "bridge/message/msg.h"
#include "bridge/message/trim_line.h"
#include "bridge/message/trim_words.h"

enum {
	MAX_SUBJECT = 200, /* bytes of a subject that are looked at */
	MAX_TITLE = 2000,  /* bytes of a forwarded mail's header, shown as one line */
	MAX_FENCE_LINES = 500,
};

/* What was seen of a text's lines. */
struct seen {
	struct lines *t;
	bool forwards; /* the subject says that the mail forwards another */
	bool words;    /* there are words of the sender's */
	size_t title;  /* the line that a forwarded mail's header begins at */
	size_t text;   /* and the one that its text begins at; 0: there is none */
};

/* Does the line hold a letter or a digit, of any script? */
static bool
has_words(const struct line *l)
{
	for (const char *f = l->f; *f; f++)
		if ((*f >= 'a' && *f <= 'z') || (*f >= '0' && *f <= '9') ||
		    (unsigned char)*f >= 0x80)
			return true;
	return false;
}

static bool
any_words(const struct lines *t, size_t from, size_t to, enum line_is is)
{
	for (size_t i = from; i < to; i++)
		if (t->line[i].is == is && has_words(&t->line[i]))
			return true;
	return false;
}

static void
mark(struct lines *t, size_t from, size_t to, enum line_is is)
{
	for (size_t i = from; i < to && i < t->n; i++)
		t->line[i].is = is;
}

/* The line behind a fenced block of code that begins at line i; i when there is none. */
static size_t
behind_fence(const struct lines *t, size_t i)
{
	if (strncmp(t->line[i].f, "```", 3) != 0)
		return i;
	for (size_t k = i + 1; k < t->n && k < i + MAX_FENCE_LINES; k++)
		if (t->line[k].depth == 0 && strcmp(t->line[k].f, "```") == 0)
			return k + 1;
	return i;
}

/* PGP's armour around a signed text (RFC 9580 section 7) is nobody's words. Returns the line behind
 * what stands at line i of it; i when nothing does. */
static size_t
behind_armour(const struct lines *t, size_t i)
{
	const char *f = t->line[i].f;

	if (strcmp(f, "-----begin pgp signed message-----") == 0) {
		for (i++; i < t->n && strncmp(t->line[i].f, "hash:", 5) == 0;)
			i++;
		return i;
	}
	if (strcmp(f, "-----begin pgp signature-----") == 0)
		while (i < t->n && strcmp(t->line[i++].f, "-----end pgp signature-----") != 0)
			continue;
	return i;
}

/* Rules and empty lines right before an introduction belong to it. Returns where it begins then. */
static size_t
with_rules(struct lines *t, size_t i)
{
	size_t from = i;

	while (i > 0 && t->line[i - 1].is == LINE_NEW) {
		if (t->line[i - 1].flen && !line_is_rule(&t->line[i - 1], 3))
			break;
		if (t->line[--i].flen)
			from = i;
	}
	return from;
}

/*
 * What follows an introduction. With quote marks, the quote goes as far as they do. Without, it is
 * all the rest, if the sender wrote anything before it; else the sender's words may be behind it.
 */
static size_t
pass_quote(struct seen *seen, size_t i, const struct intro *in, bool head)
{
	struct lines *t = seen->t;
	size_t next = lines_next(t, in->end);
	bool marked = next < t->n && t->line[next].depth > 0;

	mark(t, with_rules(t, i), in->end, in->forward ? LINE_FORWARD : LINE_INTRO);
	if (in->skip) { /* the line's beginning is the sender's */
		t->line[i].is = LINE_NEW;
		seen->words = true;
	}
	if (!seen->words || (marked && !head))
		return in->end;
	mark(t, in->end, t->n, LINE_QUOTE);
	return t->n;
}

/* Is the line a ticket system's "reply above this line"? */
static bool
is_reply_above(const struct line *l)
{
	return l->flen < 160 && strchr("-#=*_", l->f[0]) &&
	       words_in(&trim_words[WORDS_REPLYABOVE], l->f);
}

/* What is at line i that is not the sender's, nor quoted in the usual ways. Returns the line behind
 * it; i when nothing is. */
static size_t
pass_odd(struct seen *seen, size_t i)
{
	struct lines *t = seen->t;
	size_t next = behind_armour(t, i);

	if (next > i) {
		mark(t, i, next, LINE_SIGN);
		return next;
	}
	if (is_reply_above(&t->line[i])) {
		mark(t, i, i + 1, LINE_INTRO);
		mark(t, i + 1, seen->words ? t->n : i + 1, LINE_QUOTE);
		return seen->words ? t->n : i + 1;
	}
	next = behind_fence(t, i);
	mark(t, i, next, LINE_NEW);
	seen->words |= next > i;
	return next;
}

/* Is a line with quote marks the first of its kind behind lines without? */
static bool
begins_quote(const struct lines *t, size_t i)
{
	while (i > 0 && t->line[i - 1].flen == 0)
		i--;
	return i == 0 || t->line[i - 1].is == LINE_NEW;
}

/* Mark all that is quoted, and what introduces it. */
static void
mark_quotes(struct seen *seen)
{
	struct lines *t = seen->t;

	for (size_t i = 0, next; i < t->n; i = next) {
		struct line *l = &t->line[i];
		struct intro in;
		bool head = false;

		next = i + 1;
		if (l->flen == 0 || (l->depth && !begins_quote(t, i)))
			continue;
		if (l->depth == 0 && (next = pass_odd(seen, i)) > i)
			continue;
		next = i + 1;
		if (!wrote_at(t, i, &in) && !(head = head_at(t, i, &in))) {
			seen->words |= l->depth == 0 && has_words(l);
			continue;
		}
		if (head && seen->text == 0 && (in.forward || (seen->forwards && l->depth == 0))) {
			seen->title = i;
			seen->text = in.end;
		}
		if (l->depth == 0)
			next = pass_quote(seen, i, &in, head);
	}
}

/* Mark signatures in each run of the sender's own lines. */
static void
mark_signatures(struct lines *t)
{
	for (size_t i = 0, end; i < t->n; i = end) {
		for (end = i; end < t->n && t->line[end].is == LINE_NEW;)
			end++;
		if (end > i && any_words(t, i, end, LINE_NEW))
			sign_mark(t, i, end, i == 0);
		end += end == i;
	}
}

/* Append lines [from, to) that are of a kind, parted by as many empty ones as they were, or by one
 * where something was left out between them. */
static void
add_lines(const struct lines *t, size_t from, size_t to, unsigned kinds, struct buf *out)
{
	size_t blank = 0;
	bool any = false, gap = false;

	for (size_t i = from; i < to && !out->over; i++) {
		const struct line *l = &t->line[i];
		size_t len = l->skip && l->is == LINE_NEW ? l->skip : l->len;

		if (!(kinds >> l->is & 1)) {
			gap = true;
			continue;
		}
		if (l->flen == 0 && (l->depth == 0 || !any)) {
			blank++;
			continue;
		}
		while (len > 0 && strchr(" \t", l->s[len - 1]))
			len--;
		blank = gap ? 1 : blank;
		for (blank += any; any && blank > 0; blank--)
			flatten_add(out, "\n", 1);
		flatten_add(out, l->s, len);
		blank = 0;
		gap = false;
		any = true;
	}
}

/* A forwarded mail's header as one line: "Forwarded message: From: …; Date: …; Subject: …". */
static void
add_title(const struct lines *t, size_t from, size_t to, struct buf *out)
{
	struct buf title;

	buf_init(&title, MAX_TITLE);
	for (size_t i = from; i < to; i++) {
		const struct line *l = &t->line[i];
		const char *s = l->s, *end = s + l->len;

		while (s < end && strchr(" \t>-_*=", *s))
			s++;
		while (end > s && strchr(" \t-_*=", end[-1]))
			end--;
		if (s == end)
			continue;
		if (title.len)
			buf_adds(&title, title.data[title.len - 1] == ':'  ? " "
					 : strchr(title.data, ':') == NULL ? ": "
									   : "; ");
		flatten_add(&title, s, (size_t)(end - s));
	}
	flatten_line(out, buf_str(&title), title.len);
	buf_free(&title);
}

/* Take the outermost quote mark from all lines from `first` on. */
static void
strip_marks(struct lines *t, size_t first)
{
	for (size_t i = first; i < t->n; i++) {
		struct line *l = &t->line[i];
		const char *s = memchr(l->s, '>', l->len);

		if (l->depth == 0 || !s)
			continue;
		s += 1 + (s + 1 < l->s + l->len && s[1] == ' ');
		l->len -= (size_t)(s - l->s);
		l->s = s;
		l->depth--;
	}
}

/* A forwarded mail's text, without the quote marks that some programs put before all its lines. The
 * headers of mails within it become one line each, too. */
static void
add_forwarded(struct lines *t, size_t first, struct buf *out)
{
	size_t from = lines_next(t, first);

	if (from < t->n && t->line[from].depth > 0)
		strip_marks(t, from);
	mark(t, from, t->n, LINE_QUOTE);
	for (size_t i = from; i <= t->n; i++) {
		struct intro in = { .end = t->n };

		if (i < t->n && (t->line[i].flen == 0 || !head_at(t, i, &in) || in.end < i + 2))
			continue;
		if (from < i) {
			flatten_add(out, "\n", 1);
			add_lines(t, from, i, 1u << LINE_QUOTE, out);
		}
		if (i < t->n) {
			flatten_add(out, "\n\n", from < i ? 2 : 1);
			add_title(t, i, in.end, out);
			i = in.end - 1;
		}
		from = in.end;
	}
}

void
trim(const char *text, size_t len, enum trim_how how, bool forwards, struct buf *out)
{
	struct lines t;
	struct seen seen = { .t = &t, .forwards = forwards };
	size_t end;

	lines_split(&t, text, len);
	wrote_mark(&t);
	mark_quotes(&seen);
	end = how == TRIM_FORWARD && seen.text ? seen.title : t.n;
	mark_signatures(&t);
	if (any_words(&t, 0, end, LINE_NEW))
		add_lines(&t, 0, end, 1u << LINE_NEW, out);
	else if (end == t.n && any_words(&t, 0, end, LINE_QUOTE))
		add_lines(&t, 0, end, 1u << LINE_NEW | 1u << LINE_QUOTE, out);
	else if (end == t.n)
		add_lines(&t, 0, end, ~0u, out);
	if (end < t.n) {
		if (out->len)
			flatten_add(out, "\n\n", 2);
		add_title(&t, seen.title, seen.text, out);
		add_forwarded(&t, seen.text, out);
	}
	lines_free(&t);
}

bool
trim_forwards(const char *subject)
{
	char folded[MAX_SUBJECT + 1];
	const char *s = folded;
	size_t n;

	if (!subject)
		return true;
	fold(subject, strnlen(subject, MAX_SUBJECT), folded);
	if (*s == '[' && strchr(s, ']')) { /* a list's name */
		s = strchr(s, ']') + 1;
		s += *s == ' ';
	}
	n = strcspn(s, ":[(");
	while (n > 0 && s[n - 1] == ' ')
		n--;
	return !s[n] || !words_is(&trim_words[WORDS_ANSWERS], s, n);
}

void
trim_msg(struct msg *m)
{
	size_t len = strlen(m->text);
	struct buf out;

	buf_init(&out, MSG_MAX_TEXT);
	trim(m->text, len, TRIM_FORWARD, trim_forwards(m->subject), &out);
	if (strcmp(buf_str(&out), m->text) != 0)
		m->text = arena_strndup(m->arena, buf_str(&out), out.len);
	buf_free(&out);
}
