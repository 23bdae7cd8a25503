/*
 * trim_head.c - where a program put the header of a mail, or a bar with words, above its text.
 *
 * A header is told by its fields' names, which are known in many languages, or in any language by
 * its shape: an address, then a date with a time, in lines that each begin with a short name.
 */
#include <string.h>

#include "bridge/message/trim_line.h"
#include "bridge/message/trim_words.h"

enum {
	MAX_LABEL = 40, /* bytes of a field's name */
	MAX_BLOCK = 40, /* lines of a header that are looked at */
	MAX_FOLDED = 6, /* lines that a field may go on for */
	MAX_BAR = 120,  /* bytes of a bar's words */
	MIN_DASHES = 2,
	MIN_INDENT = 8,   /* spaces before a header in columns */
	MAX_COLUMNS = 20, /* lines of one */
};

/* A line as a field of a header. */
struct field {
	enum label label;
	bool any; /* it has the shape of one, whatever its name */
	const char *value;
};

static struct field
field_at(const struct line *l)
{
	const char *s = l->f, *colon, *end;
	struct field f = { .label = LABEL_NONE };

	s += strspn(s, "*_ ");
	colon = memchr(s, ':', strnlen(s, MAX_LABEL));
	if (!colon || colon == s)
		return f;
	for (end = colon; end > s && strchr("*_ ", end[-1]);)
		end--;
	f.value = colon + 1 + strspn(colon + 1, "*_ ");
	f.label = words_label(s, (size_t)(end - s));
	f.any = strcspn(s, "0123456789@/.,;<>\"") >= (size_t)(end - s);
	return f;
}

/* What the fields of a header were, as bits 1 << label, and what their values tell. */
struct block {
	unsigned labels;
	unsigned fields;
	unsigned any; /* fields of unknown names */
	bool address; /* in a From or To */
	bool time;    /* a date with a time in the Date */
	bool starts; /* the first value has an address and one of the next two a date with a time */
	size_t end;
};

static void
take_field(struct block *b, const struct field *f)
{
	struct look look = look_at(f->value);

	b->fields++;
	b->any += f->label == LABEL_NONE;
	b->labels |= 1u << f->label;
	if (f->label == LABEL_FROM || f->label == LABEL_TO)
		b->address |= look.address;
	/* Pages may show both on one line. */
	if (f->label == LABEL_FROM && look.address && look.date && look.time)
		b->labels |= 1u << LABEL_DATE;
	if (f->label == LABEL_DATE)
		b->time |= look.date && look.time;
	if (b->fields == 1)
		b->starts = look.address;
	else if (b->fields == 4 && !b->time)
		b->starts = false;
	if (b->fields <= 3 && look.date && look.time)
		b->time = true;
}

/* The fields from line i on. A field may be folded, and an empty line may part two of them. */
static struct block
block_at(const struct lines *t, size_t i)
{
	struct block b = { .end = i };
	unsigned depth = t->line[i].depth, folded = 0;

	for (size_t k = i; k < t->n && k < i + MAX_BLOCK && t->line[k].depth == depth; k++) {
		const struct line *l = &t->line[k];
		struct field f;

		if (l->flen == 0) {
			if (b.fields == 0 || k + 1 >= t->n ||
			    field_at(&t->line[k + 1]).label == LABEL_NONE)
				break;
			continue;
		}
		f = field_at(l);
		if (f.label == LABEL_NONE &&
		    (!f.any || !(b.starts || (b.fields == 0 && look_at(f.value).address)))) {
			if (b.fields == 0 || ++folded > MAX_FOLDED)
				break;
			continue;
		}
		take_field(&b, &f);
		folded = 0;
		b.end = k + 1;
	}
	return b;
}

static bool
has(const struct block *b, enum label label)
{
	return b->labels >> label & 1;
}

/* Are these fields a mail's? `led` says that a bar or a rule stands before them. */
static bool
is_header(const struct block *b, bool led)
{
	unsigned kinds =
	    has(b, LABEL_FROM) + has(b, LABEL_DATE) + has(b, LABEL_TO) + has(b, LABEL_SUBJECT);

	if (kinds >= 3 && (led || has(b, LABEL_FROM)))
		return b->address || b->time || has(b, LABEL_SUBJECT);
	if (kinds >= 3)
		return b->address && b->time;
	if (kinds == 2 && has(b, LABEL_FROM))
		return led || b->address || b->time;
	if (kinds == 2 && has(b, LABEL_DATE) && has(b, LABEL_TO))
		return b->address && b->time;
	if (led && kinds >= 1 && b->fields >= 2)
		return b->address || b->time;
	/* No name is known. */
	return kinds == 0 && b->starts && b->time && b->fields >= (led ? 3 : 4);
}

