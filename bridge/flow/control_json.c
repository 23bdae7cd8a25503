/*
 * control_json.c - the answers of the administrator's door. jansson stays here.
 *
 * jansson takes only UTF-8, and a message's addresses and a network's reasons may hold anything: so
 * every string of theirs passes through text(), and no answer fails for its bytes.
 */
#include "bridge/flow/control_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/pump.h"
#include "bridge/flow/tally.h"
#include "bridge/store/binding.h"
#include "bridge/store/consent.h"
#include "bridge/store/queue.h"
#include "bridge/store/trail.h"

/* The value, which is taken, as a string. */
static char *
dump(json_t *value)
{
	char *s = json_dumps(value, JSON_COMPACT);

	json_decref(value);
	/* Only memory can be missing, as text() has seen to the rest. */
	return s ? s : xstrdup("{}");
}

static json_t *
text(const char *s)
{
	const char *end;
	struct buf b;
	json_t *value;

	if (!s)
		return json_null();
	if ((value = json_string(s)) != NULL)
		return value;
	end = s + strlen(s);
	buf_init(&b, 3 * (size_t)(end - s));
	while (s < end) {
		char out[4];
		buf_add(&b, out, utf8_put(out, utf8_next(&s, end)));
	}
	value = json_string(buf_str(&b));
	buf_free(&b);
	return value;
}

static void
add_text(json_t *o, const char *name, const char *s)
{
	json_object_set_new(o, name, text(s));
}

static void
add_number(json_t *o, const char *name, int64_t n)
{
	json_object_set_new(o, name, json_integer(n));
}

static void
add_count(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

/* One line "SECONDS state text" of a history. It is cut up. */
static json_t *
event(char *line)
{
	json_t *o = json_object();
	char *state, *why;

	add_number(o, "time", strtoll(line, &state, 10));
	state += *state == ' ';
	why = state + strcspn(state, " ");
	if (*why)
		*why++ = '\0';
	add_text(o, "state", state);
	add_text(o, "text", why);
	return o;
}

/* The lines of a history, all or the last one. */
static json_t *
history(const char *lines, bool all)
{
	json_t *list = json_array();

	while (lines && *lines) {
		size_t len = strcspn(lines, "\n");
		char *line = xstrndup(lines, len);

		if (all || !lines[len] || !lines[len + 1])
			json_array_append_new(list, event(line));
		free(line);
		lines += len + (lines[len] == '\n');
	}
	return list;
}

/* Why a job that may be tried is not, where the reason is not its own. */
static void
add_pause(json_t *o, const struct job *j, struct pump *const *pumps, size_t npumps)
{
	struct pump_state s;
	char *why;

	for (size_t i = 0; i < npumps && (j->state == JOB_QUEUED || j->state == JOB_UNCERTAIN); i++) {
		pump_look(pumps[i], &s);
		if (!s.paused || strcmp(s.name, job_rcpt(j)->transport) != 0)
			continue;
		why = xasprintf("%s is paused: %s", s.name, s.reason);
		add_text(o, "waits", why);
		add_number(o, "probe", loop_wall_ms() + s.probe_in);
		free(why);
	}
}

static json_t *
job_json(const struct job *j, bool all, struct pump *const *pumps, size_t npumps)
{
	const struct msg *m = j->msg;
	const struct msg_rcpt *r = job_rcpt(j);
	json_t *o = json_object();

	add_text(o, "id", m->id);
	add_number(o, "rcpt", j->rcpt);
	add_number(o, "of", j->of);
	add_text(o, "state", job_state_name(j->state));
	add_text(o, "from", m->from);
	add_text(o, "to", r->to);
	add_text(o, "given", r->given);
	add_text(o, "transport", r->transport);
	add_text(o, "how", msg_how_name(r->how));
	add_number(o, "arrived", m->arrived);
	add_number(o, "expires", j->expires);
	if (j->due < INT64_MAX)
		add_number(o, "due", j->due);
	add_number(o, "tries", j->tries);
	add_number(o, "sends", j->sends);
	add_number(o, "unknowns", j->unknowns);
	add_number(o, "size", m->size);
	add_text(o, "mta_id", m->mta_id);
	add_text(o, "message_id", m->message_id);
	add_text(o, "client", m->client);
	add_text(o, "login", m->login);
	add_text(o, "request", j->request);
	if (j->parts) {
		add_number(o, "parts", j->parts);
		add_number(o, "taken", trail_taken(j));
		add_number(o, "delivered", trail_delivered(j));
	}
	json_object_set_new(o, "awaits", json_boolean(j->state == JOB_SENT && j->awaits));
	if (j->state == JOB_SENT && j->awaits)
		add_number(o, "report_by", j->report_by);
	add_text(o, "correlator", *j->correlator ? j->correlator : NULL);
	add_pause(o, j, pumps, npumps);
	json_object_set_new(o, "history", history(j->history, all));
	return o;
}

char *
control_json_nothing(void)
{
	return dump(json_object());
}

char *
control_json_error(const char *error)
{
	json_t *o = json_object();

	add_text(o, "error", error);
	return dump(o);
}

static json_t *
jobs_json(
    struct job *const *jobs, size_t n, bool all, struct pump *const *pumps, size_t npumps)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, job_json(jobs[i], all, pumps, npumps));
	return list;
}

