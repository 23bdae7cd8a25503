/*
 * buf.c - bytes with a cap.
 */
#include "bridge/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_free(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->over = false;
	if (b->data)
		b->data[0] = '\0';
}

/* Room for len more bytes and a NUL, or -1. Doubles, so that appending stays linear. */
static int
reserve(struct buf *b, size_t len)
{
	size_t room = b->room ? b->room : 64;

	if (len > b->max - b->len) {
		b->over = true;
		return -1;
	}
	while (room < b->len + len + 1)
		room *= 2;
	if (room > b->room) {
		b->data = xrealloc(b->data, room);
		b->room = room;
	}
	return 0;
}

int
buf_add(struct buf *b, const void *data, size_t len)
{
	if (reserve(b, len) < 0)
		return -1;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_addf(struct buf *b, const char *format, ...)
{
	char small[512], *big = NULL;
	va_list ap, again;
	int n, rc;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(small, sizeof small, format, ap);
	if (n >= (int)sizeof small)
		big = xvasprintf(format, again);
	va_end(again);
	va_end(ap);
	rc = buf_add(b, big ? big : small, n < 0 ? 0 : (size_t)n);
	free(big);
	return rc;
}

const char *
buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}
