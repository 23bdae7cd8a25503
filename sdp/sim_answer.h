/*
 * sim_answer.h - how answers leave: as they should, late, or in one of the ways that a client must
 * live through.
 */
#ifndef SDP_SIM_ANSWER_H
#define SDP_SIM_ANSWER_H

#include <stddef.h>

struct httpd_request;
struct loop;
struct sim_action;
struct sim_answers;
struct sim_held;

/* For sim_answers_free(). */
struct sim_answers *sim_answers_new(struct loop *l);
/* Drops what is held and frees. Accepts NULL; to be called before httpd_close(). */
void sim_answers_free(struct sim_answers *s);
/* Close the connections of all requests that are kept waiting. */
void sim_answers_drop(struct sim_answers *s);
/* How many requests are kept waiting. */
unsigned sim_answers_held(const struct sim_answers *s);

/* Answer with XML (text/xml). */
void sim_answer_xml(struct httpd_request *r, int status, const char *body, size_t len);
/* Answer with a line of plain text. */
void sim_answer_text(struct httpd_request *r, int status, const char *text);
/*
 * Answer r as the action says; xml is what the answer should be (copied). SIM_ACT_FAULT,
 * SIM_ACT_WRONGNS and SIM_ACT_EMPTY have shaped xml already and are sent as it is, a fault with
 * status 500. action NULL: the right answer.
 */
void sim_answer(struct sim_answers *s, struct httpd_request *r, const struct sim_action *action,
    const char *xml, size_t len);
/* Keep r waiting, with the right answer ready (copied), until sim_answer_release(). */
struct sim_held *sim_answer_hold(
    struct sim_answers *s, struct httpd_request *r, const char *xml, size_t len);
/* Answer now. held is a struct sim_held *; it is gone afterwards. */
void sim_answer_release(void *held);

#endif
