/*
 * report.c - what became of a message, made a message to whoever wrote it.
 *
 * People read sentences and a list of whom they are about; programs read the fields that
 * report_fields.c writes. A phone gets one SMS, so one sentence must do.
 */
#include "bridge/flow/report.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/msg.h"
#include "bridge/message/text.h"
#include "bridge/store/queue.h"

enum {
	TEXT = MSG_MAX_TEXT,
	FIELDS = 2000 * 1000, /* of a thousand recipients */
	LISTED = 100,         /* recipients that people are told of; programs are told of all */
	PHRASE = 400,
};

/* What status codes mean in a few words; the class is left out. */
static const struct {
	const char *detail, *words;
} reasons[] = {
	{ "1.0", "the address is wrong" },
	{ "1.1", "there is no such address" },
	{ "1.2", "there is no such mail server" },
	{ "1.3", "the address is wrong" },
	{ "1.6", "who had that address has moved" },
	{ "1.10", "there is no such mail server" },
	{ "2.1", "the mailbox is closed" },
	{ "2.2", "the mailbox is full" },
	{ "2.3", "the message is too large" },
	{ "3.4", "the message is too large" },
	{ "4.1", "the other side does not answer" },
	{ "4.4", "there is no way to that address" },
	{ "4.7", "it could not be delivered in time" },
	{ "7.0", "it was refused" },
	{ "7.1", "it was refused" },
};

static const char *
reason(const char *status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (strcmp(status + 2, reasons[i].detail) == 0)
			return reasons[i].words;
	return NULL;
}

/* The network's own words, without whose rules they are by; NULL: it had none. */
static const char *
network_words(const struct job *j)
{
	const char *code = j->code, *semicolon = code ? strstr(code, "; ") : NULL;

	if (j->said && *j->said)
		return j->said;
	return semicolon ? semicolon + 2 : code;
}

/* As people write it: a number, a mailbox, a JID. */
static const char *
shown(const char *uri)
{
	const char *colon = strchr(uri, ':');

	return colon ? colon + 1 : uri;
}

/* A stranger's words as one line of so many bytes at most. */
static void
put_words(struct buf *out, const char *words)
{
	char line[PHRASE];

	snprintf(line, sizeof line, "%s", words);
	utf8_line(line);
	buf_adds(out, line);
}

static enum job_news
gravest(const struct report_about *a)
{
	enum job_news most = NEWS_NONE;

	for (size_t i = 0; i < a->n; i++)
		if (a->jobs[i]->news > most)
			most = a->jobs[i]->news;
	return most;
}

/* For a phone. */

static const char *
phone_begins(enum job_news news)
{
	switch (news) {
	case NEWS_CUT:
	case NEWS_DELIVERED:
		return "Delivered to ";
	case NEWS_RELAYED:
		return "Handed on to ";
	case NEWS_DELAYED:
		return "Not delivered yet to ";
	case NEWS_FAILED:
	case NEWS_NONE:
		break;
	}
	return "Not delivered to ";
}

/* One SMS, whatever alphabet the words need: cut from the end until it fits. */
static void
cut_to_one(struct buf *b)
{
	while (b->len && text_measure(b->data, b->len).segments > 1) {
		do
			b->len--;
		while (b->len && (b->data[b->len] & 0xc0) == 0x80);
		b->data[b->len] = '\0';
	}
}

static void
text_for_phone(const struct report_about *a, enum job_news news, struct buf *out)
{
	const struct job *first = NULL;
	const char *why;
	size_t others = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (a->jobs[i]->news != news)
			continue;
		others += first != NULL;
		first = first ? first : a->jobs[i];
	}
	if (!first)
		return; /* never: the news are the gravest of theirs */
	buf_adds(out, phone_begins(news));
	put_words(out, shown(job_rcpt(first)->to));
	if (others)
		buf_addf(out, " and %zu more", others);
	why = reason(report_status(first));
	if (!why)
		why = network_words(first);
	if (news >= NEWS_DELAYED && why) {
		buf_adds(out, ": ");
		put_words(out, why);
	}
	cut_to_one(out);
}

