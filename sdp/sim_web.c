/*
 * sim_web.c - one table of addresses, and a function for each.
 *
 * Everything here is for whoever can reach the port. A page of another site that a browser shows
 * meanwhile cannot: what changes something is refused when it comes from there.
 */
#include "sdp/sim_web.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/httpd.h"
#include "sdp/sim.h"
#include "sdp/sim_answer.h"
#include "sdp/sim_json.h"
#include "sdp/sim_page.h"
#include "sdp/sim_phone.h"
#include "sdp/sim_receipt.h"
#include "sdp/sim_rule.h"
#include "sdp/sim_soap.h"
#include "sdp/sim_state.h"
#include "sdp/sim_web_phone.h"

enum { BATCH = 1000 /* messages in one answer at most */ };

static void
get_page(struct sim *sim, struct httpd_request *r)
{
	(void)sim;
	/* Should a text ever get into the page as HTML, it still could not run or load anything. */
	httpd_answer_header(r, "Content-Security-Policy",
	    "default-src 'none'; script-src "
	    "'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src 'self' data: "
	    "blob:; media-src 'self'; "
	    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	httpd_answer(r, 200, "text/html; charset=utf-8", sim_page, strlen(sim_page));
}

static json_t *
show_message(const struct sim_message *m)
{
	static const char *const reported[] = { [SIM_REPORT_NONE] = "none",
		[SIM_REPORT_WAITING] = "waiting",
		[SIM_REPORT_TAKEN] = "taken",
		[SIM_REPORT_LOST] = "lost" };

	return json_pack(
	    "{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:b, s:s, "
	    "s:o}",
	    "n", (json_int_t)m->n, "time", (json_int_t)m->time, "request", m->request->id,
	    "version", m->request->version->name, "address", m->address, "number", m->number,
	    "sender", m->sender, "text", m->text, "correlator", m->request->correlator, "endpoint",
	    m->request->endpoint, "encoding", text_encoding_name(m->size.encoding), "units",
	    (int)m->size.units, "segments", (int)m->size.segments, "status",
	    sim_message_status(m), "receipt", reported[m->reported], "mms",
	    m->request->version->mms, "subject", m->request->subject, "media",
	    sim_json_media(m->request->media, m->request->nmedia));
}

/* In a query a plus is a space, and people forget to write %2B; so only the digits count. */
static bool
same_number(const char *number, const char *wanted)
{
	number += strspn(number, "+ ");
	wanted += strspn(wanted, "+ ");
	return strcmp(number, wanted) == 0;
}

static void
get_messages(struct sim *sim, struct httpd_request *r)
{
	const char *after = httpd_query(r, "after"), *to = httpd_query(r, "to");
	uint64_t n = after ? strtoull(after, NULL, 10) : 0, newest = sim_state_newest(sim->state);
	json_t *messages = json_array();

	/* After a reset the numbers begin anew, and who asks with an old one starts over. */
	if (n > newest)
		n = 0;
	if (n + 1 < sim_state_oldest(sim->state))
		n = sim_state_oldest(sim->state) - 1;
	while (n < newest && json_array_size(messages) < BATCH) {
		const struct sim_message *m = sim_state_message(sim->state, ++n);

		if (!to || same_number(m->number, to))
			json_array_append_new(messages, show_message(m));
	}
	sim_json_answer(r, 200,
	    json_pack("{s:o, s:I, s:I}", "messages", messages, "next", (json_int_t)n, "oldest",
		(json_int_t)sim_state_oldest(sim->state)));
}

static void
get_state(struct sim *sim, struct httpd_request *r)
{
	const struct sim_counts *c = sim_state_counts(sim->state);
	uint64_t kept = sim_state_newest(sim->state) + 1 - sim_state_oldest(sim->state);
	struct sim_receipt_counts receipts;
	json_t *refused = json_object();
	unsigned i;

	sim_receipts_count(sim->receipts, &receipts);
	for (i = 0; i < c->nrefusals; i++)
		json_object_set_new(
		    refused, c->refusals[i].why, json_integer((json_int_t)c->refusals[i].count));
	sim_json_answer(r, 200,
	    json_pack("{s:I, s:I, s:I, s:o, s:I, s:I, s:i, s:{s:I, s:I}, "
		      "s:{s:i, s:I, s:I, s:I}, s:I}",
		"requests", (json_int_t)c->requests, "accepted", (json_int_t)c->accepted, "asked",
		(json_int_t)c->asked, "refused", refused, "messages", (json_int_t)c->messages,
		"kept", (json_int_t)kept, "held", (int)sim_answers_held(sim->answers), "duplicates",
		"correlator", (json_int_t)c->same_correlator, "text", (json_int_t)c->same_text,
		"receipts", "waiting", (int)receipts.waiting, "taken", (json_int_t)receipts.taken,
		"failed", (json_int_t)receipts.failed, "given_up", (json_int_t)receipts.given_up,
		"written", (json_int_t)sim_phones_count(sim->phones)));
}

static void
post_reset(struct sim *sim, struct httpd_request *r)
{
	/* In this order: a receipt may have the release of a held answer in its hands. */
	sim_receipts_reset(sim->receipts);
	sim_answers_drop(sim->answers);
	sim_rules_clear(sim->rules);
	sim_state_reset(sim->state);
	sim_phones_reset(sim->phones);
	sim_json_ok(r);
}

static void
get_faults(struct sim *sim, struct httpd_request *r)
{
	sim_json_answer(r, 200, sim_rules_show(sim->rules));
}

static void
post_faults(struct sim *sim, struct httpd_request *r)
{
	json_t *json = sim_json_read(r);
	char why[200];

	if (!json)
		return;
	if (sim_rules_add(sim->rules, json, why, sizeof why) < 0)
		sim_json_error(r, 400, why);
	else
		sim_json_ok(r);
	json_decref(json);
}

static void
delete_faults(struct sim *sim, struct httpd_request *r)
{
	sim_rules_clear(sim->rules);
	sim_json_ok(r);
}

/* {"number":"+49…","status":"DeliveryImpossible"}: what a handset's messages meet from now on. */
static void
post_handset(struct sim *sim, struct httpd_request *r)
{
	json_t *json = sim_json_read(r);
	const char *number = json_string_value(json_object_get(json, "number"));
	const char *status = json_string_value(json_object_get(json, "status"));

	if (!json)
		return;
	if (!number || !status || strlen(number) >= SIM_NUMBER)
		sim_json_error(r, 400, "{\"number\":\"+…\",\"status\":\"…\"} is wanted");
	else if (sim_rules_report(sim->rules, number, status) < 0)
		sim_json_error(r, 400, "no such status, or too many rules");
	else
		sim_json_ok(r);
	json_decref(json);
}

static const struct {
	const char *method, *path;
	void (*answer)(struct sim *sim, struct httpd_request *r);
} pages[] = {
	{ "GET", "/", get_page },
	{ "GET", "/api/messages", get_messages },
	{ "GET", "/api/state", get_state },
	{ "GET", "/api/faults", get_faults },
	{ "POST", "/api/faults", post_faults },
	{ "DELETE", "/api/faults", delete_faults },
	{ "POST", "/api/handset", post_handset },
	{ "GET", "/api/mo", sim_web_written },
	{ "POST", "/api/mo", sim_web_write },
	{ "POST", "/mo", sim_web_write },
	{ "GET", "/api/media", sim_web_media },
	{ "POST", "/api/reset", post_reset },
};

/* Whether a browser sends this for a page that is not ours: then Origin names another host. */
static bool
is_foreign(const struct httpd_request *r)
{
	const char *origin = httpd_header(r, "Origin"), *host = httpd_header(r, "Host");
	const char *named = origin ? strstr(origin, "://") : NULL;

	return origin && !(named && host && strcmp(named + 3, host) == 0);
}

void
sim_web(struct sim *sim, struct httpd_request *r)
{
	const char *method = httpd_method(r), *path = httpd_path(r);
	bool known = false;
	size_t i;

	if (sim_soap(sim, r))
		return;
	if (strcmp(method, "HEAD") == 0)
		method = "GET"; /* the server leaves the body out by itself */
	for (i = 0; i < sizeof pages / sizeof *pages; i++) {
		if (strcmp(pages[i].path, path) != 0)
			continue;
		known = true;
		if (strcmp(pages[i].method, method) != 0)
			continue;
		if (strcmp(method, "GET") != 0 && is_foreign(r))
			sim_json_error(r, 403, "this comes from a page of another site");
		else
			pages[i].answer(sim, r);
		return;
	}
	sim_json_error(r, known ? 405 : 404, known ? "not with this method" : "nothing here");
}
