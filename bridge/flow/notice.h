/*
 * notice.h - sees that whoever wrote a message learns what became of it: takes from the queue what
 * there is to tell, has it made a report (report.h), and lets that in by the front door.
 */
#ifndef BRIDGE_NOTICE_H
#define BRIDGE_NOTICE_H

struct intake;
struct loop;
struct notice;

/* The room, working with what intake works with (lent, as the hostname is). Nothing is told before
 * notice_start(). For notice_free(). */
struct notice *notice_new(struct loop *l, const struct intake *in, const char *hostname);
void notice_start(struct notice *n);
/* Tell nothing any more from now on. */
void notice_stop(struct notice *n);
/* The loop must not run any more. Accepts NULL. */
void notice_free(struct notice *n);

#endif
