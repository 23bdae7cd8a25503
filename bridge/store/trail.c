/*
 * trail.c - the parts of a job that goes out as several messages. The trail is a line of entries, a send's
 * number, a letter, the platform's identifier, TRAIL_END; so it grows at its end, and a letter is
 * changed in its place.
 */
#include "bridge/store/trail.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/store/job.h"
#include "bridge/store/report.h"

void
trail_begin(struct job *j, const char *pieces, unsigned n)
{
	j->parts = n;
	j->pieces = arena_strdup(j->msg->arena, pieces);
	j->trail = NULL;
}

const char *
trail_piece(struct job *j)
{
	const char *end = strchr(j->pieces, TRAIL_END);

	return end ? arena_strndup(j->msg->arena, j->pieces, (size_t)(end - j->pieces)) : j->pieces;
}

bool
trail_next(const struct job *j, struct trail_part *p)
{
	const char *at = p->next ? p->next : j->trail, *end;
	size_t n;
	char *letter;

	if (!at || !(end = strchr(at, TRAIL_END)))
		return false;
	p->send = (unsigned)strtoul(at, &letter, 10);
	job_correlator(j, p->send, p->correlator);
	p->state = *letter;
	n = (size_t)(end - letter - 1);
	if (n >= sizeof p->request)
		n = sizeof p->request - 1;
	memcpy(p->request, letter + 1, n);
	p->request[n] = '\0';
	p->next = end + 1;
	return true;
}

unsigned
trail_taken(const struct job *j)
{
	struct trail_part p = { .next = NULL };
	unsigned n = 0;

	while (trail_next(j, &p))
		n++;
	return n;
}

unsigned
trail_delivered(const struct job *j)
{
	struct trail_part p = { .next = NULL };
	unsigned n = 0;

	while (trail_next(j, &p))
		n += p.state == 'd';
	return n;
}

void
trail_take(struct job *j, const char *request, bool awaits)
{
	const char *end = strchr(j->pieces, TRAIL_END);
	char id[sizeof ((struct trail_part *)0)->request];
	size_t n = 0;

	for (; request && *request && n < sizeof id - 1; request++)
		if ((unsigned char)*request >= ' ')
			id[n++] = *request;
	id[n] = '\0';
	j->trail = arena_printf(j->msg->arena, "%s%u%c%s%c", j->trail ? j->trail : "", j->sends,
	    awaits ? 'w' : 'n', id, TRAIL_END);
	j->pieces = end ? end + 1 : "";
	j->left_before = j->left ? (unsigned)strlen(j->left) : 0;
	j->tries = 0;
	j->unknowns = 0;
	j->again = false;
	j->released = false;
}

/* Sends are made in the order of the parts, so one is of the first part that was taken with it or after. */
unsigned
trail_part(const struct job *j, const struct report *r)
{
	struct trail_part p = { .next = NULL };
	unsigned send = r->correlator ? job_send_of(r->correlator) : 0, i = 0;

	for (; trail_next(j, &p); i++)
		if (r->correlator ? send <= p.send : r->request && strcmp(r->request, p.request) == 0)
			break;
	return i;
}

/* Have another letter stand for that part. */
static void
mark(struct job *j, unsigned part, char state)
{
	struct trail_part p = { .next = NULL };
	const char *start = j->trail;
	size_t at;

	for (unsigned i = 0; trail_next(j, &p) && i < part; i++)
		start = p.next;
	at = (size_t)(start - j->trail) + strspn(start, "0123456789");
	j->trail = arena_printf(j->msg->arena, "%.*s%c%s", (int)at, j->trail, state, j->trail + at + 1);
}

static char
letter_of(enum report_is is)
{
	switch (is) {
	case REPORT_DELIVERED:
		return 'd';
	case REPORT_FAILED:
		return 'f';
	case REPORT_RELAYED:
		return 'r';
	case REPORT_WAITING:
		break;
	}
	return 'w';
}

int
trail_hear(struct job *j, unsigned part, const struct report *r)
{
	struct trail_part p = { .next = NULL };
	char new = letter_of(r->is);

	for (unsigned i = 0; i <= part; i++)
		if (!trail_next(j, &p))
			return 0;
	/* An earlier send of it, which was not taken as far as was known, arrived after all or did not. */
	if (new != 'd' && r->correlator && job_send_of(r->correlator) != (p.send & 1023))
		return 0;
	if (p.state == 'd' || p.state == 'f')
		return (new == 'd' || new == 'f') && new != p.state ? -1 : 0;
	if (new == 'w' || new == p.state)
		return 0;
	mark(j, part, new);
	return 1;
}

void
trail_merge(struct job *j, const struct job *record)
{
	struct trail_part p = { .next = NULL };

	for (unsigned i = 0; trail_next(record, &p); i++)
		mark(j, i, p.state);
}

enum job_state
trail_state(struct job *j)
{
	struct trail_part p = { .next = NULL };
	unsigned taken = 0, delivered = 0, waiting = 0, failed = 0;

	for (; trail_next(j, &p); taken++) {
		delivered += p.state == 'd';
		waiting += p.state == 'w';
		failed += p.state == 'f';
	}
	j->awaits = !failed && taken >= j->parts && waiting;
	if (failed)
		return JOB_FAILED;
	if (taken < j->parts)
		return JOB_QUEUED;
	return delivered == taken ? JOB_DELIVERED : JOB_SENT;
}
