/*
 * sim_call.c - sendSms and getSmsDeliveryStatus: the values of their parts, what becomes of them,
 * and the answers.
 */
#include "sdp/sim_call.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/xml.h"
#include "sdp/sim.h"
#include "sdp/sim_action.h"
#include "sdp/sim_answer.h"
#include "sdp/sim_fault.h"
#include "sdp/sim_receipt.h"
#include "sdp/sim_rule.h"
#include "sdp/sim_schema.h"

enum {
	ANSWER_MAX = 4 * 1024 * 1024,
	ENDPOINT_MAX = 2000,
	NAME_MAX_BYTES = 100,
	DIGITS_MIN = 3,  /* short codes */
	DIGITS_MAX = 15, /* E.164 */
};

/* A namespace that no one uses, for SIM_ACT_WRONGNS. */
#define NOBODYS "http://www.example.com/schema/of/nobody"

static void
log_refused(const struct sim_call *c, const char *what, const char *part, const char *reason)
{
	if (!c->sim->set->quiet)
		log_event("NOQUEUE", "from=%s, status=refused (%s%s%s%s%s)", c->peer, what,
		    part ? " " : "", part ? part : "", reason ? ": " : "", reason ? reason : "");
}

/* Make the fault's envelope, count and log it. */
static void
write_fault(struct sim_call *c, const struct sim_fault *f, struct buf *out)
{
	sim_fault_write(out, f, c->version->common, c->sim->set->header == SIM_HEADER_HUAWEI);
	sim_state_refused(c->sim->state, f->id);
	log_refused(c, f->id, f->variables[0], f->reason);
}

int
sim_refuse(struct sim_call *c, const char *id, const char *part, const char *reason)
{
	const struct sim_fault f = { .id = id, .reason = reason, .variables = { part } };
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	write_fault(c, &f, &out);
	sim_answer_xml(c->r, 500, buf_str(&out), out.len);
	buf_free(&out);
	return -1;
}

int
sim_refuse_http(struct sim_call *c, int status, const char *reason)
{
	char why[16];

	snprintf(why, sizeof why, "http %d", status);
	sim_state_refused(c->sim->state, why);
	log_refused(c, why, NULL, reason);
	sim_answer_text(c->r, status, reason);
	return -1;
}

/* SVC0005, whose two variables are not the usual pattern. */
static int
refuse_correlator(struct sim_call *c, const char *correlator)
{
	const struct sim_fault f = { .id = "SVC0005",
		.variables = { correlator, "receiptRequest" } };
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	write_fault(c, &f, &out);
	sim_answer_xml(c->r, 500, buf_str(&out), out.len);
	buf_free(&out);
	return -1;
}

/* Refuse as a rule says: by a fault, or in any of the ways of sim_answer(). Nothing is taken. */
static int
refuse_by_rule(struct sim_call *c, const struct sim_action *a)
{
	struct sim_fault f = { .id = a->fault };
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	if (a->act == SIM_ACT_FAULT) {
		memcpy(f.variables, a->variables, sizeof f.variables);
		write_fault(c, &f, &out);
	} else {
		sim_state_refused(c->sim->state, a->text);
		log_refused(c, a->text, NULL, "by rule");
	}
	sim_answer(c->sim->answers, c->r, a, buf_str(&out), out.len);
	buf_free(&out);
	return -1;
}

static const char *
trimmed(struct sim_call *c, const struct xml *parent, const char *name)
{
	return xml_trimmed(c->arena, xml_child(parent, name));
}

/*
 * An address: "tel:+4915550100", "tel:4915550100", "tel:0155…" (national, taken as it is), and with
 * --bare the same without "tel:". Returns 0, or -1 with a reason in *why.
 */
static int
read_address(
    const struct sim_settings *set, const char *text, struct sim_recipient *to, const char **why)
{
	const char *digits = text;
	size_t n;

	to->address = text;
	if (strncasecmp(digits, "tel:", 4) == 0)
		digits += 4;
	else if (!set->bare)
		return *why = "an address must be a tel: URI", -1;
	n = strspn(digits + (*digits == '+'), "0123456789");
	if (digits[(*digits == '+') + n] != '\0')
		return *why = "an address must be tel:, perhaps a plus, and digits", -1;
	if (n < DIGITS_MIN || n > DIGITS_MAX)
		return *why = "an address must have 3 to 15 digits", -1;
	snprintf(to->number, sizeof to->number, "%s%s",
	    isdigit((unsigned char)*digits) && *digits != '0' ? "+" : "", digits);
	return 0;
}

static int
read_recipients(struct sim_call *c, struct sim_send *s)
{
	const struct xml *x;
	const char *why = NULL;
	unsigned n = 0;

	for (x = c->operation->first; x; x = x->next)
		n += strcmp(x->name, "addresses") == 0;
	if (n > (unsigned long)c->sim->set->max_addresses)
		return sim_refuse(c, "POL0003", "addresses", NULL);
	s->recipients = arena_alloc(c->arena, n * sizeof *s->recipients);
	for (x = c->operation->first; s->nrecipients < n; x = x->next)
		if (read_address(c->sim->set, xml_trimmed(c->arena, x),
			&s->recipients[s->nrecipients++], &why) < 0)
			return sim_refuse(c, "SVC0002", "addresses", why);
	return 0;
}

