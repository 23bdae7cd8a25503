/*
 * outbox.c - jobs on their way to the server: their parts are put there as links, the stanza is
 * written, and the barrier says what became of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/transport.h"
#include "bridge/store/binding.h"
#include "bridge/store/queue.h"
#include "im/barrier.h"
#include "im/jid.h"
#include "im/stanza.h"
#include "im/stream.h"
#include "im/thread.h"
#include "im/upload.h"
#include "im/xmpp.h"

void
outbox_settled(void *arg, struct job *job, const char *id, const struct verdict *v)
{
	struct xmpp *x = arg;
	const char *notify = job_rcpt(job)->notify;

	/* A client says that it has got a message, if it can say that at all; so nobody waits for it who
	 * does not want to know. An error may come later in any case. */
	job->awaits = v->is == DONE && notify && strcasestr(notify, "SUCCESS");
	finish(x->transport, job, v, v->is == DONE ? id : NULL);
}

static int
check_stream(const struct xmpp *x, struct verdict *v)
{
	if (stream_out(x->stream))
		return 0;
	later(v, "4.4.1", stream_is_up(x->stream) ? "%s: too much waits to be written"
	    : "%s: no connection", x->settings.server);
	v->whole = true;
	return -1;
}

/* Write its stanza. 1: the barrier has it; 0: there is nothing to write; -1 and *v. */
static int
write_stanza(struct xmpp *x, struct job *job, const char *const *links, struct verdict *v)
{
	const char *uri = job_rcpt(job)->to;
	char id[BARRIER_ID], bare[2 * JID_PART];
	const struct binding *user;
	struct jid to;
	size_t cut;
	int rc;

	if (check_stream(x, v) < 0)
		return -1;
	if (strncmp(uri, "xmpp:", 5) != 0 || !jid_parse(uri + 5, &to) ||
	    !jid_bare(&to, bare, sizeof bare))
		return never(v, "5.1.3", "%.200s is no address of instant messages", uri);
	if (strcmp(to.domain, x->settings.jid) == 0)
		return never(v, "5.4.6", "%.200s is the gateway itself", uri);
	/* Always the same for a message: what is sent again after a crash can be told from it. */
	snprintf(id, sizeof id, "%s-%u", job->msg->id, job->rcpt);
	user = gateway_bound(&x->gateway, bare);
	rc = stanza_write(job->msg, x->settings.jid, bare, id, links, user && user->tell,
	    stream_out(x->stream), &cut, v);
	job->cut = (unsigned)cut;
	if (rc == 1) {
		barrier_add(x->barrier, job, id);
		threads_note(x->threads, job->msg, bare);
	}
	return rc;
}

static void
send_with(struct xmpp *x, struct job *job, const char *const *links)
{
	struct verdict v;
	int rc = write_stanza(x, job, links, &v);

	if (rc == 0)
		done(&v, "2.0.0", "nothing that instant messages could tell");
	if (rc <= 0)
		finish(x->transport, job, &v, NULL);
}

/* A job whose parts are being put onto the server. */
struct parcel {
	struct xmpp *xmpp;
	struct job *job;
};

static void
on_links(void *arg, const char *const *links)
{
	struct parcel *p = arg;

	p->xmpp->uploading--;
	send_with(p->xmpp, p->job, links);
	free(p);
}

void
outbox_send(struct transport *t, struct job *job, const char *text)
{
	struct xmpp *x = t->state;
	struct parcel *p;
	struct verdict v;

	(void)text; /* shaped for phones, while IM shows all */
	if (check_stream(x, &v) < 0) {
		finish(t, job, &v, NULL);
	} else if (job->msg->nparts + job->msg->nfiles && !job->msg->about) {
		p = xcalloc(1, sizeof *p);
		p->xmpp = x;
		p->job = job;
		x->uploading++;
		upload_parts(x->upload, job->msg, on_links, p);
	} else {
		send_with(x, job, NULL);
	}
}

/* A message of unknown outcome is sent again, by the same id: twice is better than not at all. */
void
outbox_ask(struct transport *t, struct job *job)
{
	struct verdict v;

	later(&v, "4.4.2", "the server may not have processed it");
	finish(t, job, &v, NULL);
}
