/*
 * parlayx_in.c - what a Parlay X platform brings: messages of phones, and delivery receipts.
 *
 * The platform forgets what was answered 200, so that is said only when the queue has it. Whatever
 * else is answered, it brings again; so a repetition must change nothing, and since Parlay X 2 gives
 * an SMS no identifier, its words and its date are one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "bridge/store/report.h"
#include "sdp/fault.h"
#include "sdp/parlayx.h"
#include "sdp/soap_in.h"

enum {
	MAX_ANSWER = 16 * 1024,
	MAX_WORD = 64,	 /* bytes kept of a delivery status */
	MAX_SUBJECT = 256,
	WITH_DATE = 48 * 60 * 60 * 1000, /* how long the same words of one second are one message */
	WITHOUT_DATE = 5 * 60 * 1000, /* people do write "ok" twice, but platforms repeat within that */
};

/* A request that waits until its effect is on the disk. */
struct visit {
	LIST_ENTRY(visit) link;
	struct transport *t;
	struct httpd_request *r;
	struct arena *arena; /* the call's strings */
	struct soap_call call;
};

struct parlayx_in {
	LIST_HEAD(visits, visit) waiting;
};

struct parlayx_in *
parlayx_in_new(void)
{
	struct parlayx_in *in = xcalloc(1, sizeof *in);

	LIST_INIT(&in->waiting);
	return in;
}

/* Answers. */

static void
answer_fault(struct httpd_request *r, int status, const char *who, const char *why)
{
	struct buf out;

	buf_init(&out, MAX_ANSWER);
	soap_call_fault(who, why, &out);
	httpd_answer(r, status, "text/xml; charset=utf-8", buf_str(&out), out.len);
	buf_free(&out);
}

static void
answer_done(struct httpd_request *r, const struct soap_call *c)
{
	struct buf out;

	buf_init(&out, MAX_ANSWER);
	soap_call_answer(c, &out);
	httpd_answer(r, 200, "text/xml; charset=utf-8", buf_str(&out), out.len);
	buf_free(&out);
}

/* A platform repeats what was answered so, and some look at nothing but whether it is a 200. */
static void
answer_verdict(struct httpd_request *r, const struct soap_call *c, const struct verdict *v)
{
	if (v->is == DONE)
		answer_done(r, c);
	else if (v->is == NEVER)
		answer_fault(r, 500, "Client", v->text);
	else
		answer_fault(r, 503, "Server", v->text);
}

static void
visit_free(struct visit *w)
{
	LIST_REMOVE(w, link);
	arena_free(w->arena);
	free(w);
}

static void
on_taken(void *arg, const struct verdict *v)
{
	struct visit *w = arg;

	if (v->is != DONE)
		log_warn("%s: %s of %s is not taken: %s", w->t->name, w->call.name,
		    httpd_peer(w->r), v->text);
	answer_verdict(w->r, &w->call, v);
	visit_free(w);
}

void
parlayx_in_free(struct parlayx_in *in)
{
	struct visit *w;

	if (!in)
		return;
	while ((w = LIST_FIRST(&in->waiting))) {
		answer_fault(w->r, 503, "Server", "triviumd is stopping");
		visit_free(w);
	}
	free(in);
}

/* Numbers. */

/* Is a number of digits alone a whole international one? Where the platform is known to write such,
 * where it repeats (echo) what we wrote, and where it begins with the country's own code. */
static bool
is_whole(const struct parlayx *p, const struct addr_rules *rules, const char *digits, bool echo)
{
	size_t code = strlen(rules->country_code);

	if (*digits == '0')
		return false;
	return echo || p->style.address_form != SOAP_PLUS ||
	       strncmp(digits, rules->country_code, code) == 0;
}

/* A subscriber's number, as the platform writes it, as a URI. */
static int
read_number(const struct transport *t, const char *given, bool echo, char uri[ADDR_NUMBER + 4],
    struct verdict *v)
{
	const struct addr_rules *rules = receive_rules(t->receive);
	char with_plus[ADDR_NUMBER + 1];
	char number[ADDR_NUMBER];
	size_t digits;

