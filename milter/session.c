/*
 * session.c - a connection of the mail server, and its current message.
 *
 * A recipient stays in the mail unless it is ours and the bridge has the message on its disk. What
 * was accepted is counted here, at each RCPT: a mail may be dropped in one piece only when every
 * one of its recipients was ours.
 */
#include "milter/session.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/digest.h"
#include "bridge/base/fault.h"
#include "bridge/base/log.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "bridge/store/route.h"
#include "bridge/store/scan.h"
#include "milter/authres.h"
#include "milter/claim.h"
#include "milter/evidence.h"
#include "milter/milter.h"
#include "milter/returned.h"
#include "milter/spool.h"
#include "milter/submit.h"

enum { OURS_MOST = 2 * MSG_MAX_RCPTS };

struct session {
	const struct milter *milter;
	bool second_door;
	bool local; /* no Internet address: a process of this host. Until it is known: no */
	char client[INET6_ADDRSTRLEN]; /* "" when local */
	char host[EVIDENCE_NAME];

	struct msg *msg; /* NULL: no message is under way */
	char **ours;     /* verbatim, in the message's arena */
	size_t nours, accepted;
	struct spool spool;
	struct digest *digest;
	struct evidence evidence;
	struct authres authres;
	bool foreign; /* a Received field of another host was seen */
	bool body, too_long;
	bool returned; /* our recipients are return paths: it is a report about mail that we made */
};

struct session *
session_new(const struct milter *m)
{
	struct session *s = xcalloc(1, sizeof *s);

	s->milter = m;
	return s;
}

void
session_free(struct session *s)
{
	if (!s)
		return;
	session_forget(s);
	free(s);
}

void
session_forget(struct session *s)
{
	unsigned char unused[DIGEST_MOST];

	msg_free(s->msg);
	s->msg = NULL;
	free(s->ours);
	s->ours = NULL;
	s->nours = s->accepted = 0;
	spool_free(&s->spool);
	if (s->digest)
		digest_end(s->digest, unused);
	s->digest = NULL;
	s->evidence = (struct evidence){ 0 };
	s->authres = (struct authres){ 0 };
	s->foreign = false;
	s->body = s->too_long = s->returned = false;
}

void
session_connect(
    struct session *s, const struct sockaddr *address, const char *door, const char *host)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	const char *second = s->milter->place.second_door;

	s->local = true;
	*s->client = '\0';
	if (address && address->sa_family == AF_INET)
		s->local = !inet_ntop(AF_INET, &v4->sin_addr, s->client, sizeof s->client);
	else if (address && address->sa_family == AF_INET6)
		s->local = !inet_ntop(AF_INET6, &v6->sin6_addr, s->client, sizeof s->client);
	s->second_door = *second && door && strcmp(door, second) == 0;
	snprintf(s->host, sizeof s->host, "%s", host ? host : "");
}

/* The address in "<address>", or as sendmail(1) gives it, in the message's arena. */
static const char *
bare(struct session *s, const char *given)
{
	size_t len = strlen(given);

	if (len >= 2 && given[0] == '<' && given[len - 1] == '>')
		return arena_strndup(s->msg->arena, given + 1, len - 2);
	return arena_strdup(s->msg->arena, given);
}

/* The value of an ESMTP parameter, RFC 5321 4.1.2; NULL when it is not there. */
static const char *
parameter(struct session *s, char **argv, const char *name)
{
	size_t len = strlen(name);

	for (char **p = argv + 1; argv[0] && *p; p++)
		if (strncasecmp(*p, name, len) == 0 && (*p)[len] == '=')
			return arena_strdup(s->msg->arena, *p + len + 1);
	return NULL;
}

void
session_mail(struct session *s, char **argv, const char *login)
{
	struct msg *m;

	session_forget(s);
	s->msg = m = msg_new();
	m->from = arena_printf(m->arena, "mailto:%s", bare(s, argv[0] ? argv[0] : ""));
	m->client = s->local ? NULL : arena_strdup(m->arena, s->client);
	m->login = login && *login ? arena_strdup(m->arena, login) : NULL;
	m->envid = parameter(s, argv, "ENVID");
	m->ret = parameter(s, argv, "RET");
	m->text = "";
	m->arrived = time(NULL);
}

/* A recipient or a message is refused, or put off; the reason is the client's, too. */
static enum session_answer
refuse(const struct session *s, const char *to, const struct verdict *v)
{
	const struct msg *m = s->msg;

	log_event(m->mta_id, "from=<%s>, to=<%s>, client=%s, status=%s (%s %s %s)",
	    m->from + strlen("mailto:"), to, m->client ? m->client : "local",
	    v->is == NEVER ? "refused" : "deferred", verdict_smtp(v), v->dsn, v->text);
	return SESSION_REFUSE;
}

/* Add the recipient to the message, unless it leads to a phone that is among them already. */
static int
add_rcpt(
    struct session *s, char **argv, const char *given, const struct route *r, struct verdict *v)
{
	struct msg *m = s->msg;
	struct msg_rcpt *rcpt;

