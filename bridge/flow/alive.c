/*
 * alive.c - how triviumd notices its own death. The file's time of change is its last sign of life.
 */
#include "bridge/flow/alive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/flow/alert.h"

enum {
	EVERY = 60 * 1000,
	HOUR_MS = 60 * 60 * 1000,
	TIME = 32,
};

struct alive {
	struct loop *loop;
	char *path;
	struct timer timer;
	bool ill; /* the file cannot be written, which was logged */
};

static void
tell(const struct intake *in, time_t last)
{
	char at[TIME], text[600];
	struct tm tm;
	long away = (long)(time(NULL) - last);

	strftime(at, sizeof at, "%F %T %z", localtime_r(&last, &tm));
	if (away < 0) /* somebody has set the clock */
		away = 0;
	log_warn("triviumd ended without being stopped; its last sign of life was at %s, %ld s ago", at, away);
	snprintf(text, sizeof text,
	    "triviumd ended without being stopped: it crashed, was killed, or the machine went down.\n"
	    "Its last sign of life was at %s, %ld s before it was started again; it gives one each minute.\n\n"
	    "Nothing that it had accepted is lost. What was under way is being settled: the log says how.\n"
	    "It works again since now.\n", at, away);
	alert(in, "death", HOUR_MS, "triviumd had died and is back", text);
}

static void
on_time(void *arg)
{
	struct alive *a = arg;
	int fd = open(a->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ill = fd < 0 || futimens(fd, NULL) != 0;

	if (ill && !a->ill)
		log_warn("%s: %s; if triviumd dies, the next start will not know", a->path, strerror(errno));
	a->ill = ill;
	if (fd >= 0)
		close(fd);
	timer_set(a->loop, &a->timer, EVERY, on_time, a);
}

struct alive *
alive_new(struct loop *l, const struct intake *in, const char *path)
{
	struct alive *a = xcalloc(1, sizeof *a);
	struct stat st;

	a->loop = l;
	a->path = xstrdup(path);
	if (stat(path, &st) == 0)
		tell(in, st.st_mtime);
	on_time(a);
	return a;
}

void
alive_free(struct alive *a, bool stopped)
{
	if (!a)
		return;
	timer_clear(a->loop, &a->timer);
	if (stopped && unlink(a->path) != 0 && errno != ENOENT)
		log_warn("%s: %s", a->path, strerror(errno));
	free(a->path);
	free(a);
}
