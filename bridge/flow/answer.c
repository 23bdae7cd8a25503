/*
 * answer.c - short messages of our own to a phone.
 */
#include "bridge/flow/answer.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/intake.h"
#include "bridge/message/msg.h"
#include "bridge/message/space.h"
#include "bridge/store/talk.h"

enum { ASKED_MOST = 5 }; /* correspondents named in a question */

void
answer(const struct answer *a, const char *once, int64_t once_ms, const char *text)
{
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, "");

	m->from = "mailto:"; /* if this fails nobody is told: that would be an answer to an answer */
	m->automatic = m->ours = true;
	m->text = arena_strdup(m->arena, text);
	m->once = arena_strdup(m->arena, once);
	m->once_ms = once_ms;
	m->instead_of = a->instead_of ? arena_strdup(m->arena, a->instead_of) : NULL;
	m->instead_ms = a->instead_ms;
	m->size = (long)strlen(text);
	r->to = arena_strdup(m->arena, a->phone);
	r->transport = arena_strdup(m->arena, a->transport);
	r->sender = *a->called ? arena_strdup(m->arena, a->called) : NULL;
	r->how = MSG_SMS;
	intake(a->in, m, 0, a->on_taken, a->arg);
}

static void
log_refused(const struct answer *a, const char *why)
{
	log_event(NULL, "from=<%s>, to=<tel:%s>, transport=%s, status=refused (%s)", a->phone,
	    a->called, a->transport, why);
}

void
answer_nobody(const struct answer *a)
{
	char *once = xasprintf("nobody %s %s", a->transport, a->phone);

	log_refused(a, "it says nobody whom it is for");
	answer(a, once, ANSWER_HOUR, "Your message was not delivered: it does not say whom it is for. "
	    "Begin it with a mail address, like this: ann@example.com Hello");
	free(once);
}

void
answer_which(const struct answer *a, const struct talks *t, const char *once, int64_t once_ms)
{
	struct buf text;

	buf_init(&text, 2048);
	buf_adds(&text, "Whom is your message for? Send it again and begin with the code:");
	for (size_t i = 0; i < t->n && i < ASKED_MOST; i++) {
		const char *peer = strchr(t->all[i].peer, ':');
		char code[3];

		space_code(t->all[i].slot, code);
		buf_addf(&text, "\n#%s %s", code, peer ? peer + 1 : t->all[i].peer);
	}
	log_refused(a, "it may be for several, who are asked for");
	answer(a, once, once_ms, buf_str(&text));
	buf_free(&text);
}

void
answer_refused(const struct answer *a, const struct verdict *why)
{
	char *once = xasprintf("refused %s %s %s", a->transport, a->phone, why->text);
	char *text = xasprintf("Your message was not delivered: %.120s", why->text);

	log_refused(a, why->text);
	answer(a, once, ANSWER_HOUR, text);
	free(once);
	free(text);
}
