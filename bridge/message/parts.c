/*
 * parts.c - a mail's file as lines, and where its parts begin and end.
 *
 * GMime's own parser makes an object of every part and keeps preambles in memory, so a stranger
 * could make it take as much as he likes. This one keeps nothing but the open boundaries.
 */
#include "bridge/message/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/mem.h"

void
parts_free(struct parts *p)
{
	while (p->depth)
		free(p->boundary[--p->depth]);
	free(p->buffer);
	p->buffer = NULL;
}

/* More bytes of the file into the buffer's free end. */
static ssize_t
read_more(struct parts *p)
{
	size_t room = PARTS_BUFFER - p->end;
	ssize_t n;

	if (p->text) {
		size_t left = p->text_len - (size_t)p->offset;

		n = (ssize_t)(left < room ? left : room);
		memcpy(p->buffer + p->end, p->text + p->offset, (size_t)n);
		return n;
	}
	do
		n = pread(p->fd, p->buffer + p->end, room, p->offset);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Read bytes of a file without LF have CR at the ends of their lines, as some write. */
static void
end_lines(struct parts *p, char *s, size_t n)
{
	if (p->offset == 0 && n > 1)
		p->cr = !memchr(s, '\n', n) && memchr(s, '\r', n - 1);
	for (size_t i = 0; p->cr && i < n; i++)
		if (s[i] == '\r')
			s[i] = '\n';
}

/* See that a whole line is in the buffer, or so much of it that it can be no boundary. */
static void
fill(struct parts *p)
{
	size_t seen = p->at;

	if (!p->buffer)
		p->buffer = xmalloc(PARTS_BUFFER);
	for (;;) {
		ssize_t n;

		if (p->end - p->at > PARTS_MAX_BOUNDARY + 64 ||
		    memchr(p->buffer + seen, '\n', p->end - seen))
			return;
		if (p->at) {
			memmove(p->buffer, p->buffer + p->at, p->end - p->at);
			p->end -= p->at;
			p->at = 0;
		}
		seen = p->end;
		n = read_more(p);
		if (n < 0)
			p->error = errno;
		if (n <= 0)
			return;
		end_lines(p, p->buffer + p->end, (size_t)n);
		p->offset += n;
		p->end += (size_t)n;
	}
}

/* Is the line "--", the boundary, perhaps "--" again, and nothing but white space? */
static bool
is_boundary(const char *line, size_t len, const char *boundary, bool *closed)
{
	size_t n = strlen(boundary);

	if (len < n + 2 || memcmp(line + 2, boundary, n) != 0)
		return false;
	line += n + 2;
	len -= n + 2;
	*closed = len >= 2 && line[0] == '-' && line[1] == '-';
	if (*closed) {
		line += 2;
		len -= 2;
	}
	while (len && strchr(" \t\r\n", line[len - 1]) && line[len - 1])
		len--;
	return len == 0;
}

/* Which of the open multiparts' boundaries the line is, counted from 1; the innermost first, since
 * a careless sender may use one boundary twice. 0: none. */
static int
find_boundary(struct parts *p, const char *line, size_t len)
{
	if (len < 3 || line[0] != '-' || line[1] != '-' || len > PARTS_MAX_BOUNDARY + 64)
		return 0;
	for (size_t i = p->depth; i > 0; i--)
		if (is_boundary(line, len, p->boundary[i - 1], &p->closed))
			return (int)i;
	return 0;
}

int
parts_line(struct parts *p, struct piece *line)
{
	const char *newline;

	if (p->hit || p->over)
		return 0;
	fill(p);
	if (p->at == p->end) {
		p->over = true;
		return 0;
	}
	line->bytes = p->buffer + p->at;
	newline = memchr(line->bytes, '\n', p->end - p->at);
	line->len = newline ? (size_t)(newline - line->bytes) + 1 : p->end - p->at;
	line->starts = !p->inside;
	p->at += line->len;
	p->inside = !newline;
	if (line->starts && p->depth)
		p->hit = find_boundary(p, line->bytes, line->len);
	if (!p->hit)
		return 1;
	if (p->count++ >= p->max_parts)
		p->over = true;
	return 0;
}

void
parts_unread(struct parts *p, const struct piece *line)
{
	p->at -= line->len;
	p->inside = !line->starts;
}

const char *
parts_ahead(const struct parts *p, size_t *len)
{
	*len = p->end - p->at;
	return p->buffer + p->at;
}

void
parts_skip(struct parts *p)
{
	struct piece line;

	while (parts_line(p, &line) > 0)
		;
}

/* The bytes of a boundary that count; 0 when it can be none. White space at the end of the line is
 * cut, so it cannot tell boundaries apart. */
static size_t
boundary_length(const char *boundary)
{
	size_t n = strlen(boundary);

	while (n && strchr(" \t\r\n", boundary[n - 1]))
		n--;
	return n > PARTS_MAX_BOUNDARY ? 0 : n;
}

int
parts_begin(struct parts *p, const char *boundary)
{
	size_t n = boundary_length(boundary);

	if (n == 0 || p->depth == PARTS_MAX_DEPTH)
		return -1;
	p->boundary[p->depth++] = xstrndup(boundary, n);
	return 0;
}

int
parts_turn(struct parts *p, const char *boundary)
{
	size_t n = boundary_length(boundary);

	if (n == 0 || p->hit || p->over)
		return -1;
	free(p->boundary[p->depth - 1]);
	p->boundary[p->depth - 1] = xstrndup(boundary, n);
	p->hit = (int)p->depth;
	p->closed = false;
	p->count++;
	return 0;
}

int
parts_next(struct parts *p)
{
	parts_skip(p);
	if (!p->over && p->hit == (int)p->depth && !p->closed) {
		p->hit = 0;
		return 1;
	}
	free(p->boundary[--p->depth]);
	if (p->hit > (int)p->depth)
		p->hit = 0;
	parts_skip(p); /* the epilogue */
	return 0;
}
