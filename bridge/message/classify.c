/*
 * classify.c - what kind of mail a mail is.
 *
 * Questions are asked in the order of their certainty, and the first yes is the answer. A report in
 * its standard form is what it says. One in words only is told by who sent it and how often its
 * subject and text speak of deliveries; so a person who writes about a bounce is none. Fields of
 * the header come next, and a subject alone last.
 */
#include "bridge/message/classify.h"

#include <string.h>

#include "bridge/message/classify_mail.h"
#include "bridge/message/classify_words.h"
#include "bridge/message/fold.h"

enum {
	MAX_SUBJECT = 500, /* bytes that are looked at */
	MAX_FROM = 300,
	MAX_TEXT = 6000,
	MAX_HOPS = 50,    /* fields Received of a mail that does not go in circles */
	MIN_REASONS = 2,  /* phrases of a bounce's text, when its sender or subject is one's */
	MANY_REASONS = 4, /* when only the subject is */
	MIN_ASKS = 4,     /* phrases of a challenge, when its subject has one */
	MANY_ASKS = 6,    /* when it has none */
};

/* A mail, as far as questions are asked of it. */
struct asked {
	struct clues clues;
	char subject[MAX_SUBJECT + 1]; /* folded, like what follows */
	char from[MAX_FROM + 1];
	char text[MAX_TEXT + 1];
	bool daemon; /* its sender is a mail system */
};

static void
take(char *folded, const char *s, size_t max)
{
	if (s)
		fold(s, strnlen(s, max), folded);
	else
		*folded = '\0';
}

static const struct word_list *
list(enum classify_words which)
{
	return &classify_words[which];
}

/* The subject without the marks of answers and lists before it. */
static const char *
bare_subject(const struct asked *a)
{
	const char *s = a->subject;

	while (
	    strncmp(s, "re:", 3) == 0 || strncmp(s, "aw:", 3) == 0 || strncmp(s, "sv:", 3) == 0) {
		s += 3;
		s += *s == ' ';
	}
	return s;
}

static bool
has_value(const struct asked *a, enum clue clue, const char *value)
{
	return strncmp(a->clues.value[clue], value, strlen(value)) == 0;
}

/* Does the sender's name or address hold a word of the list? It may be known decoded or not. */
static bool
is_from(const struct asked *a, enum classify_words which)
{
	return words_in(list(which), a->from) || words_in(list(which), a->clues.value[CLUE_FROM]);
}

static bool
is_null_sender(const struct asked *a)
{
	return has_value(a, CLUE_RETURN_PATH, "<>") ||
	       has_value(a, CLUE_RETURN_PATH, "<mailer-daemon");
}

/* "Re: ", which no report begins with. */
static bool
is_answer(const struct asked *a)
{
	return bare_subject(a) != a->subject;
}

/* What a delivery status (RFC 3464) says; a failure counts most. */
static enum mail_class
status_of(const struct asked *a)
{
	const struct clues *c = &a->clues;

	if (c->failed)
		return MAIL_BOUNCE;
	if (c->delayed)
		return MAIL_DELAY;
	if (c->delivered)
		return MAIL_DELIVERED;
	if (c->digit == '2')
		return MAIL_DELIVERED;
	if (c->digit == '4' && words_in(list(CLASSIFY_LATE), a->subject))
		return MAIL_DELAY;
	return MAIL_BOUNCE;
}

/* Reports in the forms that standards give them. */
static enum mail_class
ask_reports(const struct asked *a)
{
	const struct clues *c = &a->clues;
	bool report = has_value(a, CLUE_CONTENT_TYPE, "multipart/report");
	const char *type = c->value[CLUE_CONTENT_TYPE];

	if (c->feedback || (report && strstr(type, "feedback-report")))
		return MAIL_ARF;
	if (strncmp(a->subject, "complaint about message from ", 29) == 0 ||
	    strncmp(a->subject, "email feedback report for ", 26) == 0)
		return MAIL_ARF; /* Hotmail's and AOL's, from before the standard */
	if (c->disposition || (report && strstr(type, "disposition-notification")) ||
	    has_value(a, CLUE_CLASS, "urn:content-classes:mdn"))
		return MAIL_MDN;
	if (c->status)
		return status_of(a);
	return MAIL_NONE;
}

/* Does a mail in words only tell of a delivery, and what? */
static enum mail_class
ask_words(const struct asked *a)
{
	const char *subject = a->subject;
	bool failed = words_in(list(CLASSIFY_FAILED), subject);
	bool late = words_in(list(CLASSIFY_LATE), subject);
	bool report = has_value(a, CLUE_CONTENT_TYPE, "multipart/report") ||
		      has_value(a, CLUE_CLASS, "urn:content-classes:dsn") ||
		      a->clues.has[CLUE_FAILED];
	bool sender = a->daemon || report;
	unsigned reasons;

	/* The text, whose words cost the most, decides nothing for most mails. */
	if (!sender && (!failed || a->clues.has[CLUE_ANSWERS]))
		return MAIL_NONE;
	reasons = words_count(list(CLASSIFY_REASONS), a->text);
	if (sender && !failed && words_in(list(CLASSIFY_ARRIVED), subject))
		return MAIL_DELIVERED;
	if (sender && late && !(failed && reasons >= MANY_REASONS))
		return MAIL_DELAY;
	if (sender && !failed && reasons >= MIN_REASONS && words_in(list(CLASSIFY_LATE), a->text))
		return MAIL_DELAY;
	if (sender && (report || (failed && !is_answer(a)) || reasons >= MIN_REASONS))
		return MAIL_BOUNCE;
	if (failed && !a->clues.has[CLUE_ANSWERS] && reasons >= MANY_REASONS)
		return MAIL_BOUNCE;
	return MAIL_NONE;
}

