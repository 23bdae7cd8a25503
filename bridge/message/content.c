/*
 * content.c - what a mail for phones and IM users says.
 */
#include "bridge/message/content.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/media.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"
#include "bridge/message/origin.h"
#include "bridge/message/text.h"
#include "bridge/message/trim.h"

enum { MISSING = 4 * 1024 }; /* bytes of lines about what is not shown */

const struct setting content_rows[] = {
	{ "trim", CONF_BOOL, offsetof(struct content_settings, trim), "yes", NULL, NULL,
	    "show phones a mail's new words only: no quotes, no signatures" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

static bool
shows_something(const char *text)
{
	struct buf some;
	bool yes;

	buf_init(&some, 64);
	text_clean(text, strlen(text), &some);
	yes = some.len > 0 || some.over;
	buf_free(&some);
	return yes;
}

/* Will anybody see all of it? A phone does not, and it would be on the disk twice. */
static bool
is_seen_whole(const struct msg *m)
{
	for (size_t i = 0; i < m->nrcpts; i++)
		if (m->rcpts[i].how == MSG_IM || m->rcpts[i].whole ||
		    (m->rcpts[i].style && strstr(m->rcpts[i].style, "cut=link")))
			return true;
	return false;
}

static bool
wants_full(const struct msg *m)
{
	return (m->ret && strcasecmp(m->ret, "FULL") == 0) || is_seen_whole(m);
}

static int
read_full(struct msg *m, int fd, struct verdict *v)
{
	struct buf full;
	int rc;

	buf_init(&full, MSG_MAX_FULL);
	rc = mime_full(fd, &full, v);
	if (rc == 0 && (full.len != strlen(m->text) || memcmp(buf_str(&full), m->text, full.len) != 0))
		m->full = arena_strndup(m->arena, buf_str(&full), full.len);
	buf_free(&full);
	return rc;
}

static enum media_want
wants_media(const struct msg *m)
{
	if (is_seen_whole(m))
		return MEDIA_ALL;
	for (size_t i = 0; i < m->nrcpts; i++)
		if (m->rcpts[i].how & MSG_MMS)
			return MEDIA_SHOWN;
	return MEDIA_NAMES;
}

/* The attachments, and behind the text a line for each that is too large. */
static int
read_media(struct msg *m, int fd, enum media_want want, struct verdict *v)
{
	struct buf missing;
	int rc;

	buf_init(&missing, MISSING);
	rc = media_read(m, fd, want, &missing, v);
	if (missing.len)
		m->text = arena_printf(m->arena, "%s%s%s", m->text, *m->text ? "\n\n" : "",
		    missing.data);
	if (missing.len && m->full)
		m->full = arena_printf(m->arena, "%s\n\n%s", m->full, missing.data);
	buf_free(&missing);
	return rc;
}

int
content_read(
    struct msg *m, int fd, const struct content_settings *settings, struct verdict *v)
{
	enum media_want media = wants_media(m);
	bool attached;

	if (mime_read(m, fd, &attached, v) < 0 || origin_read(m, fd, v) < 0)
		return -1;
	if (settings->trim)
		trim_msg(m);
	if ((wants_full(m) && read_full(m, fd, v) < 0) ||
	    ((attached || media != MEDIA_NAMES) && read_media(m, fd, media, v) < 0))
		return -1;
	/* Platforms take no empty SMS, so its author hears of it here. */
	if (m->nparts + m->nfiles == 0 && !shows_something(m->text) && !(m->subject && shows_something(m->subject)))
		return never(v, "5.6.0", "there is no text in the mail that a phone could show");
	return 0;
}
