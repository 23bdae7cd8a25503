/*
 * sim_json.h - answers in JSON, for the files that have addresses of their own.
 */
#ifndef SDP_SIM_JSON_H
#define SDP_SIM_JSON_H

#include <jansson.h>

struct httpd_request;
struct sim_media;

/* Answer with JSON, and let go of it. */
void sim_json_answer(struct httpd_request *r, int status, json_t *json);
/* Answer {"ok":true}. */
void sim_json_ok(struct httpd_request *r);
/* Answer {"error":why}. */
void sim_json_error(struct httpd_request *r, int status, const char *why);
/* The body as JSON for json_decref(), or NULL: then r is answered. */
json_t *sim_json_read(struct httpd_request *r);
/* [{"type":…,"name":…,"size":…}, …], for json_decref(). */
json_t *sim_json_media(const struct sim_media *media, unsigned n);

#endif
