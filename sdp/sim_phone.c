/*
 * sim_phone.c - what phones write. The last KEPT messages are remembered, and fewer when they take
 * more than BYTES.
 */
#include "sdp/sim_phone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/xml.h"
#include "sdp/sim.h"
#include "sdp/sim_call.h"
#include "sdp/sim_phones.h"
#include "sdp/sim_receipt.h"
#include "sdp/sim_soap.h"

enum { KEPT = 1000, BYTES = 64 << 20, BODY_MAX = 256 * 1024 };

struct sim_phones *
sim_phones_new(void)
{
	return xcalloc(1, sizeof(struct sim_phones));
}

static size_t
bytes_of(const struct sim_written *w)
{
	size_t n = sizeof *w + strlen(w->text);

	for (unsigned i = 0; i < w->nmedia; i++)
		n += w->media[i].len;
	return n;
}

static void
forget_oldest(struct sim_phones *p)
{
	struct sim_written *w = p->first;

	p->first = w->next;
	p->last = w->next ? p->last : NULL;
	p->kept--;
	p->bytes -= bytes_of(w);
	free(w->from);
	free(w->to);
	free(w->subject);
	free(w->text);
	sim_media_free(w->media, w->nmedia);
	free(w);
}

void
sim_phones_reset(struct sim_phones *p)
{
	while (p->first)
		forget_oldest(p);
	for (size_t i = 0; i < p->nwants; i++)
		sim_want_free(&p->wants[i]);
	p->nwants = 0;
}

void
sim_phones_free(struct sim_phones *p)
{
	if (!p)
		return;
	sim_phones_reset(p);
	free(p);
}

const struct sim_written *
sim_phones_first(const struct sim_phones *p)
{
	return p->first;
}

uint64_t
sim_phones_count(const struct sim_phones *p)
{
	return p->count;
}

struct sim_written *
sim_phones_find(const struct sim_phones *p, const char *id)
{
	for (struct sim_written *w = p->first; w; w = w->next)
		if (*w->id && strcmp(w->id, id) == 0)
			return w;
	return NULL;
}

/* A plain number becomes a tel: URI. NULL when it is no number of 3 to 15 digits. */
static char *
uri_of(const char *given)
{
	const char *number = strncasecmp(given, "tel:", 4) == 0 ? given + 4 : given;
	size_t digits = strspn(number + (*number == '+'), "0123456789");

	if (digits < 3 || digits > 15 || number[(*number == '+') + digits])
		return NULL;
	return xasprintf("tel:%s", number);
}

static struct sim_written *
remember(struct sim_phones *p, const struct sim_written *w, char *from, char *to)
{
	struct sim_written *m = xcalloc(1, sizeof *m);

	m->n = ++p->count;
	m->time = loop_wall_ms();
	m->from = from;
	m->to = to;
	m->subject = xstrdup(w->subject);
	m->text = xstrdup(w->text);
	m->mms = w->mms || w->nmedia > 0;
	m->nmedia = w->nmedia;
	m->media = sim_media_new(w->media, w->nmedia);
	if (m->nmedia)
		snprintf(m->id, sizeof m->id, "mm-%lld-%llu", (long long)(m->time / 1000 % 1000000),
		    (unsigned long long)m->n);
	p->bytes += bytes_of(m);
	*(p->last ? &p->last->next : &p->first) = m;
	p->last = m;
	p->kept++;
	while (p->first != m && (p->kept > KEPT || p->bytes > BYTES))
		forget_oldest(p);
	return m;
}

