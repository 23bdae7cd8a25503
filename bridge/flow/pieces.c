/*
 * pieces.c - a message cut into several.
 */
#include "bridge/flow/pieces.h"

#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/message/msg.h"
#include "bridge/message/style.h"
#include "bridge/message/text.h"
#include "bridge/store/trail.h"

/* Text. */

static bool
blank(char c)
{
	return c == ' ' || c == '\n';
}

struct span {
	size_t from, to;
};

/* The segments' ends without the white space between them, which nobody sees when each is a message of
 * its own; those that were nothing else are left out. Returns how many there are. */
static size_t
bare_segments(const char *utf8, size_t n, const size_t ends[], struct span spans[])
{
	size_t start = 0, kept = 0;

	for (size_t i = 0; i < n; start = ends[i++]) {
		size_t from = start, to = ends[i];

		while (from < to && blank(utf8[from]))
			from++;
		while (to > from && blank(utf8[to - 1]))
			to--;
		if (to > from)
			spans[kept++] = (struct span){ from, to };
	}
	return kept;
}

size_t
pieces_of_text(const char *utf8, size_t len, const struct text_alphabet *a, struct buf *out)
{
	size_t ends[TEXT_SEGMENTS], n = a->separate ? text_split(utf8, len, a, ends) : 1;
	struct span spans[TEXT_SEGMENTS] = { { 0, len } };

	if (n > 1)
		n = bare_segments(utf8, n, ends, spans);
	if (n == 0) { /* of nothing but white space */
		spans[0] = (struct span){ 0, 0 };
		n = 1;
	}
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addf(out, "%c", TRAIL_END);
		if (a->counter && n > 1)
			buf_addf(out, "%zu/%zu ", i + 1, n);
		buf_add(out, utf8 + spans[i].from, spans[i].to - spans[i].from);
	}
	return n;
}

/* Media. */

/* What a part needs of an MMS's room: a picture can be made smaller, but where three and a text do not
 * find room it is not what was sent any more. What has no room in any is left out, and takes none. */
static size_t
weight(const struct msg_part *p, size_t room)
{
	size_t least = room / 10 * 3;

	if (strncmp(p->type, "image/", 6) == 0)
		return p->len < least ? p->len : least;
	return p->len <= room ? p->len : 0;
}

/* Fill one MMS after another, each up to `most` of their room, and append to out (NULL: do not) what each
 * has. Returns how many there are. */
static size_t
fill(const struct msg *m, size_t room, size_t most, struct buf *out)
{
	size_t text = m->text ? strlen(m->text) : 0, left = text < most ? most - text : 0;
	size_t n = 1, from = 0;

	for (size_t i = 0; i < m->nparts; i++) {
		size_t need = weight(&m->parts[i], room);

		if (need > left && i > from) {
			if (out)
				buf_addf(out, "%zu %zu%c", from, i, TRAIL_END);
			from = i;
			left = most;
			n++;
		}
		left -= need < left ? need : left;
	}
	if (out)
		buf_addf(out, "%zu %zu", from, m->nparts);
	return n;
}

size_t
pieces_of_media(const struct msg *m, const struct style *style, struct buf *out)
{
	size_t room = (size_t)style->mms_size, n = fill(m, room, room, NULL);
	size_t low = 0, high = room;

	if (n > style->mms)
		n = style->mms > 0 ? style->mms : 1;
	/* As many as are needed, or allowed, and then as much as there must be in each, but no more: so none is
	 * crowded while another is nearly empty. */
	for (size_t i = 0; i < m->nparts; i++)
		high += weight(&m->parts[i], room);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fill(m, room, middle, NULL) > n)
			low = middle + 1;
		else
			high = middle;
	}
	return fill(m, room, high, out);
}

void
pieces_narrow(struct msg *m, const char *piece)
{
	size_t from, to;

	if (sscanf(piece, "%zu %zu", &from, &to) != 2 || from >= to || to > m->nparts)
		return;
	m->parts += from;
	m->nparts = to - from;
	m->nfiles = 0; /* they are behind all parts, and no phone's */
	if (from > 0)
		m->text = "";
}
