/*
 * stanza.h - message stanzas (RFC 6121 section 5) and struct msg, each made into the other.
 */
#ifndef IM_STANZA_H
#define IM_STANZA_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/verdict.h"
#include "im/jid.h"
#include "im/origin.h"

struct addr_rules;
struct buf;
struct msg;
struct xml;

enum {
	STANZA_BODY = 60 * 1024, /* bytes of a body, escaped: all servers take that, and their clients */
	STANZA_DELAY = 60,	 /* seconds after which a message says when it was written */
};

/* The escaped local part under which a party of another world (a URI: tel:, mailto:, xmpp:) is
 * seen in our domain; "" for the null sender. Returns false when it cannot be written. */
bool stanza_local(const char *uri, char local[JID_PART]);
/* The URI of the party behind a local part of ours, in uri. 0, or -1 and *v (NEVER 5.1.3). */
int stanza_party(const char *local, const struct addr_rules *rules, char *uri, size_t room,
    struct verdict *v);

/*
 * Append the stanza that brings m to the JID `to`, with that id; or, when m is a report, the receipt
 * or the error that tells it. links are of its parts, as many as it has; NULL, or one that is NULL:
 * the part is named in the text. in_words: a report of success is said in words. *cut: how many characters there was no room for.
 * Returns 1; 0 when there is nothing that IM could say of it; -1
 * and *v (NEVER) when its sender has no address there.
 */
int stanza_write(const struct msg *m, const char *domain, const char *to, const char *id,
    const char *const *links, bool in_words, struct buf *out, size_t *cut, struct verdict *v);

enum stanza_is {
	STANZA_MESSAGE, /* for somebody behind us */
	STANZA_REFUSED, /* likewise, but it cannot go there: v says why */
	STANZA_RECEIPT, /* the client has got what we sent under `receipt` (XEP-0184) */
	STANZA_ERROR,	/* what we sent was refused: the stanza's id says what */
	STANZA_NOTHING, /* nothing that anyone behind us wants to see */
};

/* A message stanza, looked at. Strings are lent by the stanza. */
struct arrival {
	enum stanza_is is;
	struct jid from;
	char uri[2 * JID_PART + 8]; /* of who wrote it: "xmpp:juliet@capulet.lit" */
	struct origin origin;
	const char *body, *link; /* link: of a picture (XEP-0066); NULL: none */
	bool wants_receipt;
	const char *receipt;
	char to[2 * JID_PART + 8]; /* the URI it is for */
	struct verdict v;
};

/* Look at a message stanza that came to our domain. */
void stanza_look(const struct xml *x, const char *domain, const struct addr_rules *rules,
    struct arrival *a);
/* The message of an arrival that is one; for msg_free(). */
struct msg *stanza_message(const struct xml *x, const char *domain, const struct arrival *a);

#endif
