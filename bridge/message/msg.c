/*
 * msg.c - a message: one arena, and the rows that grow on it.
 */
#include "bridge/message/msg.h"

#include <string.h>

#include "bridge/base/arena.h"

struct msg *
msg_new(void)
{
	struct arena *a = arena_new();
	struct msg *m = arena_alloc(a, sizeof *m);

	m->arena = a;
	m->text = "";
	return m;
}

void
msg_free(struct msg *m)
{
	if (m)
		arena_free(m->arena);
}

struct msg_rcpt *
msg_add_rcpt(struct msg *m, const char *given)
{
	struct msg_rcpt *r;

	if (m->nrcpts == MSG_MAX_RCPTS)
		return NULL;
	/* The rows double at each power of two, so their number says how much room there is. */
	if ((m->nrcpts & (m->nrcpts - 1)) == 0) {
		r = arena_alloc(m->arena, (m->nrcpts ? 2 * m->nrcpts : 1) * sizeof *r);
		if (m->nrcpts)
			memcpy(r, m->rcpts, m->nrcpts * sizeof *r);
		m->rcpts = r;
	}
	r = &m->rcpts[m->nrcpts++];
	r->given = given ? arena_strdup(m->arena, given) : "";
	return r;
}

/* A new part at that place; what stood there and behind goes one on. NULL: there are enough. */
static struct msg_part *
insert(struct msg *m, size_t at, const char *type, const char *name, const char *bytes, size_t len)
{
	size_t all = m->nparts + m->nfiles;
	struct msg_part *p;

	if (all == MSG_MAX_PARTS)
		return NULL;
	if (!m->parts)
		m->parts = arena_alloc(m->arena, MSG_MAX_PARTS * sizeof *m->parts);
	p = &m->parts[at];
	memmove(p + 1, p, (all - at) * sizeof *p);
	*p = (struct msg_part){ arena_strdup(m->arena, type), arena_strdup(m->arena, name),
		arena_strndup(m->arena, bytes, len), len };
	return p;
}

struct msg_part *
msg_add_part(struct msg *m, const char *type, const char *name, const char *bytes, size_t len)
{
	struct msg_part *p = insert(m, m->nparts, type, name, bytes, len);

	m->nparts += p != NULL;
	return p;
}

struct msg_part *
msg_add_file(struct msg *m, const char *type, const char *name, const char *bytes, size_t len)
{
	struct msg_part *p = insert(m, m->nparts + m->nfiles, type, name, bytes, len);

	m->nfiles += p != NULL;
	return p;
}

void
msg_leave_out(struct msg *m, const char **names, const char *name)
{
	static const char more[] = ", \xe2\x80\xa6";
	size_t len = *names ? strlen(*names) : 0;
	bool full = len >= sizeof more - 1 && strcmp(*names + len - (sizeof more - 1), more) == 0;

	if (full)
		return;
	if (len + strlen(name) + sizeof more + 2 > MSG_LEFT)
		*names = arena_printf(m->arena, "%s%s", *names ? *names : "", more + (*names ? 0 : 2));
	else
		*names = arena_printf(m->arena, "%s%s%s", *names ? *names : "", *names ? ", " : "", name);
}
