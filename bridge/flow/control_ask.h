/*
 * control_ask.h - a question at the administrator's door on its way to the queue and back. For the door's
 * own files (control*.c).
 */
#ifndef BRIDGE_CONTROL_ASK_H
#define BRIDGE_CONTROL_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"

struct ask;
struct httpd;
struct httpd_request;
struct intake;
struct kept;
struct pump;

struct control {
	struct httpd *httpd;
	const struct intake *in;
	struct queue *queue;
	struct pump *const *pumps; /* in->pumps */
	size_t npumps;
	struct ask *asks; /* those that wait for the queue */
};

/* A question while the queue works on it. */
struct ask {
	struct control *control;
	struct httpd_request *request;
	struct ask *next, **link; /* in the control's list */
	enum queue_order order;
	char id[MSG_ID];
	int rcpt;         /* -1: all of the message */
	unsigned most;    /* jobs of a page */
	unsigned waiting; /* orders of a page, lines of an import, not answered yet */
	unsigned changed; /* jobs that they changed */
	char after[48];   /* the last job of the page when there may be more; else "" */
	struct kept *kept; /* lines of an import, nkept of them */
	size_t nkept;
	bool learn;	  /* there are decisions of phones among them */
	char *who;	  /* whose data is to be forgotten */
	struct verdict v; /* the first failure */
};

/* A question that waits, in the control's list; and no more. */
struct ask *ask_new(struct control *c, struct httpd_request *r);
void ask_free(struct ask *a);
/* Answer with that text of JSON, which is freed; or with an error. The request is gone then. */
void control_answer(struct httpd_request *r, int status, char *json);
void control_refuse(struct httpd_request *r, int status, const char *error);

/* Of control_jobs.c: GET /queue, GET /show, POST /retry, /hold, /release and /cancel. */
void ask_queue(struct control *c, struct httpd_request *r);
void ask_show(struct control *c, struct httpd_request *r);
void ask_order(struct control *c, struct httpd_request *r);
/* Of control_users.c: GET and POST /users, POST /forget. */
void ask_users(struct control *c, struct httpd_request *r);
void ask_import(struct control *c, struct httpd_request *r);
void ask_forget(struct control *c, struct httpd_request *r);

#endif
