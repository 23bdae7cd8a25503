/*
 * shape.h - a message made into what its destination shows.
 */
#ifndef BRIDGE_SHAPE_H
#define BRIDGE_SHAPE_H

#include "bridge/message/text.h"

struct buf;
struct msg;

/*
 * Append to out the SMS that says what m says: the subject, when there is one, on a line before the
 * text, cut to so many segments. The encoding, units and segments of what was appended.
 */
struct text_size shape_sms(const struct msg *m, unsigned segments, struct buf *out);

#endif
