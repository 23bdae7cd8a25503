/*
 * scan_spamd.c - asks SpamAssassin's spamd(8) by its own protocol: a request like HTTP's, the mail,
 * and in the answer a field "Spam: True ; 15.0 / 5.0".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/dial.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/store/scan.h"

enum { LINE = 1024, LINES = 64 };

static void *
spamd_open(const char *where, const struct scan_settings *s, struct verdict *v)
{
	(void)s;
	if (*where == '/')
		return xasprintf("unix:%s", where);
	if (*where && strrchr(where, ':'))
		return xstrdup(where);
	never(v, "5.3.5", "\"spamd:%s\": a path or host:port follows on \"spamd:\"", where);
	return NULL;
}

static int
put(struct dial *d, const struct scan_part *part, struct verdict *v)
{
	char head[80], *piece = xcalloc(1, DIAL_PIECE);
	int n = snprintf(
	    head, sizeof head, "CHECK SPAMC/1.5\r\nContent-length: %zu\r\n\r\n", part->len);
	int rc = dial_write(d, head, (size_t)n, v);

	for (size_t at = 0, len; rc == 0 && at < part->len; at += len) {
		len = part->len - at < DIAL_PIECE ? part->len - at : DIAL_PIECE;
		rc = file_piece(part->fd, piece, len, (off_t)at, v);
		if (rc == 0)
			rc = dial_write(d, piece, len, v);
	}
	free(piece);
	if (rc == 0)
		dial_end(d);
	return rc;
}

/* The value of the field "Spam:". */
static enum scan_says
judge(const char *value, char *found, struct verdict *v)
{
	float score, most;
	char word[8];

	if (sscanf(value, " %7[A-Za-z] ; %f / %f", word, &score, &most) != 3) {
		later(v, "4.3.0", "it says \"Spam:%s\"", value);
		return SCAN_AWAY;
	}
	if (strcasecmp(word, "True") == 0 || strcasecmp(word, "Yes") == 0) {
		snprintf(
		    found, SCAN_NAME, "spam (%.1f points of %.1f)", (double)score, (double)most);
		return SCAN_FOUND;
	}
	if (strcasecmp(word, "False") == 0 || strcasecmp(word, "No") == 0)
		return SCAN_CLEAN;
	later(v, "4.3.0", "it says \"Spam:%s\"", value);
	return SCAN_AWAY;
}

static enum scan_says
get(struct dial *d, char *found, struct verdict *v)
{
	char line[LINE], version[8];
	int code = -1;

	if (dial_line(d, line, sizeof line, v) < 0)
		return SCAN_AWAY;
	if (sscanf(line, "SPAMD/%7[0-9.] %d", version, &code) != 2 || code != 0) {
		later(v, "4.3.0", "it says \"%s\"", line);
		return SCAN_AWAY;
	}
	for (int i = 0; i < LINES; i++) {
		if (dial_line(d, line, sizeof line, v) < 0)
			return SCAN_AWAY;
		if (!*line)
			break;
		if (strncasecmp(line, "Spam:", 5) == 0)
			return judge(line + 5, found, v);
	}
	later(v, "4.3.0", "its answer does not say whether it is spam");
	return SCAN_AWAY;
}

static enum scan_says
spamd_look(void *state, const struct scan_part *part, char *found, struct verdict *v)
{
	struct dial *d = xcalloc(1, sizeof *d);
	enum scan_says says = SCAN_AWAY;

	if (dial_open(d, state, part->until, v) == 0) {
		if (put(d, part, v) == 0)
			says = get(d, found, v);
		dial_close(d);
	}
	free(d);
	return says;
}

const struct scan_driver scan_spamd = {
	.name = "spamd",
	.open = spamd_open,
	.look = spamd_look,
	.close = free,
};
