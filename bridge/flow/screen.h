/*
 * screen.h - shows what phones and IM users bring to the scanners (scan.h), without holding up the
 * loop.
 */
#ifndef BRIDGE_SCREEN_H
#define BRIDGE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct msg;
struct scan;
struct screen;
struct verdict;

/* The room; l and s (which has started) are lent. For screen_free(). */
struct screen *screen_new(struct loop *l, struct scan *s);
/* Waits for the scanners, no longer than their timeout; who still waits for an answer gets none, so
 * the loop must not run any more. Accepts NULL. */
void screen_free(struct screen *s);
/* Has a message of that kind to be shown to a scanner? No for NULL. */
bool screen_wants(const struct screen *s, const struct msg *m);
/* Show it: m is lent until on_screened(arg, v), which is called once, later or now: DONE, or as
 * scan_message() has it. A sender's messages come back in their order. */
void screen_message(struct screen *s, const struct msg *m,
    void (*on_screened)(void *arg, const struct verdict *v), void *arg);
/* How many are being looked at, or wait for it. */
size_t screen_waiting(const struct screen *s);

#endif
