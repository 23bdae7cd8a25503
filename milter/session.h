/*
 * session.h - a connection of the mail server, and its current message. It knows nothing of
 * libmilter: callback.c asks it and does what it answers.
 */
#ifndef MILTER_SESSION_H
#define MILTER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct milter;
struct session;
struct verdict;

enum session_answer {
	SESSION_ON,      /* go on */
	SESSION_PASS,    /* the message is none of our business */
	SESSION_ENOUGH,  /* send no more of the body */
	SESSION_REFUSE,  /* with *v */
	SESSION_REMOVE,  /* ours is taken: remove our recipients from the mail */
	SESSION_DISCARD, /* all of it is taken: the mail server can forget it */
};

/* A session; m is lent. For session_free(). */
struct session *session_new(const struct milter *m);
/* Accepts NULL. */
void session_free(struct session *s);

/* Who connected: address NULL for one without an Internet address. door: the name of the smtpd that
 * has it, host: the mail server's own name; NULL where unknown. */
void session_connect(
    struct session *s, const struct sockaddr *address, const char *door, const char *host);
/* A message begins, whatever became of the one before. argv: sender and ESMTP parameters, ends in
 * NULL. login: of the client, NULL: none. */
void session_mail(struct session *s, char **argv, const char *login);
/* One recipient, and its ESMTP parameters. SESSION_ON: it stays (ours or not); SESSION_REFUSE and
 * *v. */
enum session_answer session_rcpt(struct session *s, char **argv, struct verdict *v);
/* No more recipients. SESSION_ON when some are ours, SESSION_PASS when none is. */
enum session_answer session_data(struct session *s);
/* A header; spaced: the value has its leading blank. */
void session_header(struct session *s, const char *name, const char *value, bool spaced);
/* A piece of the body. SESSION_ON or SESSION_ENOUGH. */
enum session_answer session_body(struct session *s, const void *bytes, size_t len);
/*
 * The message is whole: hand it to the bridge. mta_id: the mail server's id of it, NULL: unknown.
 * on_wait(arg) is called about each second meanwhile. SESSION_PASS, SESSION_REFUSE and *v,
 * SESSION_REMOVE or SESSION_DISCARD; with these two the message is on the bridge's disk.
 */
enum session_answer session_end(struct session *s, const char *mta_id, void (*on_wait)(void *arg),
    void *arg, struct verdict *v);
/* Our recipients byte for byte as the mail server gave them, which is how it wants them back: the
 * i-th, or NULL. Lent until the message's end. */
const char *session_ours(const struct session *s, size_t i);
/* The message is over, or given up. */
void session_forget(struct session *s);

#endif
