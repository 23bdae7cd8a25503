/*
 * control_users.c - the administrator's door, about people: what users have registered and phones have
 * said, moved in and out, and one person's data forgotten.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/flow/authorise.h"
#include "bridge/flow/control.h"
#include "bridge/flow/control_ask.h"
#include "bridge/flow/control_json.h"
#include "bridge/flow/intake.h"
#include "bridge/store/binding.h"
#include "bridge/store/kept.h"

enum {
	PAGE = 1000, /* bindings in one answer */
	LINES = 500, /* lines of one import */
	WHO = 400,   /* bytes of whom to forget */
};

/* What is registered. */

void
ask_users(struct control *c, struct httpd_request *r)
{
	const char *after = httpd_query(r, "after");
	char *end = NULL;
	unsigned long from = after ? strtoul(after, &end, 10) : 0;

	if (after && (end == after || *end))
		control_refuse(r, 400, "after: expected a number");
	else
		control_answer(r, 200, control_json_bindings(c->in->bindings, from, PAGE));
}

/* An import: all lines are right, or nothing is taken. */

static void
answer_import(void *arg)
{
	struct ask *a = arg;

	if (a->v.is != DONE)
		control_refuse(a->request, 503, a->v.text);
	else
		control_answer(a->request, 200, control_json_changed((unsigned)a->nkept, NULL, NULL));
	ask_free(a);
}

/* The book of consent is read anew once, for the last piece of an import: reading it takes as long as it is. */
static void
on_all_kept(struct ask *a)
{
	struct authorise *authorise = a->control->in->authorise;
	const char *more = httpd_query(a->request, "more"), *learn = httpd_query(a->request, "learn");

	for (size_t i = 0; i < a->nkept && a->v.is == DONE; i++)
		if (a->kept[i].is_binding)
			bindings_set(a->control->in->bindings, &a->kept[i].binding);
	if (a->learn && (more || a->v.is != DONE))
		authorise_learn_soon(authorise);
	if (a->v.is == DONE && !more && (a->learn || learn))
		authorise_learn(authorise, answer_import, a);
	else
		answer_import(a);
}

static void
on_kept(void *arg, const struct verdict *v)
{
	struct ask *a = arg;

	if (v->is != DONE && a->v.is == DONE)
		a->v = *v;
	if (--a->waiting == 0)
		on_all_kept(a);
}

static void
on_consent_kept(void *arg, bool repeated, const struct verdict *v)
{
	(void)repeated;
	on_kept(arg, v);
}

static void
keep(struct ask *a, const struct kept *k)
{
	struct queue *q = a->control->queue;

	if (k->is_binding) {
		queue_bind(q, &k->binding, on_kept, a);
	} else {
		a->learn = true;
		queue_consent(q, &k->consent, on_consent_kept, a);
	}
}

/* Read the body. 0, or -1 when the request is answered. */
static int
read_lines(struct ask *a)
{
	size_t len, number = 0;
	const char *body = httpd_body(a->request, &len);
	char *all = xstrndup(body ? body : "", body ? len : 0), *rest = all, *line;
	struct verdict v;
	int rc = 0;

	a->kept = xcalloc(LINES, sizeof *a->kept);
	while (rc == 0 && (line = strsep(&rest, "\n"))) {
		number++;
		if (!*line || *line == '#')
			continue;
		if (a->nkept == LINES)
			rc = never(&v, "5.3.4", "more than %d lines", LINES);
		else
			rc = kept_parse(line, &a->kept[a->nkept++], &v);
	}
	free(all);
	if (rc < 0) {
		char *text = xasprintf("line %zu: %s", number, v.text);

		control_refuse(a->request, 400, text);
		free(text);
	}
	return rc;
}

void
ask_import(struct control *c, struct httpd_request *r)
{
	struct ask *a = ask_new(c, r);

	if (read_lines(a) < 0) {
		ask_free(a);
		return;
	}
	if (!bindings_room(c->in->bindings)) {
		control_refuse(r, 503, "there is no room for more bindings");
		ask_free(a);
		return;
	}
	log_info("administrator: import of %zu lines of users", a->nkept);
	a->waiting = (unsigned)a->nkept + 1; /* so that none is the last before all are asked */
	for (size_t i = 0; i < a->nkept; i++)
		keep(a, &a->kept[i]);
	if (--a->waiting == 0)
		on_all_kept(a);
}

/* Forgetting. */

static void
on_forgotten(void *arg, const struct forgotten *n, const struct verdict *v)
{
	struct ask *a = arg;
	const struct intake *in = a->control->in;
	const char *bare = strchr(a->who, ':') + 1;

	if (v->is != DONE) {
		control_refuse(a->request, 503, v->text);
	} else {
		authorise_forget(in->authorise, bare);
		if (n->decisions)
			authorise_learn(in->authorise, NULL, NULL);
		if (n->bindings)
			bindings_forget(in->bindings, bare);
		control_answer(a->request, 200, control_json_forgotten(n));
	}
	ask_free(a);
}

void
ask_forget(struct control *c, struct httpd_request *r)
{
	const char *who = httpd_query(r, "who"), *consent = httpd_query(r, "consent");
	struct ask *a;

	if (!who || strlen(who) > WHO || (strncmp(who, "tel:", 4) != 0 && strncmp(who, "mailto:", 7) != 0 &&
		strncmp(who, "xmpp:", 5) != 0)) {
		control_refuse(r, 400, "who: expected tel:, mailto: or xmpp: and an address");
		return;
	}
	/* Whom the administrator wants forgotten, the log need not remember. */
	log_info("administrator: forget a person's data");
	a = ask_new(c, r);
	a->who = xstrdup(who);
	queue_forget(c->queue, who, consent && strcmp(consent, "yes") == 0, on_forgotten, a);
}
