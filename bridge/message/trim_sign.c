/*
 * trim_sign.c - signatures, and the small print that programs and companies put below a mail.
 *
 * All of it stands at the end of what the sender wrote, so a run of lines is read from its end, one
 * paragraph after another, until one is the sender's own. A farewell and a name stay: they were
 * written; with a phone number or an address of the web below them they were not.
 */
#include <ctype.h>
#include <string.h>

#include "bridge/message/trim_line.h"
#include "bridge/message/trim_words.h"

enum {
	MAX_SIGNATURE = 16, /* lines that are not empty */
	MAX_SHORT = 90,     /* bytes of a line in a signature */
	MAX_NOTICE = 8000,  /* bytes of a paragraph that are looked at */
	MIN_NOTICE = 70,   /* bytes of small print */
	MAX_FOOTER = 400,   /* of a footer without a link */
	MAX_REST = 15,   /* lines behind two dashes that are not written as a signature's must be */
	MIN_SECRETS = 3, /* words of it */
	MAX_ROUNDS = 8,  /* kinds of it, one below another */
};

/* A run of lines of the sender's. */
struct run {
	struct lines *t;
	size_t from, to; /* to is the line behind the last that is not empty and not yet marked */
};

static void
cut(struct run *r, size_t from)
{
	for (size_t i = from; i < r->to; i++)
		r->t->line[i].is = LINE_SIGN;
	r->to = from;
	while (r->to > r->from && r->t->line[r->to - 1].flen == 0)
		r->to--;
}

/* The first line of the paragraph that ends before line `to`. */
static size_t
paragraph(const struct run *r, size_t to)
{
	while (to > r->from && r->t->line[to - 1].flen)
		to--;
	return to;
}

static size_t
count_lines(const struct run *r, size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < r->to; i++)
		n += r->t->line[i].flen > 0;
	return n;
}

static unsigned
count_digits(const char *f)
{
	unsigned n = 0;

	for (; *f; f++)
		n += *f >= '0' && *f <= '9';
	return n;
}

static bool
has_url(const char *f)
{
	return strstr(f, "http:") || strstr(f, "https:") || strstr(f, "www.");
}

/* Is the whole line a phone number, or an address of mail or of the web? */
static bool
is_bare_contact(const struct line *l)
{
	unsigned digits = count_digits(l->f);

	if (digits >= 7 && strspn(l->f, "0123456789+()-./ x") == l->flen)
		return true;
	return !strchr(l->f, ' ') && (look_at(l->f).address || has_url(l->f));
}

/* Does the line say how to reach somebody? */
static bool
is_contact(const struct line *l)
{
	const char *f = l->f, *word, *behind;

	if (l->flen > MAX_SHORT * 2)
		return false;
	f += strspn(f, "*|_<[( ");
	if (is_bare_contact(l))
		return true;
	if (!(word = words_at(&trim_words[WORDS_CONTACTS], f)))
		return false;
	behind = f + strlen(word);
	if (count_digits(f) < 5 && !has_url(f) && !strchr(f, '@'))
		return false;
	return strcspn(behind, ":.+0123456789/|") <= 20;
}

static bool
is_closing(const struct line *l)
{
	return l->flen <= 70 && look_at(l->f).words <= 8 &&
	       words_at(&trim_words[WORDS_CLOSINGS], l->f + strspn(l->f, "*-_ ")) &&
	       !strchr(l->f, '?');
}

/* A paragraph's text in one piece; "" when it is too long or too short to be small print. */
static void
join(const struct run *r, size_t from, size_t to, char text[MAX_NOTICE])
{
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		const struct line *l = &r->t->line[i];

		if (n + l->flen + 2 > MAX_NOTICE)
			break;
		if (n)
			text[n++] = ' ';
		memcpy(text + n, l->f, l->flen);
		n += l->flen;
	}
	text[n] = '\0';
}

