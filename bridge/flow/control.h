/*
 * control.h - the administrator's door of triviumd: HTTP on a unix socket that only its owner and
 * root may use, with JSON as the answer, asked by triviumctl.
 *
 * GET  /queue?after=ID/RCPT&max=N    jobs that are not final, behind the one named, in their order:
 *                                    {"jobs": […], "next": "ID/RCPT" or null}
 * GET  /show?what=…                  messages by id, Message-ID, request or correlator:
 *                                    {"jobs": […], "more": there are too many}, or 404
 * POST /retry /hold /release /cancel?id=ID[/RCPT]
 *                                    {"changed": N}; 404 when there is no such job; when N
 *                                    is 0 because of its state, that is "state"
 *                          …?id=ALL[&after=ID/RCPT]
 *                                    one page of the queue: {"changed": N, "next": as above}
 * GET  /transports                   {"transports": […]}
 * POST /probe?transport=NAME         {}, 404 when there is none of that name
 * POST /backup?dir=/PATH             {}, when the copy is complete
 * GET  /judge?from=URI&to=ADDRESS&auth=WORDS
 *                                    may that sender, known by these proofs ("sasl ip"), write there:
 *                                    {"steps": [{"step", "text"}], "smtp": "250", "dsn": …, "text": …}
 * GET  /consent?phone=NUMBER         what phones have said of whose messages they want, that phone or all:
 *                                    {"decisions": [{"phone", "service", "peer", "stop", "time", "text"}]}
 * GET  /users?after=N                what users have registered, a page, behind the first N:
 *                                    {"bindings": [{"via", "jid", "number", "since", "tell"}], "next": N or null}
 * POST /users                        the body has lines of kept.h: {"changed": N}, all are kept; 400 when one is
 *                                    wrong (then none is)
 * POST /forget?who=URI[&consent=yes] {"jobs", "conversations", "links", "quotas", "decisions", "bindings",
 *                                    "waiting": jobs that are left since they are not over yet}
 * GET  /counts                       {"jobs": N, "commits": N, "requests": N, "full": false}
 *
 * What went wrong is told by the status (400 bad question, 404 no such thing, 405 wrong method, 503
 * could not) and {"error": "a sentence"}. Times are milliseconds since 1970, but for a job's
 * "arrived", "expires" and its history's "time": seconds. No text of a message leaves by this door, but for a phone's STOP and its like.
 */
#ifndef BRIDGE_CONTROL_H
#define BRIDGE_CONTROL_H

#include <stddef.h>

enum { CONTROL_BODY = 64 * 1024 }; /* bytes of the longest body of a question */

struct control;
struct intake;
struct loop;
struct verdict;

/* May the door be there: is it "unix:/path"? 0; -1 and *v (NEVER). */
int control_check(const char *where, struct verdict *v);
/*
 * Open the door at `where` ("unix:/path", mode 0600; the directory must exist). What intake works with is lent
 * until control_close(). Returns the door, or
 * NULL and *v (NEVER when it is no unix socket; else as httpd_open()).
 */
struct control *control_open(struct loop *l, const char *where, const struct intake *in,
    struct verdict *v);
/* Close the door; questions that still wait for the queue are answered 503. The queue's answer to
 * those would find nobody: so the queue is closed already, or before the loop runs again. Accepts
 * NULL. */
void control_close(struct control *c);

#endif
