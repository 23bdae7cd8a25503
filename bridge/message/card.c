/*
 * card.c - calendars and cards as lines that a person can use.
 *
 * Both are lists of properties, "NAME;PARAMETER=VALUE:value", folded; components begin and end.
 */
#include "bridge/message/card.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/message/charset.h"
#include "bridge/message/field.h"
#include "bridge/message/flatten.h"

enum {
	FIELD = 1000,         /* bytes shown of a property */
	LONG = 8000,          /* of a description */
	PROPERTY = 16 * 1024, /* bytes looked at of one */
	CARDS = 20,
	NAMES = 10, /* attendees shown */
};

/* What is known of the component that is open. */
struct card {
	char kind[FIELD_TOKEN]; /* "vevent", "vtodo", "vcard"; "" outside */
	unsigned inside;        /* components within it, alarms, which do not count */
	char method[FIELD_TOKEN], status[FIELD_TOKEN], answer[FIELD_TOKEN];
	struct buf what, where, who, whom, more, name, org, title;
	char starts[32], ends[32], zone[64], every[32];
	bool whole_day;
	unsigned names;
};

struct reader {
	struct card card;
	bool whole; /* with descriptions */
	struct buf *out;
	unsigned count;
};

/* One property, unfolded. */
struct property {
	char name[FIELD_TOKEN];
	const char *parameters; /* with the ';' before each */
	const char *value;
};

static void
card_reset(struct card *c)
{
	struct buf *const bufs[] = { &c->what, &c->where, &c->who, &c->whom, &c->more, &c->name,
		&c->org, &c->title };
	char method[FIELD_TOKEN];

	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_free(bufs[i]);
	memcpy(method, c->method, sizeof method);
	memset(c, 0, sizeof *c);
	memcpy(c->method, method, sizeof method);
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_init(bufs[i], bufs[i] == &c->more ? LONG : FIELD);
}

/* Quoted-printable of version 2.1 (its "ENCODING=QUOTED-PRINTABLE"), decoded to UTF-8. */
static void
undo_quoted(const struct property *p, struct buf *out)
{
	char charset[FIELD_TOKEN];
	struct buf bytes;

	buf_init(&bytes, PROPERTY);
	for (const char *s = p->value; *s; s++) {
		unsigned byte;
		char c = *s;

		if (c == '=' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2]) &&
		    sscanf(s + 1, "%2x", &byte) == 1) {
			c = (char)byte;
			s += 2;
		}
		buf_add(&bytes, &c, 1);
	}
	charset_text(
	    field_option(p->parameters, "charset", charset), buf_str(&bytes), bytes.len, out);
	buf_free(&bytes);
}

/* A value as text: its escapes undone (RFC 5545 3.3.11); of a list in a card, pieces become words.
 */
static void
plain_text(const struct property *p, bool list, bool lines, struct buf *out)
{
	struct buf value, text;
	char word[FIELD_TOKEN];
	const char *encoding = field_option(p->parameters, "encoding", word);

	buf_init(&value, PROPERTY * 4);
	buf_init(&text, PROPERTY);
	if ((encoding && strcasecmp(encoding, "quoted-printable") == 0) ||
	    strcasestr(p->parameters, ";quoted-printable"))
		undo_quoted(p, &value);
	else
		buf_adds(&value, p->value);
	for (const char *s = buf_str(&value); *s; s++) {
		if (*s == '\\' && s[1])
			buf_add(&text, strchr("nN", *++s) ? "\n" : s, 1);
		else if (list && *s == ';')
			buf_adds(&text, text.len ? " " : "");
		else
			buf_add(&text, s, 1);
	}
	if (lines)
		flatten_add(out, buf_str(&text), text.len);
	else
		flatten_line(out, buf_str(&text), text.len);
	buf_free(&text);
	buf_free(&value);
}

/* Add a text to a list, with commas between. */
static void
add_item(struct buf *list, const struct buf *item)
{
	if (!item->len || strstr(buf_str(list), item->data))
		return;
	if (list->len)
		buf_adds(list, ", ");
	flatten_add(list, item->data, item->len);
}

