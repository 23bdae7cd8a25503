/*
 * mix.c - how the texts of a multipart's parts make one text.
 */
#include "bridge/message/mix.h"

#include <string.h>
#include <strings.h>

#include "bridge/message/flatten.h"

enum {
	STUB = 80,             /* words; a longer plain text is never taken for a stub */
	LOOKED_AT = 16 * 1024, /* bytes of a text that is judged by itself */
	POINTER = 40,          /* words; nor is a longer one that only points to the page */
};

void
mix_init(struct mix *m, size_t max)
{
	buf_init(&m->text, max);
	m->kind = MIX_NOTHING;
}

static bool
has(const struct buf *text, const char *what)
{
	return strcasestr(buf_str(text), what) != NULL;
}

/* Does a plain text only say that there is a page, in whatever language, or where? */
static bool
points_to_page(const struct buf *text, size_t words, size_t others)
{
	if (words >= POINTER)
		return false;
	return (has(text, "HTML") && others > words / 2) || (has(text, "http") && others > words * 2);
}

/* Tags are no text, and neither is what could not be decoded. */
static bool
is_spoilt(const struct buf *text)
{
	return has(text, "</div>") || has(text, "</p>") || has(text, "</table>") ||
	       has(text, "\xef\xbf\xbd\xef\xbf\xbd");
}

/* Is the plain text of less use than the page: too little of it, or its charset lost? */
static bool
is_stub(const struct buf *plain, const struct buf *html)
{
	size_t words = flatten_words(buf_str(plain), plain->len),
	       others = flatten_words(buf_str(html), html->len);

	if (words < STUB && words * 5 < others)
		return true;
	if (points_to_page(plain, words, others))
		return true;
	return others && is_spoilt(plain) && !is_spoilt(html);
}

bool
mix_is_enough(const struct mix *m)
{
	struct buf text;
	bool enough;

	if (m->kind != MIX_PLAIN)
		return false;
	/* What is at the beginning of a text shows what it is. */
	buf_init(&text, LOOKED_AT);
	flatten_add(&text, buf_str(&m->text), m->text.len);
	enough = flatten_words(buf_str(&text), text.len) >= STUB && !is_spoilt(&text);
	buf_free(&text);
	return enough;
}

/* Is b the better choice than a, which stands before it? */
static bool
is_better(const struct mix *a, const struct mix *b)
{
	const struct mix *plain = a->kind == MIX_PLAIN ? a : b,
			 *html = a->kind == MIX_PLAIN ? b : a;

	/* RFC 2046 5.1.4: of two that are alike, the last. */
	if (a->kind == b->kind)
		return b->text.len > 0;
	if (plain->kind != MIX_PLAIN || html->kind != MIX_HTML)
		return b->kind > a->kind;
	return is_stub(&plain->text, &html->text) ? b == html : b == plain;
}

void
mix_in(struct mix *m, struct mix *part, enum mix_how how, bool first, bool root)
{
	struct mix old = *m;
	bool none = m->kind == MIX_NOTHING;

	if (how == MIX_ALL) {
		flatten_join(&m->text, buf_str(&part->text), part->text.len);
		if (part->kind > m->kind)
			m->kind = part->kind;
	} else if ((how == MIX_CHOICE && is_better(m, part)) || (how == MIX_FIRST && none) ||
		   (how == MIX_ROOT && (first || root || none))) {
		*m = *part;
		*part = old;
	}
}

enum mix_how
mix_of(const char *subtype)
{
	static const struct {
		const char *subtype;
		enum mix_how how;
	} rows[] = {
		{ "alternative", MIX_CHOICE },
		{ "related", MIX_ROOT },
		{ "report", MIX_FIRST },
		{ "signed", MIX_FIRST },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcasecmp(rows[i].subtype, subtype) == 0)
			return rows[i].how;
	return MIX_ALL;
}