char *
control_json_page(struct job *const *jobs, size_t n, const char *next, struct pump *const *pumps,
    size_t npumps)
{
	json_t *o = json_object();

	json_object_set_new(o, "jobs", jobs_json(jobs, n, false, pumps, npumps));
	add_text(o, "next", next);
	return dump(o);
}

char *
control_json_show(
    struct job *const *jobs, size_t n, bool more, struct pump *const *pumps, size_t npumps)
{
	json_t *o = json_object();

	json_object_set_new(o, "jobs", jobs_json(jobs, n, true, pumps, npumps));
	json_object_set_new(o, "more", json_boolean(more));
	return dump(o);
}

char *
control_json_changed(unsigned changed, const char *next, const char *state)
{
	json_t *o = json_object();

	add_number(o, "changed", changed);
	add_text(o, "next", next);
	add_text(o, "state", state);
	return dump(o);
}

static json_t *
transport_json(const struct pump_state *s, uint64_t depth)
{
	json_t *o = json_object();

	add_text(o, "name", s->name);
	add_text(o, "driver", s->driver);
	json_object_set_new(o, "paused", json_boolean(s->paused));
	add_text(o, "reason", s->reason);
	add_number(o, "probe_in", s->probe_in);
	add_number(o, "busy", s->busy);
	add_count(o, "queued", depth);
	add_count(o, "sent", s->sent);
	add_count(o, "failed", s->failed);
	add_count(o, "deferred", s->deferred);
	add_count(o, "uncertain", s->uncertain);
	return o;
}

char *
control_json_transports(const struct pump_state *states, const uint64_t *depths, size_t n)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, transport_json(&states[i], depths[i]));
	json_object_set_new(o, "transports", list);
	return dump(o);
}

char *
control_json_counts(const struct queue_counts *n)
{
	json_t *o = json_object();

	add_count(o, "jobs", n->jobs);
	add_count(o, "commits", n->commits);
	add_count(o, "requests", n->requests);
	json_object_set_new(o, "full", json_boolean(n->full));
	return dump(o);
}

static json_t *
status_transport(struct queue *q, const struct pump *p)
{
	const struct tally *t = pump_tally_of(p);
	struct pump_state s;

	pump_look(p, &s);
	return json_pack("{s:s, s:s, s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "name", s.name, "driver",
	    s.driver, "paused", s.paused, "reason", s.reason, "depth",
	    (json_int_t)queue_depth(q, s.name), "busy", (json_int_t)s.busy, "sent",
	    (json_int_t)t->sent, "delivered", (json_int_t)t->delivered, "deferred",
	    (json_int_t)t->deferred, "failed", (json_int_t)(t->failed + t->undelivered));
}

