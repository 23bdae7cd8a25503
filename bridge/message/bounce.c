/*
 * bounce.c - what a mail that came back says.
 *
 * The fields for programs are looked for first, wherever in the mail they stand; where there are
 * none, what the mail says to people is searched for the words that such mails use. It is read no
 * further than where it begins to quote what it returns, which is a stranger's.
 */
#include "bridge/message/bounce.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/bounce_words.h"
#include "bridge/message/mime.h"
#include "bridge/message/parts.h"

enum {
	HEADER = 64 * 1024, /* bytes looked at of a header, or of the fields of a report */
	TEXT = 8 * 1024,    /* of what is said to people */
	PARTS = 100,
};

static const char *const words[] = { [BOUNCE_FAILED] = "failed", [BOUNCE_DELAYED] = "delayed",
	[BOUNCE_DELIVERED] = "delivered", [BOUNCE_RELAYED] = "relayed",
	[BOUNCE_AUTOMATIC] = "automatic", [BOUNCE_NONE] = "none" };

const char *
bounce_word(enum bounce_is is)
{
	return words[is];
}

/* Fields: "name: value" lines, folded ones joined. */

/* Read fields up to the next empty line. true when there was one at least. */
static bool
read_fields(struct parts *in, struct buf *fields)
{
	struct piece line;

	buf_reset(fields);
	while (parts_line(in, &line) > 0) {
		size_t len = line.len;

		while (len && (line.bytes[len - 1] == '\n' || line.bytes[len - 1] == '\r'))
			len--;
		if (len == 0)
			break;
		/* A fold, or the rest of a line that is too long for the buffer. */
		if (line.starts && line.bytes[0] != ' ' && line.bytes[0] != '\t')
			buf_add(fields, "\n", 1);
		buf_add(fields, line.bytes, len);
	}
	for (size_t i = 0; i < fields->len; i++)
		if (!fields->data[i])
			fields->data[i] = ' ';
	return fields->len > 0;
}

/* The value of a field, for free(); NULL when it is not there. */
static char *
field(const struct buf *fields, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = buf_str(fields); p && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncasecmp(p, name, n) != 0)
			continue;
		p += n + strspn(p + n, " \t");
		if (*p != ':')
			continue;
		p++;
		p += strspn(p, " \t");
		return xstrndup(p, strcspn(p, "\n"));
	}
	return NULL;
}

static bool
field_begins(const struct buf *fields, const char *name, const char *with)
{
	char *value = field(fields, name);
	bool yes = value && strncasecmp(value, with, strlen(with)) == 0;

	free(value);
	return yes;
}

/* The parameter boundary of a Content-Type, for free(); NULL when there is none. */
static char *
boundary_of(const char *type)
{
	const char *p = strcasestr(type, "boundary");

	if (!p)
		return NULL;
	p += strlen("boundary");
	p += strspn(p, " \t");
	if (*p++ != '=')
		return NULL;
	p += strspn(p, " \t");
	if (*p == '"')
		return xstrndup(p + 1, strcspn(p + 1, "\""));
	return xstrndup(p, strcspn(p, "; \t"));
}

/* The fields for programs. */

static const struct {
	const char *word;
	enum bounce_is is;
} actions[] = { { "failed", BOUNCE_FAILED }, { "delayed", BOUNCE_DELAYED },
	{ "delivered", BOUNCE_DELIVERED }, { "relayed", BOUNCE_RELAYED },
	{ "expanded", BOUNCE_RELAYED } };

/* What one recipient's fields say has become of it; -1: they say nothing. */
static int
action_of(const struct buf *group, const char *dsn)
{
	char *action = field(group, "Action");
	int is = -1;

	for (size_t i = 0; action && i < sizeof actions / sizeof *actions; i++)
		if (strncasecmp(action, actions[i].word, strlen(actions[i].word)) == 0)
			is = (int)actions[i].is;
	free(action);
	if (is < 0 && *dsn)
		is = *dsn == '5' ? BOUNCE_FAILED : *dsn == '4' ? BOUNCE_DELAYED : BOUNCE_DELIVERED;
	return is;
}

