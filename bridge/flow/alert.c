/*
 * alert.c - mails to the postmaster about what an administrator should see.
 */
#include "bridge/flow/alert.h"

#include <stdbool.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/log.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/intake.h"
#include "bridge/message/msg.h"

static void
on_alerted(void *arg, const char *id, bool repeated, const struct verdict *v)
{
	(void)arg;
	(void)id;
	(void)repeated;
	if (v->is != DONE)
		log_warn("the postmaster cannot be told: %s", v->text);
}

void
alert(const struct intake *in, const char *once, int64_t once_ms, const char *subject, const char *text)
{
	struct msg *m;
	struct msg_rcpt *r;

	if (!in->postmaster || !*in->postmaster || !*in->mail_domain)
		return;
	m = msg_new();
	r = msg_add_rcpt(m, "");
	m->from = arena_printf(m->arena, "mailto:trivium@%s", in->mail_domain);
	m->automatic = m->ours = true;
	m->once = arena_strdup(m->arena, once);
	m->once_ms = once_ms;
	m->subject = arena_strdup(m->arena, subject);
	m->text = arena_strdup(m->arena, text);
	m->size = (long)strlen(m->text);
	r->to = arena_printf(m->arena, "mailto:%s", in->postmaster);
	r->how = MSG_MAIL;
	intake(in, m, 0, on_alerted, NULL);
}
