/*
 * scan_rspamd.c - asks rspamd(8) by HTTP: the mail goes to /checkv2 with its envelope in fields,
 * and the answer's `action` says what to do. jansson stays here.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/dial.h"
#include "bridge/base/http.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "bridge/store/scan.h"

enum { ANSWER = 1 << 20, CONNECT_MS = 5000, FIELDS = 40 };

struct rspamd {
	struct http_caller *caller;
	char *url;
};

static void *
rspamd_open(const char *where, const struct scan_settings *s, struct verdict *v)
{
	struct rspamd *r;
	size_t len = strlen(where);

	(void)s;
	if (strncmp(where, "http://", 7) != 0 && strncmp(where, "https://", 8) != 0) {
		never(v, "5.3.5", "\"rspamd:%s\": http://host:port follows on \"rspamd:\"", where);
		return NULL;
	}
	while (len > 0 && where[len - 1] == '/')
		len--;
	r = xcalloc(1, sizeof *r);
	r->caller = http_caller_new();
	r->url = xasprintf("%.*s/checkv2", (int)len, where);
	return r;
}

static void
rspamd_close(void *state)
{
	struct rspamd *r = state;

	http_caller_free(r->caller);
	free(r->url);
	free(r);
}

static const char *
bare(const char *uri)
{
	return uri && strchr(uri, ':') ? strchr(uri, ':') + 1 : "";
}

/* The envelope, as fields; how many. */
static size_t
envelope(const struct msg *m, char **fields)
{
	size_t n = 0;

	if (strncmp(m->from, "tel:", 4) != 0)
		fields[n++] = xasprintf("From: %s", bare(m->from));
	for (size_t i = 0; i < m->nrcpts && n < FIELDS - 4; i++)
		fields[n++] = xasprintf("Rcpt: %s", m->rcpts[i].given && *m->rcpts[i].given
							? m->rcpts[i].given
							: bare(m->rcpts[i].to));
	if (m->client)
		fields[n++] = xasprintf("IP: %s", m->client);
	if (m->login)
		fields[n++] = xasprintf("User: %s", m->login);
	if (m->mta_id)
		fields[n++] = xasprintf("Queue-Id: %s", m->mta_id);
	return n;
}

/* What its answer says. "greylist" alone is a score; who is to come again gets "soft reject". */
static enum scan_says
judge(const json_t *all, char *found, struct verdict *v)
{
	const char *action = json_string_value(json_object_get(all, "action"));
	const json_t *said = json_object_get(json_object_get(all, "messages"), "smtp_message");
	static const char *const clean[] = { "no action", "greylist", "add header",
		"rewrite subject" };

	if (json_is_true(json_object_get(all, "is_skipped"))) {
		done(v, "2.0.0", "skipped by rspamd's own settings");
		return SCAN_SKIPPED;
	}
	if (!action) {
		later(v, "4.3.0", "its answer has no action");
		return SCAN_AWAY;
	}
	if (strcmp(action, "reject") == 0) {
		snprintf(found, SCAN_NAME, "spam (%.1f points of %.1f)",
		    json_number_value(json_object_get(all, "score")),
		    json_number_value(json_object_get(all, "required_score")));
		return SCAN_FOUND;
	}
	if (strcmp(action, "soft reject") == 0) {
		later(v, "4.7.1", "%.200s",
		    json_is_string(said) ? json_string_value(said) : "try again later");
		return SCAN_LATER;
	}
	for (size_t i = 0; i < sizeof clean / sizeof *clean; i++)
		if (strcmp(action, clean[i]) == 0)
			return SCAN_CLEAN;
	later(v, "4.3.0", "its action is \"%.40s\"", action);
	return SCAN_AWAY;
}

static enum scan_says
read_answer(const struct http_answer *a, char *found, struct verdict *v)
{
	enum scan_says says;
	json_t *all;

	if (a->end != HTTP_ANSWERED || a->status != 200) {
		if (a->end == HTTP_ANSWERED)
			later(v, "4.3.0", "it answers with HTTP status %d", a->status);
		else
			later(v, "4.4.1", "%s", a->error);
		return SCAN_AWAY;
	}
	all = json_loadb(a->body, a->len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(all)) {
		json_decref(all);
		later(v, "4.3.0", "its answer is no JSON object");
		return SCAN_AWAY;
	}
	says = judge(all, found, v);
	json_decref(all);
	return says;
}

static enum scan_says
rspamd_look(void *state, const struct scan_part *part, char *found, struct verdict *v)
{
	struct rspamd *r = state;
	char *fields[FIELDS + 1] = { NULL }, *body;
	size_t n = envelope(part->msg, fields);
	int64_t left = part->until - loop_ms();
	struct http_request q = { .url = r->url,
		.content_type = "message/rfc822",
		.len = part->len,
		.headers = (const char *const *)fields,
		.timeout_ms = left > 1 ? (long)left : 1,
		.connect_timeout_ms = left < CONNECT_MS && left > 1 ? (long)left : CONNECT_MS,
		.max_answer = ANSWER };
	enum scan_says says = SCAN_AWAY;
	struct http_answer a = { 0 };

	q.body = body = xcalloc(1, part->len + 1);
	if (file_piece(part->fd, body, part->len, 0, v) == 0) {
		http_call(r->caller, &q, NULL, NULL, &a);
		says = read_answer(&a, found, v);
		http_answer_free(&a);
	}
	while (n > 0)
		free(fields[--n]);
	free(body);
	return says;
}

const struct scan_driver scan_rspamd = {
	.name = "rspamd",
	.open = rspamd_open,
	.look = rspamd_look,
	.close = rspamd_close,
};
