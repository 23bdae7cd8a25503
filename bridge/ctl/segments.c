/*
 * segments.c - `triviumctl segments`: how a text would go into SMS. Needs no daemon and no
 * configuration.
 */
#include "bridge/ctl/segments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/ctl/batch.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/print.h"
#include "bridge/flow/pieces.h"
#include "bridge/message/gsm.h"
#include "bridge/message/text.h"

enum {
	TEXT_MOST = 1 << 20, /* bytes: more than any SMS */
	NAMED_MOST = 5,	     /* characters that are named as those that make it UCS-2 */
};

/* What the command was given. */
struct wanted {
	struct text_rules rules;
	bool batch;
};

static int
batch(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int rc = 0;

	/* Who asks one question after another wants each answer at once. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((n = getline(&line, &room, stdin)) >= 0) {
		if ((size_t)n == strspn(line, " \t\r\n"))
			continue;
		if (batch_answer(line, (size_t)n, stdout) < 0)
			rc = EX_DATAERR;
	}
	free(line);
	return rc;
}

/* Is c one of the characters found so far? */
static bool
is_among(uint32_t c, const uint32_t *found, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (found[i] == c)
			return true;
	return false;
}

/* Name the characters that 7 bits lack: they cost more than half of the room. */
static void
print_culprits(const char *text, size_t len, const struct text_rules *rules)
{
	const char *p = text, *end = text + len;
	uint32_t found[NAMED_MOST];
	size_t n = 0;

	while (p < end && n < NAMED_MOST) {
		uint32_t c = utf8_next(&p, end);
		struct gsm_tables t = gsm_find(c, rules->languages);
		char name[5] = "";

		if (t.locking || t.single || is_among(c, found, n))
			continue;
		found[n++] = c;
		utf8_put(name, c);
		printf(n == 1 ? "not in GSM-7: " : ", ");
		print_text(stdout, name);
		printf(" (U+%04X)", (unsigned)c);
	}
	if (n)
		puts(n == NAMED_MOST && p < end ? ", perhaps more" : "");
}

void
segments_print_size(const struct text_alphabet *a, const struct text_size *size)
{
	printf("%s", text_encoding_name(size->encoding));
	if (a->locking)
		printf(", %s locking shift", gsm_language_name(a->locking));
	if (a->single)
		printf(", %s single shift", gsm_language_name(a->single));
	printf(", %u units, %u segment%s%s\n", size->units, size->segments,
	    size->segments == 1 ? "" : "s",
	    a->separate && size->segments > 1 ? ", each a message of its own" : "");
}

void
segments_print_lines(const char *before, const char *text, size_t len)
{
	const char *end = text + len;
	int width = strlen(before) > 3 ? (int)strlen(before) : 3;

	printf("%*s |", width, before);
	while (text <= end) {
		size_t n = strcspn(text, "\n");
		char *line;

		if (n > (size_t)(end - text))
			n = (size_t)(end - text);
		line = xstrndup(text, n);
		print_text(stdout, line);
		free(line);
		text += n + 1;
		puts("|");
		if (text <= end)
			printf("%*s |", width, "");
	}
}

/* A segment, its number before its first line. */
static void
print_part(size_t number, const char *text, size_t len)
{
	char before[24];

	snprintf(before, sizeof before, "%zu", number);
	segments_print_lines(before, text, len);
}

/* Those that go as messages of their own, as they go. */
static void
print_pieces(const char *text, size_t len, const struct text_alphabet *a)
{
	struct buf pieces;
	char *rest, *piece;

	buf_init(&pieces, 2 * len + 4096);
	pieces_of_text(text, len, a, &pieces);
	rest = pieces.data;
	for (size_t i = 1; (piece = strsep(&rest, PIECES_END)); i++)
		print_part(i, piece, strlen(piece));
	buf_free(&pieces);
}

void
segments_print_parts(const char *text, size_t len, const struct text_alphabet *a)
{
	size_t ends[TEXT_SEGMENTS], n, start = 0;

	if (a->separate) {
		print_pieces(text, len, a);
		return;
	}
	n = text_split(text, len, a, ends);
	for (size_t i = 0; i < n; start = ends[i++])
		print_part(i + 1, text + start, ends[i] - start);
}

static int
show(const char *text, size_t len, const struct text_rules *rules)
{
	struct text_alphabet a, b;
	struct text_size size = text_choose(text, len, rules, &a), smart;
	struct text_rules could = *rules;
	struct buf written;

	segments_print_size(&a, &size);
	buf_init(&written, 8 * len + 1);
	text_write(text, len, &a, &written);
	segments_print_parts(buf_str(&written), written.len, &a);
	buf_free(&written);
	if (size.encoding != TEXT_UCS2 || rules->ucs2)
		return 0;
	print_culprits(text, len, rules);
	could.smart = true;
	smart = text_choose(text, len, &could, &b);
	if (smart.encoding == TEXT_GSM7) {
		printf("with look-alikes (smart): ");
		segments_print_size(&b, &smart);
	}
	return 0;
}

/* An option, if the first word is one; 1: it was, and *words is set behind it; 0; or EX_USAGE. */
static int
take_option(struct ctl *c, char ***words, struct wanted *w)
{
	const char *word = **words, *wrong;
	size_t n;

	if (strcmp(word, "--batch") == 0) {
		w->batch = true;
	} else if (strcmp(word, "--ref16") == 0) {
		w->rules.ref16 = true;
	} else if (strcmp(word, "--ucs2") == 0) {
		w->rules.ucs2 = true;
	} else if (strcmp(word, "--smart") == 0) {
		w->rules.smart = true;
	} else if (strcmp(word, "--separate") == 0) {
		w->rules.separate = true;
	} else if (strcmp(word, "--lang") == 0) {
		if (!*++*words)
			return ctl_error(c, EX_USAGE, "--lang: which? Names as tr, es or Hindi");
		if ((wrong = gsm_languages(**words, &w->rules.languages, &n)))
			return ctl_error(c, EX_USAGE, "--lang: there are no tables of %.*s", (int)n,
			    wrong);
	} else if (strcmp(word, "--") == 0) {
		++*words;
		return 0;
	} else {
		return word[0] == '-' && word[1]
			   ? ctl_error(c, EX_USAGE, "there is no option %s", word)
			   : 0;
	}
	++*words;
	return 1;
}

/* The words, or the standard input for "-", as one text. */
static void
read_text(char **words, struct buf *text)
{
	char room[16 * 1024];
	size_t n;

	if (strcmp(words[0], "-") == 0) {
		while ((n = fread(room, 1, sizeof room, stdin)) > 0)
			buf_add(text, room, n);
		/* The end of the last line is the file's, not the text's. */
		if (text->len && text->data[text->len - 1] == '\n')
			text->data[--text->len] = '\0';
		return;
	}
	for (size_t i = 0; words[i]; i++) {
		if (i)
			buf_adds(text, " ");
		buf_adds(text, words[i]);
	}
}

int
ctl_segments(struct ctl *c, char **words)
{
	struct wanted w = { .batch = false };
	struct buf text;
	int rc;

	while (*words && (rc = take_option(c, &words, &w)) != 0)
		if (rc != 1)
			return rc;
	if (w.batch)
		return *words ? ctl_error(c, EX_USAGE, "--batch reads its texts from standard input")
			      : batch();
	if (!*words)
		return ctl_error(c, EX_USAGE, "which text? It stands behind, or - reads it");
	buf_init(&text, TEXT_MOST);
	read_text(words, &text);
	rc = text.over ? ctl_error(c, EX_DATAERR, "more than %d bytes are no SMS", TEXT_MOST)
		       : show(buf_str(&text), text.len, &w.rules);
	buf_free(&text);
	return rc;
}
