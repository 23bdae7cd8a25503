/*
 * policy.c - the policy table.
 *
 * Rows are read at each question: a row is short, and a changed table counts at once. All values are
 * kept as text until every row is read, since the first row that has a key wins.
 */
#include "bridge/store/policy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/conf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/addr.h"
#include "bridge/store/table.h"

enum word {
	ALLOW, DENY, RATE, RATE_TO, RATE_PAIR, DAILY, MONTHLY, DAILY_SEGMENTS, MONTHLY_SEGMENTS, SIZE,
	SEGMENTS, RCPTS, MMS, URGENT, AUTH, HOURS, QUIET, FOLD, WORDS
};

static const char *const words[WORDS] = {
	[ALLOW] = "allow", [DENY] = "deny", [RATE] = "rate", [RATE_TO] = "rate_to",
	[RATE_PAIR] = "rate_pair", [DAILY] = "daily", [MONTHLY] = "monthly",
	[DAILY_SEGMENTS] = "daily_segments", [MONTHLY_SEGMENTS] = "monthly_segments", [SIZE] = "size",
	[SEGMENTS] = "segments", [RCPTS] = "rcpts", [MMS] = "mms", [URGENT] = "urgent",
	[AUTH] = "auth", [HOURS] = "hours", [QUIET] = "quiet", [FOLD] = "fold",
};

static const struct {
	const char *word;
	enum msg_auth bit;
} evidence[] = {
	{ "sasl", AUTH_SASL }, { "ip", AUTH_IP }, { "dkim", AUTH_DKIM },
	{ "spf", AUTH_SPF }, { "dmarc", AUTH_DMARC }, { "im", AUTH_IM },
	{ "phone", AUTH_PHONE },
};

/* One value's text in the rows read so far; len 0 and NULL: none. */
struct value {
	const char *at;
	size_t len;
};

static const char *
is_number(struct value t, long *out)
{
	char text[12], *end;

	if (t.len == 0 || t.len > 9)
		return "is no number";
	snprintf(text, sizeof text, "%.*s", (int)t.len, t.at);
	*out = strtol(text, &end, 10);
	return *end || *out < 0 || !isdigit((unsigned char)*text) ? "is no number" : NULL;
}

static const char *
is_yes(struct value t, bool *out)
{
	*out = t.len == 3 && strncmp(t.at, "yes", 3) == 0;
	return *out || (t.len == 2 && strncmp(t.at, "no", 2) == 0) ? NULL : "is not yes or no";
}

static const char *
is_urgent(struct value t, enum policy_urgent *out)
{
	bool yes;

	if (t.len == 6 && strncmp(t.at, "header", 6) == 0) {
		*out = URGENT_HEADER;
		return NULL;
	}
	if (is_yes(t, &yes))
		return "is not yes, no or header";
	*out = yes ? URGENT_YES : URGENT_NO;
	return NULL;
}

/* "10/m": s, m, h or d. */
static const char *
is_rate(struct value t, struct policy_rate *out)
{
	static const char units[] = "smhd";
	static const int64_t ms[] = { 1000, 60 * 1000, 60 * 60 * 1000, 24 * 60 * 60 * 1000 };
	const char *slash = memchr(t.at, '/', t.len), *unit;
	long count;

	if (!slash || slash + 2 != t.at + t.len || !(unit = strchr(units, slash[1])) ||
	    is_number((struct value){ t.at, (size_t)(slash - t.at) }, &count) || count == 0)
		return "is no rate like 10/m";
	out->count = (unsigned)count;
	out->ms = ms[unit - units];
	return NULL;
}

static const char *
is_size(struct value t, long *out)
{
	char text[24];

	snprintf(text, sizeof text, "%.*s", (int)t.len, t.at);
	*out = t.len < sizeof text ? conf_size(text) : -1;
	return *out < 0 ? "is no size like 300kB" : NULL;
}

/* "5m"; "0": none. A day is the most, as what waits is paid for in patience. */
static const char *
is_fold(struct value t, int64_t *out)
{
	char text[16];

	snprintf(text, sizeof text, "%.*s", (int)t.len, t.at);
	*out = t.len < sizeof text ? conf_time(text) : -1;
	return *out < 0 || *out > 24L * 60 * 60 * 1000 ? "is no time up to a day like 5m" : NULL;
}

/* "08:00-20:00" */
static const char *
is_hours(struct value t, struct policy_hours *out)
{
	unsigned h1, m1, h2, m2;
	char text[16];
	int used = 0;

	snprintf(text, sizeof text, "%.*s", (int)t.len, t.at);
	if (t.len >= sizeof text ||
	    sscanf(text, "%2u:%2u-%2u:%2u%n", &h1, &m1, &h2, &m2, &used) != 4 || text[used] || h1 > 24 ||
	    h2 > 24 || m1 > 59 || m2 > 59)
		return "is no time of day like 08:00-20:00";
	out->from = (h1 * 60 + m1) % 1440;
	out->until = (h2 * 60 + m2) % 1440;
	return NULL;
}

