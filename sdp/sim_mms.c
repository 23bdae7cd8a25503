/*
 * sim_mms.c - sendMessage: what is attached must be an MMS that every phone can show.
 */
#include "sdp/sim_mms.h"

#include <stdio.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/xml.h"
#include "bridge/message/charset.h"
#include "bridge/message/smil.h"
#include "sdp/sim_call.h"
#include "sdp/sim_schema.h"

enum { TEXT_MAX = 64 * 1024 };

/* An MMS while its parts are put in order. */
struct mms {
	struct sim_call *c;
	struct sim_media media[SIM_MEDIA];
	unsigned n;
	struct buf text;
};

static bool
is_named(const struct swa_part *p, const char *src)
{
	return strcmp(p->id, src) == 0 || strcmp(p->location, src) == 0;
}

static void
take(struct mms *m, struct swa_part *p)
{
	const char *name = *p->location ? p->location : p->name;

	if (strcmp(p->type, "text/plain") == 0) {
		if (m->text.len)
			buf_adds(&m->text, "\n");
		charset_text(*p->charset ? p->charset : NULL, p->bytes,
		    p->len < TEXT_MAX ? p->len : TEXT_MAX, &m->text);
	} else if (strcmp(p->type, "application/smil") != 0 && m->n < SIM_MEDIA) {
		m->media[m->n++] = (struct sim_media){ arena_strdup(m->c->arena, p->type),
			arena_strdup(m->c->arena, name), arena_strndup(m->c->arena, "", 0), 0 };
		m->media[m->n - 1].bytes = arena_alloc(m->c->arena, p->len + 1);
		memcpy(m->media[m->n - 1].bytes, p->bytes, p->len);
		m->media[m->n - 1].len = p->len;
	}
	p->type = "";
}

/* First what the presentation shows, as it shows it. What it names must be there. */
static int
take_shown(struct mms *m, struct swa *swa)
{
	const char *srcs[SMIL_MOST];
	size_t n = 0, k;
	char why[200];

	for (size_t i = 0; i < swa->n && !n; i++)
		if (strcmp(swa->parts[i].type, "application/smil") == 0)
			n = smil_read(m->c->arena, swa->parts[i].bytes, swa->parts[i].len, srcs);
	for (size_t i = 0; i < n; i++) {
		for (k = 0; k < swa->n && !is_named(&swa->parts[k], srcs[i]);)
			k++;
		if (k == swa->n) {
			snprintf(why, sizeof why, "SMIL names %.100s, which is not attached", srcs[i]);
			return sim_refuse(m->c, "SVC0002", "attachments", why);
		}
		if (*swa->parts[k].type)
			take(m, &swa->parts[k]);
	}
	return 0;
}

static bool
is_priority(const char *word)
{
	static const char *const words[] = { "", "Default", "Low", "Normal", "High" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

int
sim_call_send_message(struct sim_call *c)
{
	struct sim_send s = { 0 };
	struct mms m = { .c = c };
	int rc;

	if (sim_call_check(c, sim_send_message_parts) < 0 || sim_call_read(c, &s) < 0)
		return -1;
	if (!is_priority(sim_call_text(c, "priority")))
		return sim_refuse(c, "SVC0003", "priority", "it is Default, Low, Normal or High");
	if (c->swa->n == 0)
		return sim_refuse(c, "SVC0002", "attachments", "there are none");
	buf_init(&m.text, TEXT_MAX * CHARSET_GROWTH + 1024);
	if ((rc = take_shown(&m, c->swa)) == 0) {
		for (size_t i = 0; i < c->swa->n; i++)
			if (*c->swa->parts[i].type)
				take(&m, &c->swa->parts[i]);
		s.subject = sim_call_text(c, "subject");
		s.text = buf_str(&m.text);
		s.size = text_measure(s.text, strlen(s.text));
		s.media = m.media;
		s.nmedia = m.n;
		rc = sim_call_take(c, &s);
	}
	buf_free(&m.text);
	return rc;
}
