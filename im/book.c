/*
 * book.c - who has registered with the gateway.
 *
 * A line is "+ JID NUMBER SINCE TELL" or "- JID", with tabs between; the last one about a JID
 * counts. At start the file is written anew without what no longer counts. A last line without its
 * end was being written when the process died, and is dropped.
 */
#include "im/book.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/dict.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "im/jid.h"

struct page {
	struct book_user user;
	char *jid;
	struct dict_node node;
	TAILQ_ENTRY(page) link;
};

struct book {
	char *path;
	int fd;
	struct dict by_jid;
	TAILQ_HEAD(, page) pages;
	size_t n;
};

static void
tear(struct book *b, struct page *p)
{
	dict_remove(&p->node);
	TAILQ_REMOVE(&b->pages, p, link);
	b->n--;
	free(p->jid);
	free(p);
}

static void
put(struct book *b, const struct book_user *u)
{
	struct page *p = dict_get(&b->by_jid, u->jid);

	if (!p) {
		p = xcalloc(1, sizeof *p);
		p->jid = xstrdup(u->jid);
		dict_add(&b->by_jid, &p->node, p->jid, p);
		TAILQ_INSERT_TAIL(&b->pages, p, link);
		b->n++;
	}
	p->user = *u;
	p->user.jid = p->jid;
}

/* Read one line; false when it is none of ours. */
static bool
take_line(struct book *b, char *line)
{
	struct book_user u = { .jid = NULL };
	char jid[2 * JID_PART];
	struct page *p;
	int tell, used = 0;

	if (sscanf(line, "+\t%2047[^\t\n]\t%19[+0-9]\t%" SCNd64 "\t%d%n", jid, u.number, &u.since, &tell,
		&used) == 4 && !line[used]) {
		u.jid = jid;
		u.tell = tell;
		if (b->n < BOOK_MOST)
			put(b, &u);
		return true;
	}
	if (strncmp(line, "-\t", 2) != 0)
		return false;
	if ((p = dict_get(&b->by_jid, line + 2)))
		tear(b, p);
	return true;
}

static int
read_all(struct book *b, FILE *f, struct verdict *v)
{
	char *line = NULL;
	size_t room = 0, number = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = getline(&line, &room, f)) > 0) {
		number++;
		if (line[n - 1] != '\n')
			break;
		line[n - 1] = '\0';
		if (!take_line(b, line))
			rc = never(v, "5.3.5", "%s:%zu: no line of registrations", b->path, number);
	}
	free(line);
	return rc;
}

static void
add_line(struct buf *out, const struct book_user *u)
{
	buf_addf(out, "+\t%s\t%s\t%" PRId64 "\t%d\n", u->jid, u->number, u->since, u->tell);
}

/* Write bytes whole and to the disk. */
static int
write_through(int fd, const struct buf *b)
{
	for (size_t at = 0; at < b->len;) {
		ssize_t n = write(fd, b->data + at, b->len - at);

		if (n < 0 && errno != EINTR)
			return -1;
		at += n < 0 ? 0 : (size_t)n;
	}
	return fdatasync(fd);
}

/* Write the file anew, and keep it open to be appended to. */
static int
write_anew(struct book *b, struct verdict *v)
{
	char *new = xasprintf("%s.new", b->path);
	struct page *p;
	struct buf all;
	int rc = 0;

	buf_init(&all, (size_t)BOOK_MOST * 4096);
	TAILQ_FOREACH (p, &b->pages, link)
		add_line(&all, &p->user);
	b->fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (b->fd < 0 || write_through(b->fd, &all) < 0 || rename(new, b->path) < 0)
		rc = never(v, "5.3.5", "%s: %s", new, strerror(errno));
	buf_free(&all);
	free(new);
	return rc;
}

struct book *
book_open(const char *path, struct verdict *v)
{
	struct book *b = xcalloc(1, sizeof *b);
	FILE *f = fopen(path, "re");
	int rc = 0;

	b->path = xstrdup(path);
	b->fd = -1;
	dict_init(&b->by_jid, 1000);
	TAILQ_INIT(&b->pages);
	if (!f && errno != ENOENT)
		rc = never(v, "5.3.5", "%s: %s", path, strerror(errno));
	if (f) {
		rc = read_all(b, f, v);
		fclose(f);
	}
	if (rc == 0 && write_anew(b, v) == 0)
		return b;
	book_close(b);
	return NULL;
}

void
book_close(struct book *b)
{
	struct page *p;

	if (!b)
		return;
	while ((p = TAILQ_FIRST(&b->pages)))
		tear(b, p);
	dict_free(&b->by_jid);
	if (b->fd >= 0)
		close(b->fd);
	free(b->path);
	free(b);
}

const struct book_user *
book_find(const struct book *b, const char *jid)
{
	const struct page *p = b ? dict_get(&b->by_jid, jid) : NULL;

	return p ? &p->user : NULL;
}

/* Append a line; what could be written of one that failed is taken off again. */
static int
append(struct book *b, struct buf *line, struct verdict *v)
{
	off_t end = lseek(b->fd, 0, SEEK_END);
	int rc = 0;

	if (line->over || end < 0 || write_through(b->fd, line) < 0) {
		rc = later(v, "4.3.0", "%s: %s", b->path, strerror(errno));
		if (end >= 0 && ftruncate(b->fd, end) < 0)
			later(v, "4.3.0", "%s: %s", b->path, strerror(errno));
	}
	buf_free(line);
	return rc;
}

int
book_enter(struct book *b, const struct book_user *u, struct verdict *v)
{
	struct buf line;

	if (b->n >= BOOK_MOST && !book_find(b, u->jid))
		return later(v, "4.3.1", "the book of registrations is full");
	buf_init(&line, 4096);
	add_line(&line, u);
	if (append(b, &line, v) < 0)
		return -1;
	put(b, u);
	return 0;
}

int
book_strike(struct book *b, const char *jid, struct verdict *v)
{
	struct page *p = dict_get(&b->by_jid, jid);
	struct buf line;

	if (!p)
		return 0;
	buf_init(&line, 4096);
	buf_addf(&line, "-\t%s\n", jid);
	if (append(b, &line, v) < 0)
		return -1;
	tear(b, p);
	return 0;
}

void
book_each(const struct book *b, void (*each)(void *arg, const struct book_user *u), void *arg)
{
	struct page *p;

	if (!b)
		return;
	TAILQ_FOREACH (p, &b->pages, link)
		each(arg, &p->user);
}
