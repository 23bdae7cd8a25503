/*
 * shape.c - a message made into what its destination shows.
 */
#include "bridge/flow/shape.h"

#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/message/msg.h"

enum { SUBJECT_MOST = 1000 }; /* bytes: more than any SMS shows */

struct text_size
shape_sms(const struct msg *m, unsigned segments, struct buf *out)
{
	struct text_fitted fitted;
	struct buf clean;

	buf_init(&clean, MSG_MAX_TEXT + SUBJECT_MOST + 1);
	if (m->subject && *m->subject) {
		text_clean(m->subject, strnlen(m->subject, SUBJECT_MOST), &clean);
		if (clean.len && m->text && *m->text)
			buf_add(&clean, "\n", 1);
	}
	if (m->text)
		text_clean(m->text, strlen(m->text), &clean);
	text_fit(buf_str(&clean), clean.len, NULL, segments, out, &fitted);
	buf_free(&clean);
	return fitted.size;
}
