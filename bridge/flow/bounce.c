/*
 * bounce.c - mail servers' reports about mail that we made.
 */
#include "bridge/flow/bounce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/intake.h"
#include "bridge/message/addr.h"
#include "bridge/message/msg.h"
#include "bridge/message/returnpath.h"
#include "bridge/store/queue.h"
#include "bridge/store/report.h"

enum { FIELD = 400 };

/* A report while the queue takes it in, for all its recipients. */
struct arrival {
	struct msg *msg;
	unsigned waiting; /* recipients that the queue works on */
	bool changed;
	struct verdict v; /* the first failure, or DONE */
	char id[MSG_ID];
	void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v);
	void *arg;
};

bool
bounce_is_one(const struct msg *m)
{
	struct mailbox box;
	struct verdict v;

	return m->nrcpts && addr_mailbox(m->rcpts[0].given, &box, &v) == 0 && returnpath_is(box.local);
}

/* The correlator of a recipient's return path. */
static int
read_path(const struct intake *in, const struct msg_rcpt *r,
    char correlator[RETURNPATH_CORRELATOR], struct verdict *v)
{
	struct mailbox box;

	if (addr_mailbox(r->given, &box, v) < 0)
		return -1;
	if (!in->returnpath)
		return never(v, "5.1.1", "no such address");
	return returnpath_read(in->returnpath, box.local, loop_wall_ms(), correlator, v);
}

int
bounce_would_take(const struct intake *in, const struct msg *m, struct verdict *v)
{
	char correlator[RETURNPATH_CORRELATOR];

	for (size_t i = 0; i < m->nrcpts; i++)
		if (read_path(in, &m->rcpts[i], correlator, v) < 0)
			return -1;
	return done(v, "2.1.5", "ok");
}

bool
bounce_is_echo(const struct intake *in, const struct msg *m, char id[MSG_ID])
{
	static const char field[] = "auto-submitted:";
	const char *ours = m->in_reply_to, *p = m->head;

	if (!m->automatic || !ours || strlen(ours) < MSG_ID + 2)
		return false;
	snprintf(id, MSG_ID, "%s", ours + 1);
	if (msg_id_time(id) < 0 || ours[MSG_ID] != '@' || !*in->mail_domain ||
	    strncasecmp(ours + MSG_ID + 1, in->mail_domain, strlen(in->mail_domain)) != 0 ||
	    ours[MSG_ID + 1 + strlen(in->mail_domain)] != '>')
		return false;
	/* Of what is automatic, a mailing list passes on what persons write. */
	for (; p && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncasecmp(p, field, sizeof field - 1) == 0) {
			p += sizeof field - 1;
			return strncasecmp(p + strspn(p, " \t"), "auto-replied", 12) == 0;
		}
	}
	return false;
}

void
bounce_swallow(struct msg *m, const char *id,
    void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v), void *arg)
{
	struct verdict v;

	log_event(id, "from=<%s>, status=swallowed (an automatic answer to a mail that we made)", m->from);
	done(&v, "2.0.0", "taken");
	on_taken(arg, id, false, &v);
	msg_free(m);
}

static void
arrival_end(struct arrival *a)
{
	a->on_taken(a->arg, a->v.is == DONE ? a->id : NULL, !a->changed, &a->v);
	msg_free(a->msg);
	free(a);
}

static void
on_report(void *arg, const char *id, bool changed, const struct verdict *v)
{
	struct arrival *a = arg;

	if (v->is != DONE)
		a->v = *v;
	else if (!id)
		log_event(a->id, "status=forgotten (a mail server reports of it, which is too late)");
	a->changed = a->changed || changed;
	if (--a->waiting == 0)
		arrival_end(a);
}

/* A field of the report, as the milter wrote it: "" when it is not there. */
static const char *
field(const char *fields, const char *name, char out[FIELD])
{
	size_t n = strlen(name);

	*out = '\0';
	for (const char *p = fields; p && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, name, n) == 0 && strncmp(p + n, ": ", 2) == 0)
			snprintf(out, FIELD, "%.*s", (int)strcspn(p + n + 2, "\n"), p + n + 2);
	}
	return out;
}

/* 1 and what the report says; 0: it says nothing of the message's fate. */
static int
fate_of(const struct msg *m, enum report_is *is)
{
	static const struct {
		const char *action;
		enum report_is is;
	} fates[] = { { "failed", REPORT_FAILED }, { "delayed", REPORT_WAITING },
		{ "delivered", REPORT_DELIVERED }, { "relayed", REPORT_RELAYED } };

	for (size_t i = 0; m->action && i < sizeof fates / sizeof *fates; i++) {
		if (strcmp(fates[i].action, m->action) == 0) {
			*is = fates[i].is;
			return 1;
		}
	}
	return 0;
}

void
bounce_take(const struct intake *in, struct msg *m,
    void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v), void *arg)
{
	char correlator[RETURNPATH_CORRELATOR], dsn[FIELD], code[FIELD];
	struct report r = { .correlator = correlator, .transport = "mail", .text = m->text };
	struct arrival *a = xcalloc(1, sizeof *a);
	size_t n = m->nrcpts;

	*a = (struct arrival){ .msg = m, .waiting = 1, .on_taken = on_taken, .arg = arg };
	r.dsn = *field(m->report, "Status", dsn) ? dsn : NULL;
	r.code = *field(m->report, "Diagnostic-Code", code) ? code : NULL;
	done(&a->v, "2.0.0", "taken");
	for (size_t i = 0; i < n && a->v.is == DONE; i++) {
		if (read_path(in, &m->rcpts[i], correlator, &a->v) < 0)
			break;
		memcpy(a->id, correlator, MSG_ID - 1);
		if (!fate_of(m, &r.is)) {
			log_event(a->id, "from=<%s>, status=swallowed (an automatic answer to a mail that we "
			    "made)", m->from);
			continue;
		}
		a->waiting++;
		queue_report(in->queue, &r, on_report, a);
	}
	if (--a->waiting == 0)
		arrival_end(a);
}
