/*
 * screen.c - shows what phones and IM users bring to the scanners.
 */
#include "bridge/flow/screen.h"

#include <stdlib.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/base/worker.h"
#include "bridge/message/msg.h"
#include "bridge/store/scan.h"

enum {
	THREADS = 4,
	MOST = 200, /* each holds a message in memory */
};

struct screen {
	struct scan *scan;
	struct worker *worker;
};

/* One message at the scanners. */
struct guest {
	struct screen *screen;
	const struct msg *msg;
	struct verdict v;
	void (*on_screened)(void *arg, const struct verdict *v);
	void *arg;
};

struct screen *
screen_new(struct loop *l, struct scan *scan)
{
	struct screen *s = xcalloc(1, sizeof *s);

	s->scan = scan;
	s->worker = worker_new(l, THREADS, MOST);
	return s;
}

void
screen_free(struct screen *s)
{
	if (!s)
		return;
	worker_free(s->worker);
	free(s);
}

bool
screen_wants(const struct screen *s, const struct msg *m)
{
	return s && scan_wants(s->scan, m, false);
}

/* On a thread of the worker's. */
static void
look(void *arg)
{
	struct guest *g = arg;

	if (scan_message(g->screen->scan, g->msg, -1, 0, &g->v) == 0)
		done(&g->v, "2.0.0", "nothing was found");
}

static void
on_looked(void *arg)
{
	struct guest *g = arg;

	g->on_screened(g->arg, &g->v);
	free(g);
}

void
screen_message(struct screen *s, const struct msg *m,
    void (*on_screened)(void *arg, const struct verdict *v), void *arg)
{
	struct guest *g = xcalloc(1, sizeof *g);

	*g = (struct guest){ .screen = s, .msg = m, .on_screened = on_screened, .arg = arg };
	if (worker_do(s->worker, m->from, look, on_looked, g) == 0)
		return;
	later(&g->v, "4.3.2", "too many messages wait for a scanner");
	on_looked(g);
}

size_t
screen_waiting(const struct screen *s)
{
	return s ? worker_busy(s->worker) : 0;
}
