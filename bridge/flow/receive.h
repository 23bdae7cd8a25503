/*
 * receive.h - the front door for what transports bring from their networks: messages of phones and
 * IM users, and reports about messages that went out.
 *
 * A driver says "received" to its network only when on_taken was called with DONE.
 */
#ifndef BRIDGE_RECEIVE_H
#define BRIDGE_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr_rules;
struct binding;
struct intake;
struct job;
struct msg;
struct optout_settings;
struct parked;
struct receive;
struct report;
struct screen;
struct transport;
struct user;
struct verdict;

/* The room, working with what intake works with, with the words by which phones refuse messages
 * (NULL: no word is special), and with scanners (NULL: none); all are lent. For receive_free(). */
struct receive *receive_new(const struct intake *in, const struct optout_settings *optout,
    struct screen *screen);
/* By what rules numbers are read. Lent. */
const struct addr_rules *receive_rules(const struct receive *in);
/* Accepts NULL. What still waits for the queue is forgotten, so the loop must not run any more. */
void receive_free(struct receive *in);

/*
 * Take a message (its ownership, whatever comes of it). It has `from` ("tel:+8613800138000",
 * "xmpp:juliet@capulet.lit"), text, parts, and one recipient, of which one of these is set:
 *   to     a URI, when the network's address said whom it is for ("tel:+86…", "mailto:…", "xmpp:…")
 *   given  a number of ours that a phone wrote to, in any form ("tel:1069012307"): whom it is for is
 *          found from the conversation, the text, or the inbound table
 * and as far as the network tells them: once (see msg.h: by what a repetition is known; when it is
 * NULL, sender, number, date and text serve), date (RFC 5322), message_id, name, subject.
 * Who writes too often, or to whom it may not, is told by the verdict or by a message of its own.
 *
 * Calls on_taken(arg, v) once, now or later: DONE, its effect is on the disk (also when it was a
 * repetition, or was answered with a question); LATER, the network should bring it again; NEVER, it
 * is refused for good and nobody was told.
 */
void receive_message(struct receive *in, struct transport *t, struct msg *m,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg);

/*
 * For a network that does not bring a message again, and a message that is not whole yet: keep it, and
 * have it back after a crash, until it was taken. As queue_park(), queue_unpark() and queue_parked().
 */
void receive_park(struct receive *in, const struct transport *t, const struct msg *m, const char *link,
    void (*on_done)(void *arg, const struct verdict *v), void *arg);
void receive_unpark(struct receive *in, const struct transport *t, const char *id);
void receive_parked(struct receive *in, const struct transport *t,
    void (*on_parked)(void *arg, struct parked *list, size_t n, const struct verdict *v), void *arg);

/*
 * Take a report of t's network (copied). on_taken as above: DONE when it is on the disk, changes
 * nothing, or is about nothing that we know (which is logged; a network would bring it for ever).
 */
void receive_report(struct receive *in, struct transport *t, const struct report *r,
    void (*on_taken)(void *arg, const struct verdict *v), void *arg);

/* What a user (a JID without resource) has bound at the gateway t; lent until the next change. NULL:
 * nothing. */
const struct binding *receive_bound(const struct receive *in, const struct transport *t, const char *jid);
/* Call for each user of that gateway. */
void receive_bound_each(const struct receive *in, const struct transport *t,
    void (*each)(void *arg, const struct binding *one), void *arg);
/* Keep what a user has bound at t, or undo it (see binding.h; copied; its `via` is filled in).
 * on_done(arg, v): DONE when it is on the disk and is followed; LATER, or NEVER: it cannot be kept. */
void receive_bind(struct receive *in, const struct transport *t, const struct binding *one,
    void (*on_done)(void *arg, const struct verdict *v), void *arg);

/* Who is that, by the users table and by what users have registered? As people_find(). */
int receive_user(const struct receive *in, const char *identity, struct user *u, struct verdict *v);

/* What became of messages that are known by that Message-ID (or another name, as queue_find()), for
 * their sender; callback as there. */
void receive_find(struct receive *in, const char *what,
    void (*on_found)(void *arg, struct job **jobs, size_t n), void *arg);

#endif