static void
add_property(struct buf *list, const struct property *p, bool pieces)
{
	struct buf item;

	buf_init(&item, FIELD);
	plain_text(p, pieces, false, &item);
	add_item(list, &item);
	buf_free(&item);
}

/* Who: the name in CN, else the address. */
static void
add_person(struct buf *list, const struct property *p)
{
	struct buf name, line;
	const char *s = p->value;

	buf_init(&name, FIELD);
	buf_init(&line, FIELD);
	if (strncasecmp(s, "mailto:", 7) == 0)
		s += 7;
	if (field_parameter(p->parameters, "cn", &name) && name.len)
		s = name.data;
	flatten_line(&line, s, strlen(s));
	add_item(list, &line);
	buf_free(&line);
	buf_free(&name);
}

/* A time: "20261202T170000Z" becomes "2026-12-02 17:00", with its zone aside. */
static void
take_time(struct card *c, const struct property *p, char out[32])
{
	struct buf zone;
	const char *v = p->value;
	size_t digits = strspn(v, "0123456789");

	if (digits != 8)
		return;
	if (v[8] == 'T' && strspn(v + 9, "0123456789") >= 4)
		snprintf(out, 32, "%.4s-%.2s-%.2s %.2s:%.2s", v, v + 4, v + 6, v + 9, v + 11);
	else {
		snprintf(out, 32, "%.4s-%.2s-%.2s", v, v + 4, v + 6);
		c->whole_day = true;
		return;
	}
	buf_init(&zone, sizeof c->zone - 1);
	if (v[strlen(v) - 1] == 'Z')
		buf_adds(&zone, "UTC");
	else
		field_parameter(p->parameters, "tzid", &zone);
	if (zone.len && !*c->zone)
		snprintf(c->zone, sizeof c->zone, "%s", zone.data);
	buf_free(&zone);
}