	if (strncasecmp(given, "tel:", 4) == 0)
		given += 4;
	digits = strspn(given, "0123456789");
	if (digits > 6 && digits < ADDR_NUMBER && (!given[digits] || given[digits] == ';') &&
	    is_whole(t->state, rules, given, echo)) {
		snprintf(with_plus, sizeof with_plus, "+%.*s", (int)digits, given);
		given = with_plus;
	}
	if (addr_number(given, rules, number, v) < 0)
		return -1;
	snprintf(uri, ADDR_NUMBER + 4, "tel:%s", number);
	return 0;
}

/* A sender that is a short code: a service's, such as the operator's own. */
static bool
short_code(const char *given, char uri[ADDR_NUMBER + 4])
{
	size_t digits;

	if (strncasecmp(given, "tel:", 4) == 0 || strncasecmp(given, "short:", 6) == 0)
		given = strchr(given, ':') + 1;
	digits = strspn(given, "0123456789");
	snprintf(uri, ADDR_NUMBER + 4, "tel:%.*s", (int)(digits < 7 ? digits : 0), given);
	return digits >= 2 && digits < 7 && !given[digits];
}

/* Our own number: a short code is no number by any rule, so what stands there is kept. */
static const char *
service_number(struct arena *a, const char *given)
{
	if (strncasecmp(given, "short:", 6) == 0)
		return arena_printf(a, "tel:%.40s", given + 6);
	return arena_strndup(a, given, strnlen(given, 64));
}

/* Receipts. */

void
parlayx_status(const struct parlayx *p, const char *word, struct report *r)
{
	const struct fault *f = fault_find(p->faults, "status", word);

	r->dsn = f->dsn;
	r->code = word;
	r->text = f->text;
	r->is = fault_report(f);
}

static void
on_receipt(struct visit *w)
{
	const struct parlayx *p = w->t->state;
	struct soap_call *c = &w->call;
	struct report r = { .correlator = c->correlator };
	char uri[ADDR_NUMBER + 4];
	char word[MAX_WORD];
	struct verdict v;

	snprintf(word, sizeof word, "%s", c->status);
	utf8_line(word);
	if (*c->address && read_number(w->t, c->address, true, uri, &v) < 0) {
		v.is = NEVER;
		on_taken(w, &v);
		return;
	}
	r.address = *c->address ? uri : NULL;
	parlayx_status(p, word, &r);
	receive_report(w->t->receive, w->t, &r, on_taken, w);
}

/* Messages. */

/*
 * By what a message is known when it comes again: the platform's identifiers and its words, since
 * one linkid may cover several messages; else its second; else its words for some minutes.
 */
static void
make_once(struct msg *m, const struct transport *t, const struct soap_message *s, const char *link)
{
	const char *parts[] = { t->name, link, *link ? "" : s->date, s->sender, s->number,
		s->identifier, s->subject, s->text };
	struct digest *d = digest_begin(DIGEST_SHA256);
	unsigned char md[DIGEST_MOST];
	char *hex = arena_alloc(m->arena, DIGEST_HEX);

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		digest_add(d, parts[i], strlen(parts[i]) + 1);
	digest_hex(md, digest_end(d, md), hex);
	m->once = hex;
	if (!*link && !*s->identifier)
		m->once_ms = *s->date ? WITH_DATE : WITHOUT_DATE;
}

/* The message without its content where that is to be fetched; NULL and *v. */
static struct msg *
make_message(struct transport *t, const struct soap_message *s, const char *link, struct verdict *v)
{
	char uri[ADDR_NUMBER + 4], date[SOAP_DATE];
	struct msg *m;
	char *subject;

	if (read_number(t, s->sender, false, uri, v) < 0 && !short_code(s->sender, uri))
		return NULL;
	m = msg_new();
	m->from = arena_strdup(m->arena, uri);
	msg_add_rcpt(m, service_number(m->arena, s->number));
	m->text = soap_text(m->arena, s->text);
	m->arrived = time(NULL);
	if (soap_date(s->date, date))
		m->date = arena_strdup(m->arena, date);
	if (*s->subject) {
		m->subject = subject = arena_strndup(m->arena, s->subject, MAX_SUBJECT);
		utf8_line(subject);
	}
	make_once(m, t, s, link);
	return m;
}

/* A message whose content is being fetched. */
struct reception {
	struct transport *t;
	struct msg *m;
	void (*taken)(void *arg, const struct verdict *v);
	void *arg;
};

