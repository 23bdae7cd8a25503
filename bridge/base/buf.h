/*
 * buf.h - bytes with a cap. A buffer is born with its maximum; what does not fit is refused, and
 * the refusal stays visible in `over`, so a run of additions is checked once at its end.
 */
#ifndef BRIDGE_BUF_H
#define BRIDGE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;  /* always NUL-terminated once something was added; NULL before */
	size_t len;  /* bytes in data, the NUL not counted */
	size_t room; /* bytes allocated */
	size_t max;  /* len never exceeds this */
	bool over;   /* something did not fit and was left out */
};

/* An empty buffer that will hold at most max bytes. Nothing is allocated yet. */
void buf_init(struct buf *b, size_t max);
/* Frees the bytes; the buffer is as after buf_init(). */
void buf_free(struct buf *b);
/* Forgets the bytes and `over`, keeps the memory. */
void buf_reset(struct buf *b);
/* Append len bytes. 0, or -1 when they do not fit: then nothing is added and `over` is set. */
int buf_add(struct buf *b, const void *data, size_t len);
/* Append a string. As buf_add(). */
int buf_adds(struct buf *b, const char *s);
/* Append as printf(3) does. As buf_add(). */
int buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The bytes as a string: data, or "" when nothing was added. Lent until the next change. */
const char *buf_str(const struct buf *b);

#endif