/* Another day or minute than that of a time as of take_time(). */
static void
shift(char out[32], const char *from, long days, long minutes)
{
	struct tm tm = { .tm_isdst = -1 };
	time_t t;
	bool day = strlen(from) == 10;

	if (sscanf(from, "%d-%d-%d %d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		&tm.tm_min) < 3)
		return;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	t = timegm(&tm) + days * 86400 + minutes * 60;
	gmtime_r(&t, &tm);
	strftime(out, 32, day ? "%Y-%m-%d" : "%Y-%m-%d %H:%M", &tm);
}

/* DURATION: "PT1H30M", "P1D" behind the start. */
static void
take_duration(struct card *c, const char *v)
{
	long n = 0, minutes = 0;

	for (; *v; v++) {
		if (isdigit((unsigned char)*v)) {
			n = n < 100000 ? n * 10 + (*v - '0') : n;
			continue;
		}
		minutes += *v == 'W'   ? n * 7 * 1440
			   : *v == 'D' ? n * 1440
			   : *v == 'H' ? n * 60
			   : *v == 'M' ? n
				       : 0;
		n = 0;
	}
	if (*c->starts && minutes && !*c->ends)
		shift(c->ends, c->starts, c->whole_day ? minutes / 1440 : 0,
		    c->whole_day ? 0 : minutes);
}

static void
take_rule(struct card *c, const char *v)
{
	static const struct {
		const char *freq, *every;
	} rows[] = { { "FREQ=DAILY", "daily" }, { "FREQ=WEEKLY", "weekly" },
		{ "FREQ=MONTHLY", "monthly" }, { "FREQ=YEARLY", "yearly" } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcasestr(v, rows[i].freq))
			snprintf(c->every, sizeof c->every, "%s", rows[i].every);
}

static bool
is(const struct property *p, const char *name)
{
	return strcmp(p->name, name) == 0;
}

static void
take_calendar(struct reader *r, const struct property *p)
{
	struct card *c = &r->card;
	char word[FIELD_TOKEN];
	const char *answer;

	if (is(p, "summary"))
		plain_text(p, false, false, &c->what);
	else if (is(p, "location"))
		plain_text(p, false, false, &c->where);
	else if (is(p, "description"))
		plain_text(p, false, true, &c->more);
	else if (is(p, "organizer"))
		add_person(&c->who, p);
	else if (is(p, "dtstart"))
		take_time(c, p, c->starts);
	else if (is(p, "dtend") || is(p, "due"))
		take_time(c, p, c->ends);
	else if (is(p, "duration"))
		take_duration(c, p->value);
	else if (is(p, "rrule"))
		take_rule(c, p->value);
	else if (is(p, "status"))
		field_word(p->value, 0, c->status);
	if (is(p, "attendee") && c->names++ < NAMES)
		add_person(&c->whom, p);
	if (is(p, "attendee") && (answer = field_option(p->parameters, "partstat", word)))
		snprintf(c->answer, sizeof c->answer, "%s", answer);
}

static void
take_card(struct reader *r, const struct property *p)
{
	struct card *c = &r->card;

	if (is(p, "fn"))
		plain_text(p, false, false, &c->what);
	else if (is(p, "n"))
		plain_text(p, true, false, &c->name);
	else if (is(p, "org"))
		add_property(&c->org, p, true);
	else if (is(p, "title") || is(p, "role"))
		add_property(&c->title, p, false);
	else if (is(p, "email") || is(p, "url"))
		add_property(&c->whom, p, false);
	else if (is(p, "adr"))
		add_property(&c->where, p, true);
	else if (is(p, "note"))
		plain_text(p, false, true, &c->more);
	if (is(p, "tel")) {
		struct property number = *p;

		if (strncasecmp(number.value, "tel:", 4) == 0)
			number.value += 4;
		add_property(&c->who, &number, false);
	}
}

/* What is asked or told, by the method (RFC 5546) and the answer. */
static const char *
asks(const struct card *c)
{
	bool reply = strcmp(c->method, "reply") == 0;

	if (strcmp(c->method, "cancel") == 0 || strcmp(c->status, "cancelled") == 0)
		return "Cancelled";
	if (reply && strcmp(c->answer, "accepted") == 0)
		return "Accepted";
	if (reply && strcmp(c->answer, "declined") == 0)
		return "Declined";
	if (reply && strcmp(c->answer, "tentative") == 0)
		return "Tentatively accepted";
	if (reply)
		return "Reply";
	if (strcmp(c->method, "counter") == 0)
		return "Another time proposed";
	if (strcmp(c->method, "request") == 0)
		return "Invitation";
	return strcmp(c->kind, "vtodo") == 0 ? "Task" : "Event";
}

static void
add_when(const struct card *c, struct buf *line)
{
	char last[32] = "";

	if (!*c->starts && *c->ends) {
		buf_addf(line, ", due %s", c->ends);
	} else if (*c->starts) {
		buf_addf(line, ", %s", c->starts);
		snprintf(last, sizeof last, "%s", c->ends);
		/* The end of a day's event is the day after it. */
		if (c->whole_day && *last)
			shift(last, c->ends, -1, 0);
		if (*last && strcmp(last, c->starts) != 0) {
			bool same = strncmp(last, c->starts, 10) == 0 && strlen(last) > 11;

			buf_addf(line, same ? "-%s" : " - %s", same ? last + 11 : last);
		}
	}
	if (*c->zone)
		buf_addf(line, " %s", c->zone);
	if (*c->every)
		buf_addf(line, ", %s", c->every);
}

static void
end_calendar(const struct card *c, struct buf *line)
{
	bool reply = strcmp(c->method, "reply") == 0;

	buf_addf(line, "%s: %s", asks(c), buf_str(&c->what));
	add_when(c, line);
	if (c->where.len)
		buf_addf(line, ", %s", c->where.data);
	if (c->who.len && !reply)
		buf_addf(line, ", from %s", c->who.data);
	if (c->whom.len)
		buf_addf(line, reply ? ", by %s" : ", with %s", c->whom.data);
}

static void
end_card(const struct card *c, struct buf *line)
{
	const struct buf *const pieces[] = { c->what.len ? &c->what : &c->name, &c->title, &c->org,
		&c->who, &c->whom, &c->where };

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
		if (pieces[i]->len)
			buf_addf(line, "%s%s", line->len ? ", " : "", pieces[i]->data);
}

/* The component is over: its line goes out. */
static void
end_component(struct reader *r)
{
	struct card *c = &r->card;
	struct buf line;

	buf_init(&line, FIELD * 8);
	if (strcmp(c->kind, "vcard") == 0)
		end_card(c, &line);
	else if (c->what.len || *c->starts)
		end_calendar(c, &line);
	if (line.len && r->count++ < CARDS) {
		if (r->out->len)
			flatten_add(r->out, "\n", 1);
		flatten_add(r->out, line.data, line.len);
		if (r->whole && c->more.len) {
			flatten_add(r->out, "\n", 1);
			flatten_add(r->out, c->more.data, c->more.len);
		}
	}
	buf_free(&line);
	card_reset(c);
}

static bool
is_component(const char *name)
{
	return strcasecmp(name, "vevent") == 0 || strcasecmp(name, "vtodo") == 0 ||
	       strcasecmp(name, "vcard") == 0;
}

static void
take_property(struct reader *r, const struct property *p)
{
	struct card *c = &r->card;
	char word[FIELD_TOKEN];

	if (is(p, "begin") && *c->kind) {
		c->inside++;
	} else if (is(p, "begin")) {
		field_word(p->value, 0, word);
		if (is_component(word))
			memcpy(c->kind, word, sizeof word);
	} else if (is(p, "end") && c->inside) {
		c->inside--;
	} else if (is(p, "end") && *c->kind) {
		end_component(r);
	} else if (is(p, "method") && !*c->kind) {
		field_word(p->value, 0, c->method);
	} else if (!c->inside && strcmp(c->kind, "vcard") == 0) {
		take_card(r, p);
	} else if (!c->inside && *c->kind) {
		take_calendar(r, p);
	}
}

/* A line, unfolded: its name, parameters and value. */
static void
take_line(struct reader *r, char *line)
{
	struct property p = { .parameters = "" };
	char *at = line, *dot;
	bool quoted = false;

	for (; *at && (quoted || *at != ':'); at++)
		if (*at == '"')
			quoted = !quoted;
	if (!*at)
		return;
	*at = '\0';
	p.value = at + 1 + strspn(at + 1, " ");
	at = strchr(line, ';');
	if (at) {
		p.parameters = at;
	}
	/* "item1.TEL" is a TEL. */
	dot = memchr(line, '.', at ? (size_t)(at - line) : strlen(line));
	field_word(dot ? dot + 1 : line, 0, p.name);
	take_property(r, &p);
}

static void
read_cards(const char *s, size_t len, bool whole, struct buf *out)
{
	struct reader r = { .whole = whole, .out = out };
	const char *end = s + len;
	struct buf line;

	buf_init(&line, PROPERTY);
	card_reset(&r.card);
	while (s < end) {
		const char *eol = memchr(s, '\n', (size_t)(end - s)), *stop = eol ? eol : end;
		size_t n = (size_t)(stop - s);

		n -= n && s[n - 1] == '\r';
		flatten_add(&line, s, n);
		s = eol ? eol + 1 : end;
		/* A fold, or a line of quoted-printable that goes on. */
		if (s < end && (*s == ' ' || *s == '\t')) {
			s++;
			continue;
		}
		if (line.len && line.data[line.len - 1] == '=' && s < end &&
		    strcasestr(line.data, "quoted-printable")) {
			line.data[--line.len] = '\0';
			continue;
		}
		if (line.len)
			take_line(&r, line.data);
		buf_reset(&line);
	}
	if (*r.card.kind)
		end_component(&r);
	card_reset(&r.card);
	buf_free(&line);
}

void
card_text(const char *s, size_t len, struct buf *out)
{
	read_cards(s, len, false, out);
}

void
card_whole(const char *s, size_t len, struct buf *out)
{
	read_cards(s, len, true, out);
}
