/*
 * route.c - the routes table.
 *
 * A value is read in one place, parse(), for look-ups and for `triviumctl map` alike. What a value
 * says badly is LATER when it is met in a look-up: it is an administrator's slip, and must not
 * bounce mail. `error:` follows Postfix's error(8) and retry(8): the text may begin with a code of
 * RFC 3463, 5.x.x to refuse, 4.x.x to put off; without one it is 5.0.0.
 */
#include "bridge/store/route.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/verdict.h"
#include "bridge/message/returnpath.h"
#include "bridge/message/style.h"
#include "bridge/store/table.h"
#include "bridge/store/user.h"

/* A value, taken apart. */
struct way {
	enum msg_how how; /* MSG_NOWHERE: refuse */
	char transport[ROUTE_NAME];
	char style[ROUTE_STYLE]; /* words for style_parse() */
	char dsn[12];     /* of a refusal */
	const char *text; /* of a refusal; lent by the value */
};

/* One look-up, and whom to tell about it. */
struct search {
	struct table *routes, *users;
	void (*on_step)(void *arg, const char *step);
	void *arg;
	char value[TABLE_VALUE]; /* the last one found */
	struct verdict *v;
};

static const struct {
	const char *word;
	enum msg_how how;
} hows[] = {
	{ "sms:", MSG_SMS },
	{ "mms:", MSG_MMS },
	{ "phone:", MSG_PHONE },
	{ "im:", MSG_IM },
	{ "error:", MSG_NOWHERE },
};

static void __attribute__((format(printf, 2, 3)))
step(const struct search *s, const char *format, ...)
{
	char text[TABLE_VALUE + 2 * ADDR_MAILBOX];
	va_list ap;

	if (!s->on_step)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	s->on_step(s->arg, text);
}

/* The length of a code like 5.7.1 at the start of s that a blank or the end follows; 0: none. */
static size_t
dsn_length(const char *s)
{
	size_t n = 1;

	if (!isdigit((unsigned char)*s))
		return 0;
	for (int part = 0; part < 2; part++) {
		size_t digits = s[n] == '.' ? strspn(s + n + 1, "0123456789") : 0;

		if (digits < 1 || digits > 3)
			return 0;
		n += 1 + digits;
	}
	return s[n] == '\0' || s[n] == ' ' || s[n] == '\t' ? n : 0;
}

static const char *
parse_error(const char *s, struct way *w)
{
	size_t n = dsn_length(s);

	if (n && s[0] != '4' && s[0] != '5')
		return "the code behind \"error:\" must begin with 4 or 5";
	snprintf(w->dsn, sizeof w->dsn, "%.*s", n ? (int)n : 5, n ? s : "5.0.0");
	w->text = s + n + strspn(s + n, " \t");
	if (!w->text[0])
		w->text = "mail to this address is not served";
	return NULL;
}

/* The words behind a transport's name. */
static const char *
parse_style(const char *words, struct way *w)
{
	struct style ignored = { .text = true };

	if (*words && w->how == MSG_IM)
		return "nothing may stand behind the transport's name: IM shows all as it is";
	/* Those of a number's prefix may come behind them. */
	if (strlen(words) >= sizeof w->style / 2)
		return "too much stands behind the transport's name";
	snprintf(w->style, sizeof w->style, "%s", words);
	return style_parse(words, &ignored);
}

