/*
 * safe.c - strangers' words made fit to stand in a mail.
 */
#include "bridge/message/safe.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/flatten.h"

enum {
	ID_MOST = 998, /* bytes of a message id: a line of RFC 5322 */
	ENDING = 16,   /* bytes of a name's ending that are kept when the name is cut */
};

/* What parts of phones are, by type, and how such files end. */
static const struct {
	const char *type, *name, *ending;
} kinds[] = {
	{ "image/jpeg", "picture", ".jpg" },
	{ "image/gif", "picture", ".gif" },
	{ "image/png", "picture", ".png" },
	{ "image/webp", "picture", ".webp" },
	{ "image/heic", "picture", ".heic" },
	{ "image/vnd.wap.wbmp", "picture", ".wbmp" },
	{ "image/bmp", "picture", ".bmp" },
	{ "image/", "picture", "" },
	{ "audio/amr", "sound", ".amr" },
	{ "audio/mp4", "sound", ".m4a" },
	{ "audio/mpeg", "sound", ".mp3" },
	{ "audio/midi", "sound", ".mid" },
	{ "audio/wav", "sound", ".wav" },
	{ "audio/3gpp", "sound", ".3gp" },
	{ "audio/ogg", "sound", ".ogg" },
	{ "audio/", "sound", "" },
	{ "video/3gpp", "video", ".3gp" },
	{ "video/mp4", "video", ".mp4" },
	{ "video/", "video", "" },
	{ "text/x-vcard", "card", ".vcf" },
	{ "text/vcard", "card", ".vcf" },
	{ "text/x-vcalendar", "calendar", ".vcs" },
	{ "text/calendar", "calendar", ".ics" },
	{ "text/plain", "text", ".txt" },
	{ "text/html", "text", ".html" },
	{ "application/pdf", "document", ".pdf" },
	{ "", "part", "" },
};

static size_t
kind_of(const char *type)
{
	size_t i = 0;

	while (strncmp(type, kinds[i].type, strlen(kinds[i].type)) != 0)
		i++;
	return i;
}

/* Cut a name to that many bytes, at a character, and keep its ending. */
static void
cut(char *name, size_t most)
{
	const char *dot = strrchr(name, '.');
	size_t ending = dot && strlen(dot) <= ENDING ? strlen(dot) : 0, n;

	if (strlen(name) <= most)
		return;
	for (n = most - ending; n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80; n--)
		;
	memmove(name + n, name + strlen(name) - ending, ending + 1);
}

void
safe_name(const char *name, const char *type, unsigned number, char out[SAFE_NAME])
{
	size_t kind = kind_of(type), ending = strlen(kinds[kind].ending);
	struct buf line;
	char *p;

	buf_init(&line, 1024);
	if (name) {
		for (const char *slash; (slash = strpbrk(name, "/\\"));)
			name = slash + 1;
		flatten_line(&line, name, strlen(name));
	}
	p = line.len ? line.data : NULL;
	while (p && (*p == '.' || *p == ' '))
		p++;
	for (char *q = p; q && *q; q++)
		if (strchr("<>:\"|?*", *q))
			*q = '_';
	if (p && *p) {
		cut(p, SAFE_NAME - 1 - ENDING);
		snprintf(out, SAFE_NAME, "%s%s", p, strchr(p, '.') ? "" : kinds[kind].ending);
	} else {
		snprintf(out, SAFE_NAME, "%s-%u%.*s", kinds[kind].name, number, (int)ending,
		    kinds[kind].ending);
	}
	buf_free(&line);
}

/* The message id at the start of s, "<…@…>" in ASCII without blanks: its length, or 0. */
static size_t
id_length(const char *s)
{
	size_t n = 1;
	bool at = false;

	if (*s != '<')
		return 0;
	for (; s[n] > ' ' && s[n] < 0x7f && s[n] != '<' && s[n] != '>' && n < ID_MOST; n++)
		at = at || s[n] == '@';
	return at && s[n] == '>' ? n + 1 : 0;
}

/* Go through the ids of a field. Those from the `skip`-th on but the first go into out. */
static unsigned
walk_ids(const char *field, unsigned skip, struct buf *out)
{
	unsigned found = 0;

	while ((field = strchr(field, '<'))) {
		size_t n = id_length(field);

		if (n && out && (found == 0 || found >= skip)) {
			if (found)
				buf_add(out, " ", 1);
			buf_add(out, field, n);
		}
		found += n > 0;
		field += n ? n : 1;
	}
	return found;
}

void
safe_ids(const char *field, struct buf *out)
{
	unsigned found = walk_ids(field, 0, NULL);

	walk_ids(field, found > SAFE_REFERENCES ? found - SAFE_REFERENCES + 1 : 0, out);
}

int
safe_type(const char *type)
{
	const char *slash = strchr(type, '/');

	if (!slash || slash == type || !slash[1] || strchr(slash + 1, '/') || strlen(type) > 100)
		return 0;
	if (strncmp(type, "multipart/", 10) == 0 || strncmp(type, "message/", 8) == 0)
		return 0;
	for (const char *p = type; *p; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) &&
		    !strchr("/.+-_", *p))
			return 0;
	return 1;
}

void
safe_body(const char *text, size_t len, struct buf *out)
{
	const char *end = text + len;
	char utf8[4];

	while (text < end) {
		uint32_t c = utf8_next(&text, end);

		if (c == '\r') {
			if (text < end && *text == '\n')
				text++;
			c = '\n';
		}
		if ((c < ' ' && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0))
			continue;
		buf_add(out, utf8, utf8_put(utf8, c));
	}
	if (!out->len || out->data[out->len - 1] != '\n')
		buf_add(out, "\n", 1);
}
