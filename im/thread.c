/*
 * thread.c - the threads of mail that IM users write in.
 *
 * Kept in memory: after a restart a user's next line stands in the pair's own thread, whose name is
 * made of the two, so that mail programs still show such lines together.
 */
#include "im/thread.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "bridge/base/arena.h"
#include "bridge/base/dict.h"
#include "bridge/base/digest.h"
#include "bridge/base/mem.h"
#include "bridge/message/msg.h"

enum {
	CHAIN = 4000,  /* bytes of References that are kept */
	NAME = 10,     /* bytes of a digest that name a pair */
};

struct thread {
	char *pair; /* "user mailto:…" */
	char *message_id, *references, *subject; /* references and subject: "" when none */
	struct dict_node node;
	TAILQ_ENTRY(thread) link;
};

struct threads {
	struct dict by_pair;
	TAILQ_HEAD(, thread) all; /* the one least used first */
	size_t n;
};

struct threads *
threads_new(void)
{
	struct threads *t = xcalloc(1, sizeof *t);

	dict_init(&t->by_pair, THREADS_MOST);
	TAILQ_INIT(&t->all);
	return t;
}

static void
forget(struct threads *t, struct thread *k)
{
	dict_remove(&k->node);
	TAILQ_REMOVE(&t->all, k, link);
	t->n--;
	free(k->pair);
	free(k->message_id);
	free(k->references);
	free(k->subject);
	free(k);
}

void
threads_free(struct threads *t)
{
	if (!t)
		return;
	while (!TAILQ_EMPTY(&t->all))
		forget(t, TAILQ_FIRST(&t->all));
	dict_free(&t->by_pair);
	free(t);
}

/* Is it one Message-ID, which can be named in a field? */
static bool
is_id(const char *id)
{
	size_t n = id ? strlen(id) : 0;

	return n > 2 && n < 900 && id[0] == '<' && id[n - 1] == '>' && !strpbrk(id, " \t\r\n");
}

void
threads_note(struct threads *t, const struct msg *m, const char *user)
{
	const char *before = m->references ? m->references : m->in_reply_to ? m->in_reply_to : "";
	struct thread *k;
	char *pair;

	if (strncmp(m->from, "mailto:", 7) != 0 || !m->from[7] || !is_id(m->message_id))
		return;
	pair = xasprintf("%s %s", user, m->from);
	if ((k = dict_get(&t->by_pair, pair)))
		forget(t, k);
	else if (t->n >= THREADS_MOST)
		forget(t, TAILQ_FIRST(&t->all));
	k = xcalloc(1, sizeof *k);
	k->pair = pair;
	k->message_id = xstrdup(m->message_id);
	k->references = xstrdup(strlen(before) < CHAIN && !strpbrk(before, "\r\n") ? before : "");
	k->subject = xstrdup(m->subject ? m->subject : "");
	dict_add(&t->by_pair, &k->node, k->pair, k);
	TAILQ_INSERT_TAIL(&t->all, k, link);
	t->n++;
}

static void
join_own(struct msg *m, const char *pair, const char *domain)
{
	unsigned char sum[DIGEST_MOST];
	char hex[DIGEST_HEX];

	digest_of(DIGEST_SHA256, pair, strlen(pair), sum);
	digest_hex(sum, NAME, hex);
	m->in_reply_to = m->references = arena_printf(m->arena, "<chat.%s@%s>", hex, domain);
}

void
threads_join(struct threads *t, struct msg *m, const char *user, const char *domain)
{
	char *pair = xasprintf("%s %s", user, m->rcpts[0].to);
	struct thread *k = dict_get(&t->by_pair, pair);

	if (!k) {
		join_own(m, pair, domain);
	} else {
		m->in_reply_to = arena_strdup(m->arena, k->message_id);
		m->references = arena_printf(m->arena, "%s%s%s", k->references, *k->references ? " " : "",
		    k->message_id);
		if (*k->subject)
			m->subject = arena_printf(m->arena, "%s%s",
			    strncasecmp(k->subject, "re:", 3) == 0 ? "" : "Re: ", k->subject);
		TAILQ_REMOVE(&t->all, k, link);
		TAILQ_INSERT_TAIL(&t->all, k, link);
	}
	free(pair);
}
