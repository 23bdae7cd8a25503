/*
 * scan_clamav.c - ClamAV's engine in this process. libclamav stays here.
 *
 * The engine is loaded at start, and by a thread of its own again whenever the signatures have
 * changed; who is scanning goes on with the old one, which is freed with its last scan. A database
 * that cannot be loaded leaves the old engine in use.
 */
#include <clamav.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/scan.h"

enum {
	FILES_MOST = 10000,
	FILE_MOST = 2000000000, /* bytes; the engine knows no longer ones */
	NESTED_MOST = 17,
	LOOK_S = 3,       /* so often is it seen whether the signatures have changed */
	CONTENT_MOST = 4, /* times the size may be in what is unpacked */
};

struct clamav {
	char *dir;
	const struct scan_settings *settings;
	struct cl_stat stat; /* of dir, when the engine was loaded */
	bool started, stop;
	pthread_t watcher;
	pthread_mutex_t lock; /* guards engine and stop */
	pthread_cond_t wake;
	struct cl_engine *engine;
};

static void
on_message(enum cl_msg severity, const char *whole, const char *text, void *context)
{
	(void)whole;
	(void)context;
	if (severity >= CL_MSG_WARN)
		log_warn("libclamav: %.*s", (int)strcspn(text, "\n"), text);
}

static void *
clamav_open(const char *where, const struct scan_settings *s, struct verdict *v)
{
	struct clamav *c;
	pthread_condattr_t clock;

	if (*where == '=')
		where++;
	if (*where && *where != '/') {
		never(v, "5.3.5",
		    "\"libclamav:%s\": \"=/path\" of the signatures follows, or nothing", where);
		return NULL;
	}
	c = xcalloc(1, sizeof *c);
	c->settings = s;
	c->dir = xstrdup(*where ? where : cl_retdbdir());
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &clock);
	pthread_condattr_destroy(&clock);
	return c;
}

