/*
 * past.h - which messages users sent of late, so that they can ask what became of them. Only names are
 * kept here, in memory; what became of each the queue knows.
 */
#ifndef IM_PAST_H
#define IM_PAST_H

struct past;
struct receive;

enum {
	PAST_EACH = 10,	   /* messages kept of a user */
	PAST_USERS = 2000, /* the user who has not written for longest is forgotten */
};

/* Nothing yet; for past_free(). */
struct past *past_new(void);
/* Those who wait for an answer get none. Accepts NULL. */
void past_free(struct past *p);
/* That user sent a message to a party (a URI), which was taken; message_id is its Message-ID. */
void past_add(struct past *p, const char *user, const char *to, const char *message_id);
/* Find out what became of the user's messages, and call on_told(arg, text) once, now or later: a line
 * for each, the newest first; "" when there is none. What arg is is freed by drop(arg) in any case,
 * after on_told or without. */
void past_tell(struct past *p, struct receive *in, const char *user,
    void (*on_told)(void *arg, const char *text), void (*drop)(void *arg), void *arg);

#endif
