/*
 * callback.h - libmilter's side of the milter.
 */
#ifndef MILTER_CALLBACK_H
#define MILTER_CALLBACK_H

struct milter;
struct verdict;

/* Tell libmilter about us; m is lent to all sessions to come. 0, or -1 and *v. */
int callback_register(const struct milter *m, struct verdict *v);
/* How many callbacks are at work now. */
unsigned callback_busy(void);

#endif
