/*
 * parts.h - a mail's file as lines, and where its parts begin and end (RFC 2046 section 5.1.1). One
 * pass over the file with one small buffer, however long it and its lines are.
 */
#ifndef BRIDGE_PARTS_H
#define BRIDGE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	PARTS_MAX_DEPTH = 50,     /* multiparts within multiparts */
	PARTS_MAX_BOUNDARY = 256, /* bytes; RFC 2046 allows 70 */
	PARTS_BUFFER = 32 * 1024,
};

/* Zeroed but for fd (or text) and max_parts to begin with; for parts_free(). Others only read it.
 */
struct parts {
	int fd;           /* a file, read with pread(2) so that its offset stays */
	const char *text; /* read these bytes instead, when not NULL */
	size_t text_len;
	unsigned max_parts; /* what lies behind that many boundaries is not looked at */

	unsigned count; /* boundaries seen */
	int error;      /* errno when the file could not be read; it then seems to end there */
	bool over;      /* the file is at its end, or max_parts is reached */
	/* For parts.c alone. */
	size_t depth;
	char *boundary[PARTS_MAX_DEPTH];
	int hit;     /* boundary[hit - 1] was read and not yet taken by its multipart; 0: none */
	bool closed; /* and it was the last of its multipart */
	bool cr;     /* lines end with CR alone */
	bool inside; /* the next byte is not at the start of a line */
	off_t offset;
	size_t at, end;
	char *buffer;
};

/* Releases what reading has taken; p itself is the caller's. */
void parts_free(struct parts *p);

/* A line, or a piece of one that is longer than the buffer. Lent until the next call. */
struct piece {
	const char *bytes; /* the line's end is among them */
	size_t len;
	bool starts; /* it is the beginning of a line */
};

/*
 * The next line of the innermost part. 1; or 0 when the part is over: at a boundary, whichever
 * multipart it is of, or at the end of the file.
 */
int parts_line(struct parts *p, struct piece *line);
/* Put back the line that parts_line() gave last. */
void parts_unread(struct parts *p, const struct piece *line);
/* What of the text behind the line that parts_line() gave last is at hand already, *len bytes. Lent
 * until the next call. */
const char *parts_ahead(const struct parts *p, size_t *len);
/* What is left of the innermost part is of no interest. */
void parts_skip(struct parts *p);

/*
 * A multipart with that boundary begins here. 0, or -1 when they are nested too deeply or it can be
 * no boundary: then nothing has changed. After 0, what parts_line() gives is the preamble.
 */
int parts_begin(struct parts *p, const char *boundary);
/*
 * The innermost multipart's boundary is another one than was said, and the line that parts_line()
 * gave before last, put back or not, was it: parts_next() goes on with the part behind it. 0, or -1
 * when it can be no boundary.
 */
int parts_turn(struct parts *p, const char *boundary);
/*
 * Go to the next part of the multipart begun last, over what is left of the part before it. 1; or
 * 0 when there is none: then that multipart is over and so is its part of the multipart around it.
 */
int parts_next(struct parts *p);

#endif