/* For those who read more. */

static const char *
group_begins(enum job_news news)
{
	switch (news) {
	case NEWS_CUT:
		return "The following got less than all of it:\n\n";
	case NEWS_DELIVERED:
		return "It was delivered to:\n\n";
	case NEWS_RELAYED:
		return "It was handed on to the following, from where no more will be heard of "
		       "it:\n\n";
	case NEWS_DELAYED:
		return "It has not been delivered yet to the following. It is tried again by "
		       "itself, and you "
		       "need not send it again:\n\n";
	case NEWS_FAILED:
	case NEWS_NONE:
		break;
	}
	return "It could not be delivered to the following, and is not tried any more. If it still "
	       "matters, see whether the address is right, or reach them in another way:\n\n";
}

static void
put_time(struct buf *out, int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;
	char text[48];

	gmtime_r(&t, &tm);
	strftime(text, sizeof text, "%e %B %Y, %H:%M UTC", &tm);
	buf_adds(out, text + (*text == ' '));
}

static void
put_entry(struct buf *out, const struct job *j)
{
	const struct msg_rcpt *r = job_rcpt(j);
	const char *status = report_status(j), *why = reason(status), *words = network_words(j);

	buf_adds(out, "  ");
	put_words(out, shown(r->to));
	if (*r->given && strcmp(r->given, shown(r->to)) != 0) {
		buf_adds(out, " (");
		put_words(out, r->given);
		buf_adds(out, ")");
	}
	buf_adds(out, "\n");
	if (j->news >= NEWS_DELAYED) {
		/* What no network said is our own word. */
		if (!why && words && !j->code && strcmp(status, "4.2.0") == 0) {
			why = words;
			words = NULL;
		}
		buf_addf(out, "    Why: %s (%s)\n",
		    why ? why : "its network gave a reason of its own", status);
		if (words) {
			buf_adds(out, "    Its network says: ");
			put_words(out, words);
			buf_adds(out, "\n");
		}
	}
	if (j->cut && j->news != NEWS_FAILED)
		buf_addf(out, "    Left out: %u characters at its end\n", j->cut);
	if (j->left && j->news != NEWS_FAILED) {
		buf_adds(out, "    Not shown: ");
		put_words(out, j->left);
		buf_adds(out, "\n");
	}
	if (j->news == NEWS_DELAYED) {
		buf_adds(out, "    Tried until: ");
		put_time(out, j->expires);
		buf_adds(out, "\n");
	}
	buf_adds(out, "\n");
}

static void
put_group(const struct report_about *a, enum job_news news, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (a->jobs[i]->news != news)
			continue;
		if (n++ == 0)
			buf_adds(out, group_begins(news));
		if (n <= LISTED)
			put_entry(out, a->jobs[i]);
	}
	if (n > LISTED)
		buf_addf(out, "  and %zu more\n\n", n - LISTED);
}

static void
text_for_reader(const struct report_about *a, struct buf *out)
{
	const struct job *first = a->jobs[0];
	const char *subject = a->msg ? a->msg->subject : NULL;

	buf_addf(out, "This is about the message that you sent on ");
	put_time(out, first->msg->arrived);
	if (subject && *subject) {
		buf_adds(out, ", \"");
		put_words(out, subject);
		buf_adds(out, "\"");
	}
	buf_adds(out, ".\n\n");
	for (int news = NEWS_FAILED; news > NEWS_NONE; news--)
		put_group(a, (enum job_news)news, out);
	buf_adds(out, "The gateway at ");
	put_words(out, a->hostname);
	buf_adds(out, ", which writes this by itself: please do not answer.\n");
}

