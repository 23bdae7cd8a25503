/*
 * entity.h - what a part's header says of its body (RFC 2045, RFC 2183).
 */
#ifndef BRIDGE_ENTITY_H
#define BRIDGE_ENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/message/decode.h"
#include "bridge/message/field.h"

struct buf;
struct head;

enum {
	ENTITY_NAME = 255, /* bytes of a file's name */
	ENTITY_ID = 256,   /* room for a Content-ID, and NUL */
};

struct entity {
	char major[FIELD_TOKEN], minor[FIELD_TOKEN]; /* small letters */
	bool typed;                                  /* it says of which type it is */
	enum encoding encoding;
	bool attached;      /* meant to be kept in a file */
	bool inlined;       /* meant to be shown, it says */
	char *name;         /* of that file, UTF-8, no path; NULL: none is given */
	char id[ENTITY_ID]; /* Content-ID without <>, "" when there is none */
	char *type;         /* the value of Content-Type */
};

/* Understand a header. fallback is the type of a part that does not say. For entity_free(). */
void entity_init(struct entity *e, struct head *h, const char *fallback);
void entity_free(struct entity *e);
/* Is it of that type? minor NULL: whichever of that major type. */
bool entity_is(const struct entity *e, const char *major, const char *minor);
/* A parameter of Content-Type, see field_option(). */
const char *entity_option(const struct entity *e, const char *name, char word[FIELD_TOKEN]);
/* A parameter of Content-Type as a whole, see field_parameter(). */
bool entity_parameter(const struct entity *e, const char *name, struct buf *out);
/* Does
 * the name of its file end so? ending is in small letters, with its dot. */
bool entity_ends(const struct entity *e, const char *ending);

#endif