static const char *
is_evidence(struct value t, unsigned *out)
{
	*out = 0;
	while (t.len > 0) {
		size_t n = 0, i;

		while (n < t.len && t.at[n] != ',')
			n++;
		for (i = 0; i < sizeof evidence / sizeof evidence[0]; i++)
			if (strlen(evidence[i].word) == n && strncmp(evidence[i].word, t.at, n) == 0)
				break;
		if (i == sizeof evidence / sizeof evidence[0])
			return "is not of sasl, ip, dkim, spf, dmarc, im, phone";
		*out |= (unsigned)evidence[i].bit;
		n += n < t.len;
		t.at += n;
		t.len -= n;
	}
	return NULL;
}

/* Prefixes of numbers, "+86,+1", or mailboxes and domains for phones that write, "@example.com". */
static const char *
is_list(struct value t)
{
	for (size_t i = 0, start = 0; i <= t.len; i++) {
		if (i < t.len && t.at[i] != ',')
			continue;
		if (i == start)
			return "has an empty word";
		if (t.at[start] == '+') {
			for (size_t j = start + 1; j < i; j++)
				if (!isdigit((unsigned char)t.at[j]))
					return "has a prefix that is not + and digits";
		} else if (!memchr(t.at + start, '@', i - start)) {
			return "has a word that is no prefix like +86 and no @domain";
		}
		start = i + 1;
	}
	return NULL;
}

/* Put a list into the policy's own room. */
static const char *
keep_list(struct value t, struct policy *p, size_t *used, const char **out)
{
	const char *wrong = is_list(t);

	if (wrong)
		return wrong;
	if (t.len + 1 > sizeof p->lists - *used)
		return "is too long";
	memcpy(p->lists + *used, t.at, t.len);
	p->lists[*used + t.len] = '\0';
	*out = p->lists + *used;
	*used += t.len + 1;
	return NULL;
}

/* Fill in one key's value. NULL, or what is wrong with it. */
static const char *
fill(struct policy *p, enum word w, struct value t, size_t *used)
{
	switch (w) {
	case ALLOW:
		return keep_list(t, p, used, &p->allow);
	case DENY:
		return keep_list(t, p, used, &p->deny);
	case RATE:
		return is_rate(t, &p->rate);
	case RATE_TO:
		return is_rate(t, &p->rate_to);
	case RATE_PAIR:
		return is_rate(t, &p->rate_pair);
	case DAILY:
		return is_number(t, &p->daily);
	case MONTHLY:
		return is_number(t, &p->monthly);
	case DAILY_SEGMENTS:
		return is_number(t, &p->daily_segments);
	case MONTHLY_SEGMENTS:
		return is_number(t, &p->monthly_segments);
	case SIZE:
		return is_size(t, &p->size);
	case SEGMENTS:
		return is_number(t, &p->segments);
	case RCPTS:
		return is_number(t, &p->rcpts);
	case MMS:
		return is_yes(t, &p->mms);
	case URGENT:
		return is_urgent(t, &p->urgent);
	case AUTH:
		return is_evidence(t, &p->auth);
	case HOURS:
		return is_hours(t, &p->hours);
	case QUIET:
		return is_hours(t, &p->quiet);
	case FOLD:
		return is_fold(t, &p->fold);
	case WORDS:
		break;
	}
	return NULL;
}

/* What no row says. */
static void
preset(struct policy *p)
{
	*p = (struct policy){
		.allow = "",
		.deny = "",
		.mms = true,
		.auth = AUTH_SASL | AUTH_IP | AUTH_IM | AUTH_PHONE,
	};
}

/* Take a row's words for the keys that p does not have yet. 0, or -1 and *v. */
static int
take_row(struct policy *p, const char *row, unsigned *had, size_t *used, struct verdict *v)
{
	unsigned here = 0;

	while (*(row += strspn(row, " \t"))) {
		size_t len = strcspn(row, " \t"), name = strcspn(row, "=");
		struct value t = { row + name + 1, len - name - 1 };
		const char *wrong;
		int w = 0;

		while (w < WORDS && (strlen(words[w]) != name || strncmp(words[w], row, name) != 0))
			w++;
		if (name >= len || w == WORDS)
			return never(v, "5.3.5", "\"%.*s\" is no key of a policy", (int)len, row);
		if (here & 1u << w)
			return never(v, "5.3.5", "%s stands twice", words[w]);
		here |= 1u << w;
		if (!(*had & 1u << w) && (wrong = fill(p, (enum word)w, t, used)))
			return never(v, "5.3.5", "%s: \"%.*s\" %s", words[w], (int)t.len, t.at, wrong);
		row += len;
	}
	*had |= here;
	return 0;
}

