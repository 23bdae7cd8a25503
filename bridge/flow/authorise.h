/*
 * authorise.h - may this sender send this message to this recipient: evidence, policy, rates, quotas,
 * and the phone's own word.
 */
#ifndef BRIDGE_AUTHORISE_H
#define BRIDGE_AUTHORISE_H

#include <stdbool.h>
#include <stddef.h>

struct authorise;
struct bindings;
struct consent;
struct loop;
struct links;
struct msg;
struct people;
struct queue;
struct table;
struct verdict;

/* The room. policy may be NULL: no such table; all are lent. bindings: the book to be filled with what
 * users have registered, of which people knows; NULL: none. country_code: our own, "" for none. It says
 * LATER until authorise_recall() is done. For authorise_free(). */
struct authorise *authorise_new(const struct people *people, struct bindings *bindings,
    struct table *policy, const char *country_code);
/* Accepts NULL. */
void authorise_free(struct authorise *a);
/* Read the books back from the queue; on_ready(arg) when they are there. Tried until it is. */
void authorise_recall(struct authorise *a, struct loop *l, struct queue *q,
    void (*on_ready)(void *arg), void *arg);

/*
 * Would recipient i of m be allowed now? Nothing is counted. whole: the message is there as a whole;
 * else evidence that lies in its header may still come, and is waited for when the policy takes it.
 * again: it may be one that was taken before, so used up quotas say nothing yet.
 * 0, or -1 and *v: NEVER 5.7.1 (says why, for people), LATER 4.7.1 (too fast), LATER 4.3.x (cannot tell).
 */
int authorise_would(struct authorise *a, const struct msg *m, size_t i, bool whole, bool again,
    struct verdict *v);
/*
 * Explain what authorise_would() says of a message that is there as a whole: step(arg, what, said) for each
 * thing that is looked at, and what came of it. Nothing is counted. As authorise_would(); *v is the first
 * "no".
 */
int authorise_explain(struct authorise *a, const struct msg *m, size_t i,
    void (*step)(void *arg, const char *what, const char *said), void *arg, struct verdict *v);
/* What may be SMS or MMS, by content, becomes SMS where the sender may send no MMS. m is routed and there as a
 * whole. 0, or -1 and *v (LATER: cannot tell). */
int authorise_narrow(const struct authorise *a, struct msg *m, struct verdict *v);
/* May the message go to all its recipients? Then it is given the link that one of them needs (see
 * links_make(); links NULL: none), and counted, and m->payer and cost say how, so
 * that the queue writes it down. Recipients that it is to wait for have not_before set. 0, or -1 and *v as above. */
int authorise_take(struct authorise *a, const struct links *links, struct msg *m, struct verdict *v);
/* So many recipients of a message that was taken did not go: count them back. */
void authorise_give_back(struct authorise *a, const char *payer, long cost, size_t n);
/* A phone's decision, which is on the disk. Whether it changes anything. */
bool authorise_consent(struct authorise *a, const struct consent *d);

/* The queue has other decisions of phones than before (an administrator's import): follow them. on_done(arg),
 * which may be NULL, is called when they count. */
void authorise_learn(struct authorise *a, void (*on_done)(void *arg), void *arg);
/* The same when no more of them have come for a while. */
void authorise_learn_soon(struct authorise *a);
/* What that sender ("alice@example.com", without a scheme) has used of its quotas is forgotten. */
void authorise_forget(struct authorise *a, const char *who);

#endif
