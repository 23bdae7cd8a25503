/*
 * live.c - the settings that may change while triviumd runs.
 */
#include "bridge/flow/live.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/fit.h"
#include "bridge/flow/shape.h"
#include "bridge/flow/transport_mail.h"

/* Where the keys stand that count at once, but for some of them. */
static const struct {
	const char *kind;
	const struct setting *rows;
	const char *fixed[4];
} lives[] = {
	{ "retry", retry_rows, { NULL } },
	{ "bridge", optout_rows, { NULL } },
	{ "bridge", links_rows, { NULL } },
	{ "bridge", pumping_rows, { "pumping", NULL } },
	{ "mail", mail_pump_rows, { NULL } },
	{ "sdp", pump_rows, { "driver", "extensions", "numbers", NULL } },
	{ "sdp", shape_rows, { NULL } },
	{ "sdp", fit_rows, { NULL } },
	{ "sdp", heartbeat_rows, { "heartbeat", NULL } },
	{ "im", pump_rows, { "driver", "extensions", "numbers", NULL } },
	{ "im", shape_rows, { NULL } },
	{ "im", fit_rows, { NULL } },
};

static bool
is_live(const char *kind, const char *key)
{
	for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
		const struct setting *row = lives[i].rows;
		const char *const *fixed = lives[i].fixed;

		if (strcmp(lives[i].kind, kind) != 0)
			continue;
		while (row->name && strcmp(row->name, key) != 0)
			row++;
		while (*fixed && strcmp(*fixed, key) != 0)
			fixed++;
		if (row->name)
			return !*fixed;
	}
	return false;
}

void
live_fill(struct live *l, const struct conf *c)
{
	const struct section *bridge = conf_section(c, "bridge", 0);

	section_fill(bridge, optout_rows, &l->optout);
	section_fill(bridge, pumping_rows, &l->pumping);
	section_fill(bridge, links_rows, &l->links);
	section_fill(conf_section(c, "retry", 0), retry_rows, &l->retry);
}

int
live_fill_transport(struct live_transport *t, const struct section *s, struct verdict *v)
{
	struct shape_settings shape;
	struct fit_limits limits;

	if (strcmp(t->kind, "mail") == 0) {
		mail_pump_settings(s, &t->pump);
		return 0;
	}
	section_fill(s, pump_rows, &t->pump);
	section_fill(s, shape_rows, &shape);
	if (shape_style(&shape, &t->pump.style, v) < 0)
		return -1;
	section_fill(s, fit_rows, &limits);
	fit_style(&limits, &t->pump.style);
	if (strcmp(t->kind, "sdp") == 0)
		section_fill(s, heartbeat_rows, &t->heartbeat);
	return 0;
}

/* Changing. */

/* The section of that kind and title, or NULL. */
static const struct section *
section_titled(const struct conf *c, const char *kind, const char *title)
{
	const struct section *s;

	for (size_t i = 0; (s = conf_section(c, kind, i)); i++)
		if (strcmp(section_title(s), title) == 0)
			return s;
	return NULL;
}

static const struct section *
section_of(const struct conf *c, const struct live_transport *t)
{
	return strcmp(t->kind, "mail") == 0 ? conf_section(c, "mail", 0)
	    : section_titled(c, t->kind, t->name);
}

/* What is being told of a section. */
struct telling {
	const char *kind, *title;
	bool live;	     /* of those that count now; else of the others */
	unsigned now, later; /* keys that count now, and after a restart */
};

/* "sdp acme: " before a key of that section; "" before one outside all. */
static void
tell_key(void *arg, const char *key)
{
	struct telling *t = arg;
	const char *space = *t->title ? " " : "", *colon = *t->kind ? ": " : "";

	if (is_live(t->kind, key) != t->live)
		return;
	if (t->live) {
		log_info("reload: %s%s%s%s%s counts now", t->kind, space, t->title, colon, key);
		t->now++;
	} else {
		log_warn("reload: %s%s%s%s%s needs a restart", t->kind, space, t->title, colon, key);
		t->later++;
	}
}

static void
tell_section(struct telling *t, const char *what)
{
	log_warn("reload: section %s %s %s needs a restart", t->kind, t->title, what);
	t->later++;
}

/* What counts now of that kind. A section that was not there at the start has nobody who would heed it; one
 * that is back is compared with what it was then. */
static void
tell_live(struct telling *t, const struct conf *first, const struct conf *was, const struct conf *is)
{
	const struct section *a, *b, *old;

	if (strcmp(t->kind, "mail") == 0 && !mail_is_wanted(conf_section(first, "mail", 0)))
		return;
	for (size_t i = 0; (b = conf_section(is, t->kind, i)); i++) {
		t->title = section_title(b);
		if (!(old = section_titled(first, t->kind, t->title)))
			continue;
		a = section_titled(was, t->kind, t->title);
		section_compare(a ? a : old, b, tell_key, t);
	}
}

/* What needs a restart, of all sections of that kind. */
static void
tell_fixed(struct telling *t, const struct conf *first, const struct conf *is)
{
	const struct section *a, *b;

	for (size_t i = 0; (b = conf_section(is, t->kind, i)); i++) {
		t->title = section_title(b);
		if ((a = section_titled(first, t->kind, t->title)))
			section_compare(a, b, tell_key, t);
		else
			tell_section(t, "(new)");
	}
	for (size_t i = 0; (a = conf_section(first, t->kind, i)); i++) {
		t->title = section_title(a);
		if (!section_titled(is, t->kind, t->title))
			tell_section(t, "(gone)");
	}
}

/* What counts at once may differ from what was read last; the rest, from what the process began with. */
static void
tell(const struct conf *first, const struct conf *was, const struct conf *is)
{
	static const char *const kinds[] = { "", "bridge", "tables", "retry", "scan", "mail", "sdp", "im" };
	struct telling t = { .now = 0 };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		t.kind = kinds[i];
		t.live = true;
		tell_live(&t, first, was, is);
		t.live = false;
		tell_fixed(&t, first, is);
	}
	log_info("reload: done, %u changes count now, %u need a restart", t.now, t.later);
}

/* What a transport is to have; as it is where its section is gone. 0, or -1, said on errors. */
static int
read_transport(struct live_transport *to, const struct live_transport *t, const struct conf *is, FILE *errors)
{
	const struct section *s = section_of(is, t);
	struct verdict v;

	*to = *t;
	if (!s)
		return 0;
	if (live_fill_transport(to, s, &v) < 0) {
		fprintf(errors, "%s: %s\n", section_where(s), v.text);
		return -1;
	}
	to->pump.driver = t->pump.driver;
	to->pump.extensions = t->pump.extensions;
	to->pump.numbers = t->pump.numbers;
	to->heartbeat.number = t->heartbeat.number;
	return 0;
}

int
live_change(struct live *l, struct live_transport *const *all, size_t n, const struct conf *first,
    const struct conf *was, const struct conf *is, FILE *errors)
{
	struct live_transport *fresh = xcalloc(n + 1, sizeof *fresh);
	bool pumping = l->pumping.pumping;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		rc |= read_transport(&fresh[i], all[i], is, errors);
	if (rc == 0) {
		for (size_t i = 0; i < n; i++)
			*all[i] = fresh[i];
		live_fill(l, is);
		l->pumping.pumping = pumping;
		tell(first, was, is);
	}
	free(fresh);
	return rc;
}
