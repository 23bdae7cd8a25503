/*
 * kept.c - what users have changed themselves, as text.
 */
#include "bridge/store/kept.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/base/verdict.h"
#include "bridge/store/pairs.h"
#include "bridge/store/user.h"

enum {
	TIME = 24,
	CLOCKS_S = 60, /* by so much those of two machines may differ */
};

/* The words of both kinds of lines. */
enum { VIA, IM, TEL, SINCE, TELL, NUMBER, FROM, WANTS, SAID, WORDS };
static const char *const names[WORDS] = { [VIA] = "via", [IM] = "im", [TEL] = "tel", [SINCE] = "since",
	[TELL] = "tell", [NUMBER] = "number", [FROM] = "from", [WANTS] = "wants", [SAID] = "said" };

static const char *
time_text(int64_t at, char out[TIME])
{
	time_t t = (time_t)at;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, TIME, "%Y-%m-%dT%H:%M:%SZ", &tm))
		*out = '\0';
	return out;
}

static const char *
yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

/* Append a line whose words they are, the first without "KEY=". */
static void
add_line(struct buf *out, const char *kind, const char *const words[WORDS])
{
	static const int order[] = { VIA, IM, TEL, NUMBER, FROM, WANTS, SINCE, TELL, SAID };
	struct buf line;

	buf_init(&line, 2 * KEPT_LINE);
	buf_adds(&line, kind);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (words[order[i]])
			pairs_add(&line, names[order[i]], words[order[i]]);
	buf_addf(out, "%s\n", buf_str(&line));
	buf_free(&line);
}

void
kept_binding(const struct binding *b, struct buf *out)
{
	char since[TIME];
	const char *const words[WORDS] = { [VIA] = b->via, [IM] = b->jid, [TEL] = b->number,
		[SINCE] = time_text(b->since, since), [TELL] = yes_no(b->tell) };

	add_line(out, "binding", words);
}

void
kept_consent(const struct consent *d, struct buf *out)
{
	char since[TIME];
	const char *const words[WORDS] = {
		[TEL] = strncmp(d->phone, "tel:", 4) == 0 ? d->phone + 4 : d->phone,
		[NUMBER] = d->service, [FROM] = d->peer, [WANTS] = yes_no(!d->stop),
		[SINCE] = time_text(d->at, since), [SAID] = d->text };

	add_line(out, "consent", words);
}

/* Reading. */

static bool
is_number(const char *s)
{
	size_t n = *s == '+' ? strspn(s + 1, "0123456789") : 0;

	return n >= 7 && n <= 15 && !s[1 + n];
}

static bool
is_clean(const char *s)
{
	for (size_t n, len = strlen(s); len; s += n, len -= n)
		if (!(n = utf8_valid(s, len)) || (unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static bool
read_time(const char *s, int64_t *at)
{
	struct tm tm = { 0 };
	const char *end = strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm);

	*at = end ? timegm(&tm) : 0;
	return end && !*end && *at > 0;
}

static bool
read_yes(const char *s, bool *yes)
{
	*yes = strcmp(s, "yes") == 0;
	return *yes || strcmp(s, "no") == 0;
}

/* Read the words behind the first one. 0, or -1 and *v. */
static int
read_words(const char *at, char values[WORDS][KEPT_FIELD], unsigned *had, struct verdict *v)
{
	size_t n;

	while (pairs_key(&at, &n)) {
		const char *wrong;
		int w = 0;

		while (w < WORDS && (strlen(names[w]) != n || strncmp(names[w], at, n) != 0))
			w++;
		if (w == WORDS || at[n] != '=')
			return never(v, "5.3.5", "\"%.*s\" is no word of such a line", (int)(n < 80 ? n : 80), at);
		if (*had & 1u << w)
			return never(v, "5.3.5", "%s stands twice", names[w]);
		*had |= 1u << w;
		at += n + 1;
		if ((wrong = pairs_value(&at, values[w], KEPT_FIELD)))
			return never(v, "5.3.5", "%s %s", names[w], wrong);
		if (!is_clean(values[w]))
			return never(v, "5.3.5", "%s is not UTF-8 without controls", names[w]);
	}
	return 0;
}

/* What each word must be. NULL, or which one is wrong. */
static const char *
wrong_word(struct kept *k, char values[WORDS][KEPT_FIELD])
{
	bool wants = false;
	int64_t since;

	if (!is_number(values[TEL]))
		return "tel is no number with + and country code";
	if (!read_time(values[SINCE], &since))
		return "since is no time like 2026-11-25T10:00:00Z";
	/* It would count more than all that is said until then. */
	if (since > time(NULL) + CLOCKS_S)
		return "since lies in the future";
	k->binding.since = k->consent.at = since;
	if (k->is_binding) {
		if (!*values[VIA] || strlen(values[VIA]) > 63 || strchr(values[VIA], ' '))
			return "via is no name of a transport";
		if (!user_is_jid(values[IM]) || strchr(strchr(values[IM], '@') + 1, '@') ||
		    strlen(values[IM]) >= BINDING_JID)
			return "im is no bare JID";
		return read_yes(values[TELL], &k->binding.tell) ? NULL : "tell is neither yes nor no";
	}
	if (strlen(values[NUMBER]) > 23 || values[NUMBER][strspn(values[NUMBER], "0123456789")])
		return "number has more than digits";
	if (strcmp(values[FROM], CONSENT_ALL) != 0 && !strchr(values[FROM], ':'))
		return "from is neither * nor an address like mailto:alice@example.com";
	if (!read_yes(values[WANTS], &wants))
		return "wants is neither yes nor no";
	k->consent.stop = !wants;
	return NULL;
}

int
kept_parse(const char *line, struct kept *k, struct verdict *v)
{
	static const unsigned needs[2] = { 1u << TEL | 1u << NUMBER | 1u << FROM | 1u << WANTS | 1u << SINCE | 1u << SAID,
		1u << VIA | 1u << IM | 1u << TEL | 1u << SINCE | 1u << TELL };
	char values[WORDS][KEPT_FIELD];
	size_t kind = strcspn(line, " \t");
	unsigned had = 0;
	const char *wrong;

	memset(k, 0, sizeof *k);
	k->is_binding = kind == 7 && strncmp(line, "binding", kind) == 0;
	if (!k->is_binding && (kind != 7 || strncmp(line, "consent", kind) != 0))
		return never(v, "5.3.5", "a line begins with \"binding\" or \"consent\"");
	if (read_words(line + kind, values, &had, v) < 0)
		return -1;
	for (int w = 0; w < WORDS; w++)
		if ((had ^ needs[k->is_binding]) & 1u << w)
			return never(v, "5.3.5", had & 1u << w ? "%s has no place here" : "%s is missing", names[w]);
	if ((wrong = wrong_word(k, values)))
		return never(v, "5.3.5", "%s", wrong);
	snprintf(k->phone, sizeof k->phone, "tel:%.20s", values[TEL]);
	memcpy(k->strings[0], values[k->is_binding ? VIA : NUMBER], KEPT_FIELD);
	memcpy(k->strings[1], values[k->is_binding ? IM : FROM], KEPT_FIELD);
	memcpy(k->strings[2], k->is_binding ? "" : values[SAID], k->is_binding ? 1 : KEPT_FIELD);
	snprintf(k->binding.number, sizeof k->binding.number, "%.19s", values[TEL]);
	k->binding.via = k->consent.service = k->strings[0];
	k->binding.jid = k->consent.peer = k->strings[1];
	k->consent.phone = k->phone;
	k->consent.text = k->strings[2];
	return 0;
}