static void
put_date(struct xml_writer *w, int64_t ms)
{
	time_t seconds = ms / 1000;
	char text[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	xml_element(w, "dateTime", text);
}

void
sim_written_put(struct xml_writer *w, const struct sim_written *m, bool dated)
{
	if (!m->mms)
		xml_element(w, "message", m->text);
	if (*m->id)
		xml_element(w, "messageIdentifier", m->id);
	if (m->mms)
		xml_element(w, "messageServiceActivationNumber", m->to);
	xml_element(w, "senderAddress", m->from);
	if (!m->mms)
		xml_element(w, "smsServiceActivationNumber", m->to);
	if (m->mms && *m->subject)
		xml_element(w, "subject", m->subject);
	if (m->mms)
		xml_element(w, "priority", "Normal");
	if (m->mms && !*m->id)
		xml_element(w, "message", m->text);
	if (dated)
		put_date(w, m->time);
}

static void
write_notice(const struct sim_written *m, const char *ns, const struct sim_bring *how,
    struct buf *out)
{
	struct xml_writer *w = xml_new_document(out);
	/* Parlay X 2.1 knows no date of an SMS. */
	bool dated = !how->undated && !strstr(ns, "/sms/notification/v2_1/");

	xml_open(w, "e:Envelope");
	xml_attribute(w, "xmlns:e", SIM_SOAP);
	xml_attribute(w, "xmlns:n", ns);
	if (*how->link_id) {
		xml_open(w, "e:Header");
		xml_open(w, "h:NotifySOAPHeader");
		xml_attribute(w, "xmlns:h", "http://www.huawei.com.cn/schema/common/v2_1");
		xml_element(w, "h:linkid", how->link_id);
		xml_close(w);
		xml_close(w);
	}
	xml_open(w, "e:Body");
	xml_open(w, m->mms ? "n:notifyMessageReception" : "n:notifySmsReception");
	xml_element(w, "n:correlator", how->correlator);
	xml_open(w, "n:message");
	sim_written_put(w, m, dated);
	xml_end_document(w);
}

static void
on_end(struct sim *sim, uint64_t n, bool taken)
{
	for (struct sim_written *w = sim->phones->first; w; w = w->next)
		if (w->n == n)
			w->is = taken ? SIM_WRITTEN_TAKEN : SIM_WRITTEN_LOST;
}

/* Bring it to the endpoint, or keep it. */
static void
bring(struct sim *sim, struct sim_written *m, const struct sim_version *version,
    struct sim_bring how)
{
	const struct sim_want *want = sim_phones_want(sim->phones, m);
	const char *ns = version->notification;
	char id[32];
	struct buf body;

	if (!*how.endpoint && want) {
		how.endpoint = want->endpoint;
		how.correlator = want->correlator;
		ns = want->version->notification;
	} else if (!*how.endpoint && sim->set->callback) {
		how.endpoint = sim->set->callback;
	}
	if (!*how.endpoint)
		return;
	snprintf(id, sizeof id, "mo-%llu", (unsigned long long)m->n);
	buf_init(&body, BODY_MAX);
	write_notice(m, ns, &how, &body);
	m->is = sim_notice_add(sim->receipts, id, how.endpoint, m->mms ? "notifyMessageReception" :
	    "notifySmsReception", m->from, &body, on_end, m->n) ? SIM_WRITTEN_WAITING :
	    SIM_WRITTEN_LOST;
	buf_free(&body);
}

const struct sim_written *
sim_phone_write(struct sim *sim, const struct sim_written *w, const struct sim_bring *how,
    char *why, size_t room)
{
	bool mms = w->mms || w->nmedia > 0;
	const struct sim_version *version = sim_version_named(mms ? SIM_SEND_MESSAGE : SIM_SEND_SMS,
	    *how->version ? how->version : mms ? "v2_4" : "v2_2");
	char *from = uri_of(w->from), *to = uri_of(w->to);
	struct sim_written *m;

	if (!version || !from || !to || strlen(w->text) > BODY_MAX / 8) {
		snprintf(why, room, "%s", !version ? "no such version" :
		    !from || !to ? "from and to must be numbers" : "the text is too long");
		free(from);
		free(to);
		return NULL;
	}
	m = remember(sim->phones, w, from, to);
	bring(sim, m, version, *how);
	return m;
}