static void
hand_on(struct transport *t, struct msg *m, void (*taken)(void *arg, const struct verdict *v),
    void *arg)
{
	m->size = (long)strlen(m->text);
	for (size_t i = 0; i < m->nparts; i++)
		m->size += (long)m->parts[i].len;
	receive_message(t->receive, t, m, taken, arg);
}

static void
on_fetched(void *arg, const struct verdict *v)
{
	struct reception *n = arg;

	if (v->is == DONE) {
		hand_on(n->t, n->m, n->taken, n->arg);
	} else {
		msg_free(n->m);
		n->taken(n->arg, v);
	}
	free(n);
}

void
parlayx_receive(struct transport *t, const struct soap_message *s, const char *link,
    void (*taken)(void *arg, const struct verdict *v), void *arg)
{
	const struct parlayx *p = t->state;
	struct reception *n;
	struct verdict v;
	struct msg *m = make_message(t, s, link, &v);

	if (m && *s->identifier && !*p->mms_receive_url) {
		never(&v, "5.3.3", "MMS are not fetched here: mms_receive_url is not set");
		msg_free(m);
		m = NULL;
	}
	if (!m) {
		taken(arg, &v);
	} else if (!*s->identifier) {
		hand_on(t, m, taken, arg);
	} else {
		n = xcalloc(1, sizeof *n);
		*n = (struct reception){ t, m, taken, arg };
		parlayx_fetch(t, s, m, on_fetched, n);
	}
}

static void
on_reception(struct visit *w)
{
	const struct soap_call *c = &w->call;

	parlayx_receive(w->t, &c->message, arena_printf(w->arena, "%s%s%s", c->trace_id,
	    *c->trace_id && *c->link_id ? " " : "", c->link_id), on_taken, w);
}

/* Does the header prove who calls, where that is wanted? Huawei: the upper-case MD5 of spRevId,
 * password and timeStamp; some write it in lower case. */
static bool
knows_password(const struct parlayx *p, const struct soap_call *c)
{
	struct digest *d;
	unsigned char md[DIGEST_MOST];
	char hex[DIGEST_HEX], given[DIGEST_HEX];

	if (!*p->callback_password)
		return true;
	d = digest_begin(DIGEST_MD5);
	digest_add(d, c->rev_id, strlen(c->rev_id));
	digest_add(d, p->callback_password, strlen(p->callback_password));
	digest_add(d, c->time_stamp, strlen(c->time_stamp));
	digest_hex(md, digest_end(d, md), hex);
	snprintf(given, sizeof given, "%s", c->rev_password);
	for (char *s = given; *s; s++)
		*s = (char)(*s >= 'A' && *s <= 'F' ? *s - 'A' + 'a' : *s);
	return digest_same(given, hex) &&
	       (!*p->callback_id || strcmp(c->rev_id, p->callback_id) == 0);
}

static void
take(struct transport *t, struct httpd_request *r, struct arena *a, const struct soap_call *c)
{
	struct parlayx *p = t->state;
	struct visit *w = xcalloc(1, sizeof *w);

	w->t = t;
	w->r = r;
	w->arena = a;
	w->call = *c;
	LIST_INSERT_HEAD(&p->in->waiting, w, link);
	if (c->is == SOAP_SMS_RECEIPT || c->is == SOAP_MESSAGE_RECEIPT)
		on_receipt(w);
	else
		on_reception(w);
}

void
parlayx_called(struct transport *t, struct httpd_request *r, const char *rest)
{
	struct arena *a;
	struct soap_call c;
	struct verdict v;
	const char *body;
	size_t len;
	int is;

	(void)rest; /* platforms are given one path for all */
	if (strcmp(httpd_method(r), "POST") != 0) {
		httpd_answer_header(r, "Allow", "POST");
		answer_fault(r, 405, "Client", "this is a SOAP service, to be POSTed to");
		return;
	}
	a = arena_new();
	body = httpd_body(r, &len);
	is = soap_call_parse(a, body, len, &c, &v);
	if (is == 1 && knows_password(t->state, &c)) {
		take(t, r, a, &c);
		return;
	}
	if (is == 1)
		never(&v, "5.7.8", "spRevpassword is wrong or missing");
	log_warn("%s: a call of %s is refused: %s", t->name, httpd_peer(r), v.text);
	answer_fault(r, is == 1 ? 403 : is == 0 ? 500 : 400, "Client", v.text);
	arena_free(a);
}
