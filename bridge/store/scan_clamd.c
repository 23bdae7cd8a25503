/*
 * scan_clamd.c - asks clamd(8) by INSTREAM: pieces, each behind its length, and an empty one at the
 * end; then one line says what it is. With the z prefix commands and answers end in NUL.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/dial.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/scan.h"

enum { ANSWER = 1024 };

static void *
clamd_open(const char *where, const struct scan_settings *s, struct verdict *v)
{
	(void)s;
	if (*where == '/')
		return xasprintf("unix:%s", where);
	if (*where && strrchr(where, ':'))
		return xstrdup(where);
	never(v, "5.3.5", "\"clamd:%s\": a path or host:port follows on \"clamd:\"", where);
	return NULL;
}

/* Send it all. 0, or -1 and *v. */
static int
put(struct dial *d, const struct scan_part *part, struct verdict *v)
{
	static const char begin[] = "zINSTREAM", end[4];
	char *piece = xcalloc(1, 4 + DIAL_PIECE);
	int rc = dial_write(d, begin, sizeof begin, v);

	for (size_t at = 0, n; rc == 0 && at < part->len; at += n) {
		uint32_t len;

		n = part->len - at < DIAL_PIECE ? part->len - at : DIAL_PIECE;
		len = htonl((uint32_t)n);
		memcpy(piece, &len, sizeof len);
		rc = file_piece(part->fd, piece + 4, n, (off_t)at, v);
		if (rc == 0)
			rc = dial_write(d, piece, 4 + n, v);
	}
	free(piece);
	return rc < 0 ? -1 : dial_write(d, end, sizeof end, v);
}

/* Its answer, which ends in NUL. 0, or -1 and *v. */
static int
get(struct dial *d, char answer[ANSWER], struct verdict *v)
{
	for (size_t n = 0; n < ANSWER; n++) {
		if (dial_read_all(d, answer + n, 1, v) < 0)
			return -1;
		if (!answer[n])
			return 0;
	}
	return later(v, "4.3.0", "its answer is too long");
}

/* "stream: OK", "stream: NAME FOUND", "stream: WHY ERROR". */
static enum scan_says
judge(char *answer, char *found, struct verdict *v)
{
	char *text = strncmp(answer, "stream: ", 8) == 0 ? answer + 8 : answer;
	size_t len = strlen(text);

	if (strcmp(answer, "stream: OK") == 0)
		return SCAN_CLEAN;
	if (text != answer && len > 6 && strcmp(text + len - 6, " FOUND") == 0) {
		snprintf(found, SCAN_NAME, "%.*s", (int)(len - 6), text);
		return SCAN_FOUND;
	}
	later(v, "4.3.0", "it says \"%s\"", text);
	return SCAN_AWAY;
}

static enum scan_says
clamd_look(void *state, const struct scan_part *part, char *found, struct verdict *v)
{
	struct dial *d = xcalloc(1, sizeof *d);
	enum scan_says says = SCAN_AWAY;
	char answer[ANSWER];
	struct verdict why;

	if (dial_open(d, state, part->until, v) == 0) {
		int sent = put(d, part, v);

		/* Who stops reading may have said why: longer than its StreamMaxLength. */
		if (get(d, answer, sent < 0 ? &why : v) == 0)
			says = judge(answer, found, v);
		/* It cannot know of a stream that did not come to its end. */
		if (sent < 0 && says == SCAN_CLEAN)
			says = SCAN_AWAY;
		dial_close(d);
	}
	free(d);
	return says;
}

const struct scan_driver scan_clamd = {
	.name = "clamd",
	.open = clamd_open,
	.look = clamd_look,
	.close = free,
};
