/*
 * stream.h - the connection of an external component to its XMPP server (XEP-0114): it connects,
 * proves that it knows the secret, stays alive, and connects again when it is lost.
 */
#ifndef IM_STREAM_H
#define IM_STREAM_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct loop;
struct stream;
struct verdict;
struct xml;

/* As configured; lent, must outlive the stream. Times are in ms. */
struct stream_settings {
	const char *server; /* "host:port" */
	const char *jid;    /* the component's: our domain */
	const char *secret;
	long timeout;	/* for connecting and the handshake, and for an answer to a ping */
	long keepalive; /* a ping after so long a silence */
	long reconnect; /* the longest wait between two tries */
};

/* Called on the loop. Any of them may call any function below, except stream_free(). */
struct stream_events {
	/* The server has accepted us. */
	void (*on_up)(void *arg);
	/* A stanza, lent for the call. whole: else it was beyond the limits, and only its top is there. */
	void (*on_stanza)(void *arg, const struct xml *stanza, bool whole);
	/* The connection is lost, or could not be made; v (LATER) says why. */
	void (*on_down)(void *arg, const struct verdict *v);
};

enum {
	STREAM_MAX_STANZA = 256 * 1024,	/* bytes that a stanza from the server may have */
	STREAM_MAX_QUEUED = 32 << 20,	/* bytes that wait to be written, at most */
	STREAM_MAX_OURS = 1 << 20,	/* bytes that one of our stanzas may have */
};

/* A stream that does nothing yet, for stream_free(); or NULL and *v when the server's name is none.
 * Looks names up, so it may block. */
struct stream *stream_new(struct loop *l, const struct stream_settings *s,
    const struct stream_events *events, void *arg, struct verdict *v);
/* Close the connection, if there is one, and free all. No event comes any more. Accepts NULL. */
void stream_free(struct stream *s);
/* Connect, now and whenever it is needed. */
void stream_start(struct stream *s);
/* Has the server accepted us? */
bool stream_is_up(const struct stream *s);
/*
 * Where to append one whole stanza; stream_flush() sends it. NULL: the stream is not up, or too
 * much waits already.
 */
struct buf *stream_out(struct stream *s);
/* Send what was appended, soon: when the loop's turn is over, so that many stanzas become one write. */
void stream_flush(struct stream *s);
/*
 * End the stream as RFC 6120 4.4 wants it: ours is closed, what the server still sends is read until
 * it closes, too. What it had sent to us is so not lost. There will be no new connection.
 */
void stream_end(struct stream *s);
/* Is there no connection, and will there be none? */
bool stream_has_ended(const struct stream *s);
/* Give this connection up, since its server does not answer as it should. */
void stream_drop(struct stream *s, const char *why);
/* How often the server has accepted us: the generation, part of what must not be mixed up. */
unsigned stream_generation(const struct stream *s);

#endif
