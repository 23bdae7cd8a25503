/*
 * listener.h - the bridge's one HTTP server for the world outside: what networks call, each part of
 * the program taking the paths below a prefix of its own.
 */
#ifndef BRIDGE_LISTENER_H
#define BRIDGE_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

struct bridge_settings;
struct httpd_request;
struct listener;
struct loop;
struct verdict;

/*
 * Listen where the settings (lent) say; with an empty `listen` nobody is listened to, and all that
 * follows does nothing. Requests are answered 503 until listener_serve(). For listener_close(); NULL
 * and *v.
 */
struct listener *listener_open(struct loop *l, const struct bridge_settings *b, struct verdict *v);
/*
 * Requests whose path begins with prefix ("/sdp/", lent) go to on_request(arg, r, rest), which
 * answers each exactly once, now or later; rest is what follows the prefix. At most eight.
 */
void listener_add(struct listener *l, const char *prefix,
    void (*on_request)(void *arg, struct httpd_request *r, const char *rest), void *arg);
/* When there are too many connections, those of addresses of which known(arg, peer) says yes are not
 * closed for the sake of others. */
void listener_know(struct listener *l, bool (*known)(void *arg, const char *peer), void *arg);
/* From now on requests get to whom they are for. */
void listener_serve(struct listener *l);
/* Read its certificate anew, see httpd_renew(); 0 where it listens nowhere, too. */
int listener_renew(struct listener *l, struct verdict *v);
/* Take no new connection; new requests of those that are there are answered 503. */
void listener_quiesce(struct listener *l);
/* How many requests wait for their answer. */
size_t listener_waiting(const struct listener *l);
/* The TCP port; 0 when there is none. */
unsigned listener_port(const struct listener *l);
/* Close. Those who wait are answered 503, and must not be answered any more. Accepts NULL. */
void listener_close(struct listener *l);

/* Answer with a line of plain text; a line end is added. */
void listener_say(struct httpd_request *r, int status, const char *text);

#endif
