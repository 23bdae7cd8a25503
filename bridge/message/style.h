/*
 * style.h - how a message is shown on a phone: what leads its text, how long it may be, and what may
 * be done to make it shorter. The section of a platform says it, and a route may say it otherwise.
 */
#ifndef BRIDGE_STYLE_H
#define BRIDGE_STYLE_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/message/text.h"

enum style_lead {
	STYLE_END, /* nothing more leads */
	STYLE_SUBJECT,
	STYLE_FROM,
};

enum { STYLE_LEADS = 2 };

struct style {
	enum style_lead lead[STYLE_LEADS]; /* what stands before the text, in this order */
	bool text;			   /* the text is shown, too */
	bool link;			   /* what is left out can be read at a link, see links.h */
	bool counters;			   /* segments that go as messages of their own are numbered */
	unsigned segments;		   /* the most it may have, 1 to 255 */
	unsigned mms;			   /* the most MMS that its media may be spread over, at least 1 */
	long mms_size;			   /* bytes of text and media that one of them holds */
	struct text_rules rules;
};

/* Read a list of what leads, "subject,from", "from", "none". NULL, or what is wrong with it. */
const char *style_lead(const char *list, enum style_lead lead[STYLE_LEADS]);
/*
 * Change *s as the words say, with blanks between them: "lead=subject,from text=no smart=yes segments=3
 * mms_count=2 national=tr,es cut=link". Later ones count. NULL, or what is wrong; *s may have changed then. Lent: it is
 * static.
 */
const char *style_parse(const char *words, struct style *s);

#endif
