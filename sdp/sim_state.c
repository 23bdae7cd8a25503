/*
 * sim_state.c - the messages, in a ring, and four indexes over them.
 *
 * Message n stands in slot n % keep. The oldest goes when the ring is full, or when all messages
 * together take more than BYTES, so that long texts to many numbers cannot fill the machine.
 */
#include "sdp/sim_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "sdp/sim.h"
#include "sdp/sim_action.h"

enum { BYTES = 256 << 20 };

struct sim_state {
	const struct sim_settings *set;
	struct sim_message **ring;
	uint64_t oldest, newest; /* oldest = newest + 1 when there is none */
	size_t bytes;
	struct dict by_id, by_correlator, by_pair, by_text;
	struct sim_counts counts;
	uint64_t start;  /* seconds since 1970, in each identifier */
	uint64_t serial; /* of the next request */
};

struct sim_state *
sim_state_new(const struct sim_settings *set)
{
	struct sim_state *s = xcalloc(1, sizeof *s);
	size_t keep = (size_t)set->keep;

	s->set = set;
	s->ring = xcalloc(keep, sizeof *s->ring);
	s->oldest = 1;
	s->start = (uint64_t)time(NULL);
	dict_init(&s->by_id, keep);
	dict_init(&s->by_correlator, keep);
	dict_init(&s->by_pair, keep);
	dict_init(&s->by_text, keep);
	return s;
}

struct sim_media *
sim_media_new(const struct sim_media *media, unsigned n)
{
	struct sim_media *copy = xcalloc(n ? n : 1, sizeof *copy);

	for (unsigned i = 0; i < n; i++) {
		copy[i].type = xstrdup(media[i].type);
		copy[i].name = xstrdup(media[i].name);
		copy[i].len = media[i].len;
		copy[i].bytes = xcalloc(1, media[i].len + 1);
		memcpy(copy[i].bytes, media[i].bytes, media[i].len);
	}
	return copy;
}

void
sim_media_free(struct sim_media *media, unsigned n)
{
	for (unsigned i = 0; media && i < n; i++) {
		free(media[i].type);
		free(media[i].name);
		free(media[i].bytes);
	}
	free(media);
}

static struct sim_message **
slot(const struct sim_state *s, uint64_t n)
{
	return &s->ring[n % (uint64_t)s->set->keep];
}

static void
forget_request(struct sim_request *q)
{
	dict_remove(&q->by_id);
	if (*q->correlator)
		dict_remove(&q->by_correlator);
	free(q->correlator);
	free(q->endpoint);
	free(q->subject);
	sim_media_free(q->media, q->nmedia);
	free(q);
}

static void
forget_oldest(struct sim_state *s)
{
	struct sim_message *m = *slot(s, s->oldest);

	*slot(s, s->oldest++) = NULL;
	s->bytes -= m->bytes;
	if (m->pair)
		dict_remove(&m->by_pair);
	dict_remove(&m->by_text);
	if (--m->request->left == 0)
		forget_request(m->request);
	free(m->address);
	free(m->number);
	free(m->sender);
	free(m->pair);
	free(m->same);
	free(m);
}

void
sim_state_reset(struct sim_state *s)
{
	while (s->oldest <= s->newest)
		forget_oldest(s);
	s->oldest = 1;
	s->newest = 0;
	memset(&s->counts, 0, sizeof s->counts);
}

void
sim_state_free(struct sim_state *s)
{
	if (!s)
		return;
	sim_state_reset(s);
	dict_free(&s->by_id);
	dict_free(&s->by_correlator);
	dict_free(&s->by_pair);
	dict_free(&s->by_text);
	free(s->ring);
	free(s);
}

static struct sim_request *
new_request(struct sim_state *s, const struct sim_send *send)
{
	struct sim_request *q = xcalloc(1, sizeof *q);

	/* Unique even when the program is started anew, which may happen within a second. */
	snprintf(q->id, sizeof q->id, "%llu%03u%08llu", (unsigned long long)s->start,
	    (unsigned)getpid() % 1000, (unsigned long long)++s->serial);
	q->correlator = xstrdup(send->correlator ? send->correlator : "");
	q->endpoint = xstrdup(send->endpoint ? send->endpoint : "");
	q->subject = xstrdup(send->subject ? send->subject : "");
	q->nmedia = send->nmedia;
	q->media = sim_media_new(send->media, send->nmedia);
	q->version = send->version;
	q->first = s->newest + 1;
	q->count = send->nrecipients;
	q->left = send->nrecipients;
	dict_add(&s->by_id, &q->by_id, q->id, q);
	if (*q->correlator)
		dict_add(&s->by_correlator, &q->by_correlator, q->correlator, q);
	return q;
}

