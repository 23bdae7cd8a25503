/*
 * stream.c - the connection to the XMPP server, a state machine on the loop.
 *
 * Nothing that was written is known to have arrived; who needs that sends a ping behind it. When the
 * connection is lost its bytes in both directions are forgotten, parser included, for a new stream
 * begins afresh (RFC 6120 4.3.3).
 */
#include "im/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/sock.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "bridge/base/xmlpush.h"
#include "im/write.h"

#define NS_COMPONENT "jabber:component:accept"
#define NS_STREAM "http://etherx.jabber.org/streams"
#define NS_STREAM_ERROR "urn:ietf:params:xml:ns:xmpp-streams"

enum {
	ADDRESSES = 4,
	FIRST_WAIT = 100, /* ms until the second try to connect; doubled with each one that fails */
	PROVEN = 5000,	  /* ms after which a stream counts as a success, and the waits begin anew */
	READ = 16 * 1024,
	READS = 8, /* in one turn of the loop, so that others get theirs */
};

enum state {
	REST,	    /* no connection; the next try is due by the timer, or none is wanted */
	CONNECTING, /* TCP */
	OPENING,    /* our header is out, the server's is awaited */
	SHAKING,    /* our handshake is out */
	UP,
	ENDING, /* our stream is closed, the server's is not yet */
};

struct stream {
	struct loop *loop;
	const struct stream_settings *settings;
	const struct stream_events *events;
	void *arg;

	struct sock_address addresses[ADDRESSES];
	unsigned naddresses, tries; /* since the last success */
	enum state state;
	bool ended;	    /* no new connection is wanted */
	unsigned generation;
	int fd;
	struct watch *watch;
	bool writing; /* the watch waits for room to write, too */
	struct timer wait;  /* until the next try; or for the state to be left */
	struct timer turn;  /* flushes when the loop's turn is over */
	struct timer quiet; /* since nothing was heard */
	bool pinged;
	int64_t up_since;
	struct xmlpush *parser;
	struct buf out;
	size_t written; /* of out */
	char error[200]; /* the server's stream error; "" when there was none */
	bool rejected;	 /* and it will not pass by itself soon */
};

static void on_connect_time(void *arg);
static void on_ready(void *arg, uint32_t events);

/* Release the connection, if there is one. */
static void
let_go(struct stream *s)
{
	loop_unwatch(s->watch);
	s->watch = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	xmlpush_free(s->parser);
	s->parser = NULL;
	buf_free(&s->out);
	buf_init(&s->out, STREAM_MAX_QUEUED + STREAM_MAX_OURS);
	s->written = 0;
	s->writing = false;
	timer_clear(s->loop, &s->wait);
	timer_clear(s->loop, &s->turn);
	timer_clear(s->loop, &s->quiet);
}

/* How long to wait until the next try: doubled each time, and somewhere between half and all of
 * that, so that many components do not come back at once. */
static int64_t
next_wait(struct stream *s)
{
	unsigned shift = s->tries < 16 ? s->tries : 16;
	int64_t wait = (int64_t)FIRST_WAIT << shift;

	s->tries++;
	/* Whoever has taken our name, or changed the secret, is not done in a second. */
	if (wait > s->settings->reconnect || s->rejected)
		wait = s->settings->reconnect;
	return wait / 2 + random() % (wait / 2 + 1);
}

/* The connection is lost or could not be made. */
static void
fail(struct stream *s, const char *why)
{
	struct verdict v;

	if (s->state == UP && loop_ms() - s->up_since >= PROVEN)
		s->tries = 0;
	later(&v, "4.4.1", "%s: %s", s->settings->server, s->error[0] ? s->error : why);
	s->state = REST;
	let_go(s);
	if (!s->ended)
		timer_set(s->loop, &s->wait, next_wait(s), on_connect_time, s);
	s->error[0] = '\0';
	s->rejected = false;
	s->events->on_down(s->arg, &v);
}

void
stream_drop(struct stream *s, const char *why)
{
	if (s->state != REST)
		fail(s, why);
}

static void
on_timeout(void *arg)
{
	struct stream *s = arg;

	fail(s, s->state == CONNECTING ? "connecting took too long" :
	    s->state == ENDING	       ? "the server did not close its stream"
				       : "the server did not answer in time");
}

/* Writing. */

static void
want(struct stream *s, bool to_write)
{
	if (s->writing != to_write)
		loop_rewatch(s->watch, to_write ? EPOLLIN | EPOLLOUT : EPOLLIN);
	s->writing = to_write;
}