static int
read_charging(struct sim_call *c)
{
	const struct xml *charging = xml_child(c->operation, "charging");
	const char *amount = trimmed(c, charging, "amount");

	/* xsd:decimal */
	amount += *amount == '-' || *amount == '+';
	if (xml_child(charging, "amount") &&
	    (strspn(amount, "0123456789.") != strlen(amount) || !strpbrk(amount, "0123456789") ||
		strchr(amount, '.') != strrchr(amount, '.')))
		return sim_refuse(c, "SVC0007", NULL, "amount is not a decimal number");
	return 0;
}

static int
read_message(struct sim_call *c, struct sim_send *s)
{
	const struct xml *message = xml_child(c->operation, "message");
	char limit[24];

	s->text = message->text;
	if (*xml_trimmed(c->arena, message) == '\0')
		return sim_refuse(c, "SVC0002", "message", "it is empty");
	s->size = text_measure(s->text, strlen(s->text));
	if (s->size.segments > c->sim->set->max_segments) {
		/* Of this text's alphabet, in a message of several segments. */
		snprintf(limit, sizeof limit, "%ld",
		    c->sim->set->max_segments * (s->size.encoding == TEXT_GSM7 ? 153 : 67));
		return sim_refuse(c, "SVC0280", limit, NULL);
	}
	return 0;
}

static int
read_receipt_request(struct sim_call *c, struct sim_send *s)
{
	const struct xml *x = xml_child(c->operation, "receiptRequest");
	const char *why = NULL;

	if (!x)
		return 0;
	s->endpoint = trimmed(c, x, "endpoint");
	s->correlator = trimmed(c, x, "correlator");
	if (strncasecmp(s->endpoint, "http://", 7) != 0 &&
	    strncasecmp(s->endpoint, "https://", 8) != 0)
		why = "endpoint must be an http: or https: URL";
	else if (strlen(s->endpoint) > ENDPOINT_MAX)
		why = "endpoint is too long";
	else if (*trimmed(c, x, "interfaceName") == '\0')
		why = "interfaceName is empty";
	else if (*s->correlator == '\0')
		why = "correlator is empty";
	else if (strlen(s->correlator) > SIM_CORRELATOR)
		why = "correlator is too long";
	return why ? sim_refuse(c, "SVC0002", "receiptRequest", why) : 0;
}

const char *
sim_call_text(struct sim_call *c, const char *part)
{
	return trimmed(c, c->operation, part);
}

int
sim_call_check(struct sim_call *c, const struct sim_part *parts)
{
	const char *part;
	char why[200];

	if (sim_schema_check(c->operation, parts, c->version->send, &part, why, sizeof why) < 0)
		return sim_refuse(c, "SVC0002", part, why);
	return 0;
}

int
sim_call_read(struct sim_call *c, struct sim_send *s)
{
	const char *part = c->version->mms ? "senderAddress" : "senderName";

	s->version = c->version;
	s->sender = trimmed(c, c->operation, part);
	if (strlen(s->sender) > NAME_MAX_BYTES)
		return sim_refuse(c, "SVC0002", part, "it is too long");
	if (read_recipients(c, s) < 0 || read_charging(c) < 0 || read_receipt_request(c, s) < 0)
		return -1;
	return 0;
}

/* The first recipient for whom a rule holds decides for the request. */
static const struct sim_action *
find_action(struct sim_call *c, const struct sim_send *s)
{
	const struct sim_action *a = NULL;
	unsigned i;

	for (i = 0; !a && i < s->nrecipients; i++)
		a = sim_rules_match(c->sim->rules, false, s->recipients[i].number, s->text);
	return a;
}

/* What becomes of each recipient's receipt. */
static void
find_receipts(struct sim_call *c, struct sim_send *s)
{
	unsigned i;

	for (i = 0; i < s->nrecipients; i++) {
		struct sim_recipient *to = &s->recipients[i];

		to->how = sim_rules_match(c->sim->rules, true, to->number, s->text);
		to->reported = s->endpoint && !c->sim->set->no_receipts &&
			       !(to->how && to->how->report == SIM_REPORT_NEVER);
	}
}

/* <Envelope><Body><n:…Response>, to be closed by xml_end_document(). */
static struct xml_writer *
begin_answer(struct buf *out, const char *ns, const char *response)
{
	struct xml_writer *w = xml_new_document(out);

	xml_open(w, "e:Envelope");
	xml_attribute(w, "xmlns:e", SIM_SOAP);
	xml_attribute(w, "xmlns:n", ns);
	xml_open(w, "e:Body");
	xml_open(w, response);
	return w;
}

struct xml_writer *
sim_call_begin(const struct sim_call *c, const char *response, struct buf *out)
{
	return begin_answer(out, c->version->send, response);
}

int
sim_call_answer(struct sim_call *c, struct buf *out)
{
	sim_answer_xml(c->r, 200, buf_str(out), out->len);
	return 0;
}

