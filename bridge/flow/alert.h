/*
 * alert.h - mails to the postmaster about what an administrator should see.
 */
#ifndef BRIDGE_ALERT_H
#define BRIDGE_ALERT_H

#include <stdint.h>

struct intake;

/*
 * Send the postmaster a mail, when there is one and mail goes out; what becomes of it is logged. once: the
 * same alert is not sent again within once_ms (0: as long as the history is kept).
 */
void alert(const struct intake *in, const char *once, int64_t once_ms, const char *subject, const char *text);

#endif
