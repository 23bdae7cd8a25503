/*
 * sim_web_phone.c - what phones write, and the pictures on them.
 */
#include "sdp/sim_web_phone.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/digest.h"
#include "bridge/base/httpd.h"
#include "bridge/base/mem.h"
#include "sdp/sim.h"
#include "sdp/sim_json.h"
#include "sdp/sim_phone.h"
#include "sdp/sim_state.h"

void
sim_web_written(struct sim *sim, struct httpd_request *r)
{
	static const char *const is[] = { [SIM_WRITTEN_KEPT] = "kept",
		[SIM_WRITTEN_WAITING] = "waiting", [SIM_WRITTEN_TAKEN] = "taken",
		[SIM_WRITTEN_LOST] = "lost" };
	const char *after = httpd_query(r, "after");
	uint64_t n = after ? strtoull(after, NULL, 10) : 0;
	json_t *list = json_array();

	for (const struct sim_written *w = sim_phones_first(sim->phones); w; w = w->next)
		if (w->n > n)
			json_array_append_new(list, json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:b, "
			    "s:s, s:s, s:o}", "n", (json_int_t)w->n, "time", (json_int_t)w->time,
			    "from", w->from, "to", w->to, "subject", w->subject, "text", w->text,
			    "mms", w->mms, "id", w->id, "state", is[w->is], "media",
			    sim_json_media(w->media, w->nmedia)));
	sim_json_answer(r, 200, json_pack("{s:o, s:I}", "messages", list, "count",
	    (json_int_t)sim_phones_count(sim->phones)));
}

/* A picture or sound: of message n, or with own= of what a phone wrote. */
void
sim_web_media(struct sim *sim, struct httpd_request *r)
{
	const char *n = httpd_query(r, "n"), *own = httpd_query(r, "own"), *i = httpd_query(r, "i");
	const struct sim_message *m = n ? sim_state_message(sim->state, strtoull(n, NULL, 10)) : NULL;
	const struct sim_written *w = own ? sim_phones_first(sim->phones) : NULL;
	unsigned long k = i ? strtoul(i, NULL, 10) : 0;
	const struct sim_media *media = NULL;

	while (w && w->n != strtoull(own, NULL, 10))
		w = w->next;
	if (m && k < m->request->nmedia)
		media = &m->request->media[k];
	else if (w && k < w->nmedia)
		media = &w->media[k];
	if (!media) {
		sim_json_error(r, 404, "no such picture or sound");
		return;
	}
	/* It comes from strangers: a browser must take it for what it is said to be, and run nothing. */
	httpd_answer_header(r, "X-Content-Type-Options", "nosniff");
	httpd_answer_header(r, "Content-Security-Policy", "default-src 'none'; sandbox");
	httpd_answer(r, 200, media->type, media->bytes, media->len);
}

static const char *
text_of(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

/* The attachments of a message; false when one of them is none. For sim_media_free(). */
static bool
read_media(const json_t *list, struct sim_written *w)
{
	static struct sim_media one[SIM_MEDIA];
	bool right = json_array_size(list) <= SIM_MEDIA;

	for (size_t i = 0; right && i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *coded = text_of(item, "base64"), *type = text_of(item, "contentType");
		size_t room = strlen(coded);
		int len;

		one[i] = (struct sim_media){ xstrdup(type), xstrdup(text_of(item, "name")),
			xcalloc(1, room + 1), 0 };
		len = digest_unbase64(coded, (unsigned char *)one[i].bytes, room);
		right = len >= 0 && strchr(type, '/') &&
		    !type[strcspn(type, " \t\r\n;\"<>")] &&
		    !one[i].name[strcspn(one[i].name, "\r\n\"<>")];
		one[i].len = len < 0 ? 0 : (size_t)len;
		w->nmedia++;
	}
	w->media = sim_media_new(one, w->nmedia);
	for (unsigned i = 0; i < w->nmedia; i++) {
		free(one[i].type);
		free(one[i].name);
		free(one[i].bytes);
	}
	return right;
}

/* {"from":"+49…","to":"4711","text":"…", …}: a phone writes. */
void
sim_web_write(struct sim *sim, struct httpd_request *r)
{
	json_t *json = sim_json_read(r);
	const struct sim_bring how = { text_of(json, "endpoint"), text_of(json, "correlator"),
		text_of(json, "version"), text_of(json, "linkid"),
		json_is_true(json_object_get(json, "undated")) };
	struct sim_written w = { .from = (char *)(uintptr_t)text_of(json, "from"),
		.to = (char *)(uintptr_t)text_of(json, "to"),
		.subject = (char *)(uintptr_t)text_of(json, "subject"),
		.text = (char *)(uintptr_t)text_of(json, "text"),
		.mms = json_is_true(json_object_get(json, "mms")) };
	const struct sim_written *m;
	char why[200];

	if (!json)
		return;
	if (!read_media(json_object_get(json, "attachments"), &w))
		sim_json_error(r, 400, "attachments have contentType, name and base64");
	else if (!(m = sim_phone_write(sim, &w, &how, why, sizeof why)))
		sim_json_error(r, 400, why);
	else
		sim_json_answer(r, 200, json_pack("{s:b, s:I}", "ok", 1, "n", (json_int_t)m->n));
	sim_media_free(w.media, w.nmedia);
	json_decref(json);
}