/* A status of the diagnostic says more than one like 5.0.0, which some servers always give. */
static void
take_status(const struct buf *group, const char *diagnostic, char dsn[12])
{
	char *status = field(group, "Status");
	char other[12];
	size_t n;

	if (!status || !bounce_words_status(status, dsn))
		*dsn = '\0';
	n = strlen(dsn);
	if (diagnostic && (n == 0 || strcmp(dsn + n - 4, ".0.0") == 0) &&
	    bounce_words_status(diagnostic, other) && (!n || *other == *dsn))
		memcpy(dsn, other, sizeof other);
	free(status);
}

/* Take in a group of fields when it is about a recipient; of several, the gravest counts. */
static void
take_group(const struct buf *group, struct bounce *b)
{
	char *diagnostic = field(group, "Diagnostic-Code");
	char dsn[12];
	int is;

	take_status(group, diagnostic, dsn);
	is = action_of(group, dsn);
	if (is >= 0 && is < (int)b->is) {
		b->is = (enum bounce_is)is;
		snprintf(b->dsn, sizeof b->dsn, "%s", dsn);
		bounce_line(diagnostic ? diagnostic : "", b->code, sizeof b->code);
	}
	free(diagnostic);
}

static void
read_status(struct parts *in, struct bounce *b)
{
	struct buf group;

	buf_init(&group, HEADER);
	/* Some put several empty lines between the groups, so nothing ends but the part. */
	for (int n = 0, empty = 0; n < PARTS && empty < 5; n++) {
		empty = read_fields(in, &group) ? 0 : empty + 1;
		if (!empty)
			take_group(&group, b);
	}
	buf_free(&group);
}

/* Look at every part for fields of a report. What is returned is not looked into. */
static void
walk(struct parts *in, unsigned *left, struct bounce *b, struct buf *head)
{
	char *type, *boundary = NULL;

	read_fields(in, head);
	type = field(head, "Content-Type");
	if (type && (strncasecmp(type, "message/delivery-status", 23) == 0 ||
			strncasecmp(type, "message/global-delivery-status", 30) == 0))
		read_status(in, b);
	else if (type && strncasecmp(type, "multipart/", 10) == 0)
		boundary = boundary_of(type);
	free(type);
	if (boundary && parts_begin(in, boundary) == 0) {
		struct buf inner;

		buf_init(&inner, HEADER);
		while (*left && parts_next(in) > 0) {
			--*left;
			walk(in, left, b, &inner);
		}
		buf_free(&inner);
	}
	free(boundary);
	parts_skip(in);
}

/* What is said to people. */

static void
lower(char *s)
{
	for (; *s; s++)
		*s = (char)tolower((unsigned char)*s);
}

/* Where the text begins to quote what it returns. */
static void
cut_returned(char *text)
{
	static const char *const marks[] = { "\n--- below this line is a copy",
		"\n------ this is a copy of", "\nthis is a copy of the message", "\noriginal message",
		"\n--- original message", "\n----- original message", "\n-----original message",
		"\n----- unsent message", "\n--- message header", "\n---- message header",
		"\nreceived: ", "\nreturn-path: ", "\nmime-version: " };
	char *copy = xstrdup(text);
	size_t end = strlen(text);

	lower(copy);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		const char *at = strstr(copy, marks[i]);

		if (at && (size_t)(at - copy) < end)
			end = (size_t)(at - copy);
	}
	text[end] = '\0';
	free(copy);
}

/* Is it from the mail system itself, by its From field? */
static bool
from_system(const struct buf *head)
{
	char *from = field(head, "From");
	bool yes = from && (strcasestr(from, "mailer-daemon") || strcasestr(from, "mailer_daemon") ||
			       strcasestr(from, "postmaster@") || strcasestr(from, "mail delivery") ||
			       strcasestr(from, "microsoftexchange"));

	free(from);
	return yes;
}

