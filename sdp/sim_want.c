/*
 * sim_want.c - who wants what phones write: registrations, polling, and the fetching of MMS.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/httpd.h"
#include "bridge/base/mem.h"
#include "bridge/base/xml.h"
#include "bridge/message/smil.h"
#include "bridge/message/swa.h"
#include "sdp/sim.h"
#include "sdp/sim_call.h"
#include "sdp/sim_phones.h"
#include "sdp/sim_schema.h"

enum { ANSWER_MAX = 16 << 20 };

void
sim_want_free(struct sim_want *w)
{
	free(w->endpoint);
	free(w->correlator);
	free(w->number);
	free(w->criteria);
}

/* Numbers are compared by their digits. */
static bool
same_number(const char *a, const char *b)
{
	a += strcspn(a, "0123456789");
	b += strcspn(b, "0123456789");
	return strcmp(a, b) == 0;
}

/* Does the text begin with that word, in any case of letters? "": every text does. */
static bool
begins_with(const char *text, const char *word)
{
	size_t n = strlen(word);

	text += strspn(text, " \t\r\n");
	return n == 0 || (strncasecmp(text, word, n) == 0 && !isalnum((unsigned char)text[n]));
}

const struct sim_want *
sim_phones_want(const struct sim_phones *p, const struct sim_written *m)
{
	const struct sim_want *found = NULL;

	for (size_t i = 0; i < p->nwants; i++) {
		const struct sim_want *w = &p->wants[i];

		/* One with a word goes before one without. */
		if (w->version->mms == m->mms && same_number(w->number, m->to) &&
		    begins_with(m->text, w->criteria) && (!found || *w->criteria))
			found = w;
	}
	return found;
}

static int
end_empty(struct sim_call *c, const char *response)
{
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	xml_end_document(sim_call_begin(c, response, &out));
	sim_call_answer(c, &out);
	buf_free(&out);
	return 0;
}

int
sim_call_start(struct sim_call *c)
{
	struct sim_phones *p = c->sim->phones;
	bool mms = c->version->mms;
	const struct xml *reference = xml_child(c->operation, "reference");
	const char *endpoint = xml_trimmed(c->arena, xml_child(reference, "endpoint"));
	const char *correlator = xml_trimmed(c->arena, xml_child(reference, "correlator"));
	const char *number = sim_call_text(c, mms ? "messageServiceActivationNumber" :
	    "smsServiceActivationNumber");
	const char *criteria = sim_call_text(c, "criteria");

	if (sim_call_check(c, mms ? sim_start_message_parts : sim_start_parts) < 0)
		return -1;
	if (strncasecmp(endpoint, "http://", 7) != 0 && strncasecmp(endpoint, "https://", 8) != 0)
		return sim_refuse(c, "SVC0002", "reference", "endpoint must be an http: or https: URL");
	if (!*correlator || !*number)
		return sim_refuse(c, "SVC0002", "reference", "correlator or number is empty");
	for (size_t i = 0; i < p->nwants; i++) {
		const struct sim_want *w = &p->wants[i];

		if (strcmp(w->correlator, correlator) == 0)
			return sim_refuse(c, "SVC0005", correlator, NULL);
		if (w->version->mms == mms && same_number(w->number, number) &&
		    strcasecmp(w->criteria, criteria) == 0)
			return sim_refuse(c, "SVC0008", criteria, NULL);
	}
	if (p->nwants == SIM_WANTS)
		return sim_refuse(c, "POL0005", NULL, "too many registrations");
	p->wants[p->nwants++] = (struct sim_want){ c->version, xstrdup(endpoint),
		xstrdup(correlator), xstrdup(number), xstrdup(criteria) };
	return end_empty(c, mms ? "n:startMessageNotificationResponse" :
	    "n:startSmsNotificationResponse");
}

int
sim_call_stop(struct sim_call *c)
{
	struct sim_phones *p = c->sim->phones;
	const char *correlator = sim_call_text(c, "correlator");

	if (sim_call_check(c, sim_stop_parts) < 0)
		return -1;
	for (size_t i = 0; i < p->nwants; i++) {
		if (strcmp(p->wants[i].correlator, correlator) != 0)
			continue;
		sim_want_free(&p->wants[i]);
		p->wants[i] = p->wants[--p->nwants];
		return end_empty(c, c->version->mms ? "n:stopMessageNotificationResponse" :
		    "n:stopSmsNotificationResponse");
	}
	return sim_refuse(c, "SVC0002", "correlator", "no such registration");
}

