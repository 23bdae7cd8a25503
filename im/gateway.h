/*
 * gateway.h - the gateway as an XMPP entity: it says what it is, answers questions (iq stanzas, RFC
 * 6120 section 8.2.3), and stands in people's rosters. What the parts of that share is here.
 */
#ifndef IM_GATEWAY_H
#define IM_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>

#include "im/jid.h"
#include "im/write.h"

struct binding;
struct errands;
struct past;
struct register_desk;
struct stream;
struct transport;
struct verdict;
struct xml;

/* What all parts work with; lent to them. */
struct gateway {
	struct transport *transport;
	struct stream *stream;
	const char *domain;	    /* ours */
	const char *name;	    /* as people read it */
	struct register_desk *desk; /* where users register; NULL: nobody can */
	struct errands *errands;    /* what is put on the disk for them */
	struct past *past;	    /* what users sent of late */
};

/* A question. Strings are lent by the stanza. */
struct question {
	const struct xml *iq, *query; /* query: its first child */
	bool set;
	struct jid from, to;
	const char *from_text, *id;
	char user[2 * JID_PART]; /* who asks, without resource */
};

/* A copy of all that an answer needs (not of the stanza), for question_free(), which accepts NULL. */
struct question *question_keep(const struct question *q);
void question_free(struct question *q);

/* What that user (a JID without resource) has registered here; lent until the next change. NULL: nothing,
 * or nobody can. */
const struct binding *gateway_bound(const struct gateway *g, const char *jid);

/* An iq stanza came, which is none of our own. Every get and set is answered (RFC 6120 8.2.3). */
void gateway_iq(struct gateway *g, const struct xml *iq);

/* Begin the result of a question; what is written until answer_end() is inside it. False when nothing
 * can be sent: then nothing may be written. */
bool answer_begin(struct gateway *g, const struct question *q, struct writer *w);
/* Close all that is open and send it. */
void answer_end(struct gateway *g, struct writer *w);
/* An empty result. */
void answer_done(struct gateway *g, const struct question *q);
/* An error of that type and condition (RFC 6120 8.3.2, 8.3.3); text may be NULL. */
void answer_refuse(struct gateway *g, const struct question *q, const char *type,
    const char *condition, const char *text);

/* Send a message of chat from the gateway itself to a JID. */
void gateway_say(struct gateway *g, const char *to, const char *text);
/* Send a presence from a local part of ours ("" or NULL: the gateway) to a JID; type NULL: available,
 * with a line of status where status is not NULL. */
void gateway_presence(struct gateway *g, const char *local, const char *to, const char *type,
    const char *status);
/* The URI of whom a local part of ours means: a number, a mail address, or a user's name of the users
 * table. 0, or -1 and *v (NEVER 5.1.3; LATER: the table cannot tell). */
int gateway_party(const struct gateway *g, const char *local, char *uri, size_t room, struct verdict *v);
/* Does anybody stand behind that local part of ours: a phone or a mail address? uri gets whom. */
bool gateway_contact(const struct gateway *g, const char *local, char uri[2 * JID_PART + 8]);

#endif
