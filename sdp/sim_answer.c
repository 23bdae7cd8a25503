/*
 * sim_answer.c - answers, good and bad. A request that is never to be answered is kept in a list,
 * oldest first, and dropped when there are too many of them or after HANG_MS: the client has long
 * given up then.
 */
#include "sdp/sim_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/buf.h"
#include "bridge/base/httpd.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "sdp/sim_action.h"

enum { HELD_MAX = 500, HANG_MS = 600 * 1000 };
/* The two long bodies. */
enum { HUGE_BYTES = 50 * 1000 * 1000, ENDLESS_BYTES = 100 * 1000 * 1000 };
enum { DEPTH = 10000 };

struct sim_held {
	TAILQ_ENTRY(sim_held) link;
	struct sim_answers *answers;
	struct httpd_request *request;
	struct timer timer;
	struct buf xml;
};

struct sim_answers {
	struct loop *loop;
	TAILQ_HEAD(held_list, sim_held) held;
	unsigned count;
};

static const char type_xml[] = "text/xml; charset=utf-8";

static const char garbage[] =
    "<!DOCTYPE html>\n<html><head><title>Welcome to the airport</title>"
    "<meta charset=utf-8></head><body><p>Please accept our terms to go online.<br>"
    "<img src=logo.png></body></html>\n";

static const char doctype[] =
    "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [\n"
    " <!ENTITY a \"lollollollollollollollollollol\">\n"
    " <!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\n"
    " <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\n"
    " <!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">\n"
    " <!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">\n"
    " <!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\">\n"
    " <!ENTITY g \"&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;\">\n"
    " <!ENTITY h \"&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;\">\n"
    " <!ENTITY i \"&h;&h;&h;&h;&h;&h;&h;&h;&h;&h;\">\n"
    "]>\n<Envelope xmlns=\"http://schemas.xmlsoap.org/soap/envelope/\"><Body><x>&i;</x></Body>"
    "</Envelope>\n";

struct sim_answers *
sim_answers_new(struct loop *l)
{
	struct sim_answers *s = xcalloc(1, sizeof *s);

	s->loop = l;
	TAILQ_INIT(&s->held);
	return s;
}

static void
forget(struct sim_held *h)
{
	TAILQ_REMOVE(&h->answers->held, h, link);
	h->answers->count--;
	timer_clear(h->answers->loop, &h->timer);
	buf_free(&h->xml);
	free(h);
}

static void
drop(void *arg)
{
	struct sim_held *h = arg;

	httpd_drop(h->request);
	forget(h);
}

void
sim_answers_drop(struct sim_answers *s)
{
	while (!TAILQ_EMPTY(&s->held))
		drop(TAILQ_FIRST(&s->held));
}

void
sim_answers_free(struct sim_answers *s)
{
	if (!s)
		return;
	sim_answers_drop(s);
	free(s);
}

unsigned
sim_answers_held(const struct sim_answers *s)
{
	return s->count;
}

void
sim_answer_xml(struct httpd_request *r, int status, const char *body, size_t len)
{
	httpd_answer(r, status, type_xml, body, len);
}

void
sim_answer_text(struct httpd_request *r, int status, const char *text)
{
	char line[300];

	snprintf(line, sizeof line, "%s\n", text);
	httpd_answer(r, status, "text/plain; charset=utf-8", line, strlen(line));
}

/* Drop the oldest request that was never to be answered; who will release another still holds it.
 */
static void
make_room(struct sim_answers *s)
{
	struct sim_held *h;

	TAILQ_FOREACH(h, &s->held, link)
	if (h->xml.len == 0) {
		drop(h);
		return;
	}
}

struct sim_held *
sim_answer_hold(struct sim_answers *s, struct httpd_request *r, const char *xml, size_t len)
{
	struct sim_held *h = xcalloc(1, sizeof *h);

	if (s->count >= HELD_MAX)
		make_room(s);
	h->answers = s;
	h->request = r;
	buf_init(&h->xml, len);
	buf_add(&h->xml, xml, len);
	TAILQ_INSERT_TAIL(&s->held, h, link);
	s->count++;
	return h;
}

