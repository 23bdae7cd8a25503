/*
 * alive.h - how triviumd notices its own death: a file says that it runs and when it last did, and goes when
 * it is stopped. Whoever finds it at the next start tells the log and the postmaster.
 */
#ifndef BRIDGE_ALIVE_H
#define BRIDGE_ALIVE_H

#include <stdbool.h>

struct alive;
struct intake;
struct loop;

/*
 * Begin: tell of a death when the file at path (copied) is there already, then write it, every minute.
 * Loop and intake are lent; mail must be able to go out by now. The postmaster is told once an hour at
 * most, however often it dies. That the file cannot be written is logged; all else works without. For
 * alive_free().
 */
struct alive *alive_new(struct loop *l, const struct intake *in, const char *path);
/* End; stopped: somebody wanted that, so the file goes. Accepts NULL. */
void alive_free(struct alive *a, bool stopped);

#endif