/* Write what the socket takes. 0, or -1 when the connection is lost. */
static int
write_some(struct stream *s)
{
	while (s->written < s->out.len) {
		ssize_t n = send(s->fd, s->out.data + s->written, s->out.len - s->written, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			want(s, true);
			return 0;
		}
		if (n < 0)
			return -1;
		s->written += (size_t)n;
	}
	buf_reset(&s->out);
	s->written = 0;
	want(s, false);
	return 0;
}

static void
on_turn(void *arg)
{
	struct stream *s = arg;

	if (write_some(s) < 0)
		fail(s, strerror(errno));
}

void
stream_flush(struct stream *s)
{
	if (s->state > CONNECTING && !s->writing && !s->turn.slot)
		timer_set(s->loop, &s->turn, 0, on_turn, s);
}

struct buf *
stream_out(struct stream *s)
{
	return s->state == UP && s->out.len <= STREAM_MAX_QUEUED ? &s->out : NULL;
}

/* Staying alive. */

static void
on_quiet(void *arg)
{
	struct stream *s = arg;
	struct stanza ping = { .kind = "iq", .domain = s->settings->jid, .to = s->settings->jid,
		.type = "get", .id = "alive" };
	struct writer w;
	struct buf *out;

	if (s->pinged) {
		fail(s, "the server does not answer any more");
		return;
	}
	/* To ourselves: that comes back from every server, whatever modules it has. */
	if ((out = stream_out(s))) {
		write_begin(&w, &ping, out);
		write_empty(&w, "ping", "urn:xmpp:ping");
		write_end(&w);
		stream_flush(s);
	}
	s->pinged = true;
	timer_set(s->loop, &s->quiet, s->settings->timeout, on_quiet, s);
}

static void
heard(struct stream *s)
{
	s->pinged = false;
	if (s->state == UP)
		timer_set(s->loop, &s->quiet, s->settings->keepalive, on_quiet, s);
}

/* Reading. */

/* The server's header: its id and our secret make the handshake (XEP-0114 section 3). */
static void
on_opened(struct stream *s, const struct xml *root)
{
	const char *id = xml_attr(root, "id");
	unsigned char sum[DIGEST_MOST];
	char hex[DIGEST_HEX];
	struct digest *d;

	/* A server that does not know our name sends an empty one, and an error behind it. */
	if (s->state != OPENING || !id || !*id)
		return;
	d = digest_begin(DIGEST_SHA1);
	digest_add(d, id, strlen(id));
	digest_add(d, s->settings->secret, strlen(s->settings->secret));
	digest_hex(sum, digest_end(d, sum), hex);
	buf_addf(&s->out, "<handshake>%s</handshake>", hex);
	s->state = SHAKING;
	stream_flush(s);
}

/* What the server says before it closes the stream (RFC 6120 4.9). */
static void
on_stream_error(struct stream *s, const struct xml *x)
{
	static const char *const lasting[] = { "not-authorized", "host-unknown", "conflict" };
	const struct xml *condition = x->first, *text = xml_child_ns(x, "text", NS_STREAM_ERROR);

	while (condition && (condition == text || strcmp(condition->ns, NS_STREAM_ERROR) != 0))
		condition = condition->next;
	snprintf(s->error, sizeof s->error, "the server says %.60s%s%.100s",
	    condition ? condition->name : "an unknown error", text && *text->text ? ": " : "",
	    text ? text->text : "");
	for (size_t i = 0; condition && i < sizeof lasting / sizeof *lasting; i++)
		if (strcmp(condition->name, lasting[i]) == 0)
			s->rejected = true;
}

static void
on_accepted(struct stream *s)
{
	s->state = UP;
	s->generation++;
	s->up_since = loop_ms();
	timer_clear(s->loop, &s->wait);
	heard(s);
	s->events->on_up(s->arg);
}

static void
on_tree(struct stream *s, const struct xml *x, bool whole)
{
	if (strcmp(x->name, "error") == 0 && strcmp(x->ns, NS_STREAM) == 0)
		on_stream_error(s, x);
	else if (strcmp(x->name, "handshake") == 0 && s->state == SHAKING)
		on_accepted(s);
	else if (s->state == UP || s->state == ENDING)
		s->events->on_stanza(s->arg, x, whole);
}

