/*
 * media.h - pictures, sound and video of a mail, for those whose phone shows them.
 */
#ifndef BRIDGE_MEDIA_H
#define BRIDGE_MEDIA_H

struct buf;
struct msg;
struct verdict;

/*
 * Add the media of the mail in the file open at fd (from offset 0) to m as parts, in the order of the
 * mail, those of mails within it too. What only adorns it is left out: spacers, and small pictures
 * that its HTML shows, as signatures have them. What does not fit (MSG_MAX_PARTS, MSG_MAX_MEDIA) is
 * named in `missing` (UTF-8), "[photo.jpg is not shown here]" on a line each. mime_start() comes first.
 * Memory is bounded by MSG_MAX_MEDIA. 0, or -1 and *v (LATER: the file cannot be read).
 */
int media_read(struct msg *m, int fd, struct buf *missing, struct verdict *v);

#endif
