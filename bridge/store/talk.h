/*
 * talk.h - the conversations of a phone: which of our numbers (space.h) leads to which peer, and the
 * thread of mail that it belongs to. One record for each phone and transport, since a phone has few.
 */
#ifndef BRIDGE_TALK_H
#define BRIDGE_TALK_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct msg;
struct msg_rcpt;
struct shelf;
struct space;
struct verdict;

enum {
	TALK_FIELD = 1000, /* bytes kept of a Message-ID, of References, of a subject */
};

/* A conversation. Strings are one line, "" where there is none. */
struct talk {
	unsigned slot;	    /* of the space */
	int64_t used;	    /* ms since 1970: when the last message went either way */
	const char *peer;   /* URI: "mailto:alice@example.com" */
	const char *message_id; /* of the mail that an answer answers */
	const char *references; /* the chain before that one */
	const char *subject;
};

struct arena;

/* Those of one phone, the one used last first. */
struct talks {
	struct arena *arena;
	struct talk *all; /* room for one more than n */
	size_t n;
};

/* Read talks_format()'s bytes; what cannot be read is left out. For talks_free(). */
struct talks *talks_parse(const char *bytes, size_t len);
/* Accepts NULL. */
void talks_free(struct talks *t);
/* As bytes, for the store. Appends to out. */
void talks_format(const struct talks *t, struct buf *out);
/* The one with that peer, that slot; or NULL. */
const struct talk *talks_with(const struct talks *t, const char *peer);
const struct talk *talks_at(const struct talks *t, unsigned slot);
/*
 * The conversation with peer is used now: it becomes the first. A new one gets a free slot of the
 * space (whose number of slots is > 0), else that of the one least recently used, which is forgotten.
 * Returns it, lent until the next change.
 */
struct talk *talks_use(struct talks *t, const struct space *space, const char *peer, int64_t now);

/* On the queue's writer thread, in its transaction; 0, or -1 and *v (LATER). */

/* m goes to recipient r, a phone: its sender number (into number, SPACE_NUMBER bytes) leads back to
 * m's sender, and an answer will join m's thread. */
int talk_to_phone(struct shelf *s, const struct msg *m, const struct msg_rcpt *r, int64_t now,
    char *number, struct verdict *v);
/* m came from a phone by m->via and goes to r->to: it is given the thread of their conversation (its
 * in_reply_to and references, and a subject when it has none), and the phone's next message joins it. */
int talk_from_phone(struct shelf *s, struct msg *m, const struct msg_rcpt *r, int64_t now,
    struct verdict *v);
/* The conversations of a phone ("tel:+86…"), for talks_free(). */
int talk_read(struct shelf *s, const char *transport, const char *phone, struct talks **t,
    struct verdict *v);

/* Forget the conversations of a phone or with a peer (a URI), of the next `most` phones from *at on, which is
 * moved on; *gone grows by as many as there were. 1: there may be more; 0: that was the end. */
struct key;
int talk_forget(struct shelf *s, const char *who, struct key *at, unsigned most, unsigned *gone,
    struct verdict *v);

#endif