static void
log_accepted(const struct sim_call *c, const struct sim_send *s, const char *id, const char *by)
{
	unsigned i;

	if (c->sim->set->quiet)
		return;
	for (i = 0; i < s->nrecipients; i++)
		log_event(id,
		    "from=%s, to=<%s>, sender=<%s>, correlator=<%s>, encoding=%s, "
		    "segments=%u, status=accepted%s%s%s",
		    c->peer, s->recipients[i].address, s->sender,
		    s->correlator ? s->correlator : "", text_encoding_name(s->size.encoding),
		    s->size.segments, by ? " (rule " : "", by ? by : "", by ? ")" : "");
}

/* Order the receipts. Returns whether the answer waits: then `held` is released by one of them. */
static void
send_receipts(struct sim_call *c, const struct sim_send *s, const struct sim_request *q,
    struct sim_held *held)
{
	unsigned i;

	for (i = 0; i < q->count; i++) {
		const struct sim_message *m = sim_state_message(c->sim->state, q->first + i);
		const struct sim_recipient *to = &s->recipients[i];
		bool early = to->how && to->how->report == SIM_REPORT_EARLY;
		struct sim_held *release = early ? held : NULL;

		if (!m || !to->reported)
			continue;
		sim_receipt_add(c->sim->receipts, m, to->how,
		    early ? 0 : c->sim->set->receipt_delay, release ? sim_answer_release : NULL,
		    release);
		if (early)
			held = NULL; /* one release is enough */
	}
}

static bool
any_early(const struct sim_send *s, const struct sim_request *q, const struct sim_state *state)
{
	unsigned i;

	for (i = 0; i < s->nrecipients; i++)
		if (s->recipients[i].reported && s->recipients[i].how &&
		    s->recipients[i].how->report == SIM_REPORT_EARLY &&
		    sim_state_message(state, q->first + i))
			return true;
	return false;
}

static void
accept_send(struct sim_call *c, struct sim_send *s, const struct sim_action *a)
{
	const struct sim_request *q;
	struct sim_held *held = NULL;
	struct buf out;
	struct xml_writer *w;

	find_receipts(c, s);
	q = sim_state_accept(c->sim->state, s);
	log_accepted(c, s, q->id, a ? a->text : NULL);

	buf_init(&out, ANSWER_MAX);
	w = begin_answer(
	    &out, a && a->act == SIM_ACT_WRONGNS ? NOBODYS : c->version->send,
	    c->version->mms ? "n:sendMessageResponse" : "n:sendSmsResponse");
	xml_element(w, "n:result", a && a->act == SIM_ACT_EMPTY ? "" : q->id);
	xml_end_document(w);
	if (!a && any_early(s, q, c->sim->state))
		held = sim_answer_hold(c->sim->answers, c->r, buf_str(&out), out.len);
	else
		sim_answer(c->sim->answers, c->r, a, buf_str(&out), out.len);
	send_receipts(c, s, q, held);
	buf_free(&out);
}

int
sim_call_take(struct sim_call *c, struct sim_send *s)
{
	const struct sim_action *a = find_action(c, s);

	if (a && !a->accept)
		return refuse_by_rule(c, a);
	if (s->correlator && !c->sim->set->reuse_correlators &&
	    sim_state_correlator(c->sim->state, s->correlator))
		return refuse_correlator(c, s->correlator);
	accept_send(c, s, a);
	return 0;
}

int
sim_call_send(struct sim_call *c)
{
	struct sim_send s = { 0 };

	if (sim_call_check(c, sim_send_parts) < 0 || sim_call_read(c, &s) < 0 ||
	    read_message(c, &s) < 0)
		return -1;
	return sim_call_take(c, &s);
}

int
sim_call_status(struct sim_call *c)
{
	const struct sim_state *state = c->sim->state;
	const struct sim_request *q;
	const struct sim_message *m;
	const char *id;
	struct xml_writer *w;
	struct buf out;
	unsigned i;

	if (sim_call_check(c, sim_status_parts) < 0)
		return -1;
	id = trimmed(c, c->operation, "requestIdentifier");
	q = sim_state_request(state, id);
	if (!q && c->sim->set->status_by_correlator)
		q = sim_state_correlator(state, id);
	if (!q || q->version->mms != c->version->mms)
		return sim_refuse(c, "SVC0002", "requestIdentifier", "no such request");
	buf_init(&out, ANSWER_MAX);
	w = begin_answer(&out, c->version->send, c->version->mms ?
	    "n:getMessageDeliveryStatusResponse" : "n:getSmsDeliveryStatusResponse");
	for (i = 0; i < q->count; i++) {
		if (!(m = sim_state_message(state, q->first + i)))
			continue; /* forgotten, see --keep */
		xml_open(w, "n:result");
		xml_element(w, "address", m->address);
		xml_element(w, "deliveryStatus", sim_message_status(m));
		xml_close(w);
	}
	xml_end_document(w);
	sim_state_counts(c->sim->state)->asked++;
	sim_answer_xml(c->r, 200, buf_str(&out), out.len);
	buf_free(&out);
	return 0;
}
