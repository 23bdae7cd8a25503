/*
 * report_fields.c - the parts of a report that programs read: RFC 3464's fields, and the mail.
 *
 * All fields are ASCII and end where their line does, whatever addresses and networks' words hold.
 */
#include "bridge/flow/report.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/msg.h"
#include "bridge/store/queue.h"

enum {
	VALUE =
	    900, /* bytes of a field's value; a line of a mail has 998 at most (RFC 5322, 2.1.1) */
	QP_LINE = 72,
};

const char *
report_action(const struct job *j)
{
	switch (j->news) {
	case NEWS_CUT:
		return "shortened"; /* no word of RFC 3464, and of none of its fields, see put_recipient() */
	case NEWS_DELIVERED:
		return "delivered";
	case NEWS_RELAYED:
		return "relayed";
	case NEWS_DELAYED:
		return "delayed";
	case NEWS_FAILED:
	case NEWS_NONE:
		break;
	}
	return "failed";
}

/* "5.1.1": three numbers, the first one digit. */
static bool
is_status(const char *dsn)
{
	int end = 0;
	unsigned class, subject, detail;

	return dsn && strlen(dsn) < 12 && isdigit((unsigned char)*dsn) &&
	       sscanf(dsn, "%1u.%3u.%3u%n", &class, &subject, &detail, &end) == 3 && !dsn[end];
}

const char *
report_status(const struct job *j)
{
	const char *classes = "5", *otherwise = "5.0.0";

	switch (j->news) {
	case NEWS_CUT:
	case NEWS_DELIVERED:
		classes = "2";
		otherwise = "2.1.5";
		break;
	case NEWS_RELAYED:
		classes = "2";
		otherwise = "2.0.0";
		break;
	case NEWS_DELAYED:
		classes = "4";
		otherwise = "4.0.0";
		break;
	case NEWS_FAILED:
		classes = "45"; /* what might have passed, and did not in time, keeps its code */
		break;
	case NEWS_NONE:
		break;
	}
	return is_status(j->dsn) && strchr(classes, *j->dsn) ? j->dsn : otherwise;
}

/* A value: printable ASCII, other characters as RFC 6533, 3 writes them. */
static void
put_value(struct buf *out, const char *s)
{
	const char *end = s + strnlen(s, VALUE);

	while (s < end) {
		uint32_t c = utf8_next(&s, end);

		if (c >= 0x80)
			buf_addf(out, "\\x{%X}", (unsigned)c);
		else
			buf_addf(out, "%c", c < ' ' || c == 0x7f ? ' ' : (int)c);
	}
}

static bool
is_ascii(const char *s)
{
	while (*s && (unsigned char)*s < 0x80)
		s++;
	return !*s;
}

/* xtext (RFC 3461, 4): "+2B" is a byte. What does not fit is cut. */
static void
decode_xtext(const char *s, char *out, size_t room)
{
	size_t n = 0;

	for (; *s && n + 1 < room; s++) {
		char hex[3] = { 0 };

		if (*s == '+' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2])) {
			memcpy(hex, s + 1, 2);
			out[n++] = (char)strtol(hex, NULL, 16);
			s += 2;
		} else {
			out[n++] = *s;
		}
	}
	out[n] = '\0';
}

static void
put_date(struct buf *out, const char *field, int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;
	char text[48];

	gmtime_r(&t, &tm);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	buf_addf(out, "%s: %s\n", field, text);
}

/* When the last thing happened to it. */
static int64_t
last_event(const struct job *j)
{
	const char *line = j->history;

	for (const char *p; (p = strchr(line, '\n')) && p[1];)
		line = p + 1;
	return strtoll(line, NULL, 10);
}

