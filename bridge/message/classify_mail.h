/*
 * classify_mail.h - what classify.c needs to know of a mail's header and parts: for classify*.c
 * alone.
 */
#ifndef BRIDGE_CLASSIFY_MAIL_H
#define BRIDGE_CLASSIFY_MAIL_H

#include <stdbool.h>
#include <stddef.h>

enum {
	CLUES_VALUE = 512, /* bytes kept of a field's value, NUL included */
};

/* The fields that say something; classify_mail.c has their names. */
enum clue {
	CLUE_FROM,
	CLUE_RETURN_PATH,
	CLUE_AUTO_SUBMITTED,
	CLUE_PRECEDENCE,
	CLUE_CONTENT_TYPE,
	CLUE_FAILED,    /* recipients, as Exim and Gmail name them */
	CLUE_REPLIED,   /* any field that only an automatic answer has */
	CLUE_GENERATED, /* any that only a machine's mail has */
	CLUE_LIST,      /* any that only a list's mail has */
	CLUE_BULK,
	CLUE_CHALLENGE,
	CLUE_LOOP,
	CLUE_CLASS, /* Content-Class, of Exchange */
	CLUE_SUPPRESS,
	CLUE_ANSWERS, /* In-Reply-To, References */
	CLUES, /* how many they are */
};

struct clues {
	char value[CLUES][CLUES_VALUE]; /* folded (fold.h); "" when it is not there */
	bool has[CLUES];
	unsigned fields;   /* in the header */
	unsigned received; /* fields of that name */
	bool twice;        /* two fields Delivered-To name the same address */
	bool daemon_line;  /* a mailbox file's line before the mail names a daemon */
	/* Parts of reports that it has. */
	bool status, disposition, feedback;
	/* What the fields Action of a delivery status say. */
	bool failed, delayed, delivered;
	char digit; /* the first of its fields Status; 0: none */
};

/* Read the clues in the first len bytes of a mail. */
void clues_read(struct clues *c, const char *mail, size_t len);

#endif