/* Enter the message into the indexes, and count it when it is one that was there already. */
static void
index_message(struct sim_state *s, struct sim_message *m, const char *number, const char *text)
{
	m->number = xstrdup(number);
	m->same = xasprintf("%s\n%s", number, text);
	m->text = m->same + strlen(number) + 1;
	s->counts.same_text += dict_get(&s->by_text, m->same) != NULL;
	dict_add(&s->by_text, &m->by_text, m->same, m);
	if (*m->request->correlator) {
		m->pair = xasprintf("%s\n%s", number, m->request->correlator);
		s->counts.same_correlator += dict_get(&s->by_pair, m->pair) != NULL;
		dict_add(&s->by_pair, &m->by_pair, m->pair, m);
	}
}

static void
add_message(struct sim_state *s, struct sim_request *q, const struct sim_send *send,
    const struct sim_recipient *to)
{
	struct sim_message *m = xcalloc(1, sizeof *m);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	m->n = ++s->newest;
	m->time = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	m->due = loop_ms() + s->set->receipt_delay;
	m->request = q;
	m->address = xstrdup(to->address);
	m->sender = xstrdup(send->sender);
	m->size = send->size;
	snprintf(
	    m->status, sizeof m->status, "%s", to->how ? to->how->status : "DeliveredToTerminal");
	m->reported = to->reported ? SIM_REPORT_WAITING : SIM_REPORT_NONE;
	index_message(s, m, to->number, send->text);
	m->bytes = sizeof *m + sizeof *q + strlen(m->text) + strlen(m->sender) +
		   strlen(m->address) + 2 * strlen(q->correlator) + strlen(q->endpoint);
	/* Its media are all recipients'; that they are counted for each does no harm. */
	for (unsigned i = 0; i < q->nmedia; i++)
		m->bytes += q->media[i].len;
	s->bytes += m->bytes;
	*slot(s, m->n) = m;
	s->counts.messages++;
}

const struct sim_request *
sim_state_accept(struct sim_state *s, const struct sim_send *send)
{
	struct sim_request *q = new_request(s, send);
	unsigned i;

	/* The request must outlive its own messages when they alone are more than is kept. */
	q->left++;
	for (i = 0; i < send->nrecipients; i++) {
		while (s->oldest <= s->newest &&
		       (s->newest - s->oldest + 1 >= (uint64_t)s->set->keep || s->bytes > BYTES))
			forget_oldest(s);
		add_message(s, q, send, &send->recipients[i]);
	}
	q->left--;
	s->counts.accepted++;
	return q;
}

struct sim_counts *
sim_state_counts(struct sim_state *s)
{
	return &s->counts;
}

void
sim_state_refused(struct sim_state *s, const char *why)
{
	struct sim_counts *c = &s->counts;
	unsigned i = 0;

	while (
	    i < c->nrefusals && strncmp(c->refusals[i].why, why, sizeof c->refusals->why - 1) != 0)
		i++;
	if (i == sizeof c->refusals / sizeof *c->refusals)
		i--; /* sixty-four reasons are enough; the last one takes the rest */
	if (i == c->nrefusals) {
		snprintf(c->refusals[i].why, sizeof c->refusals[i].why, "%s", why);
		c->nrefusals++;
	}
	c->refusals[i].count++;
}

const struct sim_request *
sim_state_request(const struct sim_state *s, const char *id)
{
	return dict_get(&s->by_id, id);
}

const struct sim_request *
sim_state_correlator(const struct sim_state *s, const char *correlator)
{
	return dict_get(&s->by_correlator, correlator);
}

struct sim_message *
sim_state_message(const struct sim_state *s, uint64_t n)
{
	return n >= s->oldest && n <= s->newest ? *slot(s, n) : NULL;
}

uint64_t
sim_state_oldest(const struct sim_state *s)
{
	return s->oldest;
}

uint64_t
sim_state_newest(const struct sim_state *s)
{
	return s->newest;
}

const char *
sim_message_status(const struct sim_message *m)
{
	return loop_ms() < m->due ? "MessageWaiting" : m->status;
}
