/*
 * sim_json.c - answers in JSON.
 */
#include "sdp/sim_json.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/httpd.h"
#include "sdp/sim_state.h"

void
sim_json_answer(struct httpd_request *r, int status, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	httpd_answer_header(r, "Cache-Control", "no-store");
	httpd_answer(r, status, "application/json", text ? text : "{}", text ? strlen(text) : 2);
	free(text);
}

void
sim_json_ok(struct httpd_request *r)
{
	sim_json_answer(r, 200, json_pack("{s:b}", "ok", 1));
}

void
sim_json_error(struct httpd_request *r, int status, const char *why)
{
	sim_json_answer(r, status, json_pack("{s:s}", "error", why));
}

json_t *
sim_json_media(const struct sim_media *media, unsigned n)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "type", media[i].type,
		    "name", media[i].name, "size", (json_int_t)media[i].len));
	return list;
}

json_t *
sim_json_read(struct httpd_request *r)
{
	json_error_t error;
	size_t len;
	const char *body = httpd_body(r, &len);
	json_t *json = json_loadb(body, len, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		sim_json_error(r, 400, error.text);
	return json;
}
