/*
 * left.c - which attachments of a message a recipient does not get.
 */
#include "bridge/flow/left.h"

#include <stdbool.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/flow/shape.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"

void
left_behind(struct msg *m, unsigned carried)
{
	struct buf names;

	if (carried & (MSG_MAIL | MSG_IM))
		return;
	m->link_parts = m->nfiles;
	m->nfiles = 0;
	if (carried & MSG_MMS)
		return;
	buf_init(&names, MSG_MAX_TEXT);
	for (size_t i = 0; i < m->nparts; i++)
		buf_addf(&names, "%s[%s]", i ? " " : "", m->parts[i].name ? m->parts[i].name
									 : m->parts[i].type);
	if (m->nparts && !m->text[strspn(m->text, " \t\r\n")])
		m->text = m->full && *m->full ? m->full : arena_strdup(m->arena, buf_str(&names));
	buf_free(&names);
	m->link_parts += m->nparts;
	m->nparts = 0;
}

void
left_for(struct msg *m, size_t i)
{
	struct msg_rcpt *r = &m->rcpts[i];
	size_t all = m->nparts + m->nfiles + m->link_parts;
	bool linked = m->link && r->shaping && shape_style_of(r->shaping, r).link;

	r->left = m->left;
	for (size_t k = 0; k < all && shape_is_sms(m, r) && !linked; k++)
		msg_leave_out(m, &r->left, m->parts[k].name ? m->parts[k].name : m->parts[k].type);
}

void
left_at_send(struct job *j, const char *names)
{
	const char *left = j->msg->left;

	if (j->left_before) /* what the parts before it have gone without */
		left = arena_strndup(j->msg->arena, j->left, j->left_before);
	if (names)
		msg_leave_out(j->msg, &left, names);
	j->left = left;
}
