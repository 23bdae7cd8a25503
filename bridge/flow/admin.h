/*
 * admin.h - what an administrator's browser and monitoring read, on an address of its own. Nothing
 * can be changed there, and no text of a message is shown.
 *
 * GET /             the status page
 * GET /status.json  what it shows
 * GET /show?what=…  the history of a message, as control.h has it
 * GET /metrics      for Prometheus
 * GET /healthz      200 while the daemon answers and its queue does: else restart it
 * GET /readyz       200 while it takes messages; 503 at start and stop, and while the disk is full
 */
#ifndef BRIDGE_ADMIN_H
#define BRIDGE_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

struct admin;
struct loop;
struct pump;
struct queue;
struct verdict;

/* Open at `where` ("host:port"; "": nowhere, and all that follows does nothing). Queue and pumps are
 * lent. From then on it watches the log for recent messages. For admin_close(); NULL and *v. */
struct admin *admin_open(struct loop *l, const char *where, struct queue *q, struct pump *const *pumps,
    size_t npumps, struct verdict *v);
/* Are messages taken now? */
void admin_ready(struct admin *a, bool yes);
/* The TCP port; 0: none. */
unsigned admin_port(const struct admin *a);
/* Accepts NULL. The queue's answers must find nobody any more: it is closed, or the loop does not run. */
void admin_close(struct admin *a);

#endif
