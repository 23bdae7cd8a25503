/*
 * mime_part.h - the parts of a mail, for the files that mime.c is made of: mime.c begins and ends a
 * mail, mime_part.c walks over parts that hold others, mime_leaf.c reads those that do not.
 */
#ifndef BRIDGE_MIME_PART_H
#define BRIDGE_MIME_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/message/mix.h"
#include "bridge/message/parts.h"

struct entity;

enum {
	MIME_SUBJECT = 2000,        /* bytes of a subject */
	MIME_EVENTS = 16 * 1024,    /* bytes about what is in calendars and cards */
	MIME_WHOLE_SHORT = 1 << 20, /* bytes looked at of a part that is read as a whole */
	MIME_WHOLE_LONG = 16 << 20, /* the same, where all of its text is wanted */
};

/* What is gathered besides the text, from the mail and the messages within it. */
struct gathered {
	bool any_text;     /* a text was shown, so that a named one behind it is an attachment */
	struct buf events; /* lines about calendars and cards */
	struct buf *attachments; /* lines about them; NULL: not asked for */
	bool listed;		 /* there are some, asked for or not */
};

struct mail {
	struct parts in;
	size_t max;    /* bytes of text wanted at most */
	bool no_pages; /* there is a better form of them */
	struct gathered *g;
};

/* Append a field's text to out: decoded (RFC 2047), in UTF-8, one line, at most max bytes. */
void mime_decode_field(const char *value, size_t max, struct buf *out);
/* Put a line into the list of attachments, when one is asked for. name: "" for none. */
void mime_list(struct mail *mail, const char *name, const char *major, const char *minor);
/* The same of a part, if it is one. */
void mime_list_entity(struct mail *mail, const struct entity *e);
/* What is left of the part, decoded, as far as it is wanted, into *bytes, for buf_free(). */
void mime_gather(struct mail *mail, const struct entity *e, struct buf *bytes);
/* The text of a part is complete: put it into out. */
void mime_give_text(struct mail *mail, enum mix_kind kind, const struct buf *text, struct mix *out);
/* Put a line that says what is not shown into out. */
void mime_give_notice(struct mix *out, const char *notice);

/*
 * Read what is left of the part that e tells of: its text goes into out, and the walk to its end.
 * messages: how many messages the part is within.
 */
void mime_part_body(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);

/* What mime_part_body() does by the part's type, for those that hold no others. */
void mime_leaf_text(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);
void mime_leaf_enriched(
    struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);
void mime_leaf_rtf(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);
void mime_leaf_card(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);
void mime_leaf_tnef(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);
void mime_leaf_pgp(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);
void mime_leaf_partial(
    struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);
void mime_leaf_external(
    struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);
void mime_leaf_nothing(
    struct mail *mail, const struct entity *e, unsigned messages, struct mix *out);

#endif
