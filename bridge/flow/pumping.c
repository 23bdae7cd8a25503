/*
 * pumping.c - protection against artificially inflated traffic.
 *
 * The counters are in memory and bounded: what is not used for longest is forgotten. A restart forgives,
 * so the alarm comes an hour later at most.
 */
#include "bridge/flow/pumping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/arena.h"
#include "bridge/base/dict.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/alert.h"
#include "bridge/flow/intake.h"
#include "bridge/message/msg.h"
#include "bridge/store/zones.h"

enum {
	HOUR = 60 * 60,
	DAYS = 3 * 24 * HOUR,
	BLOCKS = 50000,
	CODES = 10000,
	LAST = 2,
	SLOT = 10 * 60, /* what was sent so long ago should have its report */
	SLOTS = 8,
	ENOUGH = 20, /* messages that say something */
};

const struct setting pumping_rows[] = {
	{ "pumping", CONF_BOOL, offsetof(struct pumping_settings, pumping), "no", NULL, NULL,
	    "hold messages that look like artificially inflated traffic" },
	{ "pumping_neighbours", CONF_INT, offsetof(struct pumping_settings, neighbours), "10", "2", "100",
	    "numbers of one block of a hundred by one sender in an hour that are too many" },
	{ "pumping_country", CONF_INT, offsetof(struct pumping_settings, country), "50", "1", "1000000",
	    "messages in an hour to a country not written to for three days; more are too many" },
	{ "pumping_reports", CONF_INT, offsetof(struct pumping_settings, reports), "20", "0", "100",
	    "delivery reports of a hundred messages to another country in an hour that are too few; 0: never" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

/* Messages sent and delivered in the last hour or so, by tens of minutes. */
struct traffic {
	int64_t slot; /* the newest one: seconds since 1970, divided */
	long sent[SLOTS], delivered[SLOTS];
};

/* What one sender has sent to the numbers that differ in their last two digits alone. */
struct block {
	TAILQ_ENTRY(block) used;
	struct dict_node node;
	int64_t since;
	bool seen[100];
	long n;
	char name[];
};

struct pumping {
	const struct pumping_settings *settings;
	const char *own;
	int64_t started;
	struct dict blocks;
	TAILQ_HEAD(blocks, block) used;
	size_t n;
	struct country {
		int64_t last, since;
		long n;
		bool fresh;
		struct traffic traffic;
	} countries[CODES]; /* by the digits of their codes */
	struct traffic all; /* of all countries: where nothing is ever reported, that says nothing */
};

struct pumping *
pumping_new(const struct pumping_settings *s, const char *country_code, int64_t now)
{
	struct pumping *p;

	if (!s->pumping)
		return NULL;
	p = xcalloc(1, sizeof *p);
	p->settings = s;
	p->own = country_code;
	p->started = now;
	dict_init(&p->blocks, BLOCKS);
	TAILQ_INIT(&p->used);
	return p;
}

static void
drop(struct pumping *p, struct block *b)
{
	TAILQ_REMOVE(&p->used, b, used);
	dict_remove(&b->node);
	free(b);
	p->n--;
}

void
pumping_free(struct pumping *p)
{
	struct block *b;

	if (!p)
		return;
	while ((b = TAILQ_FIRST(&p->used)))
		drop(p, b);
	dict_free(&p->blocks);
	free(p);
}

static struct block *
block_of(struct pumping *p, const char *name, int64_t now)
{
	struct block *b = dict_get(&p->blocks, name);
	size_t len = strlen(name) + 1;

	if (b && now - b->since > HOUR) {
		drop(p, b);
		b = NULL;
	}
	if (!b) {
		if (p->n == BLOCKS)
			drop(p, TAILQ_LAST(&p->used, blocks));
		b = xcalloc(1, sizeof *b + len);
		memcpy(b->name, name, len);
		b->since = now;
		dict_add(&p->blocks, &b->node, b->name, b);
		p->n++;
	} else {
		TAILQ_REMOVE(&p->used, b, used);
	}
	TAILQ_INSERT_HEAD(&p->used, b, used);
	return b;
}

/* Is that one more number of a run? */
static bool
is_run(struct pumping *p, const char *from, const char *number, int64_t now)
{
	size_t len = strlen(number);
	struct block *b;
	unsigned last;
	char *name;

	if (len < LAST + 1 || sscanf(number + len - LAST, "%2u", &last) != 1)
		return false;
	name = xasprintf("%s %.*s", from, (int)(len - LAST), number);
	b = block_of(p, name, now);
	free(name);
	b->n += !b->seen[last];
	b->seen[last] = true;
	return b->n >= p->settings->neighbours;
}

/* Its country; NULL: it is our own, or nobody's. */
static struct country *
country_of(struct pumping *p, const char *number)
{
	size_t len = zones_code(number);
	char code[8];

	if (len == 0 || len > 4 || (*p->own && strncmp(number + 1, p->own, strlen(p->own)) == 0))
		return NULL;
	snprintf(code, sizeof code, "%.*s", (int)len, number + 1);
	return &p->countries[atoi(code)];
}

/* The counters' place for now; what is too old is forgotten. */
static size_t
place(struct traffic *t, int64_t now)
{
	int64_t slot = now / SLOT;

	for (int n = 0; t->slot < slot && n < SLOTS; n++) {
		t->slot = slot - t->slot > SLOTS ? slot - SLOTS + 1 : t->slot + 1;
		t->sent[t->slot % SLOTS] = t->delivered[t->slot % SLOTS] = 0;
	}
	return (size_t)(slot % SLOTS);
}

/* Do few of its messages arrive, while others' do? Of those that are sent just now nothing is known yet. */
static bool
is_unheard(struct pumping *p, const char *number, int64_t now)
{
	struct country *c = country_of(p, number);
	long sent = 0, delivered = 0, others = 0;
	size_t newest;

	if (!c || !p->settings->reports)
		return false;
	newest = place(&c->traffic, now);
	place(&p->all, now);
	for (size_t i = 0; i < SLOTS; i++) {
		sent += i == newest || i == (newest + SLOTS - 1) % SLOTS ? 0 : c->traffic.sent[i];
		delivered += c->traffic.delivered[i];
		others += p->all.delivered[i];
	}
	c->traffic.sent[newest]++;
	return sent >= ENOUGH && others > 0 && delivered * 100 < sent * p->settings->reports;
}

void
pumping_delivered(struct pumping *p, const char *number, int64_t now)
{
	struct country *c = p ? country_of(p, number) : NULL;

	if (p)
		p->all.delivered[place(&p->all, now)]++;
	if (c)
		c->traffic.delivered[place(&c->traffic, now)]++;
}

/* Does the country of the number suddenly get many? */
static bool
is_spike(struct pumping *p, const char *number, int64_t now)
{
	struct country *c = country_of(p, number);

	if (!c)
		return false;
	if (now - c->last > DAYS) {
		c->fresh = now - p->started > HOUR;
		c->since = now;
		c->n = 0;
	}
	c->last = now;
	if (now - c->since > HOUR)
		c->fresh = false;
	return c->fresh && ++c->n > p->settings->country;
}

size_t
pumping_judge(struct pumping *p, struct msg *m, int64_t now)
{
	size_t held = 0;

	for (size_t i = 0; p && i < m->nrcpts && !m->ours && !m->about; i++) {
		struct msg_rcpt *r = &m->rcpts[i];

		if (strncmp(r->to, "tel:+", 5) != 0)
			continue;
		if (is_run(p, m->from, r->to + 4, now))
			r->held_for = "messages to many neighbouring numbers: an administrator looks at it";
		if (is_spike(p, r->to + 4, now))
			r->held_for = "suddenly many messages to its country: an administrator looks at it";
		if (is_unheard(p, r->to + 4, now))
			r->held_for = "few messages to its country arrive: an administrator looks at it";
		held += r->held_for != NULL;
	}
	return held;
}

void
pumping_alert(const struct intake *in, const struct msg *about)
{
	const char *why = NULL, *to = NULL;
	char text[1200];

	for (size_t i = 0; i < about->nrcpts && !why; i++) {
		why = about->rcpts[i].held_for;
		to = about->rcpts[i].to;
	}
	if (!why)
		return;
	snprintf(text, sizeof text, "Messages of %.300s to phones, such as %.100s, are held: %.300s.\n\n"
	    "`triviumctl queue` lists them, `triviumctl release ID` sends and `triviumctl cancel ID` drops "
	    "one.\nYou are told at most once an hour.\n", about->from, to, why);
	alert(in, "pumping", HOUR * 1000, "Messages are held", text);
}
