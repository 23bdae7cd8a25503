/*
 * mix.c - how the texts of a multipart's parts make one text.
 */
#include "bridge/message/mix.h"

#include <strings.h>

#include "bridge/message/flatten.h"

enum { STUB = 40 }; /* words; a longer plain text is never taken for a stub */

void
mix_init(struct mix *m, size_t max)
{
	buf_init(&m->text, max);
	m->kind = MIX_NOTHING;
}

/* Is b the better choice than a, which stands before it? */
static bool
is_better(const struct mix *a, const struct mix *b)
{
	const struct mix *plain = a->kind == MIX_PLAIN ? a : b,
			 *html = a->kind == MIX_PLAIN ? b : a;
	size_t words;

	if (a->kind == b->kind)
		return false;
	if (plain->kind != MIX_PLAIN || html->kind != MIX_HTML)
		return b->kind > a->kind;
	/* A plain text that is a stub ("your program cannot show HTML") loses against the page. */
	words = flatten_words(buf_str(&plain->text), plain->text.len);
	if (words < STUB && words * 5 < flatten_words(buf_str(&html->text), html->text.len))
		return b == html;
	return b == plain;
}

void
mix_in(struct mix *m, struct mix *part, enum mix_how how, bool first, bool root)
{
	struct mix old = *m;

	if (how == MIX_ALL || (how == MIX_FIRST && first)) {
		flatten_join(&m->text, buf_str(&part->text), part->text.len);
		if (part->kind > m->kind)
			m->kind = part->kind;
	} else if ((how == MIX_CHOICE && is_better(m, part)) ||
		   (how == MIX_ROOT && (first || root))) {
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
