/*
 * barrier.h - what was written to the server and is not yet known to have been processed.
 *
 * A server handles a component's stanzas in order, and its errors for them come back in order. So
 * behind each batch a ping is sent to ourselves; when it is back, all before it was processed, and
 * what was refused has been said.
 */
#ifndef IM_BARRIER_H
#define IM_BARRIER_H

#include <stdbool.h>
#include <stddef.h>

struct barrier;
struct job;
struct loop;
struct stream;
struct verdict;

enum { BARRIER_ID = 40 }; /* room for the id of a stanza */

/* A barrier for that stream (lent) of our domain (lent). on_settled(arg, job, id, v) is called once
 * for each job: DONE, or what the server's error said, or LATER when the connection was lost. An
 * answer that does not come for `patience` ms is asked for once more, and then the connection is
 * given up. For barrier_free(). */
struct barrier *barrier_new(struct loop *l, struct stream *s, const char *domain, long patience,
    void (*on_settled)(void *arg, struct job *job, const char *id, const struct verdict *v),
    void *arg);
/* Settles nothing. Accepts NULL. */
void barrier_free(struct barrier *b);
/* The stanza of that job, known by that id, was appended to the stream. It will be flushed. */
void barrier_add(struct barrier *b, struct job *job, const char *id);
/* An error for a stanza of that id came: when it is one of ours, it is kept until the ping is back.
 * Returns whether it is. */
bool barrier_error(struct barrier *b, const char *id, const struct verdict *v);
/* A ping of that id came back to us. Returns whether it is one of ours, even an old one. */
bool barrier_pong(struct barrier *b, const char *id);
/* The connection is lost: settle all by v. */
void barrier_lost(struct barrier *b, const struct verdict *v);
/* How many jobs are not settled. */
size_t barrier_waiting(const struct barrier *b);

#endif
