/*
 * queue_memory.c - what the store remembers of senders and phones: read into the books at the start,
 * and consent and bindings as they are given and taken back.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/binding.h"
#include "bridge/store/consent.h"
#include "bridge/store/ledger.h"
#include "bridge/store/queue_request.h"
#include "bridge/store/quota.h"

/* What a recall has read, on its way from the writer to the loop. */
struct recall {
	struct quota_line *lines;
	size_t nlines;
	struct consent *decisions; /* their strings are copies */
	size_t ndecisions;
	struct bindings *read; /* a book of its own */
	struct binding one; /* to be written; its strings are the request's */
	struct quotas *quotas;
	struct consents *consents;
	struct bindings *bindings;
};

static void
forget_read(struct recall *r)
{
	for (size_t i = 0; i < r->nlines; i++)
		free(r->lines[i].who);
	for (size_t i = 0; i < r->ndecisions; i++) {
		free((char *)r->decisions[i].phone);
		free((char *)r->decisions[i].service);
		free((char *)r->decisions[i].peer);
		free((char *)r->decisions[i].text);
		free((char *)r->decisions[i].once);
	}
	free(r->lines);
	free(r->decisions);
	r->lines = NULL;
	r->decisions = NULL;
	r->nlines = r->ndecisions = 0;
	bindings_free(r->read);
	r->read = NULL;
}

static void
take_decision(void *arg, const struct consent *d)
{
	struct recall *r = arg;
	struct consent *copy;

	r->decisions = xrealloc(r->decisions, (r->ndecisions + 1) * sizeof *r->decisions);
	copy = &r->decisions[r->ndecisions++];
	*copy = *d;
	copy->phone = xstrdup(d->phone);
	copy->service = xstrdup(d->service);
	copy->peer = xstrdup(d->peer);
	copy->text = xstrdup(d->text);
	copy->once = d->once ? xstrdup(d->once) : NULL;
}

static int
earlier(const void *a, const void *b)
{
	const struct consent *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void
take_binding(void *arg, const struct binding *one)
{
	bindings_set(arg, one);
}

static int
run_recall(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	struct shelf *s = &r->queue->ledger->shelf;

	struct recall *c = r->recall;

	c->read = bindings_new();
	if ((c->quotas && quota_read(s, time(NULL), &c->lines, &c->nlines, v) < 0) ||
	    (c->consents && consent_each(s, take_decision, c, v) < 0) ||
	    (c->bindings && binding_each(s, take_binding, c->read, v) < 0))
		return -1;
	/* The store has them by phone and peer; what was said last counts across peers, too. */
	if (c->ndecisions)
		qsort(c->decisions, c->ndecisions, sizeof *c->decisions, earlier);
	return 0;
}

static void
undo_recall(struct op *op)
{
	forget_read(((struct request *)op)->recall);
}

static void
answer_recall(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;
	struct recall *c = r->recall;

	for (size_t i = 0; v->is == DONE && i < c->nlines; i++)
		quotas_restore(c->quotas, &c->lines[i], time(NULL));
	for (size_t i = 0; v->is == DONE && i < c->ndecisions; i++)
		consents_set(c->consents, &c->decisions[i]);
	if (v->is == DONE && c->bindings)
		bindings_each(c->read, NULL, take_binding, c->bindings);
	r->tell.on_done(r->arg, v);
}

void
recall_free(struct recall *r)
{
	if (!r)
		return;
	forget_read(r);
	free(r);
}

void
queue_recall(struct queue *q, struct quotas *quotas, struct consents *consents,
    struct bindings *bindings, void (*on_done)(void *arg, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_recall, answer_recall);

	r->recall = xcalloc(1, sizeof *r->recall);
	r->recall->quotas = quotas;
	r->recall->consents = consents;
	r->recall->bindings = bindings;
	r->op.undo = undo_recall;
	r->tell.on_done = on_done;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}

static int
run_consent(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;
	int rc = consent_write(&r->queue->ledger->shelf, r->recall->decisions, v);

	r->heard = rc == 0;
	return rc < 0 ? -1 : 0;
}

static void
answer_consent(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	r->tell.on_kept(r->arg, r->heard, v);
}

static void
answer_done(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	r->tell.on_done(r->arg, v);
}

void
queue_consent(struct queue *q, const struct consent *d,
    void (*on_kept)(void *arg, bool repeated, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_consent, answer_consent);

	r->recall = xcalloc(1, sizeof *r->recall);
	take_decision(r->recall, d);
	r->tell.on_kept = on_kept;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}

static int
run_bind(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;

	return binding_write(&r->queue->ledger->shelf, &r->recall->one, v);
}

void
queue_bind(struct queue *q, const struct binding *b,
    void (*on_done)(void *arg, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_bind, answer_done);

	r->recall = xcalloc(1, sizeof *r->recall);
	r->text = xstrdup(b->via);
	r->phone = xstrdup(b->jid);
	r->recall->one = *b;
	r->recall->one.via = r->text;
	r->recall->one.jid = r->phone;
	r->tell.on_done = on_done;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}

static int
run_decisions(struct op *op, struct verdict *v)
{
	struct request *r = (struct request *)op;

	if (consent_each(&r->queue->ledger->shelf, take_decision, r->recall, v) < 0)
		return -1;
	if (r->recall->ndecisions)
		qsort(r->recall->decisions, r->recall->ndecisions, sizeof *r->recall->decisions, earlier);
	return 0;
}

static void
undo_decisions(struct op *op)
{
	forget_read(((struct request *)op)->recall);
}

static void
answer_decisions(struct op *op, const struct verdict *v)
{
	struct request *r = (struct request *)op;

	r->tell.on_decisions(r->arg, r->recall->decisions, r->recall->ndecisions, v);
}

void
queue_decisions(struct queue *q,
    void (*on_decisions)(void *arg, const struct consent *d, size_t n, const struct verdict *v), void *arg)
{
	struct request *r = request_new(q, run_decisions, answer_decisions);

	r->op.undo = undo_decisions;
	r->recall = xcalloc(1, sizeof *r->recall);
	r->tell.on_decisions = on_decisions;
	r->arg = arg;
	writer_take(q->writer, &r->op);
}
