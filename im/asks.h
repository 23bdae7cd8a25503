/*
 * asks.h - questions that we ask others (iq stanzas of type get), and their answers.
 */
#ifndef IM_ASKS_H
#define IM_ASKS_H

#include <stdbool.h>

struct asks;
struct gateway;
struct loop;
struct writer;
struct xml;

enum { ASK_MS = 15 * 1000 }; /* so long an answer is waited for */

/* Nothing asked yet. The gateway is lent. For asks_free(). */
struct asks *asks_new(struct loop *l, struct gateway *g);
/* All that wait are told that there is no answer. Accepts NULL. */
void asks_free(struct asks *a);
/*
 * Ask a JID. write(w, arg) writes what is inside the iq, at once. on_answer(arg, iq) is called once,
 * later or at once: iq is the result, lent for the call, or NULL when there is none: an error, no
 * answer in time, or the connection is lost.
 */
void asks_send(struct asks *a, const char *to, void (*write)(struct writer *w, const void *arg),
    void (*on_answer)(void *arg, const struct xml *iq), void *arg);
/* An iq of type result or error came. Returns whether it answers one of our questions: its id is ours
 * and it comes from whom was asked. */
bool asks_answered(struct asks *a, const struct xml *iq);
/* The connection is lost. */
void asks_lost(struct asks *a);

#endif