void
sim_answer_release(void *held)
{
	struct sim_held *h = held;

	sim_answer_xml(h->request, 200, buf_str(&h->xml), h->xml.len);
	forget(h);
}

static void
hang(struct sim_answers *s, struct httpd_request *r)
{
	struct sim_held *h = sim_answer_hold(s, r, "", 0);

	timer_set(s->loop, &h->timer, HANG_MS, drop, h);
}

/* The same, declared and encoded as ISO-8859-1, with a byte in it that is wrong in UTF-8. */
static void
answer_latin1(struct httpd_request *r, const char *xml, size_t len)
{
	static const char head[] =
	    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<!-- accept\xe9 -->\n";
	const char *root = strstr(xml, "?>");
	struct buf out;

	root = root ? root + 2 : xml;
	buf_init(&out, len + sizeof head);
	buf_adds(&out, head);
	buf_add(&out, root, len - (size_t)(root - xml));
	httpd_answer(r, 200, "text/xml; charset=ISO-8859-1", out.data, out.len);
	buf_free(&out);
}

static void
answer_deep(struct httpd_request *r)
{
	struct buf out;
	int i;

	buf_init(&out, DEPTH * 7 + 1);
	for (i = 0; i < DEPTH; i++)
		buf_adds(&out, "<a>");
	for (i = 0; i < DEPTH; i++)
		buf_adds(&out, "</a>");
	sim_answer_xml(r, 200, out.data, out.len);
	buf_free(&out);
}

/* Elements without end, as a body of that many bytes, announced or chunked. */
static void
answer_long(struct httpd_request *r, uint64_t bytes, bool announced)
{
	static const char piece[] = "<result>10177351234500000042</result>\n";

	httpd_answer_repeat(
	    r, 200, type_xml, piece, sizeof piece - 1, bytes, announced ? (int64_t)bytes : -1);
}

static void
answer_http(struct httpd_request *r, const struct sim_action *action)
{
	char text[60];

	snprintf(text, sizeof text, "%ld, as the rule says", action->number);
	sim_answer_text(r, (int)action->number, text);
}

static void
add_retry_after(struct httpd_request *r, long seconds)
{
	char text[24];

	snprintf(text, sizeof text, "%ld", seconds);
	httpd_answer_header(r, "Retry-After", text);
}

void
sim_answer(struct sim_answers *s, struct httpd_request *r, const struct sim_action *action,
    const char *xml, size_t len)
{
	enum sim_act act = action ? action->act : SIM_ACT_NONE;
	struct sim_held *h;

	if (action && action->retry_after >= 0)
		add_retry_after(r, action->retry_after);
	switch (act) {
	case SIM_ACT_NONE:
	case SIM_ACT_WRONGNS:
	case SIM_ACT_EMPTY:
	case SIM_ACT_RECEIPT:
		sim_answer_xml(r, 200, xml, len);
		break;
	case SIM_ACT_FAULT:
		sim_answer_xml(r, 500, xml, len);
		break;
	case SIM_ACT_HTTP:
		answer_http(r, action);
		break;
	case SIM_ACT_SLOW:
		h = sim_answer_hold(s, r, xml, len);
		timer_set(s->loop, &h->timer, action->number, sim_answer_release, h);
		break;
	case SIM_ACT_HANG:
		hang(s, r);
		break;
	case SIM_ACT_RESET:
		httpd_drop(r);
		break;
	case SIM_ACT_GARBAGE:
		httpd_answer(r, 200, "text/html; charset=utf-8", garbage, sizeof garbage - 1);
		break;
	case SIM_ACT_TRUNCATE:
		httpd_answer_repeat(r, 200, type_xml, xml, len, len / 2, (int64_t)len);
		break;
	case SIM_ACT_ENDLESS:
		answer_long(r, ENDLESS_BYTES, false);
		break;
	case SIM_ACT_HUGE:
		answer_long(r, HUGE_BYTES, true);
		break;
	case SIM_ACT_DOCTYPE:
		sim_answer_xml(r, 200, doctype, sizeof doctype - 1);
		break;
	case SIM_ACT_DEEP:
		answer_deep(r);
		break;
	case SIM_ACT_LATIN1:
		answer_latin1(r, xml, len);
		break;
	}
}
