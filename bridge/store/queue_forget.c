/*
 * queue_forget.c - what is kept of a person is forgotten, a page in each transaction.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/binding.h"
#include "bridge/store/consent.h"
#include "bridge/store/key.h"
#include "bridge/store/ledger.h"
#include "bridge/store/link.h"
#include "bridge/store/queue_request.h"
#include "bridge/store/quota.h"
#include "bridge/store/talk.h"

enum { PAGE = 500 }; /* entries looked at in a transaction */

/* How far it is. */
struct forget {
	char *who;
	bool decisions;
	struct step {
		enum { JOBS, TALKS, LINKS, BOOKS, END } in;
		struct key at;
		struct forgotten n;
	} now, next; /* next: what the transaction under way comes to */
};

/* The books are short. 0, or -1. */
static int
forget_books(struct shelf *s, const struct forget *f, struct forgotten *n, struct verdict *v)
{
	const char *bare = strchr(f->who, ':') + 1;
	int quotas = quota_forget(s, bare, v), bindings, decisions = 0;

	if (quotas < 0 || (bindings = strncmp(f->who, "mailto:", 7) == 0 ? 0 : binding_forget(s, bare, v)) < 0 ||
	    (f->decisions && (decisions = consent_forget(s, f->who, v)) < 0))
		return -1;
	n->quotas = (unsigned)quotas;
	n->bindings = (unsigned)bindings;
	n->decisions = (unsigned)decisions;
	return 0;
}

static int
run_forget(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	struct ledger *g = r->queue->ledger;
	struct forget *f = r->forget;
	struct step *s = &f->next;
	int rc = 0;

	*s = f->now;
	switch (s->in) {
	case JOBS:
		rc = ledger_forget(g, f->who, &s->at, PAGE, &s->n.jobs, &s->n.waiting, v);
		break;
	case TALKS:
		rc = talk_forget(&g->shelf, f->who, &s->at, PAGE, &s->n.talks, v);
		break;
	case LINKS:
		rc = link_forget(&g->shelf, f->who, &s->at, PAGE, &s->n.links, v);
		break;
	case BOOKS:
		rc = forget_books(&g->shelf, f, &s->n, v);
		break;
	case END:
		break;
	}
	if (rc == 0) {
		s->in++;
		s->at.len = 0;
	}
	return rc < 0 ? -1 : 0;
}

static void answer_forget(struct op *op, const struct verdict *v);

/* Write the next page. */
static void
go_on(struct queue *q, struct forget *f, const struct request *before)
{
	struct request *r = request_new(q, run_forget, answer_forget);

	r->forget = f;
	r->tell = before->tell;
	r->arg = before->arg;
	writer_take(q->writer, &r->op);
}

static void
answer_forget(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;
	struct forget *f = r->forget;

	if (v->is == DONE)
		f->now = f->next;
	if (v->is == DONE && f->now.in != END) {
		r->forget = NULL;
		go_on(r->queue, f, r);
		return;
	}
	r->tell.on_forgotten(r->arg, &f->now.n, v);
}

void
forget_free(struct forget *f)
{
	if (!f)
		return;
	free(f->who);
	free(f);
}

void
queue_forget(struct queue *q, const char *who, bool decisions,
    void (*on_forgotten)(void *arg, const struct forgotten *n, const struct verdict *v), void *arg)
{
	const struct request first = { .tell.on_forgotten = on_forgotten, .arg = arg };
	struct forget *f = xcalloc(1, sizeof *f);

	f->who = xstrdup(who);
	f->decisions = decisions;
	go_on(q, f, &first);
}