int
sim_call_received(struct sim_call *c)
{
	bool mms = c->version->mms;
	struct xml_writer *w;
	struct buf out;

	if (sim_call_check(c, mms ? sim_received_messages_parts : sim_received_parts) < 0)
		return -1;
	if (!*sim_call_text(c, "registrationIdentifier"))
		return sim_refuse(c, "SVC0002", "registrationIdentifier", "it is empty");
	buf_init(&out, ANSWER_MAX);
	w = sim_call_begin(c, mms ? "n:getReceivedMessagesResponse" : "n:getReceivedSmsResponse",
	    &out);
	/* What is read is gone: the platform never hears whether the answer arrived. */
	for (struct sim_written *m = c->sim->phones->first; m; m = m->next) {
		if (m->is != SIM_WRITTEN_KEPT || m->mms != mms)
			continue;
		xml_open(w, "n:result");
		sim_written_put(w, m, strcmp(c->version->name, "v2_1") != 0);
		xml_close(w);
		m->is = SIM_WRITTEN_TAKEN;
	}
	xml_end_document(w);
	sim_call_answer(c, &out);
	buf_free(&out);
	return 0;
}

/* The URLs of the parts, on this very host. */
static void
answer_uris(struct sim_call *c, const struct sim_written *m)
{
	const char *host = httpd_header(c->r, "Host");
	struct xml_writer *w;
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	w = sim_call_begin(c, "n:getMessageURIsResponse", &out);
	xml_open(w, "n:result");
	if (*m->text)
		xml_element(w, "bodyText", m->text);
	for (unsigned i = 0; i < m->nmedia; i++)
		xml_element(w, "fileReferences", arena_printf(c->arena,
		    "http://%s/api/media?own=%llu&i=%u", host ? host : "", (unsigned long long)m->n,
		    i));
	xml_end_document(w);
	sim_call_answer(c, &out);
	buf_free(&out);
}

/* Presentation, text and media, as a phone makes them. */
static size_t
make_parts(struct sim_call *c, const struct sim_written *m, struct swa_part *parts)
{
	struct smil_item items[SIM_MEDIA + 1];
	struct buf smil;
	size_t n = 1;

	if (*m->text)
		parts[n++] = (struct swa_part){ "text/plain", "utf-8", "text_1.txt", "", "", m->text,
			strlen(m->text) };
	for (unsigned i = 0; i < m->nmedia; i++, n++)
		parts[n] = (struct swa_part){ m->media[i].type, "", arena_printf(c->arena, "%u_%s", i,
		    m->media[i].name), "", "", m->media[i].bytes, m->media[i].len };
	for (size_t i = 1; i < n; i++)
		items[i - 1] = (struct smil_item){ parts[i].type, arena_printf(c->arena, "cid:%s",
		    parts[i].id) };
	buf_init(&smil, 64 * 1024);
	smil_write(items, n - 1, &smil);
	parts[0] = (struct swa_part){ "application/smil", "", "smil.xml", "", "",
		arena_strndup(c->arena, buf_str(&smil), smil.len), smil.len };
	buf_free(&smil);
	return n;
}

int
sim_call_get_message(struct sim_call *c)
{
	struct swa_part parts[SIM_MEDIA + 2];
	const struct sim_written *m;
	struct buf envelope, out;
	char type[SWA_TYPE];

	if (sim_call_check(c, sim_get_message_parts) < 0)
		return -1;
	if (!(m = sim_phones_find(c->sim->phones, sim_call_text(c, "messageRefIdentifier"))))
		return sim_refuse(c, "SVC0002", "messageRefIdentifier", "no such message");
	if (strcmp(c->operation->name, "getMessageURIs") == 0) {
		answer_uris(c, m);
		return 0;
	}
	buf_init(&envelope, ANSWER_MAX);
	buf_init(&out, ANSWER_MAX);
	xml_end_document(sim_call_begin(c, "n:getMessageResponse", &envelope));
	swa_write(buf_str(&envelope), envelope.len, parts, make_parts(c, m, parts), true, &out, type);
	httpd_answer(c->r, 200, type, buf_str(&out), out.len);
	buf_free(&envelope);
	buf_free(&out);
	return 0;
}
