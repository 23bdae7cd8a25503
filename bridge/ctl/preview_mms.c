/*
 * preview_mms.c - what would go to a phone as MMS.
 */
#include "bridge/ctl/preview_mms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/ctl/print.h"
#include "bridge/ctl/segments.h"
#include "bridge/flow/pieces.h"
#include "bridge/message/msg.h"

/* Fitting, by the room that does it when a message is sent. */
struct fitting {
	struct loop *loop;
	struct preview_mms *to;
	struct verdict *v;
	int rc;
};

static void
on_fitted(void *arg, struct msg *fitted, const struct verdict *v)
{
	struct fitting *f = arg;

	if (fitted) {
		f->to->all[f->to->n++] = fitted;
	} else {
		*f->v = *v;
		f->rc = -1;
	}
	loop_stop(f->loop);
}

int
preview_mms_make(struct preview_mms *p, const struct msg *m, const struct style *style,
    const struct fit_limits *limits, struct verdict *v)
{
	struct fitting f = { loop_new(), p, v, 0 };
	struct fitter *fitter = fitter_new(f.loop);
	struct buf pieces;
	char *rest, *piece;

	p->subject = m->subject;
	buf_init(&pieces, 4096);
	pieces_of_media(m, style, &pieces);
	rest = pieces.data;
	while (f.rc == 0 && p->n < PREVIEW_MMS && (piece = strsep(&rest, PIECES_END))) {
		struct msg one = *m;

		pieces_narrow(&one, piece);
		fit_start(fitter, &one, limits, on_fitted, &f);
		loop_run(f.loop);
	}
	buf_free(&pieces);
	fitter_free(fitter);
	loop_free(f.loop);
	return f.rc;
}

void
preview_mms_free(struct preview_mms *p)
{
	while (p->n > 0)
		msg_free(p->all[--p->n]);
}

void
preview_mms_left(const struct preview_mms *p, struct msg *m, const char **left)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->all[i]->left)
			msg_leave_out(m, left, p->all[i]->left);
}

/* Bytes of text and media together. */
static size_t
size_of(const struct msg *m)
{
	size_t size = strlen(m->text);

	for (size_t i = 0; i < m->nparts; i++)
		size += m->parts[i].len;
	return size;
}

/* For people. */

static void
print_one(const struct preview_mms *p, size_t k, const struct fit_limits *limits)
{
	const struct msg *m = p->all[k];

	printf("MMS");
	if (p->n > 1)
		printf(" %zu of %zu", k + 1, p->n);
	printf(", %zu of %ld bytes\n", size_of(m), limits->size);
	if (p->subject && *p->subject) {
		printf("subject: ");
		print_text(stdout, p->subject);
		putchar('\n');
	}
	if (*m->text)
		segments_print_lines("text", m->text, strlen(m->text));
	for (size_t i = 0; i < m->nparts; i++) {
		printf("with MMS: %s", m->parts[i].type);
		if (m->parts[i].name) {
			putchar(' ');
			print_text(stdout, m->parts[i].name);
		}
		printf(", %zu bytes\n", m->parts[i].len);
	}
}

void
preview_mms_print(const struct preview_mms *p, const struct fit_limits *limits)
{
	for (size_t k = 0; k < p->n; k++)
		print_one(p, k, limits);
}

/* For programs. */

json_t *
preview_string(const char *s, size_t n)
{
	json_t *value = json_stringn(s, n);

	return value ? value : json_string("");
}

static json_t *
media_json(const struct msg_part *part, size_t k)
{
	const char *name = part->name ? part->name : "";
	json_t *o = json_object();

	json_object_set_new(o, "type", preview_string(part->type, strlen(part->type)));
	json_object_set_new(o, "name", preview_string(name, strlen(name)));
	json_object_set_new(o, "bytes", json_integer((json_int_t)part->len));
	json_object_set_new(o, "mms", json_integer((json_int_t)k + 1));
	return o;
}

void
preview_mms_json(const struct preview_mms *p, json_t *o)
{
	json_t *media = json_array(), *sizes = json_array();
	const char *subject = p->subject ? p->subject : "", *text = p->all[0]->text;

	for (size_t k = 0; k < p->n; k++) {
		json_array_append_new(sizes, json_integer((json_int_t)size_of(p->all[k])));
		for (size_t i = 0; i < p->all[k]->nparts; i++)
			json_array_append_new(media, media_json(&p->all[k]->parts[i], k));
	}
	json_object_set_new(o, "subject", preview_string(subject, strlen(subject)));
	json_object_set_new(o, "text", preview_string(text, strlen(text)));
	json_object_set_new(o, "mms", sizes);
	json_object_set_new(o, "media", media);
}
