/*
 * head.h - the header of a mail or of one of its parts (RFC 5322 section 2.2): the fields that
 * matter, in bounded room, however many and long the fields are.
 */
#ifndef BRIDGE_HEAD_H
#define BRIDGE_HEAD_H

#include "bridge/base/buf.h"

struct parts;

enum {
	HEAD_FIELD = 64 * 1024, /* bytes kept of a field */
};

enum head_field {
	HEAD_SUBJECT,
	HEAD_MESSAGE_ID,
	HEAD_DATE,
	HEAD_FROM,
	HEAD_TO, /* of several, all, with commas between */
	HEAD_TYPE,
	HEAD_ENCODING,
	HEAD_DISPOSITION,
	HEAD_CONTENT_ID,
	HEAD_CONTENT_LOCATION,
	HEAD_FIELDS, /* how many they are */
};

struct head {
	struct buf field[HEAD_FIELDS];
};

/*
 * Read a header up to and with the empty line behind it; where there is none, the first line that
 * can be no field is the body's. outermost: it is the mail's own, which may have dirt before it. Of
 * two fields of one name the first counts. For head_free().
 */
void head_read(struct head *h, struct parts *in);
/* The same of a mail's own header, before which there may be dirt. */
void head_read_outermost(struct head *h, struct parts *in);
void head_free(struct head *h);
/* A field's value as it was written, folds in it, NULs made spaces; NULL when it is not there. Lent
 * until head_free(). */
const char *head_value(struct head *h, enum head_field f);
#endif
