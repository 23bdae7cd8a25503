/*
 * left.c - which attachments of a message a recipient does not get.
 */
#include "bridge/flow/left.h"

#include <stdbool.h>

#include "bridge/base/arena.h"
#include "bridge/flow/shape.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"

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
