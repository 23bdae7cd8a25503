/*
 * doctor_media.c - whether pictures can be made fit for an MMS on this machine: trivium-media must be there,
 * and must be able to lock itself in.
 */
#include "bridge/ctl/doctor_media.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/child.h"
#include "bridge/base/conf.h"
#include "bridge/base/loop.h"
#include "bridge/base/verdict.h"

enum { PATIENCE_MS = 10 * 1000, ANSWER = 4096 };

/* A dot. */
static const char gif[] = "GIF89a\1\0\1\0\200\0\0\377\377\377\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;";

bool
doctor_media_wanted(const struct conf *c)
{
	static const struct setting rows[] = {
		{ "mms_url", CONF_STRING, 0, "", NULL, NULL, "" },
		{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
	};
	const struct section *s;
	const char *url;

	for (size_t n = 0; (s = conf_section(c, "sdp", n)) != NULL; n++) {
		section_fill(s, rows, &url);
		if (*url)
			return true;
	}
	return false;
}

struct check {
	struct loop *loop;
	char *why;
	size_t size;
	int rc;
};

static void
on_end(void *arg, const char *out, size_t len, const char *why)
{
	struct check *c = arg;
	const char *line = len ? memchr(out, '\n', len) : NULL;

	if (*why)
		snprintf(c->why, c->size, "%s", why);
	else if (line && *out == '-')
		snprintf(c->why, c->size, "%.*s", (int)(line - out - 1), out + 1);
	else if (!line)
		snprintf(c->why, c->size, "it ends too early");
	else
		c->rc = 0;
	loop_stop(c->loop);
}

int
doctor_media_check(char *why, size_t size)
{
	struct check c = { loop_new(), why, size, -1 };
	char name[] = "trivium-media", width[] = "160", bytes[] = "10000", path[PATH_MAX];
	char *argv[] = { name, width, bytes, NULL };
	const struct child_job job = { .path = path, .argv = argv, .input = gif, .len = sizeof gif - 1,
		.most = ANSWER, .ms = PATIENCE_MS, .on_end = on_end, .arg = &c };
	struct verdict v;

	child_path(name, path, sizeof path);
	if (child_start(c.loop, &job, &v))
		loop_run(c.loop);
	else
		snprintf(why, size, "%s", v.text);
	loop_free(c.loop);
	return c.rc;
}