	for (size_t i = 0; i < m->nrcpts; i++)
		if (strcmp(m->rcpts[i].to, r->to) == 0 &&
		    strcmp(m->rcpts[i].transport, r->transport) == 0)
			return 0;
	rcpt = msg_add_rcpt(m, given);
	if (!rcpt)
		return later(v, "4.5.3", "too many phones for one mail");
	rcpt->to = arena_strdup(m->arena, r->to);
	rcpt->transport = arena_strdup(m->arena, r->transport);
	rcpt->how = r->how;
	rcpt->style = *r->style ? arena_strdup(m->arena, r->style) : NULL;
	rcpt->notify = parameter(s, argv, "NOTIFY");
	rcpt->orcpt = parameter(s, argv, "ORCPT");
	return 0;
}

/* Ask the bridge whether it would take this recipient of the message, and how much of it that one sees. */
static int
ask(const struct session *s, const char *given, const struct route *r, bool *whole, struct verdict *v)
{
	struct msg *m = msg_new();
	struct msg_rcpt *rcpt = msg_add_rcpt(m, given);
	int rc;

	m->from = s->msg->from;
	m->client = s->msg->client;
	m->login = s->msg->login;
	m->auth = s->msg->auth;
	m->text = "";
	m->arrived = s->msg->arrived;
	rcpt->to = r->to;
	rcpt->transport = r->transport;
	rcpt->how = r->how;
	rc = submit_ask(s->milter->bridge, m, whole, v);
	msg_free(m);
	return rc;
}

enum session_answer
session_rcpt(struct session *s, char **argv, struct verdict *v)
{
	const struct bearer who = { s->local, s->msg ? s->msg->client : NULL,
		s->msg ? s->msg->login : NULL };
	const char *verbatim = argv[0] ? argv[0] : "", *given;
	struct route r;
	bool whole = false;
	int ours;

	if (!s->msg)
		return SESSION_ON; /* RCPT without MAIL: the mail server's to refuse */
	given = bare(s, verbatim);
	if ((ours = claim(s->milter, given, &r, v)) < 0)
		return refuse(s, given, v);
	if (ours == 0) {
		s->accepted++;
		return SESSION_ON;
	}
	if (s->nours && s->returned != (r.how == MSG_BOUNCE)) {
		later(v, "4.5.3", "a report comes without messages beside it");
		return refuse(s, given, v);
	}
	/* By the second door everything comes from our own mail server. Who sent it, and with that
	 * whether they may, is known when the headers have come. A report may come from anybody, as
	 * its recipient is known to us alone. */
	s->returned = r.how == MSG_BOUNCE;
	if (s->returned && ask(s, given, &r, &whole, v) < 0)
		return refuse(s, given, v);
	s->msg->auth = claim_auth(s->milter, &who);
	if (!s->returned && !s->second_door &&
	    ((!*s->milter->settings.authserv && claim_allows(s->milter, &who, v) < 0) ||
		ask(s, given, &r, &whole, v) < 0))
		return refuse(s, given, v);
	if (s->nours == OURS_MOST)
		later(v, "4.5.3", "too many phones for one mail");
	if (s->nours == OURS_MOST || add_rcpt(s, argv, given, &r, v) < 0)
		return refuse(s, given, v);
	s->msg->rcpts[s->msg->nrcpts - 1].whole = whole;
	s->ours = xrealloc(s->ours, (s->nours + 1) * sizeof *s->ours);
	s->ours[s->nours++] = arena_strdup(s->msg->arena, verbatim);
	s->accepted++;
	return SESSION_ON;
}

enum session_answer
session_data(struct session *s)
{
	return s->nours ? SESSION_ON : SESSION_PASS;
}

/* Has the mail become longer than what is taken? Then its bytes are not needed any more. */
static bool
too_long(struct session *s)
{
	if (!s->too_long && s->spool.size > s->milter->settings.size) {
		s->too_long = true;
		spool_free(&s->spool);
	}
	return s->too_long;
}

/* Who sent it: by the second door our own mail server's Received fields say it; and its verifier's
 * results, which count only above the first Received of another host. */
static void
look_for_evidence(struct session *s, const char *name, const char *value)
{
	if (strcasecmp(name, "Received") == 0) {
		s->foreign = s->foreign || !s->second_door || s->evidence.settled;
		if (s->second_door)
			evidence_look(&s->evidence, value, s->host);
	} else if (!s->foreign && strcasecmp(name, "Authentication-Results") == 0) {
		authres_look(&s->authres, value, s->milter->settings.authserv,
		    s->msg->from + strlen("mailto:"));
	}
}

void
session_header(struct session *s, const char *name, const char *value, bool spaced)
{
	char *with_blank = NULL;

	if (!s->nours || too_long(s))
		return;
	look_for_evidence(s, name, value);
	if (!spaced)
		value = with_blank = xasprintf(" %s", value);
	spool_header(&s->spool, name, value);
	free(with_blank);
}

