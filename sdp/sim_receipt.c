/*
 * sim_receipt.c - notices, most of them receipts, wait for their time, then in a line for one of IN_FLIGHT places; one
 * that is not taken is tried again, TRIES times in all. A receipt holds copies, since its message
 * may be forgotten meanwhile.
 */
#include "sdp/sim_receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/http.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "sdp/sim.h"
#include "sdp/sim_action.h"

enum {
	IN_FLIGHT = 50,
	TRIES = 3,
	PAUSE_MS = 1000, /* before the second try; twice as long before the third */
	TIMEOUT_MS = 10 * 1000,
	WAITING_MAX = 200 * 1000,
	FAILING_MAX = 32, /* endpoints whose failure was logged */
	BODY_MAX = 16 * 1024,
	LATE_MS = 30 * 1000,
};

struct receipt {
	TAILQ_ENTRY(receipt) link; /* among all */
	TAILQ_ENTRY(receipt) line; /* among those ready to go */
	struct sim_receipts *owner;
	struct timer timer;
	char request[32]; /* its identifier, for the log */
	uint64_t n;       /* the message; 0: of a phone's own */
	const char *operation; /* "notifySmsReception" */
	char *endpoint, *address, *body;
	char status[SIM_STATUS]; /* for the log: a receipt's, or "" */
	void (*on_end)(struct sim *sim, uint64_t key, bool taken);
	uint64_t key;
	unsigned tries, copies;          /* made; still to be sent after this one */
	bool in_line, in_flight, orphan; /* orphan: forgotten by a reset while in flight */
	void (*on_first)(void *arg);
	void *arg;
};

struct sim_receipts {
	struct sim *sim;
	TAILQ_HEAD(receipt_list, receipt) all, line;
	unsigned in_flight;
	struct sim_receipt_counts counts;
	char *failing[FAILING_MAX];
	bool full_logged;
};

static void start(struct receipt *r);

struct sim_receipts *
sim_receipts_new(struct sim *sim)
{
	struct sim_receipts *s = xcalloc(1, sizeof *s);

	s->sim = sim;
	TAILQ_INIT(&s->all);
	TAILQ_INIT(&s->line);
	return s;
}

static void
first_ended(struct receipt *r)
{
	void (*on_first)(void *) = r->on_first;

	r->on_first = NULL;
	if (on_first)
		on_first(r->arg);
}

static void
free_receipt(struct receipt *r)
{
	struct sim_receipts *s = r->owner;

	timer_clear(s->sim->loop, &r->timer);
	if (r->in_line)
		TAILQ_REMOVE(&s->line, r, line);
	if (!r->orphan) {
		TAILQ_REMOVE(&s->all, r, link);
		s->counts.waiting--;
	}
	free(r->endpoint);
	free(r->address);
	free(r->body);
	free(r);
}

void
sim_receipts_reset(struct sim_receipts *s)
{
	struct receipt *r;
	unsigned i;

	while ((r = TAILQ_FIRST(&s->all))) {
		first_ended(r);
		if (!r->in_flight) {
			free_receipt(r);
			continue;
		}
		/* libcurl has it; its answer will find an orphan. */
		TAILQ_REMOVE(&s->all, r, link);
		r->orphan = true;
	}
	for (i = 0; i < FAILING_MAX; i++) {
		free(s->failing[i]);
		s->failing[i] = NULL;
	}
	memset(&s->counts, 0, sizeof s->counts);
}

void
sim_receipts_free(struct sim_receipts *s)
{
	if (!s)
		return;
	sim_receipts_reset(s);
	free(s);
}

void
sim_receipts_count(const struct sim_receipts *s, struct sim_receipt_counts *counts)
{
	*counts = s->counts;
}

/* Where the endpoint stands among those that fail, or where it can be put, or NULL. */
static char **
failing(struct sim_receipts *s, const char *endpoint)
{
	char **place = NULL;
	unsigned i;

	for (i = 0; i < FAILING_MAX; i++) {
		if (s->failing[i] && strcmp(s->failing[i], endpoint) == 0)
			return &s->failing[i];
		if (!s->failing[i])
			place = &s->failing[i];
	}
	return place;
}