/* Does a rule stand right before line i? */
static bool
is_led(const struct lines *t, size_t i)
{
	for (unsigned blank = 0; i > 0 && blank < 3; blank++)
		if (t->line[--i].flen)
			return line_is_rule(&t->line[i], 5);
	return false;
}

/* The words of a bar: what stands between its dashes; 0 bytes when the line is none. *dashed says
 * whether there were dashes at both its ends, at one, or at none: 2, 1, 0. */
static size_t
bar_words(const struct line *l, char words[MAX_BAR], int *dashed)
{
	const char *s = l->f, *end = s + l->flen;
	const char *const marks = "-_=*~#+> ";

	while (s < end && strchr(marks, *s))
		s++;
	*dashed = s - l->f >= MIN_DASHES;
	while (end > s && strchr(marks, end[-1]))
		end--;
	*dashed += l->f + l->flen - end >= MIN_DASHES;
	if (end - s >= MAX_BAR)
		return 0;
	memcpy(words, s, (size_t)(end - s));
	words[end - s] = '\0';
	return (size_t)(end - s);
}

/* "----- Original Message -----", "Begin forwarded message:", in any language. */
static bool
bar_at(const struct lines *t, size_t i, struct intro *in)
{
	char words[MAX_BAR];
	size_t next = lines_next(t, i + 1);
	struct block b = { .end = i + 1 };
	bool header = false, mail, original;
	int dashed;

	if (bar_words(&t->line[i], words, &dashed) == 0 || strncmp(words, "end ", 4) == 0)
		return false;
	if (next < t->n && next <= i + 3) {
		b = block_at(t, next);
		header = is_header(&b, true);
	}
	if (dashed < 2 && !header)
		return false;
	in->forward = words_in(&trim_words[WORDS_FORWARDS], words);
	original = words_in(&trim_words[WORDS_ORIGINALS], words);
	mail = words_in(&trim_words[WORDS_MESSAGES], words);
	in->end = header ? b.end : i + 1;
	in->sure = true;
	if (dashed == 2)
		return header || ((in->forward || original) && mail) ||
		       strcmp(words, "original") == 0 || words_wrote(words);
	return (in->forward || original) && mail && look_at(words).words <= 8;
}

/* The label in the right column of a line that begins far from the margin. */
static enum label
column_label(const struct line *l)
{
	const char *word = strrchr(l->f, ' ');
	size_t indent = 0, end = l->len;

	while (indent < l->len && l->s[indent] == ' ')
		indent++;
	if (indent < MIN_INDENT)
		return LABEL_OTHER;
	while (end > 0 && l->s[end - 1] == ' ')
		end--;
	word = word ? word + 1 : l->f;
	/* Behind something in the left column there is a gap. */
	if (word != l->f && (end < strlen(word) + 2 || l->s[end - strlen(word) - 2] != ' '))
		return LABEL_NONE;
	return words_label(word, strlen(word));
}

/* Notes writes a header in two columns, the names at the right. */
static bool
columns_at(const struct lines *t, size_t i, struct intro *in)
{
	bool to = false;

	if (t->line[i].len < MIN_INDENT || strncmp(t->line[i].s, "        ", MIN_INDENT) != 0)
		return false;
	for (size_t k = i; k < t->n && k < i + MAX_COLUMNS; k++) {
		enum label label = t->line[k].flen ? column_label(&t->line[k]) : LABEL_NONE;

		if (label == LABEL_OTHER)
			return false;
		to |= label == LABEL_TO;
		if (label == LABEL_SUBJECT && to) {
			while (k < t->n && t->line[k].flen)
				k++;
			in->end = k;
			return true;
		}
	}
	return false;
}

bool
head_at(const struct lines *t, size_t i, struct intro *in)
{
	const struct line *l = &t->line[i];
	struct block b;

	*in = (struct intro){ .sure = true };
	if (l->flen == 0 || l->flen > TRIM_LOOK)
		return false;
	if (bar_at(t, i, in) || columns_at(t, i, in))
		return true;
	if (!memchr(l->f, ':', strnlen(l->f, MAX_LABEL)) || !(field_at(l).any || field_at(l).label))
		return false;
	b = block_at(t, i);
	in->end = b.end;
	in->forward = false;
	return is_header(&b, is_led(t, i));
}