/* The empty line between headers and body, once. */
static void
begin_body(struct session *s)
{
	if (s->body)
		return;
	s->body = true;
	s->digest = digest_begin(DIGEST_SHA256);
	spool_add(&s->spool, "\r\n", 2);
}

enum session_answer
session_body(struct session *s, const void *bytes, size_t len)
{
	if (!s->nours || too_long(s))
		return SESSION_ENOUGH;
	begin_body(s);
	spool_add(&s->spool, bytes, len);
	digest_add(s->digest, bytes, len);
	return too_long(s) ? SESSION_ENOUGH : SESSION_ON;
}

/* By the second door: find who sent the mail, and whether they may. 0, or -1 and *v. */
static int
judge_evidence(struct session *s, struct verdict *v)
{
	const struct evidence *e = &s->evidence;
	const struct bearer door = { s->local, s->msg->client, NULL };
	struct bearer who = { 0 };

	/* The Received fields are as good as the one who brings them: only our own mail server is
	 * believed, and it is on this host or in the configured networks. */
	if (claim_allows(s->milter, &door, v) < 0)
		return -1;
	s->msg->client = s->msg->login = NULL;
	s->msg->auth = 0;
	switch (e->is) {
	case EVIDENCE_LOCAL:
		/* An automatic answer goes where a stranger's forged sender says. */
		if (strcmp(s->msg->from, "mailto:") == 0)
			break;
		s->msg->auth = AUTH_IP;
		return 0;
	case EVIDENCE_INTERNAL:
		/* Our own mail server's bounces, too, go where a forged sender says. */
		break;
	case EVIDENCE_CLIENT:
		who.client = s->msg->client = arena_strdup(s->msg->arena, e->address);
		if (*e->login)
			who.login = s->msg->login = arena_strdup(s->msg->arena, e->login);
		s->msg->auth = claim_auth(s->milter, &who);
		return *s->milter->settings.authserv ? 0 : claim_allows(s->milter, &who, v);
	case EVIDENCE_NONE:
	case EVIDENCE_FOREIGN:
		break;
	}
	if (strcmp(s->msg->from, "mailto:") == 0)
		return never(v, "5.7.1", "bounces and automatic answers are not sent to phones");
	return never(v, "5.7.1",
	    "the mail does not tell who sent it: its first Received field is "
	    "not of %s",
	    *s->host ? s->host : "our mail server");
}

/* Make the message of the mail that was spooled. 0, or -1 and *v. */
static int
read_mail(struct session *s, struct verdict *v)
{
	unsigned char digest[DIGEST_MOST];
	char hex[DIGEST_HEX];
	int fd;

	if (s->second_door && !s->returned && judge_evidence(s, v) < 0)
		return -1;
	if (too_long(s))
		return never(v, "5.3.4",
		    "the mail is longer than %ld bytes, which is the most for phones",
		    s->milter->settings.size);
	s->msg->auth |= s->authres.pass;
	begin_body(s);
	digest_hex(digest, digest_end(s->digest, digest), hex);
	s->digest = NULL;
	s->msg->digest = arena_strdup(s->msg->arena, hex);
	s->msg->size = s->spool.size;
	if ((fd = spool_open(&s->spool)) < 0)
		return later(v, "4.3.1", "the mail could not be kept: no room for temporary files");
	if (s->returned)
		return returned_read(s->msg, fd, v);
	return content_read(s->msg, fd, &s->milter->content, v);
}

/* Let the scanners look. A report about mail that we made is read for its verdict alone: nothing of it
 * goes to a phone. */
static int
screen(struct session *s, struct verdict *v)
{
	int fd;

	if (s->returned || !scan_wants(s->milter->scan, s->msg, true))
		return 0;
	if ((fd = spool_open(&s->spool)) < 0) /* what cannot be shown to the scanner is not passed */
		return later(v, "4.3.1", "the mail could not be kept: no room for temporary files");
	return scan_message(s->milter->scan, s->msg, fd, (size_t)s->spool.size, v);
}

enum session_answer
session_end(
    struct session *s, const char *mta_id, void (*on_wait)(void *arg), void *arg, struct verdict *v)
{
	struct msg *m = s->msg;
	char id[MSG_ID];
	bool repeated = false;

	if (!s->nours)
		return SESSION_PASS;
	m->mta_id = arena_strdup(m->arena, mta_id);
	if (read_mail(s, v) < 0 || screen(s, v) < 0 || fault("milter.before_submit") ||
	    submit(s->milter->bridge, m, on_wait, arg, id, &repeated, v) < 0)
		return refuse(s, m->rcpts[0].given, v);
	fault("milter.after_submit");
	spool_free(&s->spool);
	log_event(id, "mta=%s, from=<%s>, size=%ld, nrcpt=%zu, status=%s", mta_id ? mta_id : "-",
	    m->from + strlen("mailto:"), m->size, m->nrcpts, repeated ? "repeated" : "queued");
	return s->nours == s->accepted && s->milter->settings.discard ? SESSION_DISCARD
								      : SESSION_REMOVE;
}

const char *
session_ours(const struct session *s, size_t i)
{
	return i < s->nours ? s->ours[i] : NULL;
}
