/*
 * trim_line.h - the lines of a mail's text as the rooms of trim.c see them: for trim*.c alone.
 */
#ifndef BRIDGE_TRIM_LINE_H
#define BRIDGE_TRIM_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	TRIM_MAX_LINES = 50000, /* what follows counts as one line more */
	TRIM_LOOK = 1000,       /* bytes that a line which introduces a quote may have */
};

struct line {
	const char *s; /* as written, without its LF. Lent by the text */
	size_t len;
	const char *f; /* folded (fold.h), without its quote marks, NUL-terminated */
	size_t flen;
	unsigned depth; /* how many quote marks it begins with */
	enum line_is {
		LINE_NEW, /* what the sender wrote, as far as is known */
		LINE_QUOTE,
		LINE_INTRO,   /* introduces a quote */
		LINE_FORWARD, /* introduces a forwarded mail */
		LINE_SIGN,    /* signature or small print */
	} is;
	size_t skip;       /* bytes of s that are still the sender's, though it introduces a quote */
	size_t intro_end;  /* it begins what wrote_mark() found: the line behind that; 0: it does not */
	bool intro_sure;   /* and that introduces a quote even when no quote mark follows */
};

struct lines {
	struct line *line;
	size_t n;
	char *folded; /* the bytes that the lines' f point at */
};

/* The lines of a text, for lines_free(). Each is LINE_NEW, or LINE_QUOTE when it has a quote mark. */
void lines_split(struct lines *t, const char *text, size_t len);
void lines_free(struct lines *t);
/* The next line from i that is not empty; t->n when there is none. */
size_t lines_next(const struct lines *t, size_t i);
/* Is the line one of dashes, underscores or their like and nothing else, at least min of them? */
bool line_is_rule(const struct line *l, size_t min);

/* "Sent from my iPhone", "Get Outlook for iOS", in any language (trim_mobile.c). */
bool line_is_mobile(const struct line *l);

/* What a folded text holds of what introduces a quote (trim_look.c). */
struct look {
	bool address; /* of mail */
	bool date;
	bool time; /* of day */
	unsigned words;
};
struct look look_at(const char *f);

/* Where an introduction of a quote was found. */
struct intro {
	size_t end;   /* the first line behind it */
	size_t skip;  /* bytes of its first line that stand before it */
	bool forward; /* it is a forwarded mail that it introduces */
	bool sure;    /* it does so even when no quote mark follows */
};
/* Find all lines like "On DATE, NAME wrote:" (trim_wrote.c), for wrote_at(). */
void wrote_mark(struct lines *t);
/* Does such a thing begin at line i? */
bool wrote_at(const struct lines *t, size_t i, struct intro *in);
/* A bar with words, or a header, or both with a rule before them, from line i on (trim_head.c). */
bool head_at(const struct lines *t, size_t i, struct intro *in);
/* Mark what is signature or small print among lines [from, to), all LINE_NEW (trim_sign.c). `first`
 * says that the text begins there. */
void sign_mark(struct lines *t, size_t from, size_t to, bool first);

#endif
