/*
 * parlayx_mms.c - the content of an MMS that goes out: text first, then pictures, video and sound in
 * the order of the mail, and a presentation that shows them so.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "bridge/message/smil.h"
#include "sdp/parlayx.h"

enum {
	MAX_PARTS = MSG_MAX_PARTS + 2, /* presentation and text besides */
	MAX_NAME = 40,		       /* as much as phones keep of a file's name */
	MAX_SMIL = 32 * 1024,
};

/* What a file is called whose name says nothing. */
static const struct {
	const char *type, *name;
} names[] = {
	{ "image/jpeg", "image.jpg" },
	{ "image/gif", "image.gif" },
	{ "image/png", "image.png" },
	{ "image/", "image" },
	{ "audio/amr", "sound.amr" },
	{ "audio/mpeg", "sound.mp3" },
	{ "audio/", "sound" },
	{ "video/3gpp", "video.3gp" },
	{ "video/mp4", "video.mp4" },
	{ "video/", "video" },
	{ "text/plain", "text.txt" },
	{ "text/x-vcard", "card.vcf" },
	{ "text/vcard", "card.vcf" },
	{ "", "file" },
};

static const char *
usual_name(const char *type)
{
	size_t i = 0;

	while (strncmp(type, names[i].type, strlen(names[i].type)) != 0)
		i++;
	return names[i].name;
}

/* A name that stands in headers, in XML and on every phone: ASCII, none of what has a meaning. */
static const char *
safe_name(struct arena *a, const struct msg_part *p)
{
	const char *from = p->name ? p->name : "";
	size_t len = strlen(from), n = 0;
	char out[MAX_NAME + 1];

	from += len > MAX_NAME ? len - MAX_NAME : 0; /* the end says of what kind it is */
	for (; *from; from++)
		if (isalnum((unsigned char)*from) || (n && strchr("._-", *from)))
			out[n++] = *from;
	return n > 4 ? arena_strndup(a, out, n) : usual_name(p->type);
}

/* The part's id: its name, with its number where another one has that. */
static const char *
unique_name(struct arena *a, const struct swa_part *parts, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(parts[i].id, name) == 0)
			return arena_printf(a, "%zu_%s", n, name);
	return name;
}

/* Text and media behind place 0, which is the presentation's. Returns how many there are. */
static size_t
gather(struct arena *a, const struct msg *m, struct swa_part *parts, size_t *size)
{
	size_t n = 1;

	parts[0] = (struct swa_part){ .type = "application/smil", .charset = "", .id = "smil.xml" };
	*size = 0;
	if (m->text && *m->text)
		parts[n++] = (struct swa_part){ .type = "text/plain", .charset = "utf-8",
			.id = "text_1.txt", .bytes = m->text, .len = strlen(m->text) };
	for (size_t i = 0; i < m->nparts; i++) {
		const struct msg_part *p = &m->parts[i];

		parts[n] = (struct swa_part){ .type = p->type,
			.charset = strcmp(p->type, "text/plain") == 0 ? "utf-8" : "",
			.bytes = p->bytes, .len = p->len };
		parts[n].id = unique_name(a, parts, n, safe_name(a, p));
		n++;
	}
	for (size_t i = 1; i < n; i++)
		*size += parts[i].len;
	return n;
}

static void
present(struct arena *a, const struct swa_part *parts, size_t n, struct buf *out)
{
	struct smil_item items[MAX_PARTS];

	for (size_t i = 1; i < n; i++)
		items[i - 1] = (struct smil_item){ parts[i].type,
			arena_printf(a, "cid:%s", parts[i].id) };
	smil_write(items, n - 1, out);
}

int
parlayx_mms_write(const struct parlayx *p, const struct msg *m, const struct buf *envelope,
    struct buf *out, char content_type[SWA_TYPE], struct verdict *v)
{
	struct arena *a = arena_new();
	struct swa_part parts[MAX_PARTS];
	struct buf smil;
	size_t size, n = gather(a, m, parts, &size);
	int rc = 0;

	buf_init(&smil, MAX_SMIL);
	present(a, parts, n, &smil);
	parts[0].bytes = buf_str(&smil);
	parts[0].len = smil.len;
	if (size > (size_t)p->fit.size)
		rc = never(v, "5.3.4", "the MMS has %zu kB, and the operator takes %ld kB",
		    (size + 999) / 1000, p->fit.size / 1000);
	else if (swa_write(buf_str(envelope), envelope->len, parts, n, p->mms_binary, out,
	    content_type) < 0)
		rc = never(v, "5.3.4", "the MMS is too long for a request");
	buf_free(&smil);
	arena_free(a);
	return rc;
}
