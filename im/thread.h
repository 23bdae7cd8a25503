/*
 * thread.h - what an IM user writes to a mailbox stands in a thread of mail: behind the last mail that
 * came from there, else in one that the two have for ever.
 */
#ifndef IM_THREAD_H
#define IM_THREAD_H

struct msg;
struct threads;

enum { THREADS_MOST = 5000 }; /* pairs of a user and a mailbox; the one least used is forgotten */

/* None yet; for threads_free(). */
struct threads *threads_new(void);
/* Accepts NULL. */
void threads_free(struct threads *t);
/* A mail m goes to a user (a JID without resource). */
void threads_note(struct threads *t, const struct msg *m, const char *user);
/* m is from that user to a mailbox (its first recipient's URI): fill in_reply_to, references, subject. */
void threads_join(struct threads *t, struct msg *m, const char *user, const char *domain);

#endif
