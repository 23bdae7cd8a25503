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

struct msg_part *
msg_add_part(struct msg *m, const char *type, const char *name, const char *bytes, size_t len)
{
	struct msg_part *p;

	if (m->nparts == MSG_MAX_PARTS)
		return NULL;
	if (!m->parts)
		m->parts = arena_alloc(m->arena, MSG_MAX_PARTS * sizeof *m->parts);
	p = &m->parts[m->nparts++];
	p->type = arena_strdup(m->arena, type);
	p->name = arena_strdup(m->arena, name);
	p->bytes = arena_strndup(m->arena, bytes, len);
	p->len = len;
	return p;
}