/* Is there a sign in the header that no person wrote it? (RFC 3834; the others are older) */
static bool
is_automatic(const struct buf *head, const char *subject)
{
	static const char *const marks[] = { "X-Autoreply", "X-Autorespond", "X-Autoresponder",
		"X-Auto-Response-Suppress", "X-Autogenerated" };
	char *submitted = field(head, "Auto-Submitted");
	bool yes = submitted && strncasecmp(submitted, "no", 2) != 0;

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		char *value = field(head, marks[i]);

		yes = yes || value;
		free(value);
	}
	free(submitted);
	return yes || field_begins(head, "Precedence", "auto_reply") ||
	       bounce_words_automatic(subject);
}

/* A report of another kind: of reading (RFC 8098), of abuse (RFC 5965). */
static bool
is_other_report(const struct buf *head)
{
	char *type = field(head, "Content-Type");
	bool yes = type && strncasecmp(type, "multipart/report", 16) == 0 &&
		   (strcasestr(type, "disposition-notification") || strcasestr(type, "feedback-report"));

	free(type);
	return yes;
}

/* Judge by the words. text and subject are the mail's, as people see them. */
static void
judge_words(const struct buf *head, const char *sender, const char *subject, char *text,
    struct bounce *b)
{
	char *failed = field(head, "X-Failed-Recipients");
	char *low;
	bool report;

	cut_returned(text);
	low = xstrdup(text);
	lower(low);
	report = failed || bounce_words_report(subject) || from_system(head) ||
		 (!*sender && bounce_words_report(low));
	if (report && !bounce_words_automatic(subject)) {
		bool delay = !failed && (bounce_words_delay(subject) || bounce_words_delay(low));

		b->is = delay ? BOUNCE_DELAYED : BOUNCE_FAILED;
		bounce_words_reason(text, b);
	} else if (!*sender || is_automatic(head, subject)) {
		b->is = BOUNCE_AUTOMATIC;
	}
	free(low);
	free(failed);
}

/* What the mail shows, for free(). Its subject is decoded; fields come as "Subject: …" lines. */
static int
read_words(int fd, char **subject, char **text, struct verdict *v)
{
	struct buf shown, fields;
	int rc;

	buf_init(&shown, TEXT);
	buf_init(&fields, HEADER);
	rc = mime_full(fd, &shown, v);
	if (rc == 0)
		rc = mime_headers(fd, &fields, v);
	buf_adds(&fields, "\n");
	*subject = field(&fields, "Subject");
	if (!*subject)
		*subject = xstrdup("");
	lower(*subject);
	*text = xstrndup(buf_str(&shown), shown.len);
	buf_free(&shown);
	buf_free(&fields);
	return rc;
}

/* A code of the wrong class would say the contrary. */
static void
mend_status(struct bounce *b)
{
	static const char *const presets[] = { "5.0.0", "4.0.0", "2.1.5", "2.1.9", "2.0.0", "2.0.0" };
	const char *preset = presets[b->is];

	/* What was tried in vain for days ends as failed with a code like 4.4.7: that is of class 5
	 * now (RFC 3463 section 2). */
	if (b->is == BOUNCE_FAILED && *b->dsn == '4')
		*b->dsn = '5';
	if (*b->dsn != *preset)
		snprintf(b->dsn, sizeof b->dsn, "%s", preset);
	if (!*b->text)
		memcpy(b->text, b->code, sizeof b->text);
}

int
bounce_read(int fd, const char *sender, struct bounce *b, struct verdict *v)
{
	struct parts in = { .fd = fd, .max_parts = MIME_MAX_PARTS };
	unsigned left = PARTS;
	char *subject = NULL, *text = NULL;
	struct buf head;
	int rc = 0;

	*b = (struct bounce){ .is = BOUNCE_NONE };
	buf_init(&head, HEADER);
	walk(&in, &left, b, &head);
	if (in.error)
		rc = later(v, "4.3.0", "read the mail: %s", strerror(in.error));
	parts_free(&in);
	if (rc == 0 && is_other_report(&head)) {
		b->is = BOUNCE_AUTOMATIC;
	} else if (rc == 0 && b->is == BOUNCE_NONE) {
		rc = read_words(fd, &subject, &text, v);
		if (rc == 0)
			judge_words(&head, sender, subject, text, b);
		free(subject);
		free(text);
	}
	buf_free(&head);
	mend_status(b);
	return rc;
}
