/*
 * control_json.h - what the administrator's door answers, as text (the shapes are in control.h).
 * Each function returns a string, for free().
 */
#ifndef BRIDGE_CONTROL_JSON_H
#define BRIDGE_CONTROL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/message/msg.h"

struct bindings;
struct consent;
struct forgotten;
struct job;
struct pump;
struct pump_state;
struct queue;
struct queue_counts;
struct verdict;

/* {} */
char *control_json_nothing(void);
/* {"error": …} */
char *control_json_error(const char *error);
/* {"jobs": …, "next": …}: of each history only the last event. next may be NULL. Bytes of strangers
 * that are not UTF-8 become U+FFFD, here and in all of these. pumps: all, so that what waits for a paused
 * one says so. */
char *control_json_page(struct job *const *jobs, size_t n, const char *next, struct pump *const *pumps,
    size_t npumps);
/* {"jobs": …, "more": …}, with the whole history. */
char *control_json_show(struct job *const *jobs, size_t n, bool more, struct pump *const *pumps,
    size_t npumps);
/* {"changed": …, "next": …, "state": …}. next and state may be NULL. */
char *control_json_changed(unsigned changed, const char *next, const char *state);
/* {"transports": …}; depths[i] is how many jobs states[i] has in the queue. */
char *control_json_transports(const struct pump_state *states, const uint64_t *depths, size_t n);
/* {"decisions": …}, of that phone ("+86…"), or of all when it is NULL. */
char *control_json_decisions(const struct consent *d, size_t n, const char *phone);
/* {"bindings": …, "next": …}: at most `most` behind the first `from`. */
char *control_json_bindings(const struct bindings *b, size_t from, size_t most);
/* How much of what is forgotten. */
char *control_json_forgotten(const struct forgotten *n);
/* Steps that are told one by one: control_step(steps, what, said). */
struct control_steps;
struct control_steps *control_steps_new(void);
void control_step(void *steps, const char *what, const char *said);
/* {"steps": …, "smtp": …, "dsn": …, "text": …}. Frees the steps. */
char *control_json_steps(struct control_steps *steps, const struct verdict *v);
/* The counters of the queue. */
char *control_json_counts(const struct queue_counts *n);

/* A message's last event, for the status page. */
struct control_recent {
	char id[MSG_ID];
	char text[200];
};
/* All that the status page shows. oldest: ms since 1970 when the oldest message in the queue was
 * accepted; 0: there is none. */
char *control_json_status(struct queue *q, struct pump *const *pumps, size_t n,
    const struct control_recent *recent, size_t nrecent, int64_t oldest);

#endif