/* For a chat: what its reader could not see of it; NULL: it got all. */
static const char *
cut_for_chat(const struct report_about *a, struct arena *arena)
{
	struct buf b;
	const char *words = NULL;

	buf_init(&b, TEXT);
	for (size_t i = 0; i < a->n && i < LISTED; i++) {
		const struct job *j = a->jobs[i];

		if (j->news == NEWS_FAILED || (!j->cut && !j->left))
			continue;
		buf_addf(&b, "%sShortened for ", b.len ? "\n" : "");
		put_words(&b, shown(job_rcpt(j)->to));
		if (j->cut)
			buf_addf(&b, ": %u characters at its end are left out", j->cut);
		if (j->left) {
			buf_addf(&b, "%s not shown: ", j->cut ? ";" : ":");
			put_words(&b, j->left);
		}
	}
	if (b.len)
		words = arena_strdup(arena, buf_str(&b));
	buf_free(&b);
	return words;
}

/* The message. */

/* What it tells of whom: that is told once, by whatever report. */
static const char *
name_of(const struct report_about *a, struct arena *arena)
{
	struct buf b;
	const char *name;

	buf_init(&b, (size_t)MSG_MAX_RCPTS * 16 + 64);
	buf_addf(&b, "report %s", a->jobs[0]->msg->id);
	for (size_t i = 0; i < a->n; i++)
		buf_addf(&b, " %u %d", a->jobs[i]->rcpt, (int)a->jobs[i]->news);
	name = arena_strdup(arena, buf_str(&b));
	buf_free(&b);
	return name;
}

/* Of a mail, what its sender knows it by comes back: its header, or (RET=FULL) its text, too. */
static void
put_subject_matter(struct msg *m, const struct report_about *a)
{
	const char *ret = a->jobs[0]->msg->ret;
	struct buf mail;

	if (!a->msg || !a->msg->head)
		return;
	m->head = arena_strdup(m->arena, a->msg->head);
	if (!ret || strcasecmp(ret, "FULL") != 0 || gravest(a) != NEWS_FAILED)
		return;
	/* It comes back with failures only (RFC 3461, 4.3). */
	buf_init(&mail, MSG_MAX_MEDIA);
	report_mail(a->msg, &mail);
	msg_add_part(m, "message/rfc822", NULL, buf_str(&mail), mail.len);
	buf_free(&mail);
}

static void
put_fields(struct msg *m, const struct report_about *a)
{
	struct buf fields;

	buf_init(&fields, FIELDS);
	report_fields(a, &fields);
	m->report = arena_strdup(m->arena, buf_str(&fields));
	buf_free(&fields);
}

const char *
report_gravest(const struct report_about *a)
{
	const struct job worst = { .news = gravest(a) };

	return report_action(&worst);
}

struct msg *
report_new(const struct report_about *a)
{
	const struct msg *about = a->jobs[0]->msg;
	bool phone = strncmp(about->from, "tel:", 4) == 0;
	struct msg *m = msg_new();
	struct msg_rcpt *r = msg_add_rcpt(m, "");
	struct buf text;

	m->from = "mailto:";
	m->automatic = true;
	m->about = arena_strdup(m->arena, about->id);
	m->action = report_gravest(a);
	m->in_reply_to = m->references = arena_strdup(m->arena, about->message_id);
	m->also = arena_strdup(m->arena, a->msg ? a->msg->also : NULL);
	m->once = name_of(a, m->arena);
	r->to = arena_strdup(m->arena, about->from);
	r->notify = "NEVER";
	buf_init(&text, TEXT);
	if (phone) {
		text_for_phone(a, gravest(a), &text);
		/* By the way that it came, and from the number that the phone wrote to. */
		r->transport = arena_strdup(m->arena, about->via);
		r->sender = arena_strdup(m->arena, about->called);
	} else {
		text_for_reader(a, &text);
		if (strncmp(about->from, "xmpp:", 5) == 0)
			m->full = cut_for_chat(a, m->arena);
		m->subject = arena_strdup(m->arena, a->msg ? a->msg->subject : NULL);
		if (gravest(a) != NEWS_CUT) { /* which no program waits for */
			put_fields(m, a);
			put_subject_matter(m, a);
		}
	}
	m->text = arena_strdup(m->arena, buf_str(&text));
	m->size = (long)text.len;
	buf_free(&text);
	return m;
}