/* Does a line begin as a list's footer does, or is it a short one that holds the words of one? */
static bool
is_footer(const struct line *l)
{
	if (l->flen == 0)
		return false;
	return words_at(&trim_words[WORDS_FOOTERS], l->f + strspn(l->f, "*_-<( ")) ||
	       (l->flen < MAX_SHORT && look_at(l->f).words <= 8 &&
		   words_in(&trim_words[WORDS_FOOTERS], l->f));
}

/* What a company's lawyers, a list or a virus scanner had to say. */
static bool
is_notice(const struct run *r, size_t from, size_t to)
{
	char text[MAX_NOTICE];
	bool footer = false;

	for (size_t i = from; i < to && i < from + 3; i++)
		footer |= is_footer(&r->t->line[i]);
	join(r, from, to, text);
	if (footer && (has_url(text) || look_at(text).address || strlen(text) < MAX_FOOTER))
		return true;
	return strlen(text) >= MIN_NOTICE && words_in(&trim_words[WORDS_STRONG], text) &&
	       words_count(&trim_words[WORDS_SECRETS], text) >= MIN_SECRETS;
}

/* A short line right above small print, which says what it is. */
static size_t
with_heading(const struct run *r, size_t notice)
{
	size_t i = notice;

	while (i > r->from && r->t->line[i - 1].flen == 0)
		i--;
	if (i > r->from && r->t->line[i - 1].flen < 60 && look_at(r->t->line[i - 1].f).words <= 5 &&
	    words_at(&trim_words[WORDS_HEADINGS],
		r->t->line[i - 1].f + strspn(r->t->line[i - 1].f, "*_- ")))
		return i - 1;
	return notice;
}

/* "--" and its like: what stands behind it is no text. */
static bool
is_delimiter(const struct run *r, size_t i)
{
	const struct line *l = &r->t->line[i];
	size_t rest = count_lines(r, i + 1);

	if (l->len >= 2 && memcmp(l->s, "--", 2) == 0 && l->flen == 2)
		return rest <= MAX_REST || l->len == 3;
	if (!line_is_rule(l, 1) || l->f[0] == '.' || (l->flen < 2 && (unsigned char)l->s[0] < 0x80))
		return false;
	if (rest > MAX_SIGNATURE)
		return false;
	if (rest <= 2 && r->to > r->from && r->t->line[r->to - 1].flen < 40 && l->f[0] == '_')
		return true;
	for (size_t k = i + 1; k < r->to; k++) {
		const struct line *sign = &r->t->line[k];

		if (is_contact(sign) || line_is_mobile(sign) ||
		    words_in(&trim_words[WORDS_FOOTERS], sign->f))
			return true;
	}
	return rest == 0;
}

static bool
cut_delimited(struct run *r)
{
	size_t first = r->to > r->from + 4 * MAX_SIGNATURE ? r->to - 4 * MAX_SIGNATURE : r->from;

	for (size_t i = first; i < r->to; i++)
		if (is_delimiter(r, i)) {
			cut(r, i);
			return true;
		}
	return false;
}

/* Small print, and all that follows it in the run, which is never a person's. The first paragraph
 * is looked at only where a quote stands before it. */
static void
cut_notices(struct run *r, bool first)
{
	size_t from, to = r->to, notice = r->to;

	for (unsigned n = 0; to > r->from && n < 12; n++) {
		from = paragraph(r, to);
		if ((from > r->from || !first) && is_notice(r, from, to))
			notice = from;
		for (to = from; to > r->from && r->t->line[to - 1].flen == 0;)
			to--;
	}
	if (notice < r->to)
		cut(r, with_heading(r, notice));
}

/* Behind what a device added there is no text of the sender's; what stands there is a quote that
 * some of them do not introduce. */
static void
cut_mobile(struct run *r)
{
	for (size_t i = r->from + 1; i < r->to; i++)
		if (r->t->line[i - 1].flen == 0 &&
		    (i + 1 == r->to || r->t->line[i + 1].flen == 0) &&
		    line_is_mobile(&r->t->line[i])) {
			cut(r, i);
			return;
		}
}

