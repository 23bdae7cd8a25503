/*
 * barrier.c - what was written to the server and is not yet known to have been processed.
 *
 * Two pings at most are under way: one batch is being processed while the next is being written, and
 * a crash repeats no more than that. A ping's id names the connection, so that one of an earlier
 * connection proves nothing about this one.
 */
#include "im/barrier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "im/stream.h"
#include "im/write.h"

enum { PINGS = 2 };

struct entry {
	struct job *job;
	char id[BARRIER_ID];
	unsigned batch;	       /* the number of the ping behind it; 0: none yet */
	struct verdict *error; /* what the server said; NULL: nothing so far */
	struct entry *next;
};

struct barrier {
	struct loop *loop;
	struct stream *stream;
	const char *domain;
	long patience;
	void (*on_settled)(void *arg, struct job *job, const char *id, const struct verdict *v);
	void *arg;
	struct entry *first, **end;
	size_t waiting;
	unsigned sent, back; /* pings: number of the last one sent, and of the last one that came back */
	unsigned repeats;    /* of the last one */
	struct timer turn, patient;
};

static void ping_when_needed(struct barrier *b);

struct barrier *
barrier_new(struct loop *l, struct stream *s, const char *domain, long patience,
    void (*on_settled)(void *arg, struct job *job, const char *id, const struct verdict *v),
    void *arg)
{
	struct barrier *b = xcalloc(1, sizeof *b);

	b->loop = l;
	b->stream = s;
	b->domain = domain;
	b->patience = patience;
	b->on_settled = on_settled;
	b->arg = arg;
	b->end = &b->first;
	return b;
}

static void
entry_free(struct entry *e)
{
	free(e->error);
	free(e);
}

void
barrier_free(struct barrier *b)
{
	if (!b)
		return;
	timer_clear(b->loop, &b->turn);
	timer_clear(b->loop, &b->patient);
	for (struct entry *e = b->first, *next; e; e = next) {
		next = e->next;
		entry_free(e);
	}
	free(b);
}

size_t
barrier_waiting(const struct barrier *b)
{
	return b->waiting;
}

/* Settle the first entry; v counts unless the server has said something of it. */
static void
settle_first(struct barrier *b, const struct verdict *v)
{
	struct entry *e = b->first;

	if (!(b->first = e->next))
		b->end = &b->first;
	b->waiting--;
	b->on_settled(b->arg, e->job, e->id, e->error ? e->error : v);
	entry_free(e);
}

/* The server does not answer: it may have given our ping to another connection of our name
 * (ejabberd does), so ask once more; then believe the connection dead. */
static void
on_impatient(void *arg)
{
	struct barrier *b = arg;

	if (b->back == b->sent)
		return;
	if (b->repeats > 0) {
		stream_drop(b->stream, "the server does not process what it was sent");
		return;
	}
	b->repeats++;
	b->back = b->sent - 1; /* the new one stands for all before it */
	ping_when_needed(b);
}

static void
send_ping(struct barrier *b, struct buf *out)
{
	char id[BARRIER_ID];
	struct stanza ping = { .kind = "iq", .domain = b->domain, .to = b->domain, .type = "get",
		.id = id };
	struct writer w;

	snprintf(id, sizeof id, "bar-%u-%u", stream_generation(b->stream), ++b->sent);
	for (struct entry *e = b->first; e; e = e->next)
		if (!e->batch || b->repeats)
			e->batch = b->sent;
	write_begin(&w, &ping, out);
	write_empty(&w, "ping", "urn:xmpp:ping");
	write_end(&w);
	stream_flush(b->stream);
	timer_set(b->loop, &b->patient, b->patience, on_impatient, b);
}

/* Is there something that no ping stands behind? Entries are in order, so the last one tells. */
static bool
is_open(const struct barrier *b)
{
	const struct entry *last = b->first ? (const struct entry *)((const char *)b->end -
	    offsetof(struct entry, next)) : NULL;

	return last && (!last->batch || b->repeats);
}

static void
ping_when_needed(struct barrier *b)
{
	struct buf *out;

	if (is_open(b) && b->sent - b->back < PINGS && (out = stream_out(b->stream)))
		send_ping(b, out);
}

static void
on_turn(void *arg)
{
	ping_when_needed(arg);
}

void
barrier_add(struct barrier *b, struct job *job, const char *id)
{
	struct entry *e = xcalloc(1, sizeof *e);

	e->job = job;
	snprintf(e->id, sizeof e->id, "%s", id);
	*b->end = e;
	b->end = &e->next;
	b->waiting++;
	/* The ping goes out with the whole turn's stanzas: as far as they have come by then. */
	if (!b->turn.slot)
		timer_set(b->loop, &b->turn, 0, on_turn, b);
	stream_flush(b->stream);
}

bool
barrier_error(struct barrier *b, const char *id, const struct verdict *v)
{
	for (struct entry *e = b->first; e; e = e->next)
		if (strcmp(e->id, id) == 0) {
			if (!e->error)
				e->error = xcalloc(1, sizeof *e->error);
			*e->error = *v;
			return true;
		}
	return false;
}

bool
barrier_pong(struct barrier *b, const char *id)
{
	struct verdict v;
	unsigned generation, n;
	int used = 0;

	if (sscanf(id, "bar-%u-%u%n", &generation, &n, &used) != 2 || id[used])
		return false;
	if (generation != stream_generation(b->stream) || n > b->sent || n <= b->back)
		return true;
	b->back = n;
	b->repeats = 0;
	done(&v, "2.0.0", "the server has it");
	while (b->first && b->first->batch && b->first->batch <= n)
		settle_first(b, &v);
	if (b->back == b->sent)
		timer_clear(b->loop, &b->patient);
	ping_when_needed(b);
	return true;
}

void
barrier_lost(struct barrier *b, const struct verdict *v)
{
	timer_clear(b->loop, &b->turn);
	timer_clear(b->loop, &b->patient);
	b->back = b->sent;
	b->repeats = 0;
	for (size_t n = b->waiting; n > 0; n--)
		settle_first(b, v);
}
