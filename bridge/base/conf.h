/*
 * conf.h - trivium.conf(5), read into structs at start, and by triviumd again at SIGHUP. A setting is one row in the room
 * that uses it; this file knows how to read rows, not what they mean. libconfuse stays in conf.c.
 */
#ifndef BRIDGE_CONF_H
#define BRIDGE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum conf_type {
	CONF_STRING, /* const char *; "" when empty, never NULL */
	CONF_INT,    /* long */
	CONF_BOOL,   /* bool: yes/no, true/false, on/off */
	CONF_TIME, /* long, milliseconds: "500ms" "30 s" "5m" "2h" "3d", a bare number is seconds */
	CONF_SIZE, /* long, bytes: "64", "300 kB", "10 MB", "1 GB" (powers of 1000), "KiB" … (of
		      1024) */
	CONF_SECRET, /* const char *: the value names a file whose first line (<= 1024 bytes) is the
			secret */
	CONF_CHOICE, /* int: the index of the value in `min`, a list "none huawei wsse" */
};

/* One key of a section. A table of rows ends in one whose name is NULL. */
struct setting {
	const char *name; /* "concurrency" */
	enum conf_type type;
	size_t offset;      /* where in the room's struct the value goes */
	const char *preset; /* the value when the file does not name the key; NULL: it must */
	const char *min,
	    *max;         /* bounds, in the same notation; NULL: none. CONF_CHOICE: see there */
	const char *what; /* one line of explanation, for `-n` and the tests against the man page */
};

/* A kind of section a program understands. A list ends in one whose rows are NULL. */
struct conf_kind {
	const char *name; /* "milter", "sdp"; "" for the keys outside all sections */
	bool titled;      /* may stand several times, each with a title: `sdp acme {` */
	const struct setting *const
	    *rows;                  /* tables of rows, ends in NULL: its own and its drivers' */
	const char *const *drivers; /* for each of rows: NULL, or it counts only where the section's
				     * key "driver" has this value. NULL: all count */
};

/* The name of a row (its type a string, its preset "") that lets a section's other keys pass: the
 * program needs some of them only, and another one, which knows them all, checks them. */
#define CONF_REST "*"

struct conf;
struct section;

/*
 * Read the file at path. Keys and values in a section of a kind listed in kinds are checked against
 * its rows; sections that other programs read (milter bridge mail sdp im scan retry tables) are
 * passed over when kinds does not list them; anything else is an error. Every error found goes to
 * errors as one line "FILE:LINE: message" (a missing file or unreadable secret too). Returns the
 * configuration, for conf_free(), or NULL when there was any error. One thread at a time may read,
 * as libconfuse's scanner is global. No file is included and no "${NAME}" replaced.
 */
struct conf *conf_read(const char *path, const struct conf_kind *kinds, FILE *errors);
/* Frees it and its sections, and with them all strings they lend. Accepts NULL. */
void conf_free(struct conf *c);

/* The n-th section (from 0) of that kind, in the file's order, or NULL. An untitled kind that the
 * file does not name still has one, of presets; so has "". Lent, lives as long as c. */
const struct section *conf_section(const struct conf *c, const char *kind, size_t n);
/* The section's title; "" for an untitled one. Lent. */
const char *section_title(const struct section *s);
/* "FILE:LINE" where the section stands, for messages; line 1 for one that the file does not name.
 * Lent. */
const char *section_where(const struct section *s);
/* The same of the line where the section has that key; of the section when it has not. Lent. */
const char *section_key_where(const struct section *s, const char *key);
/* What the section has for that key, of a CONF_SECRET the secret itself; NULL when it has nothing.
 * Lent. */
const char *section_text(const struct section *s, const char *key);
/* Each key that two sections of a kind set differently, or only one of them: each(arg, key), lent. */
void section_compare(const struct section *was, const struct section *is,
    void (*each)(void *arg, const char *key), void *arg);
/* Fill the struct at `into` from the section by those rows. The strings are lent by the section.
 * Cannot fail: conf_read() has checked each value. */
void section_fill(const struct section *s, const struct setting *rows, void *into);
/* Parse "30 s" as CONF_TIME or "10 MB" as CONF_SIZE does; -1 when it is neither. */
long conf_time(const char *text);
long conf_size(const char *text);

#endif