/* Whoever looks at rows, one by one. */
struct reader {
	struct table *table;
	int (*row)(void *arg, const char *key, const char *value, struct verdict *v);
	void *arg;
};

static int
read_row(const struct reader *r, const char *key, struct verdict *v)
{
	char row[TABLE_VALUE];
	int rc = table_get(r->table, key, row, sizeof row, v);

	return rc <= 0 ? rc : r->row(r->arg, key, row, v);
}

/* The rows of a sender, the first to count first. */
static int
read_rows(const struct reader *r, const char *address, const char *class, struct verdict *v)
{
	char key[ADDR_MAILBOX];
	const char *domain;

	if (!r->table)
		return 0;
	snprintf(key, sizeof key, "%s", address);
	for (char *c = key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	domain = strrchr(key, '@');
	if (read_row(r, key, v) < 0 || (class && *class && read_row(r, class, v) < 0) ||
	    (domain && read_row(r, domain, v) < 0) || (*key == '+' && read_row(r, "+", v) < 0))
		return -1;
	return read_row(r, "*", v);
}

/* A policy being put together. */
struct making {
	struct table *table;
	struct policy *policy;
	unsigned had;
	size_t used;
};

static int
take(void *arg, const char *key, const char *value, struct verdict *v)
{
	struct making *m = arg;
	struct verdict wrong;

	if (take_row(m->policy, value, &m->had, &m->used, &wrong) == 0)
		return 0;
	return later(v, "4.3.5", "table %s, key %s: %s", table_name(m->table), key, wrong.text);
}

int
policy_find(struct table *table, const char *address, const char *class, struct policy *p,
    struct verdict *v)
{
	struct making m = { .table = table, .policy = p };
	const struct reader r = { table, take, &m };

	preset(p);
	return read_rows(&r, address, class, v);
}

/* One who only wants to see them. */
struct showing {
	void (*row)(void *arg, const char *key, const char *value);
	void *arg;
};

static int
show(void *arg, const char *key, const char *value, struct verdict *v)
{
	const struct showing *s = arg;

	(void)v;
	s->row(s->arg, key, value);
	return 0;
}

int
policy_rows(struct table *table, const char *address, const char *class,
    void (*row)(void *arg, const char *key, const char *value), void *arg, struct verdict *v)
{
	struct showing s = { row, arg };
	const struct reader r = { table, show, &s };

	return read_rows(&r, address, class, v);
}

int
policy_check(const char *key, const char *value, struct verdict *v)
{
	struct policy p;
	unsigned had = 0;
	size_t used = 0;
	struct verdict wrong;

	preset(&p);
	for (const char *c = key; *c; c++)
		if (isupper((unsigned char)*c) && strchr(key, '@'))
			return never(v, "5.3.5", "key %.80s: an address or domain stands here in lower case", key);
	if (take_row(&p, value, &had, &used, &wrong) < 0)
		return never(v, "5.3.5", "key %.80s: %s", key, wrong.text);
	return 0;
}

/* The longest word of the list that the number begins with: its length, 0: none. */
static size_t
longest(const char *list, const char *number)
{
	size_t best = 0;

	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',') {
		size_t n = strcspn(p, ",");

		if (n > best && strncmp(number, p, n) == 0)
			best = n;
	}
	return best;
}

int
policy_number(const struct policy *p, const char *number, const char *own, struct verdict *v)
{
	size_t allow = longest(p->allow, number), deny = longest(p->deny, number), range;
	const char *what = ranges_find(number, &range);

	if (deny && deny >= allow)
		return never(v, "5.7.1", "numbers with %.*s are not allowed to you", (int)deny, number);
	if (what && allow < range)
		return never(v, "5.7.1", "%s is a %s number, and such are not allowed to you", number, what);
	if (allow || !*own || strncmp(number + 1, own, strlen(own)) == 0)
		return 0;
	return never(v, "5.7.1", "%s is a number of another country, and such are not allowed to you",
	    number);
}

void
policy_auth_words(unsigned bits, char out[64])
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < sizeof evidence / sizeof evidence[0]; i++)
		if (bits & (unsigned)evidence[i].bit)
			n += (size_t)snprintf(out + n, 64 - n, "%s%s", n ? " " : "", evidence[i].word);
}

bool
policy_within(struct policy_hours h, unsigned minute)
{
	if (h.from <= h.until)
		return minute >= h.from && minute < h.until;
	return minute >= h.from || minute < h.until;
}
