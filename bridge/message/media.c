/*
 * media.c - pictures, sound, video and other attachments of a mail.
 *
 * A pass of its own over the mail, made only when it has attachments.
 */
#include "bridge/message/media.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/decode.h"
#include "bridge/message/entity.h"
#include "bridge/message/head.h"
#include "bridge/message/image.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"
#include "bridge/message/parts.h"
#include "bridge/message/safe.h"

enum {
	MESSAGES = 8, /* mails within mails */
	TYPE = 2 * FIELD_TOKEN + 1,
	SPACER = 2,	/* pixels: no picture is that small */
	ICON = 100,	/* pixels of its shorter side: what HTML shows so small is an ornament */
	ICON_BYTES = 32 * 1024,
};

/* One mail's media. */
struct gather {
	struct msg *m;
	enum media_want want;
	struct parts in;
	struct buf *missing;
	struct buf bytes; /* of the part in hand */
	size_t used;	  /* bytes taken so far */
	unsigned seen;	  /* media found, taken or not */
};

/* Types that have come under another name, by how the file's name ends. */
static const struct {
	const char *ending, *type;
} endings[] = { { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" }, { ".png", "image/png" },
	{ ".gif", "image/gif" }, { ".webp", "image/webp" }, { ".heic", "image/heic" },
	{ ".mp4", "video/mp4" }, { ".3gp", "video/3gpp" }, { ".mov", "video/quicktime" },
	{ ".amr", "audio/amr" }, { ".mp3", "audio/mpeg" }, { ".m4a", "audio/mp4" },
	{ ".wav", "audio/wav" }, { ".ogg", "audio/ogg" } };

bool
media_is_shown(const char *type)
{
	return (strncmp(type, "image/", 6) == 0 || strncmp(type, "audio/", 6) == 0 ||
		   strncmp(type, "video/", 6) == 0) && strcmp(type, "image/svg+xml") != 0;
}

/* What goes by no type of its own may be a picture by its name. */
static void
mend_type(char type[TYPE], const char *name)
{
	size_t len = name ? strlen(name) : 0;

	if (strcmp(type, "application/octet-stream") != 0)
		return;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t n = strlen(endings[i].ending);

		if (len > n && strcasecmp(name + len - n, endings[i].ending) == 0)
			snprintf(type, TYPE, "%s", endings[i].type);
	}
}

/* A piece of the part's bytes. -1 when they are too many. */
static int
put_bytes(void *to, const char *bytes, size_t len)
{
	struct gather *g = to;

	return buf_add(&g->bytes, bytes, len);
}

/* Taking. */

/* Is it there to adorn? shown: the mail's HTML shows it. */
static bool
is_ornament(const struct gather *g, bool shown)
{
	unsigned width, height;

	if (!image_size(buf_str(&g->bytes), g->bytes.len, &width, &height))
		return false;
	if (width <= SPACER || height <= SPACER)
		return true;
	return shown && (width <= ICON || height <= ICON) && g->bytes.len <= ICON_BYTES;
}

/* Is it a file that the text does not tell of? */
static bool
is_file(const struct entity *e, const char *type)
{
	static const char *const told[] = { "text/calendar", "text/x-vcalendar", "application/ics",
		"text/vcard", "text/x-vcard", "text/directory", "application/vcard",
		"application/ms-tnef", "application/vnd.ms-tnef" };
	bool crypto = strstr(type, "pgp") || strstr(type, "pkcs7");

	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (strcmp(type, told[i]) == 0)
			return false;
	if (crypto || entity_ends(e, ".ics") || entity_ends(e, ".vcf") || entity_ends(e, ".p7s") ||
	    entity_ends(e, ".asc") || entity_ends(e, "winmail.dat") || strcmp(e->major, "message") == 0)
		return false;
	return e->attached || (e->name && strcmp(e->major, "text") != 0);
}

static bool
is_wanted(const struct gather *g, bool media)
{
	return g->want == MEDIA_ALL || (g->want == MEDIA_SHOWN && media);
}

/* Keep what is in g->bytes. NULL: there is no room for it. */
static struct msg_part *
keep(struct gather *g, const char *type, const char *name, bool media)
{
	if (g->bytes.over || g->used + g->bytes.len > MSG_MAX_MEDIA)
		return NULL;
	g->used += g->bytes.len;
	return (media ? msg_add_part : msg_add_file)(g->m, type, name, g->bytes.data, g->bytes.len);
}

static void
take(struct gather *g, const struct entity *e, const char *type, bool media, bool shown)
{
	char name[SAFE_NAME];

	if (is_wanted(g, media)) {
		buf_reset(&g->bytes);
		decode_part(&g->in, e->encoding, false, put_bytes, g);
		if (!g->bytes.over && (g->bytes.len == 0 || (media && is_ornament(g, shown))))
			return;
	} else if (shown) {
		return; /* what it is could be seen by looking into it alone */
	}
	safe_name(e->name, type, ++g->seen, name);
	if (is_wanted(g, media) && keep(g, type, name, media))
		return;
	msg_leave_out(g->m, &g->m->left, name);
	if (is_wanted(g, media))
		buf_addf(g->missing, "[%s is not shown here]\n", name);
}

static void walk(struct gather *g, unsigned messages, bool shown);

static void
walk_multipart(struct gather *g, const struct entity *e, unsigned messages, bool shown)
{
	struct buf boundary;

	buf_init(&boundary, PARTS_MAX_BOUNDARY);
	if (entity_parameter(e, "boundary", &boundary) && parts_begin(&g->in, buf_str(&boundary)) == 0)
		while (parts_next(&g->in) > 0)
			walk(g, messages, shown || strcmp(e->minor, "related") == 0);
	buf_free(&boundary);
}

/* One part, and those within it. shown: it is of a multipart/related, whose root shows the others. */
static void
walk(struct gather *g, unsigned messages, bool shown)
{
	struct entity e;
	struct head h;
	char type[TYPE];

	head_read(&h, &g->in);
	entity_init(&e, &h, "text/plain");
	head_free(&h);
	snprintf(type, sizeof type, "%s/%s", e.major, e.minor);
	mend_type(type, e.name);
	if (entity_is(&e, "multipart", NULL))
		walk_multipart(g, &e, messages, shown);
	else if (entity_is(&e, "message", "rfc822") && messages < MESSAGES)
		walk(g, messages + 1, false);
	else if (media_is_shown(type) && safe_type(type))
		take(g, &e, type, true, shown && *e.id);
	else if (is_file(&e, type))
		take(g, &e, safe_type(type) ? type : "application/octet-stream", false, false);
	entity_free(&e);
	parts_skip(&g->in);
}

int
media_read(struct msg *m, int fd, enum media_want want, struct buf *missing, struct verdict *v)
{
	struct gather g = { .m = m, .want = want, .in = { .fd = fd, .max_parts = MIME_MAX_PARTS },
		.missing = missing };
	int error;

	buf_init(&g.bytes, MSG_MAX_MEDIA);
	walk(&g, 0, false);
	error = g.in.error;
	parts_free(&g.in);
	buf_free(&g.bytes);
	return error ? later(v, "4.3.0", "read the mail: %s", strerror(error)) : 0;
}