/* One line when an endpoint stops taking receipts and one when it begins again, none between: a
 * sender without a listener would else fill the log. */
static void
note(struct sim_receipts *s, const char *endpoint, const char *trouble)
{
	char **place = failing(s, endpoint);

	if (!place)
		return;
	if (trouble && !*place) {
		*place = xstrdup(endpoint);
		log_warn("receipts to %s are not taken: %s (said once)", endpoint, trouble);
	} else if (!trouble && *place) {
		free(*place);
		*place = NULL;
		log_info("receipts to %s are taken again", endpoint);
	}
}

/* Tell the message, if it is still there. */
static void
tell_message(const struct receipt *r, enum sim_reported reported)
{
	struct sim_message *m = sim_state_message(r->owner->sim->state, r->n);

	if (m)
		m->reported = reported;
}

static void
next_in_line(struct sim_receipts *s)
{
	struct receipt *r;

	while (s->in_flight < IN_FLIGHT && (r = TAILQ_FIRST(&s->line))) {
		TAILQ_REMOVE(&s->line, r, line);
		r->in_line = false;
		start(r);
	}
}

static void
on_time(void *arg)
{
	struct receipt *r = arg;

	TAILQ_INSERT_TAIL(&r->owner->line, r, line);
	r->in_line = true;
	next_in_line(r->owner);
}

/* What is wrong with the answer; NULL: nothing. */
static const char *
trouble(const struct http_answer *a, char *text, size_t room)
{
	if (a->end != HTTP_ANSWERED)
		return *a->error ? a->error : "no answer";
	if (a->status >= 200 && a->status < 300)
		return NULL;
	snprintf(text, room, "HTTP status %d", a->status);
	return text;
}

/* Many platforms want the empty answer that the WSDL describes. One without it counts, but is told.
 */
static void
check_answer(const struct receipt *r, const struct http_answer *a)
{
	struct arena *arena = arena_new();
	struct verdict v;
	const struct xml *root = xml_parse(arena, a->body, a->len, &v);
	const struct xml *body = xml_child(root, "Body");

	if (!xml_child(body, arena_printf(arena, "%sResponse", r->operation)))
		log_warn("%s: %s took a notice without a %sResponse", r->request, r->endpoint,
		    r->operation);
	arena_free(arena);
}

static void
taken(struct receipt *r, const struct http_answer *a)
{
	struct sim_receipts *s = r->owner;

	s->counts.taken++;
	note(s, r->endpoint, NULL);
	tell_message(r, SIM_REPORT_TAKEN);
	if (!s->sim->set->quiet && *r->status)
		log_event(r->request, "to=<%s>, receipt=%s, endpoint=%s, tries=%u, status=taken",
		    r->address, r->status, r->endpoint, r->tries);
	else if (!s->sim->set->quiet)
		log_event(r->request, "from=<%s>, endpoint=%s, tries=%u, status=taken", r->address,
		    r->endpoint, r->tries);
	check_answer(r, a);
	first_ended(r);
	if (r->on_end)
		r->on_end(s->sim, r->key, true);
	if (r->copies == 0) {
		free_receipt(r);
		return;
	}
	r->copies--;
	r->tries = 0;
	timer_set(s->sim->loop, &r->timer, 0, on_time, r);
}

static void
not_taken(struct receipt *r, const char *why)
{
	struct sim_receipts *s = r->owner;

	s->counts.failed++;
	note(s, r->endpoint, why);
	first_ended(r);
	if (r->tries < TRIES) {
		timer_set(s->sim->loop, &r->timer, PAUSE_MS << (r->tries - 1), on_time, r);
		return;
	}
	s->counts.given_up++;
	tell_message(r, SIM_REPORT_LOST);
	if (r->on_end)
		r->on_end(s->sim, r->key, false);
	free_receipt(r);
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct receipt *r = arg;
	struct sim_receipts *s = r->owner;
	char text[60];
	const char *why = trouble(a, text, sizeof text);

	s->in_flight--;
	r->in_flight = false;
	if (r->orphan)
		free_receipt(r);
	else if (!s->sim->http)
		first_ended(r); /* the end of the program is nobody's failure */
	else if (why)
		not_taken(r, why);
	else
		taken(r, a);
	next_in_line(s);
}

