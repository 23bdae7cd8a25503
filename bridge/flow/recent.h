/*
 * recent.h - which submissions were taken lately. A mail server that did not hear our yes brings the same
 * message again: it is not judged again, or it would be refused when the first copy has used up the quota.
 * What is not known here any more is judged as any other.
 */
#ifndef BRIDGE_RECENT_H
#define BRIDGE_RECENT_H

#include <stdbool.h>
#include <stdint.h>

struct msg;
struct recent;
struct recent_note;

/* For recent_free(). */
struct recent *recent_new(void);
/* Accepts NULL. */
void recent_free(struct recent *r);
/* What is to be remembered of a message, whose recipients have their keys, once it is on the disk. For
 * free(3). */
struct recent_note *recent_note(const struct msg *m);
/* It is. now: monotonic ms. r NULL: nothing is remembered. */
void recent_add(struct recent *r, const struct recent_note *n, int64_t now);
/* Was it taken for all its recipients? */
bool recent_has(const struct recent *r, const struct msg *m, int64_t now);
/* Was any message of m's sender to its recipient i taken? Then this may be the same again. */
bool recent_pair(const struct recent *r, const struct msg *m, unsigned i, int64_t now);

#endif