/* Does the text before a line end in a colon? What follows it is meant to be read. */
static bool
is_announced(const struct run *r, size_t i)
{
	while (i > r->from && r->t->line[i - 1].flen == 0)
		i--;
	return i > r->from &&
	       strchr(r->t->line[i - 1].f, ':') == r->t->line[i - 1].f + r->t->line[i - 1].flen - 1;
}

/* A line of a text rather than of a card. */
static bool
is_sentence(const struct line *l)
{
	return l->flen && strchr(".?!", l->f[l->flen - 1]) && look_at(l->f).words >= 8;
}

/* A farewell with a way to reach the sender below it, or a paragraph of such ways. */
static void
cut_contacts(struct run *r)
{
	size_t lines = 0, contacts = 0, closing = r->to, block = r->to;

	for (size_t i = r->to; i > r->from && lines < MAX_SIGNATURE;) {
		const struct line *l = &r->t->line[--i];

		if (l->flen > MAX_SHORT * 2 || is_sentence(l))
			break;
		lines += l->flen > 0;
		contacts += is_contact(l);
		if (contacts && is_closing(l)) {
			closing = i;
			break;
		}
	}
	if (closing < r->to) {
		cut(r, closing);
		return;
	}
	contacts = 0;
	for (size_t i = r->to; i > r->from && r->t->line[i - 1].flen; i--) {
		if (r->t->line[i - 1].flen > MAX_SHORT)
			return;
		contacts += is_contact(&r->t->line[i - 1]);
		block = i - 1;
	}
	if (contacts >= 2 && block > r->from && count_lines(r, block) <= 8 &&
	    !is_announced(r, block))
		cut(r, block);
}

/* A program that writes the sender's address above what it quotes. */
static void
cut_address(struct run *r, bool quoted)
{
	size_t from = paragraph(r, r->to);

	if (quoted && from > r->from && from + 1 == r->to && !strchr(r->t->line[from].f, ' ') &&
	    look_at(r->t->line[from].f).address)
		cut(r, from);
}

/* "-Ann" on a line of its own, as some sign. */
static void
cut_dashed_name(struct run *r)
{
	const struct line *l;

	if (r->to < r->from + 2)
		return;
	l = &r->t->line[r->to - 1];
	if (l->len > 2 && l->len < 40 && l->s[0] == '-' && isupper((unsigned char)l->s[1]) &&
	    l->flen && r->t->line[r->to - 2].flen == 0 && look_at(l->f).words <= 3 &&
	    !strpbrk(l->f, "0123456789:;,!?"))
		cut(r, r->to - 1);
}

/* A warning of a company's gateway, above the mail. */
static void
cut_banner(struct run *r)
{
	size_t i = r->from, end;

	while (i < r->to && r->t->line[i].flen == 0)
		i++;
	for (end = i; end < r->to && r->t->line[end].flen;)
		end++;
	if (end == r->to || end > i + 8)
		return;
	if (!words_at(
		&trim_words[WORDS_BANNERS], r->t->line[i].f + strspn(r->t->line[i].f, "*_ -")))
		return;
	for (size_t k = i; k < end; k++)
		r->t->line[k].is = LINE_SIGN;
	r->from = end;
}

void
sign_mark(struct lines *t, size_t from, size_t to, bool first)
{
	struct run r = { .t = t, .from = from, .to = to };

	cut(&r, to);
	if (first)
		cut_banner(&r);
	for (unsigned round = 0; round < MAX_ROUNDS && r.to > r.from; round++) {
		size_t before = r.to;

		while (r.to > r.from &&
		       (line_is_mobile(&t->line[r.to - 1]) ||
			   (line_is_rule(&t->line[r.to - 1], 2) && r.to > r.from + 1)))
			cut(&r, r.to - 1);
		cut_delimited(&r);
		cut_notices(&r, first);
		if (r.to == before)
			break;
	}
	cut_mobile(&r);
	cut_contacts(&r);
	cut_address(&r, to < t->n);
	cut_dashed_name(&r);
}