static const char *
parse_transport(const char *s, struct way *w)
{
	size_t n = strcspn(s, " \t");

	if (n == 0)
		return "no transport stands behind the colon";
	if (n >= sizeof w->transport)
		return "the transport's name is too long";
	for (const char *p = s; p < s + n; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return "a transport's name has letters, digits, '.', '_' and '-' only";
	snprintf(w->transport, sizeof w->transport, "%.*s", (int)n, s);
	return parse_style(s + n + strspn(s + n, " \t"), w);
}

/* Read a value. NULL, or what is wrong with it. */
static const char *
parse(const char *value, struct way *w)
{
	*w = (struct way){ .how = MSG_NOWHERE };
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < 0x20 ? *p != '\t' : *p == 0x7f)
			return "there is a control character in it";
	for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
		size_t n = strlen(hows[i].word);

		if (strncmp(value, hows[i].word, n) != 0)
			continue;
		w->how = hows[i].how;
		return w->how ? parse_transport(value + n, w) : parse_error(value + n, w);
	}
	return "it must be sms:NAME, mms:NAME, phone:NAME, im:NAME or error:CODE TEXT";
}

/* Is the key of a number, not of a mailbox like +8613800138000@sms.example.com? */
static bool
is_prefix(const char *key)
{
	return key[0] == '+' && !strchr(key, '@');
}

/* Look one key up. 1: *w; 0: no such key; -1: *v. */
static int
look(struct search *s, const char *key, struct way *w)
{
	int rc = table_get(s->routes, key, s->value, sizeof s->value, s->v);
	const char *wrong;

	if (rc < 0) {
		step(s, "looked up %s: could not tell: %s", key, s->v->text);
		return -1;
	}
	if (rc == 0)
		return 0;
	wrong = parse(s->value, w);
	if (!wrong && is_prefix(key) && w->how == MSG_IM)
		wrong = "a number cannot lead to instant messages";
	if (!wrong) {
		step(s, "looked up %s: found %s", key, s->value);
		return 1;
	}
	step(s, "looked up %s: found %s, which is wrong: %s", key, s->value, wrong);
	return later(
	    s->v, "4.3.0", "table %.80s, key %.80s: %s", table_name(s->routes), key, wrong);
}

/* As transport(5): the domain, then each parent with a dot in front. 1, 0, or -1 and *v. */
static int
look_domain(struct search *s, const char *domain, struct way *w)
{
	int rc = look(s, domain, w);

	if (rc == 0)
		step(s, "looked up %s: not found", domain);
	for (const char *dot = strchr(domain, '.'); dot && rc == 0; dot = strchr(dot + 1, '.')) {
		rc = look(s, dot, w);
		if (rc == 0)
			step(s, "looked up %s: not found", dot);
	}
	return rc;
}

static void
lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s |= 0x20;
}

static int
look_mailbox(struct search *s, const struct mailbox *m, struct way *w)
{
	char key[2 * ADDR_MAILBOX];
	int rc;

	snprintf(key, sizeof key, "%s@%s", m->local, m->domain);
	lower(key);
	rc = look(s, key, w);
	if (rc != 0)
		return rc;
	step(s, "looked up %s: not found", key);
	return look_domain(s, m->domain, w);
}

/* The longest prefix of the number that has a way of its own, in place of *w. 0, or -1 and *v. */
static int
look_number(struct search *s, const char *number, struct way *w)
{
	struct way found = { .how = MSG_NOWHERE };
	char key[ADDR_NUMBER];
	int rc = 0;

	snprintf(key, sizeof key, "%s", number);
	for (size_t n = strlen(key); n > 1 && rc == 0; n--) {
		key[n] = '\0';
		rc = look(s, key, &found);
	}
	if (rc == 0)
		step(s, "looked up %s and its prefixes: not found", number);
	if (rc == 1) {
		/* How it is shown is the mailbox's affair, too: what the prefix does not say stays. */
		char style[ROUTE_STYLE];

		snprintf(style, sizeof style, "%.127s%s%.127s", w->style, *w->style ? " " : "",
		    found.style);
		*w = found;
		memcpy(w->style, style, sizeof style);
	}
	return rc < 0 ? -1 : 0;
}

/* The way says to refuse. -1. */
static int
refuse(const struct way *w, struct verdict *v)
{
	return (w->dsn[0] == '4' ? later : never)(v, w->dsn, "%s", w->text);
}