static bool
is_challenge(const struct asked *a)
{
	const struct clues *c = &a->clues;
	unsigned subject, text;

	if (c->has[CLUE_CHALLENGE] &&
	    (!has_value(a, CLUE_CHALLENGE, "tmda") || words_in(list(CLASSIFY_ASKS), a->text)))
		return true;
	if (strstr(a->from, "spamarrest") || strstr(a->from, "boxtrapper") ||
	    strstr(a->from, "bluebottle"))
		return true;
	subject = words_count(list(CLASSIFY_ASKS), a->subject);
	text = words_count(list(CLASSIFY_ASKS), a->text);
	return (subject && subject + text >= MIN_ASKS) || text >= MANY_ASKS;
}

/* A receipt of a reader in words only: "Gelesen: Tee", from nobody or a program. */
static bool
is_receipt(const struct asked *a)
{
	size_t n = strcspn(a->subject, ":");

	return a->subject[n] && words_is(list(CLASSIFY_READ), a->subject, n) &&
	       (is_null_sender(a) || has_value(a, CLUE_AUTO_SUBMITTED, "auto"));
}

static bool
is_auto_reply(const struct asked *a)
{
	/* "Re: Out of office planning" is a person's; an automatic answer's own words come first. */
	bool away = !is_answer(a) && words_at(list(CLASSIFY_AWAY), a->subject);

	if (has_value(a, CLUE_AUTO_SUBMITTED, "auto-replied") ||
	    has_value(a, CLUE_PRECEDENCE, "auto_reply") ||
	    has_value(a, CLUE_PRECEDENCE, "auto-reply"))
		return true;
	if (a->clues.has[CLUE_REPLIED] && !has_value(a, CLUE_REPLIED, "no"))
		return true;
	return away && !a->clues.has[CLUE_LIST];
}

static bool
is_generated(const struct asked *a)
{
	const char *submitted = a->clues.value[CLUE_AUTO_SUBMITTED];

	return (a->clues.has[CLUE_AUTO_SUBMITTED] && *submitted &&
		   strncmp(submitted, "no", 2) != 0) ||
	       a->clues.has[CLUE_GENERATED] || strncmp(a->subject, "cron <", 6) == 0;
}

static bool
is_list(const struct asked *a)
{
	return a->clues.has[CLUE_LIST] || has_value(a, CLUE_PRECEDENCE, "list");
}

static bool
is_bulk(const struct asked *a)
{
	return a->clues.has[CLUE_BULK] || has_value(a, CLUE_PRECEDENCE, "bulk") ||
	       has_value(a, CLUE_PRECEDENCE, "junk");
}

/* The rest: what fields of the header say, then words. */
static enum mail_class
ask_fields(const struct asked *a)
{
	if (a->clues.received > MAX_HOPS || a->clues.twice)
		return MAIL_LOOP;
	if (is_challenge(a))
		return MAIL_CHALLENGE;
	if (is_receipt(a))
		return MAIL_MDN;
	if (is_auto_reply(a))
		return MAIL_AUTO_REPLY;
	if (is_generated(a))
		return MAIL_AUTO_GENERATED;
	if (is_list(a))
		return MAIL_LIST;
	if (is_bulk(a))
		return MAIL_BULK;
	if (a->clues.has[CLUE_LOOP])
		return MAIL_LOOP;
	if (is_from(a, CLASSIFY_MACHINES) || is_null_sender(a))
		return MAIL_AUTO_GENERATED;
	return MAIL_NORMAL;
}

enum mail_class
classify(const char *mail, size_t len, const struct classify_text *text)
{
	struct asked a = { .daemon = false };
	enum mail_class c;

	clues_read(&a.clues, mail, len < CLASSIFY_BYTES ? len : CLASSIFY_BYTES);
	if (a.clues.fields == 0)
		return MAIL_NONE;
	take(a.subject, text->subject, MAX_SUBJECT);
	take(a.from, text->from, MAX_FROM);
	take(a.text, text->text, MAX_TEXT);
	a.daemon = a.clues.daemon_line || is_null_sender(&a) || is_from(&a, CLASSIFY_DAEMONS);
	if ((c = ask_reports(&a)) != MAIL_NONE)
		return c;
	if (!has_value(&a, CLUE_AUTO_SUBMITTED, "auto-replied") || a.daemon)
		if (!words_at(list(CLASSIFY_AWAY), bare_subject(&a)) &&
		    (c = ask_words(&a)) != MAIL_NONE)
			return c;
	return ask_fields(&a);
}

const char *
classify_name(enum mail_class c)
{
	static const char *const names[] = { [MAIL_NONE] = "none",
		[MAIL_NORMAL] = "normal",
		[MAIL_BOUNCE] = "bounce",
		[MAIL_DELAY] = "delay",
		[MAIL_DELIVERED] = "delivered",
		[MAIL_MDN] = "mdn",
		[MAIL_ARF] = "arf",
		[MAIL_AUTO_REPLY] = "auto-reply",
		[MAIL_AUTO_GENERATED] = "auto-generated",
		[MAIL_BULK] = "bulk",
		[MAIL_LIST] = "list",
		[MAIL_CHALLENGE] = "challenge",
		[MAIL_LOOP] = "loop" };

	return names[c];
}

bool
classify_automatic(enum mail_class c)
{
	return c != MAIL_NONE && c != MAIL_NORMAL;
}
