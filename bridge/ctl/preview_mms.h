/*
 * preview_mms.h - what would go to a phone as MMS, made by the rooms that make it when a message is sent.
 */
#ifndef BRIDGE_CTL_PREVIEW_MMS_H
#define BRIDGE_CTL_PREVIEW_MMS_H

#include <jansson.h>
#include <stddef.h>

#include "bridge/flow/fit.h"

struct msg;
struct style;
struct verdict;

enum { PREVIEW_MMS = 9 };

struct preview_mms {
	struct msg *all[PREVIEW_MMS];
	size_t n;	     /* 0: none would go */
	const char *subject; /* of each; lent by what they are made of. NULL: none */
};

/* Make them. 0, or -1 and *v. To be given back by preview_mms_free() in any case. */
int preview_mms_make(struct preview_mms *p, const struct msg *m, const struct style *style,
    const struct fit_limits *limits, struct verdict *v);
void preview_mms_free(struct preview_mms *p);
/* Print what each has, for people. */
void preview_mms_print(const struct preview_mms *p, const struct fit_limits *limits);
/* The same for programs, into that object: "subject", "text", "mms", "media". */
void preview_mms_json(const struct preview_mms *p, json_t *o);
/* Add to the names (see msg_leave_out()) what has no room in them; in m's arena. */
void preview_mms_left(const struct preview_mms *p, struct msg *m, const char **left);

/* n bytes as a string, whatever they are: half a character at a segment's end is none for jansson. */
json_t *preview_string(const char *s, size_t n);

#endif