/* What looking at one piece may cost. */
static bool
set_limits(struct cl_engine *e, const struct scan_settings *s)
{
	long long all = (long long)CONTENT_MOST * s->size, most = all < FILE_MOST ? all : FILE_MOST;
	const struct {
		enum cl_engine_field field;
		long long value;
	} limits[] = {
		{ CL_ENGINE_MAX_SCANSIZE, most },
		/* What is longer within an archive the engine would cut, and say nothing. */
		{ CL_ENGINE_MAX_FILESIZE, most },
		{ CL_ENGINE_MAX_RECURSION, NESTED_MOST },
		{ CL_ENGINE_MAX_FILES, FILES_MOST },
		{ CL_ENGINE_MAX_SCANTIME, s->timeout },
		/* Nothing in this process is to be written and run. */
		{ CL_ENGINE_BYTECODE_MODE, CL_BYTECODE_MODE_INTERPRETER },
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (cl_engine_set_num(e, limits[i].field, limits[i].value) != CL_SUCCESS)
			return false;
	return true;
}

/* A new engine, with *signatures in it; or NULL and *v. */
static struct cl_engine *
load(const struct clamav *c, unsigned *signatures, struct verdict *v)
{
	struct cl_engine *e = cl_engine_new();
	cl_error_t rc = e ? CL_SUCCESS : CL_EMEM;

	*signatures = 0;
	if (e && !set_limits(e, c->settings))
		rc = CL_EARG;
	if (rc == CL_SUCCESS)
		rc = cl_load(c->dir, e, signatures, CL_DB_STDOPT);
	if (rc == CL_SUCCESS)
		rc = cl_engine_compile(e);
	if (rc == CL_SUCCESS && *signatures > 0)
		return e;
	later(v, "4.3.5", "libclamav: %s: %s", c->dir,
	    rc == CL_SUCCESS ? "there are no signatures" : cl_strerror(rc));
	if (e)
		cl_engine_free(e);
	return NULL;
}

static void
note_time(struct clamav *c)
{
	cl_statfree(&c->stat);
	memset(&c->stat, 0, sizeof c->stat);
	cl_statinidir(c->dir, &c->stat);
}

static void
reload(struct clamav *c)
{
	struct cl_engine *old, *new;
	struct verdict v;
	unsigned n;

	/* Before they are read: what changes meanwhile is seen the next time. */
	note_time(c);
	if (!(new = load(c, &n, &v))) {
		log_warn("%s; the signatures of before stay in use", v.text);
		return;
	}
	pthread_mutex_lock(&c->lock);
	old = c->engine;
	c->engine = new;
	pthread_mutex_unlock(&c->lock);
	cl_engine_free(old);
	log_info("libclamav: %s: %u signatures, loaded anew", c->dir, n);
}

static void *
watch(void *arg)
{
	struct clamav *c = arg;
	struct timespec until;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += LOOK_S;
		if (pthread_cond_timedwait(&c->wake, &c->lock, &until) != ETIMEDOUT)
			continue;
		pthread_mutex_unlock(&c->lock);
		if (cl_statchkdir(&c->stat) == 1)
			reload(c);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* The program's signals are for its other threads. */
static bool
start_watcher(struct clamav *c)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	c->started = pthread_create(&c->watcher, NULL, watch, c) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return c->started;
}

static int
clamav_start(void *state, struct verdict *v)
{
	struct clamav *c = state;
	unsigned n;

	cl_set_clcb_msg(on_message);
	if (cl_init(CL_INIT_DEFAULT) != CL_SUCCESS)
		return later(v, "4.3.0", "libclamav does not begin");
	note_time(c);
	if (!(c->engine = load(c, &n, v)))
		return -1;
	if (!start_watcher(c))
		return later(v, "4.3.0", "libclamav: no thread to be had");
	log_info("libclamav: %s: %u signatures", c->dir, n);
	return 0;
}

/* What the engine says. What it has not looked through is not clean: that an archive goes beyond a
 * limit is a reason to refuse it, that time ran out may be ours. */
static enum scan_says
judge(cl_error_t rc, const char *name, char *found, struct verdict *v)
{
	static const char time_is_up[] = "Heuristics.Limits.Exceeded.MaxScanTime";

	if (rc == CL_CLEAN)
		return SCAN_CLEAN;
	if (rc == CL_VIRUS && name && strncmp(name, time_is_up, sizeof time_is_up - 1) != 0) {
		snprintf(found, SCAN_NAME, "%s", name);
		return SCAN_FOUND;
	}
	later(v, "4.3.0", "libclamav: %s", rc == CL_VIRUS ? "no time left" : cl_strerror(rc));
	return SCAN_AWAY;
}

static enum scan_says
clamav_look(void *state, const struct scan_part *part, char *found, struct verdict *v)
{
	struct clamav *c = state;
	struct cl_scan_options options = { .general = CL_SCAN_GENERAL_HEURISTICS,
		.parse = ~0U,
		.heuristic = CL_SCAN_HEURISTIC_EXCEEDS_MAX };
	const char *name = NULL;
	struct cl_engine *e;
	cl_error_t rc;
	enum scan_says says;

	if (part->len == 0)
		return SCAN_CLEAN;
	pthread_mutex_lock(&c->lock);
	e = c->engine;
	rc = e ? cl_engine_addref(e) : CL_ENULLARG;
	pthread_mutex_unlock(&c->lock);
	if (rc != CL_SUCCESS || loop_ms() >= part->until) {
		later(
		    v, "4.3.0", "libclamav: %s", rc == CL_SUCCESS ? "no time left" : "not loaded");
		if (rc == CL_SUCCESS)
			cl_engine_free(e);
		return SCAN_AWAY;
	}
	rc = cl_scandesc(part->fd, NULL, &name, NULL, e, &options);
	/* The name is the engine's, and goes with it. */
	says = judge(rc, name, found, v);
	cl_engine_free(e);
	return says;
}

static void
clamav_close(void *state)
{
	struct clamav *c = state;

	if (c->started) {
		pthread_mutex_lock(&c->lock);
		c->stop = true;
		pthread_cond_signal(&c->wake);
		pthread_mutex_unlock(&c->lock);
		pthread_join(c->watcher, NULL);
	}
	if (c->engine)
		cl_engine_free(c->engine);
	cl_statfree(&c->stat);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c->dir);
	free(c);
}

const struct scan_driver scan_clamav = {
	.name = "libclamav",
	.open = clamav_open,
	.start = clamav_start,
	.look = clamav_look,
	.close = clamav_close,
};