/* What is wrong with a domain of a key, or NULL. */
static const char *
domain_wrong(const char *domain)
{
	if (!domain[0] || strlen(domain) > 255)
		return "a domain has 1 to 255 characters";
	for (const char *p = domain; *p; p++) {
		if (*p == '.' && (p == domain || p[1] == '.' || !p[1]))
			return "an empty part is in the domain";
		if (!isalnum((unsigned char)*p) && !strchr(".-_", *p) && (unsigned char)*p < 0x80)
			return "a domain has letters, digits, '.', '-' and '_' only";
		if (isupper((unsigned char)*p))
			return "it must be in lower case";
	}
	return NULL;
}

/* A mailbox that leads to an IM user: its own address is the JID, or "user%server" before our domain
 * is user@server. 1, or -1 and *v. */
static int
follow_im(struct search *s, const struct mailbox *m, const struct way *w, struct route *r)
{
	char user[ADDR_MAILBOX], *percent;
	const char *server = m->domain;

	snprintf(user, sizeof user, "%s", m->local);
	lower(user);
	if ((percent = strrchr(user, '%'))) {
		*percent = '\0';
		server = percent + 1;
	}
	if (!*user || strpbrk(user, "\"&'/:<>@ ") || domain_wrong(server) ||
	    snprintf(r->to, sizeof r->to, "xmpp:%s@%s", user, server) >= (int)sizeof r->to)
		return never(s->v, "5.1.3", "%.100s is no address of an IM user", m->local);
	step(s, "%s is the IM user %s", m->local, r->to);
	r->how = w->how;
	memcpy(r->transport, w->transport, sizeof r->transport);
	return 1;
}

/* The number that is written before the @, or that of the user whose name stands there. 0, or -1. */
static int
number_of(struct search *s, const struct addr_rules *rules, const char *local,
    char number[ADDR_NUMBER])
{
	struct verdict why;
	struct user u;
	int rc;

	if (addr_number(local, rules, number, s->v) == 0) {
		step(s, "%s is the number %s", local, number);
		return 0;
	}
	why = *s->v;
	rc = user_find(s->users, local, &u, s->v);
	if (rc == 0)
		*s->v = why;
	else if (rc == 1 && !*u.tel)
		never(s->v, "5.1.1", "%.100s has no phone", local);
	if (rc == 1 && *u.tel) {
		snprintf(number, ADDR_NUMBER, "%s", u.tel);
		step(s, "%s is a user, whose number is %s", local, number);
		return 0;
	}
	step(s, "%s: %s", local, s->v->text);
	return -1;
}

/* The mailbox is ours, and this way is its. 1, or -1 and *v. */
static int
follow(struct search *s, const struct addr_rules *rules, const struct mailbox *m, struct way *w,
    struct route *r)
{
	char number[ADDR_NUMBER];

	if (w->how == MSG_NOWHERE)
		return refuse(w, s->v);
	if (w->how == MSG_IM)
		return follow_im(s, m, w, r);
	if (returnpath_is(m->local)) {
		step(s, "%s is for mail servers' reports about mail that we made", m->local);
		r->how = MSG_BOUNCE;
		snprintf(r->to, sizeof r->to, "mailto:%.*s@%.*s", (int)RETURNPATH_LOCAL, m->local,
		    (int)(sizeof r->to - RETURNPATH_LOCAL - 10), m->domain);
		return 1;
	}
	if (number_of(s, rules, m->local, number) < 0)
		return -1;
	if (look_number(s, number, w) < 0)
		return -1;
	if (w->how == MSG_NOWHERE)
		return refuse(w, s->v);
	r->how = w->how;
	memcpy(r->transport, w->transport, sizeof r->transport);
	memcpy(r->style, w->style, sizeof r->style);
	snprintf(r->to, sizeof r->to, "tel:%s", number);
	return 1;
}

