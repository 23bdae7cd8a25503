/*
 * queue_report.c - reports of networks, brought to the queue.
 *
 * Nothing is kept of them yet: the ledger learns that next.
 */
#include "bridge/base/verdict.h"
#include "bridge/store/queue.h"
#include "bridge/store/report.h"

void
queue_report(struct queue *q, const struct report *r,
    void (*on_done)(void *arg, const char *id, bool changed, const struct verdict *v), void *arg)
{
	struct verdict v;

	(void)q;
	(void)r;
	done(&v, "2.0.0", "heard");
	on_done(arg, NULL, false, &v);
}
