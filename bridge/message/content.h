/*
 * content.h - what a mail for phones and IM users says, made part of its message.
 */
#ifndef BRIDGE_CONTENT_H
#define BRIDGE_CONTENT_H

#include <stdbool.h>

#include "bridge/base/conf.h"

struct msg;
struct verdict;

/* Of the section `milter` of trivium.conf(5). */
struct content_settings {
	bool trim; /* show phones a mail's new words only */
};
extern const struct setting content_rows[];

/*
 * Read the mail in the file open at fd into m, whose recipients have their ways: text, subject, name,
 * date and ids, what kind of mail it is, its header for reports, the attachments that a recipient can
 * see and the names of the others; and for one who can see all of it, or a report that returns it
 * (RET=FULL), the whole text. Where it is trimmed, the text holds the new words only.
 * 0, or -1 and *v: NEVER 5.6.0 when it shows nothing.
 */
int content_read(
    struct msg *m, int fd, const struct content_settings *settings, struct verdict *v);

#endif
