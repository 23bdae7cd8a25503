/*
 * parlayx_manage.c - registrations: the platform is told that we want what phones write, and where.
 *
 * Registrations survive on the platform, so each has a correlator that is the same at every start: it
 * is ended and made anew, and one that is there already is as good as made. A platform that cannot be
 * reached is asked again and again, at ever longer intervals.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/digest.h"
#include "bridge/base/http.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/transport.h"
#include "sdp/parlayx.h"
#include "sdp/soap_manage.h"

enum { FIRST_MS = 5 * 1000, MOST_MS = 10 * 60 * 1000, CORRELATOR = 21 };

struct parlayx_registration {
	struct transport *t;
	struct soap_registration is;
	char *number;
	char correlator[CORRELATOR];
	bool made, under_way, ending;
	int64_t wait; /* ms before the next try */
	struct timer timer;
	struct parlayx_registration *next;
};

static void start(void *arg);

static void
post(struct parlayx_registration *r, bool stop,
    void (*on_answer)(void *, const struct http_answer *))
{
	struct parlayx *p = r->t->state;
	struct soap_moment now;

	soap_moment_now(&p->style, &now);
	buf_reset(&p->request);
	(stop ? soap_stop : soap_start)(&p->style, &p->mms, &now, &r->is, &p->request);
	r->under_way = true;
	parlayx_post_xml(p, r->is.mms ? p->mms_manager_url : p->sms_manager_url, on_answer, r);
}

/* Why it is not made, in said; false: it is. */
static bool
failed(const struct parlayx_registration *r, const struct http_answer *h, char said[SOAP_TEXT + 64])
{
	struct soap_answer a = { .kind = SOAP_OTHER };

	if (h->end != HTTP_ANSWERED) {
		snprintf(said, SOAP_TEXT + 64, "%s", h->error);
		return true;
	}
	soap_parse(h->body, h->len, soap_start_name(r->is.mms), &a);
	if (a.kind == SOAP_FAULT) {
		snprintf(said, SOAP_TEXT + 64, "%.60s: %s", a.id, a.text);
		/* That correlator, or that number and word: it was there already. */
		return strcasecmp(a.id, "SVC0005") != 0 && strcasecmp(a.id, "SVC0008") != 0;
	}
	snprintf(said, SOAP_TEXT + 64, "HTTP status %d", h->status);
	/* Some answer nothing but an empty body. */
	return h->status < 200 || h->status > 299;
}

static void
on_started(void *arg, const struct http_answer *h)
{
	struct parlayx_registration *r = arg;
	const struct parlayx *p = r->t->state;
	char said[SOAP_TEXT + 64];

	r->under_way = false;
	if (p->closing || r->ending)
		return;
	r->made = !failed(r, h, said);
	if (r->made) {
		log_info("transport %s is registered for %s%s%s", r->t->name, r->is.number,
		    *r->is.criteria ? " " : "", r->is.criteria);
		return;
	}
	r->wait = r->wait ? 2 * r->wait : FIRST_MS;
	if (r->wait > MOST_MS)
		r->wait = MOST_MS;
	log_warn("transport %s cannot be registered for %s: %s; trying again in %lld s", r->t->name,
	    r->is.number, said, (long long)(r->wait / 1000));
	timer_set(r->t->loop, &r->timer, r->wait, start, r);
}

static void
start(void *arg)
{
	post(arg, false, on_started);
}

/* What was registered before is ended, or was not there; both are well. */
static void
on_cleared(void *arg, const struct http_answer *h)
{
	struct parlayx_registration *r = arg;
	const struct parlayx *p = r->t->state;

	(void)h;
	r->under_way = false;
	if (!p->closing && !r->ending)
		start(r);
}

static void
add(struct transport *t, const char *number, size_t len, bool mms)
{
	struct parlayx *p = t->state;
	struct parlayx_registration *r = xcalloc(1, sizeof *r);
	struct digest *d = digest_begin(DIGEST_SHA256);
	unsigned char md[DIGEST_MOST];

	r->t = t;
	r->number = xstrndup(number, len);
	r->is = (struct soap_registration){ mms, r->number, p->criteria, r->correlator };
	digest_add(d, t->name, strlen(t->name) + 1);
	digest_add(d, p->style.callback, strlen(p->style.callback) + 1);
	digest_add(d, r->number, len + 1);
	digest_add(d, p->criteria, strlen(p->criteria) + 1);
	digest_add(d, mms ? "m" : "s", 1);
	digest_end(d, md);
	digest_hex(md, (CORRELATOR - 1) / 2, r->correlator);
	r->next = p->registrations;
	p->registrations = r;
	post(r, true, on_cleared);
}

void
parlayx_register(struct transport *t)
{
	const struct parlayx *p = t->state;
	const char *list = *p->service_numbers ? p->service_numbers : p->style.sender;

	for (list += strspn(list, " ,"); *list; list += strspn(list, " ,")) {
		size_t len = strcspn(list, " ,");

		if (*p->sms_manager_url)
			add(t, list, len, false);
		if (*p->mms_manager_url)
			add(t, list, len, true);
		list += len;
	}
}

static void
on_stopped(void *arg, const struct http_answer *h)
{
	struct parlayx_registration *r = arg;

	(void)h;
	r->under_way = false;
}

bool
parlayx_unregister(struct transport *t)
{
	struct parlayx *p = t->state;
	bool over = true;

	for (struct parlayx_registration *r = p->registrations; r && p->unregister; r = r->next) {
		if (!r->ending) {
			r->ending = true;
			timer_clear(t->loop, &r->timer);
			if (r->made)
				post(r, true, on_stopped);
		}
		over &= !r->under_way;
	}
	return over;
}

void
parlayx_registrations_free(struct transport *t)
{
	struct parlayx *p = t->state;
	struct parlayx_registration *r;

	while ((r = p->registrations)) {
		p->registrations = r->next;
		timer_clear(t->loop, &r->timer);
		free(r->number);
		free(r);
	}
}