/* Handle what the parser has found. 0, or -1 when the connection is gone now. */
static int
handle(struct stream *s)
{
	const struct xml *x;

	while (s->parser) { /* which goes with the connection */
		enum xmlpush_what what = xmlpush_next(s->parser, &x);

		if (what == XMLPUSH_NOTHING)
			return 0;
		if (what == XMLPUSH_OPENED)
			on_opened(s, x);
		else if (what == XMLPUSH_TREE || what == XMLPUSH_CUT)
			on_tree(s, x, what == XMLPUSH_TREE);
		else
			fail(s, "the server has closed the stream");
	}
	return -1;
}

/* Take in some bytes. 0, or -1 when the connection is gone now. */
static int
take(struct stream *s, const char *bytes, size_t len)
{
	struct verdict v;
	int rc = xmlpush_feed(s->parser, bytes, len, &v);

	heard(s);
	if (handle(s) < 0)
		return -1;
	if (rc == 0)
		return 0;
	fail(s, v.text);
	return -1;
}

static void
read_some(struct stream *s)
{
	char bytes[READ];

	for (int i = 0; i < READS; i++) {
		ssize_t n = recv(s->fd, bytes, sizeof bytes, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			fail(s, n < 0 ? strerror(errno) : "the server has closed the connection");
			return;
		}
		if (take(s, bytes, (size_t)n) < 0 || (size_t)n < sizeof bytes)
			return;
	}
}

/* Connecting. */

static void
on_connected(struct stream *s)
{
	struct verdict v;

	if (sock_connected(s->fd, &v) < 0) {
		fail(s, v.text);
		return;
	}
	s->state = OPENING;
	s->parser = xmlpush_new(STREAM_MAX_STANZA);
	buf_adds(&s->out, "<?xml version='1.0'?><stream:stream xmlns='" NS_COMPONENT "' "
	    "xmlns:stream='" NS_STREAM "' to='");
	write_escaped(&s->out, s->settings->jid, (size_t)-1);
	buf_adds(&s->out, "'>");
	on_turn(s);
}

static void
on_ready(void *arg, uint32_t events)
{
	struct stream *s = arg;

	if (s->state == CONNECTING) {
		s->writing = true; /* it was watched so */
		on_connected(s);
		return;
	}
	/* Reading first: a server that closes has said why. */
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_some(s);
	if (s->state != REST && s->state != CONNECTING && events & EPOLLOUT && write_some(s) < 0)
		fail(s, strerror(errno));
}

static void
on_connect_time(void *arg)
{
	struct stream *s = arg;
	struct verdict v;

	s->fd = sock_connect(&s->addresses[s->tries % s->naddresses], (int)s->settings->timeout, &v);
	if (s->fd < 0) {
		fail(s, v.text);
		return;
	}
	s->state = CONNECTING;
	s->watch = loop_watch(s->loop, s->fd, EPOLLOUT, on_ready, s);
	timer_set(s->loop, &s->wait, s->settings->timeout, on_timeout, s);
}

/* Its life. */

struct stream *
stream_new(struct loop *l, const struct stream_settings *settings,
    const struct stream_events *events, void *arg, struct verdict *v)
{
	struct stream *s = xcalloc(1, sizeof *s);
	int n = sock_lookup(settings->server, s->addresses, ADDRESSES, v);

	if (n < 0) {
		free(s);
		return NULL;
	}
	s->naddresses = (unsigned)n;
	s->loop = l;
	s->settings = settings;
	s->events = events;
	s->arg = arg;
	s->fd = -1;
	buf_init(&s->out, STREAM_MAX_QUEUED + STREAM_MAX_OURS);
	return s;
}

void
stream_free(struct stream *s)
{
	if (!s)
		return;
	let_go(s);
	buf_free(&s->out);
	free(s);
}

void
stream_start(struct stream *s)
{
	s->ended = false;
	if (s->state == REST && !s->wait.slot)
		timer_set(s->loop, &s->wait, 0, on_connect_time, s);
}

bool
stream_is_up(const struct stream *s)
{
	return s->state == UP;
}

unsigned
stream_generation(const struct stream *s)
{
	return s->generation;
}

void
stream_end(struct stream *s)
{
	s->ended = true;
	if (s->state == UP) {
		buf_adds(&s->out, "</stream:stream>");
		s->state = ENDING;
		stream_flush(s);
		timer_clear(s->loop, &s->quiet);
		timer_set(s->loop, &s->wait, s->settings->timeout, on_timeout, s);
	} else if (s->state != ENDING && s->state != REST) {
		s->state = REST;
		let_go(s);
	} else if (s->state == REST) {
		timer_clear(s->loop, &s->wait);
	}
}

bool
stream_has_ended(const struct stream *s)
{
	return s->ended && s->state == REST;
}