static void
write_receipt(const struct sim_message *m, const char *address, struct buf *out)
{
	const struct sim_version *version = m->request->version;
	struct xml_writer *w = xml_new_document(out);

	xml_open(w, "e:Envelope");
	xml_attribute(w, "xmlns:e", SIM_SOAP);
	xml_attribute(w, "xmlns:n", version->notification);
	xml_open(w, "e:Body");
	xml_open(w, version->mms ? "n:notifyMessageDeliveryReceipt" : "n:notifySmsDeliveryReceipt");
	xml_element(w, "n:correlator", m->request->correlator);
	xml_open(w, "n:deliveryStatus");
	xml_element(w, "address", address);
	xml_element(w, "deliveryStatus", m->status);
	xml_end_document(w);
}

static void
start(struct receipt *r)
{
	static const char *const headers[] = { "SOAPAction: \"\"", NULL };
	struct sim *sim = r->owner->sim;

	/* During shutdown there is no client any more. */
	if (!sim->http)
		return;
	r->tries++;
	r->in_flight = true;
	r->owner->in_flight++;
	http_send(sim->http,
	    &(struct http_request){
		.url = r->endpoint,
		.content_type = "text/xml; charset=utf-8",
		.headers = headers,
		.body = r->body,
		.len = strlen(r->body),
		.timeout_ms = TIMEOUT_MS,
		.connect_timeout_ms = TIMEOUT_MS,
		.max_answer = 64 * 1024,
	    },
	    on_answer, r);
}

/* A new notice, or NULL when there are too many. */
static struct receipt *
add(struct sim_receipts *s, const char *id, const char *endpoint, const char *operation,
    const char *address, const struct buf *body, long delay)
{
	struct receipt *r;

	if (s->counts.waiting >= WAITING_MAX) {
		if (!s->full_logged)
			log_warn(
			    "%d receipts wait; further ones are left out (said once)", WAITING_MAX);
		s->full_logged = true;
		return NULL;
	}
	r = xcalloc(1, sizeof *r);
	r->owner = s;
	snprintf(r->request, sizeof r->request, "%s", id);
	r->operation = operation;
	r->endpoint = xstrdup(endpoint);
	r->address = xstrdup(address);
	r->body = xstrdup(buf_str(body));
	TAILQ_INSERT_TAIL(&s->all, r, link);
	s->counts.waiting++;
	timer_set(s->sim->loop, &r->timer, delay, on_time, r);
	return r;
}

void
sim_receipt_add(struct sim_receipts *s, const struct sim_message *m,
    const struct sim_action *action, long delay, void (*on_first)(void *arg), void *arg)
{
	bool bare = action && action->report == SIM_REPORT_BARE;
	const char *address = bare ? m->number + (*m->number == '+') : m->address;
	struct receipt *r;
	struct buf body;

	buf_init(&body, BODY_MAX);
	write_receipt(m, address, &body);
	r = add(s, m->request->id, m->request->endpoint, m->request->version->mms ?
	    "notifyMessageDeliveryReceipt" : "notifySmsDeliveryReceipt", address, &body,
	    action && action->report == SIM_REPORT_LATE ? delay + LATE_MS : delay);
	buf_free(&body);
	if (!r) {
		if (on_first)
			on_first(arg);
		return;
	}
	r->n = m->n;
	snprintf(r->status, sizeof r->status, "%s", m->status);
	r->copies = action && action->report == SIM_REPORT_TWICE;
	r->on_first = on_first;
	r->arg = arg;
}

bool
sim_notice_add(struct sim_receipts *s, const char *id, const char *endpoint, const char *operation,
    const char *from, const struct buf *body,
    void (*on_end)(struct sim *sim, uint64_t key, bool taken), uint64_t key)
{
	struct receipt *r = add(s, id, endpoint, operation, from, body, 0);

	if (!r)
		return false;
	r->on_end = on_end;
	r->key = key;
	return true;
}
