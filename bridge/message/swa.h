/*
 * swa.h - SOAP messages with attachments: multipart/related (RFC 2387) over HTTP, written and read.
 */
#ifndef BRIDGE_SWA_H
#define BRIDGE_SWA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct verdict;

enum {
	SWA_PARTS = 64,	 /* attachments read at most; the rest is left out */
	SWA_TYPE = 200,	 /* room for the Content-Type of a message written */
};

/* A part. Strings are not NULL. */
struct swa_part {
	const char *type;     /* lower case, without parameters: "image/jpeg" */
	const char *charset;  /* of a text; "": not said */
	const char *id;	      /* Content-ID without <> */
	const char *location; /* Content-Location */
	const char *name;     /* a file name in UTF-8 as its sender wrote it */
	const char *bytes;    /* decoded; a NUL behind them is not counted */
	size_t len;
};

/*
 * Append a message to out: the envelope (UTF-8), then the parts, whose id is also their location and
 * name. binary: as they are, else in base64. content_type gets the HTTP field. 0, or -1 when it does
 * not fit into out's maximum.
 */
int swa_write(const char *envelope, size_t len, const struct swa_part *parts, size_t n, bool binary,
    struct buf *out, char content_type[SWA_TYPE]);

struct swa {
	struct swa_part root; /* the envelope */
	struct swa_part parts[SWA_PARTS];
	size_t n;
};

/*
 * Read a message of any bytes as the HTTP field Content-Type says. What is no multipart is a message
 * of nothing but the root. The root is the part that `start` names, else the first. All is in the
 * arena. 0, or -1 and *v (NEVER): a multipart without a boundary, or without any part.
 */
int swa_read(struct arena *a, const char *content_type, const char *bytes, size_t len,
    struct swa *out, struct verdict *v);

#endif