char *
control_json_status(struct queue *q, struct pump *const *pumps, size_t n,
    const struct control_recent *recent, size_t nrecent, int64_t oldest)
{
	struct queue_counts c = queue_counts(q);
	json_t *transports = json_array(), *events = json_array(), *all;
	int64_t now = loop_wall_ms();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(transports, status_transport(q, pumps[i]));
	for (size_t i = 0; i < nrecent; i++) {
		json_t *o = json_object();

		add_text(o, "id", recent[i].id);
		add_text(o, "text", recent[i].text);
		json_array_append_new(events, o);
	}
	all = json_pack("{s:I, s:I, s:I, s:b, s:o, s:o}", "time", (json_int_t)now, "jobs",
	    (json_int_t)c.jobs, "age", (json_int_t)(oldest ? now - oldest : 0), "full", c.full,
	    "transports", transports, "recent", events);
	return dump(all);
}

struct control_steps *
control_steps_new(void)
{
	return (struct control_steps *)json_array();
}

void
control_step(void *steps, const char *what, const char *said)
{
	json_t *o = json_object();

	add_text(o, "step", what);
	add_text(o, "text", said);
	json_array_append_new(steps, o);
}

char *
control_json_steps(struct control_steps *steps, const struct verdict *v)
{
	json_t *o = json_object();

	json_object_set_new(o, "steps", (json_t *)steps);
	add_text(o, "smtp", verdict_smtp(v));
	add_text(o, "dsn", v->dsn);
	add_text(o, "text", v->text);
	return dump(o);
}

/* A page of bindings, while it is made. */
struct page {
	json_t *all;
	size_t from, most, seen;
};

static void
add_binding(void *arg, const struct binding *b)
{
	struct page *p = arg;
	json_t *one;

	if (p->seen++ < p->from || p->seen > p->from + p->most)
		return;
	one = json_object();
	add_text(one, "via", b->via);
	add_text(one, "jid", b->jid);
	add_text(one, "number", b->number);
	json_object_set_new(one, "since", json_integer((json_int_t)b->since));
	json_object_set_new(one, "tell", json_boolean(b->tell));
	json_array_append_new(p->all, one);
}

char *
control_json_bindings(const struct bindings *b, size_t from, size_t most)
{
	struct page p = { .all = json_array(), .from = from, .most = most };
	json_t *o = json_object();

	bindings_each(b, NULL, add_binding, &p);
	json_object_set_new(o, "bindings", p.all);
	json_object_set_new(o, "next", p.seen > from + most ? json_integer((json_int_t)(from + most)) : json_null());
	return dump(o);
}

char *
control_json_forgotten(const struct forgotten *n)
{
	json_t *o = json_object();

	json_object_set_new(o, "jobs", json_integer(n->jobs));
	json_object_set_new(o, "conversations", json_integer(n->talks));
	json_object_set_new(o, "links", json_integer(n->links));
	json_object_set_new(o, "quotas", json_integer(n->quotas));
	json_object_set_new(o, "decisions", json_integer(n->decisions));
	json_object_set_new(o, "bindings", json_integer(n->bindings));
	json_object_set_new(o, "waiting", json_integer(n->waiting));
	return dump(o);
}

char *
control_json_decisions(const struct consent *d, size_t n, const char *phone)
{
	json_t *o = json_object(), *all = json_array();

	for (size_t i = 0; i < n; i++) {
		const char *number = strncmp(d[i].phone, "tel:", 4) == 0 ? d[i].phone + 4 : d[i].phone;
		json_t *one;

		if (phone && strcmp(phone, number) != 0)
			continue;
		one = json_object();
		add_text(one, "phone", number);
		add_text(one, "service", d[i].service);
		add_text(one, "peer", d[i].peer);
		json_object_set_new(one, "stop", json_boolean(d[i].stop));
		json_object_set_new(one, "time", json_integer((json_int_t)d[i].at));
		add_text(one, "text", d[i].text);
		json_array_append_new(all, one);
	}
	json_object_set_new(o, "decisions", all);
	return dump(o);
}
