/*
 * conversation.c - whom a phone's message is for.
 *
 * Nothing is guessed: where two answers are possible the phone is asked. The order is from what the
 * phone's owner said for this message to what can be gathered from before.
 */
#include "bridge/flow/conversation.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/verdict.h"
#include "bridge/message/space.h"
#include "bridge/store/inbound.h"
#include "bridge/store/talk.h"

enum { WORD = 64 };

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *
skip_blanks(const char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

static int
with_talk(struct conversation *c, const struct talk *t, const char *text)
{
	c->is = CONVERSATION_WITH;
	c->talk = t;
	c->text = text;
	snprintf(c->to, sizeof c->to, "%s", t->peer);
	return 1;
}

/* The number it was sent to is a conversation's. */
static int
by_number(const struct conversation_asked *a, struct conversation *c)
{
	const struct talk *t;
	unsigned slot;

	if (space_find(a->space, a->called, &slot) != SPACE_SLOT || !(t = talks_at(a->talks, slot)))
		return 0;
	return with_talk(c, t, a->text);
}

/* "#ab text": the code's slot, *rest is the text; -1: it does not begin so. */
static int
find_code(const char *text, const char **rest)
{
	const char *s = skip_blanks(text);
	size_t len;

	if (*s++ != '#')
		return -1;
	len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	if (s[len] && !is_blank(s[len]) && s[len] != ':')
		return -1;
	*rest = skip_blanks(s + len + (s[len] == ':'));
	return space_from_code(s, len);
}

static int
by_code(const struct conversation_asked *a, struct conversation *c)
{
	const char *rest;
	const struct talk *t;
	int slot = find_code(a->text, &rest);

	if (slot < 0 || !(t = talks_at(a->talks, (unsigned)slot)))
		return 0;
	return with_talk(c, t, rest);
}

/* "(Subject) text": *s moves behind it, and it is kept, cut at a character. */
static void
take_subject(const char **s, struct conversation *c)
{
	const char *end;
	size_t len;

	if (**s != '(' || !(end = strchr(*s, ')')) || memchr(*s, '\n', (size_t)(end - *s)))
		return;
	len = (size_t)(end - *s - 1);
	if (len >= sizeof c->subject) {
		len = sizeof c->subject - 1;
		while (len > 0 && ((unsigned char)(*s)[1 + len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(c->subject, *s + 1, len);
	c->subject[len] = '\0';
	*s = skip_blanks(end + 1);
}

/* The length of a mail address that s begins with; 0: it does not. */
static size_t
address_length(const char *s)
{
	size_t len = strcspn(s, " \t\r\n,;:()<>\""), at = strcspn(s, "@");

	while (len > 0 && strchr(".!?", s[len - 1]))
		len--;
	/* A dot in the domain tells an address from a handle such as me@home. */
	if (at == 0 || at >= len || !memchr(s + at, '.', len - at) || len >= ADDR_MAILBOX - 8)
		return 0;
	return len;
}

/* "alice@example.com Lunch?", "alice@example.com (Subject) text" */
static int
by_address(const struct conversation_asked *a, struct conversation *c)
{
	const char *s = skip_blanks(a->text);
	char written[ADDR_MAILBOX];
	struct mailbox m;
	struct verdict why;
	size_t len;

	if (strncasecmp(s, "mailto:", 7) == 0)
		s += 7;
	if (!(len = address_length(s)))
		return 0;
	snprintf(written, sizeof written, "%.*s", (int)len, s);
	if (addr_mailbox(written, &m, &why) < 0 || !m.domain[0] || strchr(m.local, '@'))
		return 0;
	c->is = CONVERSATION_WITH;
	snprintf(c->to, sizeof c->to, "mailto:%s", written);
	for (char *p = strchr(c->to, '@'); *p; p++)
		*p = (char)tolower((unsigned char)*p);
	c->talk = talks_with(a->talks, c->to);
	s += len;
	s = skip_blanks(s + (*s && strchr(",;:", *s) ? 1 : 0));
	take_subject(&s, c);
	c->text = s;
	return 1;
}

/* What the inbound table says of "NUMBER" or "NUMBER WORD". 1, 0, -1. */
static int
look(const struct conversation_asked *a, const char *word, struct conversation *c, struct verdict *v)
{
	int rc = inbound_find(a->inbound, a->called, word, c->to, sizeof c->to, v);

	if (rc <= 0)
		return rc;
	c->is = CONVERSATION_WITH;
	c->talk = talks_with(a->talks, c->to);
	c->text = a->text;
	return 1;
}

/* The first word, as the administrator may have written it: in upper case, as it is, in lower case. */
static int
by_keyword(const struct conversation_asked *a, struct conversation *c, struct verdict *v)
{
	const char *s = skip_blanks(a->text);
	size_t len = strcspn(s, " \t\r\n");
	char word[WORD];
	int rc = 0;

	if (!a->inbound || len == 0 || len >= sizeof word)
		return 0;
	for (int way = 0; way < 3 && rc == 0; way++) {
		for (size_t i = 0; i < len; i++)
			word[i] = (char)(way == 0 ? toupper((unsigned char)s[i])
				  : way == 1      ? s[i]
						  : tolower((unsigned char)s[i]));
		word[len] = '\0';
		rc = look(a, word, c, v);
	}
	return rc;
}

/* Whom the phone talked with last, when nobody else was there within the time of doubt. */
static int
by_last(const struct conversation_asked *a, struct conversation *c)
{
	const struct talks *t = a->talks;

	if (t->n == 0)
		return 0;
	if (t->n > 1 && t->all[1].used + CONVERSATION_DOUBT > a->now) {
		c->is = CONVERSATION_DOUBT_WHO;
		return 1;
	}
	return with_talk(c, &t->all[0], a->text);
}

/* With a number for each conversation, who writes to the bare one wants what stands there; without, it
 * is where answers come, too. */
static bool
is_apart(const struct space *s)
{
	return s->digits || s->npool;
}

int
conversation_plain(const struct conversation_asked *a, struct conversation *c, struct verdict *v)
{
	static const struct talks none;
	struct conversation_asked alone = *a;
	const char *rest;
	unsigned slot;
	int rc;

	alone.talks = &none;
	*c = (struct conversation){ .is = CONVERSATION_NOBODY, .text = a->text };
	if (space_find(a->space, a->called, &slot) == SPACE_SLOT || find_code(a->text, &rest) >= 0)
		return 0;
	if (by_address(&alone, c))
		return 1;
	if ((rc = by_keyword(&alone, c, v)) != 0)
		return rc;
	return is_apart(a->space) && a->inbound ? look(&alone, "", c, v) : 0;
}

int
conversation_find(const struct conversation_asked *a, struct conversation *c, struct verdict *v)
{
	int rc;

	*c = (struct conversation){ .is = CONVERSATION_NOBODY, .text = a->text };
	if (by_number(a, c) || by_code(a, c) || by_address(a, c))
		return 0;
	if ((rc = by_keyword(a, c, v)) != 0)
		return rc < 0 ? -1 : 0;
	if (!is_apart(a->space) && by_last(a, c) && c->is == CONVERSATION_WITH)
		return 0;
	if (a->inbound && (rc = look(a, "", c, v)) != 0)
		return rc < 0 ? -1 : 0;
	by_last(a, c);
	return 0;
}
