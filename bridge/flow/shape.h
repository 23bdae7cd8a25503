/*
 * shape.h - a message made into what its destination shows.
 */
#ifndef BRIDGE_SHAPE_H
#define BRIDGE_SHAPE_H

#include "bridge/base/conf.h"
#include "bridge/message/style.h"
#include "bridge/message/text.h"

struct buf;
struct msg;
struct msg_rcpt;
struct verdict;

/* What the section of a transport says of how phones show its messages. */
struct shape_settings {
	const char *lead;     /* a list, see style_lead() */
	bool text;	      /* the text is shown */
	long segments;	      /* the most an SMS may have */
	bool smart;	      /* look-alikes may stand for what 7 bits lack */
	const char *national; /* a list of languages, see gsm_languages() */
	int cut;	      /* SHAPE_ELLIPSIS, SHAPE_LINK: what ends a text that is too long */
	int reference;	      /* SHAPE_8, SHAPE_16: bits of the number that segments share */
	bool concatenate;     /* the platform joins segments */
	bool counters;	      /* where it does not, each says which it is */
};
enum { SHAPE_8, SHAPE_16 };
enum { SHAPE_ELLIPSIS, SHAPE_LINK };
extern const struct setting shape_rows[];
/* The style that the rows' presets mean. */
extern const struct style shape_default;

/* The style that a section means. 0, or -1 and *v (NEVER 5.3.5, names the key). */
int shape_style(const struct shape_settings *settings, struct style *s, struct verdict *v);
/* The style for one recipient: its platform's, but for what its route says. */
struct style shape_style_of(const struct style *platform, const struct msg_rcpt *r);

/* What shape_sms() made. */
struct shaped {
	struct text_alphabet alphabet;
	struct text_size size;
	size_t cut; /* characters that there was no room for; 0: all is shown */
};

/*
 * Append to out the SMS that says what m says: before the text, as far as the style wants them and m
 * has them, the sender's name and a colon, and the subject on a line of its own, unless the text
 * begins with it or the mail answers one that we made; cleaned, and cut to as many segments as the style allows. A message that would show
 * nothing then shows what else it has. Where it has a link, and the style wants that, it stands at the
 * end.
 */
struct shaped shape_sms(const struct msg *m, const struct style *style, struct buf *out);

/* Does the message go to that recipient as SMS, as far as is known of it by now? */
bool shape_is_sms(const struct msg *m, const struct msg_rcpt *r);

/*
 * Shape the message for each of its recipients that is a phone, as far as that is needed: r->cut says
 * how many characters it will not be shown, and m->cost how many segments the dearest one takes. Where
 * nothing can be cut and `cost` is not asked for, nothing is done.
 */
void shape_ahead(struct msg *m, bool cost);

#endif