/* Whose rules tell how to read it stands before a code (RFC 3464, 2.3.6). */
static void
put_code(const struct report_about *a, const struct job *j, struct buf *out)
{
	size_t word =
	    strspn(j->code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	const char *driver = a->driver ? a->driver(a->arg, job_rcpt(j)->transport) : NULL;

	buf_adds(out, "Diagnostic-Code: ");
	if (!word || j->code[word] != ';')
		buf_addf(out, "X-%c%s; ", toupper((unsigned char)(driver ? *driver : 'N')),
		    driver && *driver ? driver + 1 : "etwork");
	put_value(out, j->code);
	buf_adds(out, "\n");
}

static void
put_recipient(const struct report_about *a, const struct job *j, struct buf *out)
{
	const struct msg_rcpt *r = job_rcpt(j);
	const char *given = *r->given ? r->given : r->to;

	buf_adds(out, "\n");
	if (r->orcpt && *r->orcpt) {
		buf_adds(out, "Original-Recipient: ");
		put_value(out, r->orcpt);
		buf_adds(out, "\n");
	}
	buf_addf(out, "Final-Recipient: %s; ", is_ascii(given) ? "rfc822" : "utf-8");
	put_value(out, given);
	buf_addf(out, "\nAction: %s\nStatus: %s\n", report_action(j), report_status(j));
	if (j->code)
		put_code(a, j, out);
	put_date(out, "Last-Attempt-Date", last_event(j));
	if (j->news == NEWS_DELAYED)
		put_date(out, "Will-Retry-Until", j->expires);
}

void
report_fields(const struct report_about *a, struct buf *out)
{
	const struct msg *m = a->jobs[0]->msg;
	char envid[VALUE];

	buf_adds(out, "Reporting-MTA: dns; ");
	put_value(out, a->hostname);
	buf_adds(out, "\n");
	if (m->envid && *m->envid) {
		decode_xtext(m->envid, envid, sizeof envid);
		buf_adds(out, "Original-Envelope-Id: ");
		put_value(out, envid);
		buf_adds(out, "\n");
	}
	put_date(out, "Arrival-Date", m->arrived);
	for (size_t i = 0; i < a->n; i++)
		if (a->jobs[i]->news != NEWS_CUT)
			put_recipient(a, a->jobs[i], out);
}

/* The mail. */

/* Does the line begin a field? (RFC 5322, 2.2; anything else would end the header, or be none.) */
static bool
begins_field(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[n] > ' ' && line[n] < 0x7f && line[n] != ':')
		n++;
	return n > 0 && n < len && line[n] == ':';
}

/* The header without the fields that say how a body was written, which is another one now. */
static void
put_header(struct buf *out, const char *head)
{
	bool skipped = true; /* until a field begins */

	while (*head) {
		size_t len = strcspn(head, "\n"), text = len;

		while (text && head[text - 1] == '\r')
			text--;
		if (*head != ' ' && *head != '\t')
			skipped = !begins_field(head, text) ||
				  strncasecmp(head, "Content-", 8) == 0 ||
				  strncasecmp(head, "MIME-Version:", 13) == 0;
		for (size_t i = 0; !skipped && i < text; i++)
			buf_addf(out, "%c",
			    (head[i] >= ' ' && head[i] < 0x7f) || head[i] == '\t' ? head[i] : '?');
		if (!skipped)
			buf_adds(out, "\n");
		head += len + (head[len] == '\n');
	}
}

static void
put_quoted(struct buf *out, const char *text)
{
	unsigned column = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool blank = c == ' ' || c == '\t';

		if (c == '\n') {
			buf_adds(out, "\n");
			column = 0;
			continue;
		}
		if (column >= QP_LINE) {
			buf_adds(out, "=\n");
			column = 0;
		}
		/* "From " and "." at a line's start are changed by some who pass mail on. */
		if (c > ' ' && c < 0x7f && c != '=' && !(column == 0 && (c == '.' || c == 'F'))) {
			buf_addf(out, "%c", c);
			column++;
		} else if (blank && text[1] && text[1] != '\n') {
			buf_addf(out, "%c", c);
			column++;
		} else {
			buf_addf(out, "=%02X", c);
			column += 3;
		}
	}
	buf_adds(out, "\n");
}

void
report_mail(const struct msg *m, struct buf *out)
{
	put_header(out, m->head);
	buf_adds(out, "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
		      "Content-Transfer-Encoding: quoted-printable\n\n");
	put_quoted(out, m->full ? m->full : m->text);
}
