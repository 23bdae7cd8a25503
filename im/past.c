/*
 * past.c - which messages users sent of late.
 */
#include "im/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/dict.h"
#include "bridge/base/mem.h"
#include "bridge/flow/receive.h"
#include "bridge/store/queue.h"

struct sent {
	time_t at;
	char *to, *message_id; /* NULL: none here yet */
};

struct user {
	char *jid;
	struct sent sent[PAST_EACH]; /* a ring */
	unsigned next;
	struct dict_node node;
	TAILQ_ENTRY(user) link;
};

/* Somebody asks: one message after another is looked up. */
struct asking {
	struct past *past;
	struct receive *in;
	struct sent sent[PAST_EACH]; /* the newest first */
	unsigned n, at;
	struct buf text;
	void (*on_told)(void *arg, const char *text);
	void (*drop)(void *arg);
	void *arg;
	LIST_ENTRY(asking) link;
};

struct past {
	struct dict by_jid;
	TAILQ_HEAD(users, user) users; /* who has not written for longest first */
	size_t n;
	LIST_HEAD(, asking) asking;
};

struct past *
past_new(void)
{
	struct past *p = xcalloc(1, sizeof *p);

	dict_init(&p->by_jid, PAST_USERS);
	TAILQ_INIT(&p->users);
	LIST_INIT(&p->asking);
	return p;
}

static void
forget(struct sent *s)
{
	free(s->to);
	free(s->message_id);
	*s = (struct sent){ 0 };
}

static void
user_free(struct past *p, struct user *u)
{
	dict_remove(&u->node);
	TAILQ_REMOVE(&p->users, u, link);
	p->n--;
	for (size_t i = 0; i < PAST_EACH; i++)
		forget(&u->sent[i]);
	free(u->jid);
	free(u);
}

static void
asking_free(struct asking *a)
{
	LIST_REMOVE(a, link);
	for (size_t i = 0; i < PAST_EACH; i++)
		forget(&a->sent[i]);
	buf_free(&a->text);
	a->drop(a->arg);
	free(a);
}

void
past_free(struct past *p)
{
	if (!p)
		return;
	while (!LIST_EMPTY(&p->asking))
		asking_free(LIST_FIRST(&p->asking));
	while (!TAILQ_EMPTY(&p->users))
		user_free(p, TAILQ_FIRST(&p->users));
	dict_free(&p->by_jid);
	free(p);
}

void
past_add(struct past *p, const char *jid, const char *to, const char *message_id)
{
	struct user *u = dict_get(&p->by_jid, jid);
	struct sent *s;

	if (!u) {
		if (p->n >= PAST_USERS)
			user_free(p, TAILQ_FIRST(&p->users));
		u = xcalloc(1, sizeof *u);
		u->jid = xstrdup(jid);
		dict_add(&p->by_jid, &u->node, u->jid, u);
		p->n++;
	} else {
		TAILQ_REMOVE(&p->users, u, link);
	}
	TAILQ_INSERT_TAIL(&p->users, u, link);
	s = &u->sent[u->next++ % PAST_EACH];
	forget(s);
	*s = (struct sent){ time(NULL), xstrdup(to), xstrdup(message_id) };
}

static void look(struct asking *a);

static void
on_found(void *arg, struct job **jobs, size_t n)
{
	struct asking *a = arg;
	const struct sent *s = &a->sent[a->at++];
	char when[32];
	struct tm tm;

	gmtime_r(&s->at, &tm);
	strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", &tm);
	buf_addf(&a->text, "%s%s %s: %s", a->text.len ? "\n" : "", when, strchr(s->to, ':') + 1,
	    n ? job_state_name(jobs[0]->state) : "forgotten");
	for (size_t i = 0; i < n; i++)
		job_free(jobs[i]);
	look(a);
}

static void
look(struct asking *a)
{
	if (a->at < a->n) {
		receive_find(a->in, a->sent[a->at].message_id, on_found, a);
		return;
	}
	a->on_told(a->arg, buf_str(&a->text));
	asking_free(a);
}

void
past_tell(struct past *p, struct receive *in, const char *jid,
    void (*on_told)(void *arg, const char *text), void (*drop)(void *arg), void *arg)
{
	const struct user *u = dict_get(&p->by_jid, jid);
	struct asking *a = xcalloc(1, sizeof *a);

	a->past = p;
	a->in = in;
	a->on_told = on_told;
	a->drop = drop;
	a->arg = arg;
	buf_init(&a->text, 16 * 1024);
	LIST_INSERT_HEAD(&p->asking, a, link);
	for (unsigned i = 1; u && i <= PAST_EACH && i <= u->next; i++) {
		const struct sent *s = &u->sent[(u->next - i) % PAST_EACH];

		a->sent[a->n++] = (struct sent){ s->at, xstrdup(s->to), xstrdup(s->message_id) };
	}
	look(a);
}
