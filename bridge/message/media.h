/*
 * media.h - pictures, sound and video of a mail, for those whose phone shows them.
 */
#ifndef BRIDGE_MEDIA_H
#define BRIDGE_MEDIA_H

#include <stdbool.h>

struct buf;
struct msg;
struct verdict;

/* What of a mail's attachments is wanted. */
enum media_want {
	MEDIA_NAMES, /* no more than what they are called */
	MEDIA_SHOWN, /* pictures, sound and video, which an MMS can show */
	MEDIA_ALL,   /* the other files, too */
};

/*
 * Add what is wanted of the attachments of the mail in the file open at fd (from offset 0) to m as parts
 * and files, in the order of the mail, those of mails within it too, and what is left out to m->left by
 * its name. What only adorns it is no attachment: spacers, and small pictures that its HTML shows, as
 * signatures have them; nor is what the text tells of: calendars, cards, signatures. What is wanted and
 * does not fit (MSG_MAX_PARTS, MSG_MAX_MEDIA) is named in `missing` (UTF-8), too, "[photo.jpg is not shown
 * here]" on a line each. mime_start() comes first. Memory is bounded by MSG_MAX_MEDIA. 0, or -1 and *v
 * (LATER: the file cannot be read).
 */
int media_read(struct msg *m, int fd, enum media_want want, struct buf *missing, struct verdict *v);

/* Is it of a type that an MMS can show: a picture, sound or video? In small letters. */
bool media_is_shown(const char *type);

#endif