/* It is no mailbox (*v says why); but is the domain ours, so that we are who has to say so? */
static int
no_mailbox(struct search *s, const char *given)
{
	const char *at = strrchr(given, '@');
	struct verdict why = *s->v;
	char domain[ADDR_MAILBOX];
	struct way w;
	int rc = 0;

	step(s, "%s", why.text);
	if (at && strlen(at + 1) < sizeof domain) {
		snprintf(domain, sizeof domain, "%.*s", (int)strcspn(at + 1, ">"), at + 1);
		lower(domain);
		rc = domain_wrong(domain) ? 0 : look_domain(s, domain, &w);
	}
	if (rc == 1) {
		*s->v = why;
		return -1;
	}
	return rc;
}

int
route_find(struct table *routes, struct table *users, const struct addr_rules *rules,
    const char *given, struct route *r, void (*on_step)(void *arg, const char *step), void *arg,
    struct verdict *v)
{
	struct search s = { .routes = routes, .users = users, .on_step = on_step, .arg = arg, .v = v };
	struct mailbox m;
	struct way w;
	int rc;

	*r = (struct route){ 0 };
	if (addr_mailbox(given, &m, v) < 0)
		return no_mailbox(&s, given);
	if (!m.domain[0]) {
		step(&s, "no domain, so it is the mail server's own");
		return 0;
	}
	rc = look_mailbox(&s, &m, &w);
	return rc == 1 ? follow(&s, rules, &m, &w, r) : rc;
}

int
route_number(struct table *routes, const char *number, struct route *r, struct verdict *v)
{
	struct search s = { .routes = routes, .v = v };
	struct way w = { .how = MSG_NOWHERE, .text = NULL };

	*r = (struct route){ 0 };
	if (look_number(&s, number, &w) < 0)
		return -1;
	if (w.how == MSG_NOWHERE)
		return w.text ? refuse(&w, v) : 0;
	r->how = w.how;
	memcpy(r->transport, w.transport, sizeof r->transport);
	memcpy(r->style, w.style, sizeof r->style);
	snprintf(r->to, sizeof r->to, "tel:%s", number);
	return 1;
}

/* What is wrong with a key, or NULL. */
static const char *
key_wrong(const char *key)
{
	const char *at = strrchr(key, '@');
	struct mailbox m;
	struct verdict v;

	if (is_prefix(key)) {
		size_t n = strspn(key + 1, "0123456789");

		if (key[1] == '0')
			return "no country code begins with 0, so this matches no number";
		return key[1 + n] || n < 1 || n > 15 ? "a prefix is + and 1 to 15 digits" : NULL;
	}
	if (!at && key[strspn(key, "0123456789")] == '\0')
		return "a number's prefix begins with +";
	if (!at)
		return domain_wrong(key + (key[0] == '.'));
	for (const char *p = key; p < at; p++)
		if (isupper((unsigned char)*p))
			return "it must be in lower case";
	if (addr_mailbox(key, &m, &v) < 0)
		return "it is no mail address";
	if (key[0] == '"')
		return "an address stands here without quotes";
	return domain_wrong(at + 1);
}

int
route_names(const char *value, char transport[ROUTE_NAME], unsigned *kinds)
{
	struct way w;

	if (parse(value, &w) || w.how == MSG_NOWHERE)
		return 0;
	snprintf(transport, ROUTE_NAME, "%s", w.transport);
	*kinds = w.how;
	return 1;
}

int
route_check(const char *key, const char *value, struct verdict *v)
{
	const char *wrong = key_wrong(key);
	struct way w;

	if (wrong)
		return never(v, "5.3.5", "key %.80s: %s", key, wrong);
	wrong = parse(value, &w);
	if (!wrong && is_prefix(key) && w.how == MSG_IM)
		wrong = "a number cannot lead to instant messages";
	if (wrong)
		return never(v, "5.3.5", "value %.80s of key %.80s: %s", value, key, wrong);
	return 0;
}
